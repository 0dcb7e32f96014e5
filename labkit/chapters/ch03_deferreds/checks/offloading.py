"""c3-thread: blocking work in a thread, its result in the reactor's."""

from __future__ import annotations

from time import sleep
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.python.threadable import isInIOThread

from labkit.bench import reactor
from labkit.exercises import Trial, judge

from ._followed import comes_back, deferred_of, in_short

TURNS = "While fn works, the reactor turns."
RESULT = "a Deferred, or a coroutine, of what fn(x) returns."
CALLBACKS = "Callbacks run in the reactor's thread."
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
    comes_back(t, Work(0), 4)
    with t.step("fn sleeps for 0.25 s", cites=TURNS, shows="the reactor turns"):
        work = Work(WORK)
        slow = t.call(_arrived, t, work, timeout=1.0)
        _require_elsewhere(t, work)
    with t.step("its result", cites=RESULT, shows="its result"):
        t.require(slow.result == 8, "wrong-result", expected="a result: 8", got=slow.words)
        count = len(work.inside)
        t.require(count == 1, "wrong-count", expected="fn ran 1 time", got=f"fn ran {count} times")
    with t.step("its callbacks", cites=CALLBACKS):
        _require_inside(t, slow)
    with t.step("fn raises", cites="What fn raises becomes the failure.", otherwise="error-lost",
                shows="errors"):  # fmt: skip
        error = ZeroDivisionError("by zero")
        failed = t.call(_arrived, t, Work(SHORT, error), timeout=1.0)
        _require_failure(t, failed, error)
    with t.step("its errbacks", cites=CALLBACKS, shows="callbacks in the reactor's thread"):
        _require_inside(t, failed)


@frozen
class Arrived:
    """A result or a Failure, and whether it came in the reactor's thread."""

    result: Any
    inside: bool

    @property
    def words(self) -> str:
        """A result, told from a failure."""
        if isinstance(self.result, Failure):
            return f"a failure: {in_short(self.result.value)}"
        return f"a result: {in_short(self.result)}"


def _arrived(t: Trial, fn: Work) -> Deferred[Arrived]:
    """What comes of it; whatever thread it comes in, the check goes on in the reactor's."""
    mine = Deferred[Arrived]()

    def note(result: Any) -> None:
        reactor.callFromThread(mine.callback, Arrived(result, isInIOThread()))

    deferred_of(t, t.answer, fn, 4).addBoth(note)
    return mine


def _require_elsewhere(t: Trial, work: Work) -> None:
    t.require(not any(work.inside), "blocks-reactor", expected="fn in another thread",
              got="fn ran in the reactor's thread")  # fmt: skip
    t.require(t.heartbeat.standstill < 0.75 * WORK, "blocks-reactor",
              expected="the reactor turns", got="the reactor stood still")  # fmt: skip


def _require_failure(t: Trial, failed: Arrived, error: Exception) -> None:
    if not isinstance(failed.result, Failure) or failed.result.value is not error:
        kind = "error-as-result" if failed.result is error else "error-lost"
        t.refuse(kind, expected=f"a failure: {error!r}", got=failed.words)


def _require_inside(t: Trial, arrived: Arrived) -> None:
    want, got = "callbacks in the reactor's thread", "callbacks in another thread"
    t.require(arrived.inside, "callback-in-wrong-thread", expected=want, got=got)
