"""c3-thread: blocking work in a thread, its result in the reactor's."""

from __future__ import annotations

from inspect import iscoroutine
from time import sleep
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.python.threadable import isInIOThread

from labkit.bench import reactor
from labkit.exercises import Trial, judge

from ._followed import in_short

WORK = 0.25  # seconds that the blocking function takes; above what a reactor may stand still
SHORT = 0.05  # long enough for the check's callback to be there before a thread can fire


class Work:
    """The blocking function: it doubles, and notes in which thread it ran."""

    def __init__(self, takes: float, error: Exception | None = None) -> None:
        self.takes, self.error, self.inside = takes, error, list[bool]()

    def __call__(self, x: int) -> int:
        self.inside.append(isInIOThread())
        sleep(self.takes)
        if self.error is not None:
            raise self.error
        return 2 * x


@judge("c3-thread")
def offload(t: Trial) -> None:
    """The reactor turns meanwhile; result and error arrive in its thread."""
    turns = "While fn works, the reactor turns."
    with t.step("fn sleeps for 0.25 s", cites=turns, shows="the reactor turns"):
        _sleeps(t)
    with t.step("fn raises", cites="What fn raises becomes the failure.", otherwise="error-lost",
                shows="errors"):  # fmt: skip
        error = ZeroDivisionError("by zero")
        [result] = t.call(_arrived, t, Work(SHORT, error), timeout=1.0)
        arrived = isinstance(result, Failure) and result.value is error
        got = in_short(result.value if isinstance(result, Failure) else result)
        t.require(arrived, "error-lost", expected=repr(error), got=got)


def _sleeps(t: Trial) -> None:
    work = Work(WORK)
    [result] = t.call(_arrived, t, work, timeout=1.0)
    t.require(not any(work.inside), "blocks-reactor", expected="fn in another thread",
              got="fn ran in the reactor's thread")  # fmt: skip
    t.require(t.heartbeat.standstill < 0.75 * WORK, "blocks-reactor",
              expected="the reactor turns", got="the reactor stood still")  # fmt: skip
    calls = f"fn ran {len(work.inside)} times"
    t.require(len(work.inside) == 1, "wrong-count", expected="fn ran 1 time", got=calls)
    t.require(result == 8, "wrong-result", expected="8", got=in_short(result))


def _arrived(t: Trial, fn: Work) -> Deferred[list[Any]]:
    """The result or the failure in a list; refused when it came in another thread."""
    answer = t.answer(fn, 4)
    if iscoroutine(answer):
        answer = Deferred.fromCoroutine(answer)
    if not isinstance(answer, Deferred):
        due = "a Deferred, or a coroutine"
        t.refuse("not-a-deferred", expected=due, got=in_short(answer))
    mine = Deferred[Any]()
    # whatever thread it comes in, the check goes on in the reactor's; boxed, as it may be a Failure
    answer.addBoth(lambda result: reactor.callFromThread(mine.callback, (result, isInIOThread())))
    return mine.addCallback(lambda noted: _in_reactor(t, *noted))


def _in_reactor(t: Trial, result: Any, inside: bool) -> list[Any]:
    t.require(inside, "callback-in-wrong-thread", expected="callbacks in the reactor's thread",
              got="callbacks in another thread")  # fmt: skip
    return [result]
