"""What came of an answer: its Deferred, or its coroutine, followed to the end."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred, FirstError
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from labkit.bench import drain_failures, reactor
from labkit.exercises import Trial

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Followed:
    """The result of one Deferred: `value` or `error`, once it is `done`. Handles failures."""

    def __init__(self, deferred: Deferred[Any]) -> None:
        self.deferred = deferred
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        deferred.addCallbacks(self._took, self._failed)

    def _took(self, value: Any) -> None:
        self.done, self.value = True, value

    def _failed(self, failure: Failure) -> None:
        self.done, self.error = True, failure.value

    @property
    def succeeded(self) -> bool:
        """Whether there is a result, and it is no failure."""
        return self.done and self.error is None

    @property
    def words(self) -> str:
        """What it came to, for a feedback."""
        if not self.done:
            return "no result yet"
        if isinstance(self.error, FirstError):
            return repr(self.error)  # its text is a whole traceback
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}".removesuffix(": ")
        return in_short(self.value)


def in_short(value: Any) -> str:
    """A value as it looks in every run: without its place in memory."""
    return ADDRESS.sub("", repr(value))[:70]


def deferred_of(t: Trial, function: Callable[..., Any], *args: Any) -> Deferred[Any]:
    """Call part of the answer; a coroutine is started. Refused when it gives neither."""
    result = function(*args)
    if iscoroutine(result):
        result = Deferred.fromCoroutine(result)
    _require_deferred(t, result, EITHER)
    return result  # type: ignore[no-any-return]


def begin(t: Trial, function: Callable[..., Any], *args: Any) -> Followed:
    """Call part of the answer and follow what it returns, a Deferred or a coroutine."""
    return Followed(deferred_of(t, function, *args))


def begin_deferred(t: Trial, function: Callable[..., Any], *args: Any) -> Followed:
    """The same where the task says: a Deferred. Nothing of a coroutine has run yet."""
    result = function(*args)
    if iscoroutine(result):
        result.close()
        t.refuse("coroutine-not-started", expected="a Deferred", got="a coroutine")
    _require_deferred(t, result, "a Deferred")
    return Followed(result)


def _require_deferred(t: Trial, result: Any, due: str) -> None:
    got = f"{type(result).__name__}: {in_short(result)}" if result is not None else "None"
    t.require(isinstance(result, Deferred), "not-a-deferred", expected=due, got=got)


EITHER = "a Deferred, or a coroutine"


def comes_back(t: Trial, *args: Any) -> None:
    """The first step of a check: what the answer returns can be waited for."""
    with t.step("what comes back", cites=EITHER):
        t.call(begin, t, t.answer, *args)


def expect_not_by_itself(t: Trial, seen: Followed, when: str) -> None:
    """It has no failure while nothing has failed yet; the answer's own code raised one."""
    if seen.error is None:
        return
    uncalled = isinstance(seen.error, NOT_CALLED) and "function" in str(seen.error)
    t.refuse("job-not-called" if uncalled else "fails-by-itself",
             expected=f"{when}: no failure", got=f"{when}: {seen.words}")  # fmt: skip


NOT_CALLED = (AttributeError, TypeError)  # what using a function as a Deferred raises


def expect_value(t: Trial, seen: Followed, value: Any, otherwise: str, when: str) -> None:
    """It has that value and no other result; refused with that finding when not."""
    if not seen.succeeded or seen.value != value:
        got = f"{when}: {seen.words}"
        t.refuse(otherwise, expected=f"{when}: {value!r}", got=got)


def expect_error(t: Trial, seen: Followed, error: BaseException, otherwise: str, when: str) -> None:
    """It failed with that very exception; refused with that finding when not."""
    if seen.error is error:
        return
    want = f"{type(error).__name__}: {error}"
    got = f"another {seen.words}" if seen.words == want else seen.words
    t.refuse(otherwise, expected=f"{when}: {want}", got=f"{when}: {got}")


def expect_done(t: Trial, seen: Followed, due: str, when: str) -> None:
    """It has a result, whichever; refused as never fired when not."""
    if not seen.done:
        t.refuse("never-fires", expected=f"{when}: {due}", got=f"{when}: no result yet")


def expect_waiting(t: Trial, seen: Followed, otherwise: str, when: str) -> None:
    """It has no result yet; refused with that finding when it has."""
    if seen.done:
        kind = "deferred-as-result" if isinstance(seen.value, Deferred) else otherwise
        t.refuse(kind, expected=f"{when}: no result yet", got=f"{when}: {seen.words}")


def unhandled() -> list[Failure]:
    """Failures that nobody handled, brought to light by a sweep. In the reactor's thread."""
    gc.collect()
    return list(drain_failures())


def expect_on_clock(t: Trial, seen: Followed, clock: Clock, due: str) -> None:
    """It waits for that clock, when it is not done; some other one moves without the check."""
    if not seen.done and not own_timers(clock):
        t.refuse("other-clock", expected=f"{due} of the clock", got="nothing waits on the clock")


def theirs() -> None:
    """A timer that somebody else has on the clock."""


def own_timers(clock: Clock) -> int:
    """How many timers wait on a clock that are not somebody else's."""
    return len(clock.getDelayedCalls()) - keeps_theirs(clock)


def keeps_theirs(clock: Clock) -> bool:
    """Whether the timer of somebody else still waits."""
    return any(getattr(call, "func", None) is theirs for call in clock.getDelayedCalls())


async def a_moment() -> None:
    """A few turns of the reactor, for answers that go on in the next one."""
    for _ in range(3):
        await deferLater(reactor, 0)
