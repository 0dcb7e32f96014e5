"""c3-later and c3-deadline: what happens when, on a clock that moves when told to.

The seconds are few, so that an answer that really sleeps does not hold the reactor for long.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from twisted.internet import defer, error
from twisted.internet.defer import AlreadyCalledError, CancelledError, Deferred, succeed
from twisted.internet.task import Clock

from labkit.exercises import Trial, judge

from ._followed import (
    Followed,
    begin,
    begin_deferred,
    comes_back,
    expect_done,
    expect_error,
    expect_on_clock,
    expect_value,
    expect_waiting,
    keeps_theirs,
    own_timers,
    theirs,
)

LATER = "The Deferred has the value after that many seconds of the clock, and not before."
CANCELLED = "Cancelled, it fails with CancelledError and leaves no timer."


@judge("c3-later")
def later(t: Trial) -> None:
    """A value after some seconds; cancelled, it takes its timer back."""
    several = "Several may wait on one clock."
    with t.step("what comes back", cites="a Deferred, at once."):
        t.call(begin_deferred, t, t.answer, Clock(), 0.05, "tea")
    with t.step("a value after 0.2 s", cites=LATER, shows="on time"):
        t.call(_one_value, t)
    with t.step("three at once", cites=several, shows="three at once"):
        t.call(_three_values, t)
    with t.step("cancelled halfway", cites=CANCELLED, shows="cancelled"):
        t.call(_cancelled, t)
    with t.step("one of two cancelled", cites=several, shows="one of two cancelled"):
        t.call(_one_of_two_cancelled, t)


def _one_value(t: Trial) -> None:
    clock = Clock()
    seen = begin_deferred(t, t.answer, clock, 0.2, "tea")
    expect_waiting(t, seen, "fires-too-soon", "at 0 s")
    expect_on_clock(t, seen, clock, "a value after 0.2 s")
    for step, now in ((0.1, "at 0.1 s"), (0.09, "at 0.19 s")):
        clock.advance(step)
        expect_waiting(t, seen, "fires-too-soon", now)
    clock.advance(0.01)
    expect_done(t, seen, "'tea'", "at 0.2 s")
    expect_value(t, seen, "tea", "wrong-result", "at 0.2 s")


def _three_values(t: Trial) -> None:
    clock = Clock()
    all_seen = [begin_deferred(t, t.answer, clock, seconds, seconds) for seconds in (0.3, 0.1, 0.2)]
    for now, due in ((0.1, [0.1]), (0.2, [0.1, 0.2]), (0.3, [0.3, 0.1, 0.2])):
        clock.advance(now - clock.seconds())
        done = [seen.value for seen in all_seen if seen.done]
        t.require(done == due, "wrong-result", expected=f"at {now} s: {due}",
                  got=f"at {now} s: {done}")  # fmt: skip


def _cancelled(t: Trial) -> None:
    clock = Clock()
    seen = begin_deferred(t, t.answer, clock, 0.2, "tea")
    clock.advance(0.1)
    _cancel(t, seen)
    _expect_cancelled(t, seen, "wrong-result", "cancelled at 0.1 s")
    _require_no_timer(t, "cancelled at 0.1 s", clock, otherwise="cancel-leaves-timer")


def _one_of_two_cancelled(t: Trial) -> None:
    clock = Clock()
    first, other = (begin_deferred(t, t.answer, clock, 0.2, tea) for tea in ("mint", "sage"))
    _cancel(t, first)
    try:
        clock.advance(0.2)
    except AlreadyCalledError:
        t.refuse("cancels-others", expected="the other one's timer is left",
                 got="the cancelled one's timer was left")  # fmt: skip
    expect_value(t, other, "sage", "cancels-others", "the other one, at 0.2 s")


def _cancel(t: Trial, seen: Followed) -> None:
    """Cancel it; a canceller that cannot be called with the Deferred is named."""
    try:
        seen.deferred.cancel()
    except TypeError as e:
        if "positional argument" not in str(e):
            raise
        t.refuse("canceller-parameter", expected="cancelled: the canceller is called with d",
                 got=f"cancelled: {e}")  # fmt: skip


def _expect_cancelled(t: Trial, seen: Followed, otherwise: str, when: str) -> None:
    t.require(isinstance(seen.error, CancelledError), otherwise,
              expected=f"{when}: CancelledError", got=f"{when}: {seen.words}")  # fmt: skip


def _require_no_timer(t: Trial, when: str, *clocks: Clock, otherwise: str = "timer-left") -> None:
    left = max(map(own_timers, clocks))
    got = f"{when}: {left} timer{'s' * (left != 1)} left"
    t.require(left == 0, otherwise, expected=f"{when}: no timer left", got=got)


def _require_theirs(t: Trial, *clocks: Clock) -> None:
    t.require(all(map(keeps_theirs, clocks)), "cancels-others",
              expected="somebody else's timer still waits",
              got="somebody else's timer is gone")  # fmt: skip


NO_TIMER = "No timer of yours is left afterwards; other people's stay."
DEFAULT = "Too late, the result is the default, and d is cancelled."


@judge("c3-deadline")
def deadline(t: Trial) -> None:
    """In time its result, too late the default, any other failure as it is; and no timer left."""
    comes_back(t, Deferred(), 0.5, "default", Clock())
    with t.step("in time", cites="In time, the result is that of d.", shows="in time"):
        in_time = [t.call(_in_time, t, value) for value in ("fish", None)]
        in_time.append(t.call(_there_already, t))
    with t.step("after a result in time", cites=NO_TIMER):
        _require_no_timer(t, "afterwards", *in_time)
    with t.step("too late", cites=DEFAULT, shows="too late"):
        too_late = t.call(_too_late, t)
    with t.step("a failure in time", cites="Any other failure passes.", shows="other failures"):
        failed = t.call(_other_failure, t)
    with t.step("cancelled from outside", cites="A cancel from outside passes as CancelledError.",
                shows="a cancel from outside"):  # fmt: skip
        cancelled = t.call(_outside_cancel, t, lambda d, seen: d.cancel())
        dropped = t.call(_outside_cancel, t, lambda d, seen: seen.deferred.cancel())
    with t.step("afterwards", cites=NO_TIMER, shows="no timer left"):
        _require_no_timer(t, "after the default", too_late)
        _require_no_timer(t, "after a failure", failed)
        _require_no_timer(t, "after a cancel of d", cancelled)
        _require_no_timer(t, "after a cancel of what came back", dropped)
        _require_theirs(t, *in_time, too_late, failed, cancelled, dropped)


def _clock() -> Clock:
    """A clock on which somebody else has a timer."""
    clock = Clock()
    clock.callLater(3600, theirs)
    return clock


def _in_time(t: Trial, value: Any) -> Clock:
    clock, d = _clock(), Deferred[Any]()
    seen = begin(t, t.answer, d, 0.5, "default", clock)
    clock.advance(0.49)
    expect_waiting(t, seen, "fires-too-soon", "at 0.49 s")
    d.callback(value)
    expect_done(t, seen, repr(value), "at 0.49 s")
    expect_value(t, seen, value, "wrong-result", "at 0.49 s")
    return clock


def _there_already(t: Trial) -> Clock:
    clock = _clock()
    seen = begin(t, t.answer, succeed("fish"), 0.5, "default", clock)
    expect_done(t, seen, "'fish'", "at 0 s")
    expect_value(t, seen, "fish", "wrong-result", "at 0 s")
    return clock


def _too_late(t: Trial) -> Clock:
    clock, stopped = _clock(), list[Any]()
    seen = begin(t, t.answer, Deferred[Any](stopped.append), 0.5, "default", clock)
    expect_on_clock(t, seen, clock, "the default after 0.5 s")
    clock.advance(0.5)
    expect_done(t, seen, "'default'", "at 0.5 s")
    kind = "wrong-result" if seen.error is None else _why_raised(t)
    expect_value(t, seen, "default", kind, "at 0.5 s")
    t.require(bool(stopped), "not-cancelled", expected="at 0.5 s: d is cancelled",
              got="at 0.5 s: d is not cancelled")  # fmt: skip
    return clock


KINDS = (CancelledError, builtins.TimeoutError, error.TimeoutError)


def _why_raised(t: Trial) -> str:
    """Which part of a time-out's errback is amiss: what it takes, or where it stands."""
    if _takes(t, defer.TimeoutError):
        return "errback-too-early"
    return "other-timeout" if any(_takes(t, kind) for kind in KINDS) else "raises-timeout"


def _takes(t: Trial, kind: type[Exception]) -> bool:
    """Whether a failure of that kind, in time, becomes the default."""
    d = Deferred[Any]()
    seen = begin(t, t.answer, d, 0.5, "default", Clock())
    d.errback(kind())
    return bool(seen.value == "default")


def _other_failure(t: Trial) -> Clock:
    clock, d, broken = _clock(), Deferred[Any](), KeyError("net")
    seen = begin(t, t.answer, d, 0.5, "default", clock)
    clock.advance(0.25)
    d.errback(broken)
    kind = "hides-real-error" if seen.succeeded else "error-lost"
    expect_error(t, seen, broken, kind, "at 0.25 s")
    return clock


def _outside_cancel(t: Trial, cancel: Callable[[Deferred[Any], Followed], None]) -> Clock:
    clock, d = _clock(), Deferred[Any]()
    seen = begin(t, t.answer, d, 0.5, "default", clock)
    clock.advance(0.25)
    cancel(d, seen)
    kind = "hides-real-error" if seen.succeeded else "error-lost"
    _expect_cancelled(t, seen, kind, "cancelled at 0.25 s")
    return clock
