"""c3-later, c3-deadline, c3-retry: what happens when, on a clock that moves when told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import Clock

from labkit.exercises import Trial, judge

from ._followed import begin, expect_error, expect_value, expect_waiting

LATER = "The Deferred has the value after that many seconds of the clock, and not before."


@judge("c3-later")
def later(t: Trial) -> None:
    """A value after some seconds; cancelled, it takes its timer back."""
    with t.step("a value after 0.2 s", cites=LATER, shows="on time"):
        t.call(_one_value, t)
    with t.step("three at once", cites="Several may wait on one clock.", shows="three at once"):
        t.call(_three_values, t)
    with t.step(
        "cancelled halfway",
        cites="Cancelled, it fails with CancelledError and leaves no timer.",
        shows="cancelled",
    ):
        t.call(_cancelled, t)


def _one_value(t: Trial) -> None:
    clock = Clock()
    seen = begin(t, t.answer, clock, 0.2, "tea")
    expect_waiting(t, seen, "fires-too-soon", "at 0 s")
    clock.advance(0.1)
    expect_waiting(t, seen, "fires-too-soon", "at 0.1 s")
    clock.advance(0.1)
    if not seen.done:
        t.refuse("never-fires", expected="at 0.2 s: 'tea'", got="at 0.2 s: no result yet")
    expect_value(t, seen, "tea", "wrong-result", "at 0.2 s")


def _three_values(t: Trial) -> None:
    clock = Clock()
    all_seen = [begin(t, t.answer, clock, seconds, seconds) for seconds in (0.3, 0.1, 0.2)]
    clock.advance(0.1)
    done = [seen.value for seen in all_seen if seen.done]
    t.require(done == [0.1], "wrong-result", expected="at 0.1 s: [0.1]", got=f"at 0.1 s: {done}")
    clock.pump([0.1, 0.1])
    done = [seen.value for seen in all_seen if seen.done]
    t.require(done == [0.3, 0.1, 0.2], "wrong-result", expected="[0.3, 0.1, 0.2]", got=f"{done}")


def _cancelled(t: Trial) -> None:
    clock = Clock()
    seen = begin(t, t.answer, clock, 0.2, "tea")
    seen.deferred.cancel()
    t.require(
        isinstance(seen.error, CancelledError), "wrong-result",
        expected="after cancel: CancelledError", got=f"after cancel: {seen.words}",
    )  # fmt: skip
    _require_no_timer(t, clock, "cancel-leaves-timer", "after cancel")


def _require_no_timer(t: Trial, clock: Clock, otherwise: str, when: str) -> None:
    left = len(clock.getDelayedCalls())
    got = f"{when}: {left} timer{'s' * (left != 1)} left"
    t.require(left == 0, otherwise, expected=f"{when}: no timer left", got=got)


DEFAULT = "Too late, the result is the default, and d is cancelled."


@judge("c3-deadline")
def deadline(t: Trial) -> None:
    """In time its result, too late the default, any other failure as it is."""
    with t.step("in time", cites="In time, the result is that of d.", shows="in time"):
        t.call(_in_time, t)
    with t.step("too late", cites=DEFAULT, shows="too late"):
        t.call(_too_late, t)
    with t.step("a failure in time", cites="Any other failure passes.", shows="other failures"):
        t.call(_other_failure, t)
    with t.step("cancelled from outside", cites="A cancel from outside passes as CancelledError."):
        t.call(_outside_cancel, t)


def _in_time(t: Trial) -> None:
    clock, d = Clock(), Deferred[Any]()
    seen = begin(t, t.answer, d, 5, "default", clock)
    clock.advance(4)
    expect_waiting(t, seen, "fires-too-soon", "at 4 s")
    d.callback("fish")
    expect_value(t, seen, "fish", "wrong-result", "at 4 s")
    _require_no_timer(t, clock, "timer-left", "afterwards")
    clock.advance(10)


def _too_late(t: Trial) -> None:
    clock, stopped = Clock(), list[Any]()
    d = Deferred[Any](stopped.append)
    seen = begin(t, t.answer, d, 5, "default", clock)
    clock.advance(5)
    if not seen.done:
        t.refuse("never-fires", expected="at 5 s: 'default'", got="at 5 s: no result yet")
    expect_value(t, seen, "default", "raises-timeout", "at 5 s")
    t.require(
        len(stopped) == 1, "not-cancelled", expected="d was cancelled", got="d was not cancelled"
    )
    _require_no_timer(t, clock, "timer-left", "afterwards")


def _other_failure(t: Trial) -> None:
    clock, d, broken = Clock(), Deferred[Any](), KeyError("net")
    seen = begin(t, t.answer, d, 5, "default", clock)
    d.errback(broken)
    expect_error(t, seen, broken, "hides-real-error", "at once")
    _require_no_timer(t, clock, "timer-left", "afterwards")


def _outside_cancel(t: Trial) -> None:
    clock, d = Clock(), Deferred[Any]()
    seen = begin(t, t.answer, d, 5, "default", clock)
    d.cancel()
    t.require(
        isinstance(seen.error, CancelledError), "hides-real-error",
        expected="after a cancel at 0 s: CancelledError", got=f"after a cancel: {seen.words}",
    )  # fmt: skip
    _require_no_timer(t, clock, "timer-left", "afterwards")


class Flaky:
    """What is tried: a list of outcomes, and when each try began."""

    def __init__(self, clock: Clock, *outcomes: Callable[[], Any]) -> None:
        self.clock, self.outcomes, self.times = clock, list(outcomes), list[float]()

    def __call__(self) -> Any:
        self.times.append(self.clock.seconds())
        outcome = self.outcomes.pop(0) if self.outcomes else list
        return outcome()


@judge("c3-retry")
def retry(t: Trial) -> None:
    """Tries with pauses, up to the last error; a success ends it."""
    with t.step("it fails twice", cites="delay seconds lie between two tries.", shows="pauses"):
        t.call(_fails_twice, t)
    with t.step("it never works", cites="After the last try its own failure is the result.",
                shows="the last error"):  # fmt: skip
        t.call(_never_works, t)
    with t.step("it raises", cites="f may raise instead of failing.", shows="raised errors"):
        t.call(_raises, t)
    with t.step("it gives None", cites="Any result is a success, None too.", shows="None"):
        t.call(_gives_none, t)


def _fails_twice(t: Trial) -> None:
    clock = Clock()
    f = Flaky(clock, _failing(1), _failing(2), lambda: succeed("tea"))
    seen = begin(t, t.answer, f, 5, 10, clock)
    _expect_times(t, f, [0], "at 0 s", seen.done)
    clock.advance(9)
    _expect_times(t, f, [0], "at 9 s", seen.done)
    clock.advance(1)
    _expect_times(t, f, [0, 10], "at 10 s", seen.done)
    clock.pump([5, 5])
    _expect_times(t, f, [0, 10, 20], "at 20 s", False)
    expect_value(t, seen, "tea", "wrong-result", "at 20 s")


def _failing(number: int) -> Callable[[], Any]:
    return lambda: fail(LookupError(f"try {number}"))


def _expect_times(t: Trial, f: Flaky, due: list[int], when: str, done: bool) -> None:
    got = f"{when}: tries at {f.times} s"
    if f.times != due:
        late = len(f.times) < len(due)
        kind = "never-fires" if late else "no-delay"
        t.refuse(kind, expected=f"{when}: tries at {due} s", got=got)
    if done:
        t.refuse("fires-too-soon", expected=f"{when}: no result yet", got=f"{when}: a result")


def _never_works(t: Trial) -> None:
    clock = Clock()
    last = LookupError("try 3")
    f = Flaky(clock, _failing(1), _failing(2), lambda: fail(last), _failing(4))
    seen = begin(t, t.answer, f, 3, 10, clock)
    clock.pump([10, 10])
    waited = len(f.times) == 3 and not seen.done
    clock.pump([10, 10])
    t.require(len(f.times) == 3, "wrong-count", expected="3 tries", got=f"{len(f.times)} tries")
    if waited:
        want = "at 20 s, after the third try: LookupError"
        t.refuse("extra-delay-at-end", expected=want, got="at 20 s: no result yet")
    expect_error(t, seen, last, "error-lost", "after the third try")


def _raises(t: Trial) -> None:
    clock = Clock()

    def broken() -> Any:
        raise LookupError("at once")

    f = Flaky(clock, broken, lambda: "tea")
    try:
        seen = begin(t, t.answer, f, 2, 10, clock)
    except LookupError:
        t.refuse("sync-exception-escapes", expected="a Deferred", got="LookupError was raised")
    clock.advance(10)
    expect_value(t, seen, "tea", "sync-exception-escapes", "at 10 s")


def _gives_none(t: Trial) -> None:
    clock = Clock()
    f = Flaky(clock, lambda: succeed(None), lambda: succeed("again"))
    seen = begin(t, t.answer, f, 3, 10, clock)
    clock.pump([10, 10])
    t.require(len(f.times) == 1, "wrong-count", expected="1 try", got=f"{len(f.times)} tries")
    expect_value(t, seen, None, "wrong-result", "after one try")
