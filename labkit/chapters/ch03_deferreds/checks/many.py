"""c3-order and c3-together: several jobs, one after the other or all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from labkit.exercises import Trial, judge

from ._followed import begin, expect_error, expect_value, expect_waiting, unhandled

MANY = 3000  # jobs that are ready at once: more than Python's stack has frames


class Yard:
    """Jobs that the check ends: which began, in which order."""

    def __init__(self, count: int) -> None:
        self.ends = [Deferred[Any]() for _ in range(count)]
        self.begun: list[int] = []
        self.jobs = [self._job(number) for number in range(count)]

    def _job(self, number: int) -> Callable[[], Deferred[Any]]:
        def job() -> Deferred[Any]:
            self.begun.append(number)
            return self.ends[number]

        return job


@judge("c3-order")
def in_order(t: Trial) -> None:
    """The next begins when the one before it is done; the first failure ends it."""
    with t.step("three jobs", cites="A job begins when the one before it has its result.",
                shows="one after the other"):  # fmt: skip
        t.call(_three_in_order, t)
    with t.step("no jobs", cites="No jobs give an empty list.", shows="no jobs"):
        t.call(lambda: expect_value(t, begin(t, t.answer, []), [], "wrong-result", "at once"))
    with t.step("the second fails", cites="A failure is the result, and no further job begins.",
                shows="a failure"):  # fmt: skip
        t.call(_second_fails, t)
    with t.step("3,000 jobs that are ready", cites="Any number of jobs.", otherwise="too-deep",
                shows="3,000 jobs"):  # fmt: skip
        t.call(_many_ready, t)


def _three_in_order(t: Trial) -> None:
    yard = Yard(3)
    seen = begin(t, t.answer, yard.jobs)
    for number in range(3):
        due = list(range(number + 1))
        if len(yard.begun) > len(due):
            t.refuse("starts-all-at-once", expected=f"begun: {due}", got=f"begun: {yard.begun}")
        if yard.begun != due:
            t.refuse("stuck", expected=f"begun: {due}", got=f"begun: {yard.begun}")
        expect_waiting(t, seen, "fires-too-soon", f"while job {number} runs")
        yard.ends[number].callback(number * 10)
    if not seen.done:
        t.refuse("stuck", expected="all done: [0, 10, 20]", got="all done: no result yet")
    expect_value(t, seen, [0, 10, 20], "wrong-result", "all done")


def _second_fails(t: Trial) -> None:
    yard, broken = Yard(3), ValueError("leak")
    seen = begin(t, t.answer, yard.jobs)
    yard.ends[0].callback(0)
    if len(yard.begun) == 2:
        yard.ends[1].errback(broken)
    expect_error(t, seen, broken, "error-lost", "after the second job")
    got = f"begun: {yard.begun}"
    t.require(yard.begun == [0, 1], "error-lost", expected="begun: [0, 1]", got=got)


def _many_ready(t: Trial) -> None:
    jobs = [lambda n=n: succeed(n) for n in range(MANY)]
    seen = begin(t, t.answer, jobs)
    got = "all results" if seen.value == list(range(MANY)) else seen.words
    t.require(got == "all results", "too-deep", expected="all results", got=got)


@judge("c3-together")
def together(t: Trial) -> None:
    """All begin; the results in the order of the jobs; the first failure as it is."""
    with t.step("three jobs", cites="All jobs begin at once.", shows="all at once"):
        t.call(_three_together, t)
    with t.step("no jobs", cites="No jobs give an empty list.", shows="no jobs"):
        t.call(lambda: expect_value(t, begin(t, t.answer, []), [], "wrong-result", "at once"))
    with t.step("the last one fails first", cites="The first failure is the result, unchanged.",
                shows="the first failure"):  # fmt: skip
        t.call(_one_fails, t)
    with t.step("two fail", cites="What happens after it is not left unhandled.",
                shows="a second failure"):  # fmt: skip
        t.call(_two_fail, t)


def _three_together(t: Trial) -> None:
    yard = Yard(3)
    seen = begin(t, t.answer, yard.jobs)
    if yard.begun != [0, 1, 2]:
        t.refuse("sequential", expected="begun: [0, 1, 2]", got=f"begun: {yard.begun}")
    for number in (2, 0, 1):
        expect_waiting(t, seen, "fires-too-soon", "before all are done")
        yard.ends[number].callback(number * 10)
    if seen.value == [20, 0, 10]:
        t.refuse("wrong-order", expected="[0, 10, 20]", got="[20, 0, 10]")
    pairs = isinstance(seen.value, list) and any(isinstance(one, tuple) for one in seen.value)
    expect_value(t, seen, [0, 10, 20], "raw-deferredlist" if pairs else "wrong-result", "all done")


def _one_fails(t: Trial) -> None:
    yard, broken = Yard(3), ValueError("leak")
    seen = begin(t, t.answer, yard.jobs)
    yard.ends[2].errback(broken)
    if type(seen.error).__name__ == "FirstError":
        t.refuse("firsterror-leaks", expected="ValueError: leak", got="FirstError around it")
    expect_error(t, seen, broken, "waits-or-swallows", "after job 2 failed")
    for end in yard.ends[:2]:
        end.callback(None)


def _two_fail(t: Trial) -> None:
    unhandled()
    yard, broken = Yard(2), ValueError("leak")
    seen = begin(t, t.answer, yard.jobs)
    yard.ends[0].errback(broken)
    yard.ends[1].errback(OSError("adrift"))
    expect_error(t, seen, broken, "waits-or-swallows", "after two failures")
    del yard, seen
    left = unhandled()
    names = ", ".join(type(failure.value).__name__ for failure in left)
    t.require(not left, "unhandled-second-error", expected="nothing in the log",
              got=f"in the log: {names}")  # fmt: skip
