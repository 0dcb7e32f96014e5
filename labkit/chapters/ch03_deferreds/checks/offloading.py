"""c3-thread: blocking work in a thread, its result in the reactor's."""

from __future__ import annotations

import threading
from time import sleep
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.threadable import isInIOThread

from labkit.exercises import Trial, judge

WORK = 0.25  # seconds that the blocking function takes; above what a reactor may stand still
BLOCKS = "While fn works, the reactor turns."


@judge("c3-thread")
def offload(t: Trial) -> None:
    """The reactor turns meanwhile; result and error arrive in its thread."""
    with t.step("fn sleeps for 0.25 s", cites=BLOCKS, otherwise="blocks-reactor",
                shows="the reactor turns"):  # fmt: skip
        value, thread, inside = t.call(_arrived, t, _slow, 4)
        t.require(thread != inside, "blocks-reactor", expected="fn in another thread",
                  got="fn ran in the reactor's thread")  # fmt: skip
        t.require(t.heartbeat.standstill < 0.75 * WORK, "blocks-reactor",
                  got=f"the reactor stood for {t.heartbeat.standstill:.2f} s")  # fmt: skip
        t.expect_equal(8, value, "the result")
    with t.step("fn raises", cites="What fn raises becomes the failure.", otherwise="error-lost",
                shows="errors"):  # fmt: skip
        value, _, _ = t.call(_arrived, t, _broken, 4, timeout=1.0)
        t.require(isinstance(value, ZeroDivisionError), "error-lost",
                  expected="ZeroDivisionError", got=repr(value))  # fmt: skip


_seen: dict[str, int] = {}


def _slow(x: int) -> int:
    _seen["thread"] = threading.get_ident()
    sleep(WORK)
    return 2 * x


def _broken(x: int) -> float:
    _seen["thread"] = threading.get_ident()
    return x / 0


def _arrived(t: Trial, fn: Any, x: int) -> Deferred[Any]:
    """The result or the error, the thread of fn, and the reactor's; refused elsewhere."""
    inside, threads = threading.get_ident(), list[bool]()

    def note(result: Any) -> Any:
        threads.append(isInIOThread())
        return getattr(result, "value", result)

    def tell(result: Any) -> Any:
        t.require(threads == [True], "callback-in-wrong-thread",
                  expected="callbacks in the reactor's thread",
                  got="callbacks in another thread")  # fmt: skip
        return result, _seen.get("thread"), inside

    answer = t.answer(fn, x)
    if not isinstance(answer, Deferred) and not hasattr(answer, "send"):
        t.refuse("not-a-deferred", expected="a Deferred, or a coroutine", got=repr(answer)[:60])
    return _here(maybeDeferred(lambda: answer).addBoth(note)).addCallback(tell)


def _here(deferred: Deferred[Any]) -> Deferred[Any]:
    """A Deferred that fires in the reactor's thread, wherever the other one does."""
    from labkit.bench import reactor

    mine = Deferred[Any]()
    deferred.addBoth(lambda result: reactor.callFromThread(mine.callback, result))
    return mine
