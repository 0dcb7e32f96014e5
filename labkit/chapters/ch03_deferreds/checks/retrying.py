"""c3-retry: when each try begins, on a clock that moves when told to.

The pause is short, so that an answer that really sleeps does not hold the reactor for long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from labkit.exercises import Trial, judge

from ._followed import Followed, begin, comes_back, expect_done, expect_error, expect_value

PAUSE = 0.25  # seconds; a power of two, so that sums of it are exact


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
    comes_back(t, Deferred[Any], 5, PAUSE, Clock())
    pauses = "delay seconds lie between two tries."
    with t.step("it fails twice", cites=pauses, shows="pauses"):
        t.call(_fails_twice, t)
    with t.step("a try that takes its time", cites=pauses, shows="slow tries"):
        t.call(_takes_its_time, t)
    with t.step("it never works", cites="After the last try its own failure is the result.",
                shows="the last error"):  # fmt: skip
        t.call(_never_works, t)
        t.call(_one_try, t)
    with t.step("it raises", cites="f may raise instead of failing.", shows="raised errors"):
        t.call(_raises, t)
    with t.step("it gives a value", cites="f() returns a Deferred or a value.", shows="values"):
        t.call(_gives, t, lambda: "tea", "tea", "plain-value")
    with t.step("it gives None", cites="Any result is a success, None too.", shows="None"):
        t.call(_gives, t, lambda: succeed(None), None, "wrong-result")


def _fails_twice(t: Trial) -> None:
    clock = Clock()
    f = Flaky(clock, _failing(1), _failing(2), lambda: succeed("tea"))
    seen = begin(t, t.answer, f, 5, PAUSE, clock)
    _expect_tries(t, f, [0], seen)
    moves: list[tuple[float, list[float]]] = [(0.2, [0]), (0.05, [0, 0.25]), (0.2, [0, 0.25])]
    for step, due in moves:
        clock.advance(step)
        _expect_tries(t, f, due, seen)
    clock.advance(0.5 - clock.seconds())
    _expect_tries(t, f, [0, 0.25, 0.5])
    expect_done(t, seen, "'tea'", "at 0.5 s")
    expect_value(t, seen, "tea", "wrong-result", "at 0.5 s")


def _takes_its_time(t: Trial) -> None:
    clock, slow = Clock(), Deferred[Any]()
    f = Flaky(clock, lambda: slow, lambda: succeed("tea"))
    seen = begin(t, t.answer, f, 2, PAUSE, clock)
    clock.advance(0.375)  # not a multiple of the pause: LoopingCall would keep to those
    _expect_tries(t, f, [0], seen)
    slow.errback(LookupError("try 1"))
    clock.advance(0.125)
    _expect_tries(t, f, [0], seen)
    clock.advance(0.125)
    _expect_tries(t, f, [0, 0.625])
    expect_done(t, seen, "'tea'", "at 0.625 s")
    expect_value(t, seen, "tea", "wrong-result", "at 0.625 s")


def _failing(number: int) -> Callable[[], Any]:
    """A try that fails, each with another kind of error."""
    kind = (LookupError, OSError, ValueError)[number % 3]
    return lambda: fail(kind(f"try {number}"))


def _expect_tries(t: Trial, f: Flaky, due: list[float], seen: Followed | None = None) -> None:
    """The tries so far, and no result yet of what was `seen`; what is wrong is named."""
    now = f"at {f.clock.seconds():.4g} s"
    want, got = f"{now}: tries at {due} s", f"{now}: tries at {_exact(f.times)} s"
    if len(f.times) > len(due):
        t.refuse("no-delay", expected=want, got=got)
    if seen is not None and seen.done:
        kind = "wrong-count" if seen.error is not None else "fires-too-soon"
        t.refuse(kind, expected=f"{now}: no result yet", got=f"{now}: {seen.words}")
    t.require(f.times == due, "late-try", expected=want, got=got)


def _exact(times: list[float]) -> list[float]:
    return [int(at) if at == int(at) else round(at, 4) for at in times]


def _never_works(t: Trial) -> None:
    clock = Clock()
    last = LookupError("try 3")
    f = Flaky(clock, _failing(1), _failing(2), lambda: fail(last), _failing(4))
    seen = begin(t, t.answer, f, 3, PAUSE, clock)
    clock.pump([PAUSE, PAUSE])
    waited = len(f.times) == 3 and not seen.done
    clock.pump([PAUSE, PAUSE])
    _expect_count(t, f, 3)
    expect_done(t, seen, "LookupError: try 3", "at 1 s")
    if waited:
        want = "at 0.5 s, after the third try: LookupError: try 3"
        t.refuse("extra-delay-at-end", expected=want, got="at 0.5 s: no result yet")
    expect_error(t, seen, last, "error-lost", "after the third try")


def _one_try(t: Trial) -> None:
    clock, only = Clock(), LookupError("try 1")
    f = Flaky(clock, lambda: fail(only), _failing(2))
    seen = begin(t, t.answer, f, 1, PAUSE, clock)
    waited = not seen.done
    clock.pump([PAUSE, PAUSE])
    _expect_count(t, f, 1)
    expect_done(t, seen, "LookupError: try 1", "tries=1, at 0.5 s")
    if waited:
        want = "tries=1, at 0 s: LookupError: try 1"
        t.refuse("extra-delay-at-end", expected=want, got="tries=1, at 0 s: no result yet")
    expect_error(t, seen, only, "error-lost", "tries=1, at 0 s")


def _expect_count(t: Trial, f: Flaky, due: int) -> None:
    words = [f"{n} tr{'y' if n == 1 else 'ies'}" for n in (due, len(f.times))]
    t.require(len(f.times) == due, "wrong-count", expected=words[0], got=words[1])


def _raises(t: Trial) -> None:
    clock, raised = Clock(), LookupError("at once")

    def broken() -> Any:
        raise raised

    f = Flaky(clock, broken, lambda: succeed("tea"))
    try:
        seen = begin(t, t.answer, f, 2, PAUSE, clock)
    except LookupError:
        t.refuse("sync-exception-escapes", expected="a Deferred", got="LookupError was raised")
    clock.advance(PAUSE)
    kind = "sync-exception-escapes" if seen.error is raised else "wrong-result"
    expect_value(t, seen, "tea", kind, "at 0.25 s")


def _gives(t: Trial, outcome: Callable[[], Any], value: Any, otherwise: str) -> None:
    clock = Clock()
    f = Flaky(clock, outcome, _failing(2))
    try:
        seen = begin(t, t.answer, f, 3, PAUSE, clock)
    except (AttributeError, TypeError) as e:
        if otherwise != "plain-value":
            raise
        t.refuse(otherwise, expected=f"at 0 s: {value!r}", got=f"raised {e!r}"[:90])
    clock.pump([PAUSE, PAUSE])
    if len(f.times) != 1 and otherwise != "plain-value":
        _expect_count(t, f, 1)
    expect_value(t, seen, value, otherwise, "after one try")
    _expect_count(t, f, 1)
