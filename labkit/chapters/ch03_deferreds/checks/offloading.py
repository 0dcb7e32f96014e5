"""c3-thread: blocking work in a thread, its result in the reactor's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.python.threadable import isInIOThread

from labkit.bench import drain_failures, reactor
from labkit.bench._failures import collector
from labkit.exercises import Trial, judge

from ._followed import comes_back, deferred_of, in_short

TURNS = "While fn works, the reactor turns."
RESULT = "a Deferred, or a coroutine, of what fn(x) returns."
CALLBACKS = "Callbacks run in the reactor's thread."
WORK = 0.25  # seconds that the blocking function takes; above what a reactor may stand still
SHORT = 0.05  # long enough for the check's callback to be there before a thread can fire


class Work:
    """The blocking function: it doubles, and notes in which thread it ran.

    It blocks until the reactor has turned, which no stopwatch has to tell, and for
    `takes` seconds at least, or `patience` seconds at most.
    """

    def __init__(self, takes: float, error: Exception | None = None, patience: float = 0.0) -> None:
        self.takes, self.error, self.inside = takes, error, list[bool]()
        self.patience = max(takes, patience)
        self.turned = False

    def __call__(self, x: int) -> int:
        self.inside.append(isInIOThread())
        turn = threading.Event()
        reactor.callFromThread(reactor.callLater, self.takes, turn.set)
        self.turned = turn.wait(self.takes if self.inside[-1] else self.patience)
        if self.error is not None:
            raise self.error
        return 2 * x


@judge("c3-thread")
def offload(t: Trial) -> None:
    """The reactor turns meanwhile; result and error arrive in its thread."""
    comes_back(t, Work(0), 4)
    with t.step("fn sleeps for 0.25 s", cites=TURNS, shows="the reactor turns"):
        work = Work(WORK, patience=WORK * 2 * t.heartbeat.slowness)
        slow = t.call(_arrived, t, work, timeout=1.0)
        _require_elsewhere(t, work, slow)
    with t.step("its result", cites=RESULT, shows="its result"):
        t.require(slow.result == 8, "wrong-result", expected="a result: 8", got=slow.words)
        count = len(work.inside)
        t.require(count == 1, "wrong-count", expected="fn ran 1 time", got=f"fn ran {count} times")
    with t.step("its callbacks", cites=CALLBACKS):
        _require_inside(t, slow)
    with t.step("fn raises", cites="What fn raises becomes the failure.", otherwise="error-lost",
                shows="errors"):  # fmt: skip
        error = ZeroDivisionError("by zero")
        with _unheard() as lost:
            failed = t.call(_failed, t, Work(SHORT, error), lost, timeout=1.0)
        _require_failure(t, failed, error)
    with t.step("its errbacks", cites=CALLBACKS, shows="callbacks in the reactor's thread"):
        _require_inside(t, failed)


@frozen
class Arrived:
    """A result or a Failure, whether it came in the reactor's thread.

    `held` is for how many seconds the answer kept the reactor before it returned.
    """

    result: Any
    inside: bool
    held: float = 0.0

    @property
    def words(self) -> str:
        """A result, told from a failure."""
        if isinstance(self.result, Failure):
            return f"a failure: {in_short(self.result.value)}"
        return f"a result: {in_short(self.result)}"


def _arrived(t: Trial, fn: Work) -> Deferred[Arrived]:
    """What comes of it; whatever thread it comes in, the check goes on in the reactor's."""
    mine = Deferred[Arrived]()
    begun = perf_counter()
    theirs = deferred_of(t, t.answer, fn, 4)
    held = perf_counter() - begun

    def note(result: Any) -> None:
        reactor.callFromThread(mine.callback, Arrived(result, isInIOThread(), held))

    theirs.addBoth(note)
    return mine


async def _failed(t: Trial, fn: Work, lost: list[BaseException]) -> Arrived:
    """The same of a function that raises; refused when the error ends in its thread."""
    arrived = _arrived(t, fn)
    while not arrived.called:
        await deferLater(reactor, 0.01)
        logged = drain_failures()
        if fn.error in [*lost, *(failure.value for failure in logged)]:
            t.refuse("raised-in-the-thread", expected=f"a failure: {fn.error!r}",
                     got="the error ended in its thread")  # fmt: skip
        collector.failures.extend(logged)
    return await arrived


@contextmanager
def _unheard() -> Iterator[list[BaseException]]:
    """Collects what ends a thread, in the place of a traceback on the screen."""
    lost, before = list[BaseException](), threading.excepthook
    threading.excepthook = lambda told: lost.append(told.exc_value or told.exc_type())
    try:
        yield lost
    finally:
        threading.excepthook = before


def _require_elsewhere(t: Trial, work: Work, slow: Arrived) -> None:
    """It worked in another thread, and the reactor turned meanwhile; no stopwatch tells."""
    uncalled = isinstance(slow.result, Failure) and "not callable" in str(slow.result.value)
    t.require(not any(work.inside), "calls-it-first" if uncalled else "blocks-reactor",
              expected="fn in another thread", got="fn ran in the reactor's thread")  # fmt: skip
    turned = work.turned and slow.held < WORK
    t.require(turned, "blocks-reactor", expected="the reactor turns",
              got="the reactor stood still")  # fmt: skip
    t.heartbeat.reset()  # it turned: a gap between two beats is the machine's, not the answer's


def _require_failure(t: Trial, failed: Arrived, error: Exception) -> None:
    if not isinstance(failed.result, Failure) or failed.result.value is not error:
        kind = "error-as-result" if failed.result is error else "error-lost"
        t.refuse(kind, expected=f"a failure: {error!r}", got=failed.words)


def _require_inside(t: Trial, arrived: Arrived) -> None:
    want, got = "callbacks in the reactor's thread", "callbacks in another thread"
    t.require(arrived.inside, "callback-in-wrong-thread", expected=want, got=got)
