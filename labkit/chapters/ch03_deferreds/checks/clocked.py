"""c3-later and c3-deadline: what happens when, on a clock that moves when told to.

The seconds are few, so that an answer that really sleeps does not hold the reactor for long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    expect_value,
    expect_waiting,
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
    seen.deferred.cancel()
    _expect_cancelled(t, seen, "wrong-result", "cancelled at 0.1 s")
    _require_no_timer(t, "cancelled at 0.1 s", clock, otherwise="cancel-leaves-timer")


def _one_of_two_cancelled(t: Trial) -> None:
    clock = Clock()
    first, other = (begin_deferred(t, t.answer, clock, 0.2, tea) for tea in ("mint", "sage"))
    first.deferred.cancel()
    try:
        clock.advance(0.2)
    except AlreadyCalledError:
        t.refuse("cancels-others", expected="the other one's timer is left",
                 got="the cancelled one's timer was left")  # fmt: skip
    expect_value(t, other, "sage", "cancels-others", "the other one, at 0.2 s")


def _expect_cancelled(t: Trial, seen: Followed, otherwise: str, when: str) -> None:
    t.require(isinstance(seen.error, CancelledError), otherwise,
              expected=f"{when}: CancelledError", got=f"{when}: {seen.words}")  # fmt: skip


def _require_no_timer(t: Trial, when: str, *clocks: Clock, otherwise: str = "timer-left") -> None:
    left = max(len(clock.getDelayedCalls()) for clock in clocks)
    got = f"{when}: {left} timer{'s' * (left != 1)} left"
    t.require(left == 0, otherwise, expected=f"{when}: no timer left", got=got)


NO_TIMER = "No timer is left afterwards."
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


def _in_time(t: Trial, value: Any) -> Clock:
    clock, d = Clock(), Deferred[Any]()
    seen = begin(t, t.answer, d, 0.5, "default", clock)
    clock.advance(0.49)
    expect_waiting(t, seen, "fires-too-soon", "at 0.49 s")
    d.callback(value)
    expect_done(t, seen, repr(value), "at 0.49 s")
    expect_value(t, seen, value, "wrong-result", "at 0.49 s")
    return clock


def _there_already(t: Trial) -> Clock:
    clock = Clock()
    seen = begin(t, t.answer, succeed("fish"), 0.5, "default", clock)
    expect_done(t, seen, "'fish'", "at 0 s")
    expect_value(t, seen, "fish", "wrong-result", "at 0 s")
    return clock


def _too_late(t: Trial) -> Clock:
    clock, stopped = Clock(), list[Any]()
    seen = begin(t, t.answer, Deferred[Any](stopped.append), 0.5, "default", clock)
    clock.advance(0.5)
    expect_done(t, seen, "'default'", "at 0.5 s")
    kind = "raises-timeout" if seen.error is not None else "wrong-result"
    expect_value(t, seen, "default", kind, "at 0.5 s")
    t.require(bool(stopped), "not-cancelled", expected="at 0.5 s: d is cancelled",
              got="at 0.5 s: d is not cancelled")  # fmt: skip
    return clock


def _other_failure(t: Trial) -> Clock:
    clock, d, broken = Clock(), Deferred[Any](), KeyError("net")
    seen = begin(t, t.answer, d, 0.5, "default", clock)
    clock.advance(0.25)
    d.errback(broken)
    kind = "hides-real-error" if seen.succeeded else "error-lost"
    expect_error(t, seen, broken, kind, "at 0.25 s")
    return clock


def _outside_cancel(t: Trial, cancel: Callable[[Deferred[Any], Followed], None]) -> Clock:
    clock, d = Clock(), Deferred[Any]()
    seen = begin(t, t.answer, d, 0.5, "default", clock)
    clock.advance(0.25)
    cancel(d, seen)
    kind = "hides-real-error" if seen.succeeded else "error-lost"
    _expect_cancelled(t, seen, kind, "cancelled at 0.25 s")
    return clock
