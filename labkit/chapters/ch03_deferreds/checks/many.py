"""c3-order and c3-together: several jobs, one after the other or all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from labkit.bench import reactor
from labkit.exercises import Trial, judge

from ._followed import (
    Followed,
    a_moment,
    begin,
    comes_back,
    expect_done,
    expect_error,
    expect_value,
    expect_waiting,
    unhandled,
)

MANY = 3000  # jobs that are ready at once: more than Python's stack has frames
RESULTS = [0, None, 20]


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
    comes_back(t, [Deferred[Any]])
    with t.step("three jobs", cites="A job begins when the one before it has its result.",
                shows="one after the other"):  # fmt: skip
        t.call(_three_in_order, t)
    with t.step("no jobs", cites="No jobs give an empty list.", shows="no jobs"):
        t.call(_no_jobs, t)
    with t.step("the second fails", cites="A failure is the result, and no further job begins.",
                shows="a failure"):  # fmt: skip
        t.call(_second_fails, t)
    with t.step("3,000 jobs that are ready", cites="Any number of jobs.", otherwise="too-deep",
                shows="3,000 jobs"):  # fmt: skip
        t.call(_many_ready, t)


async def _three_in_order(t: Trial) -> None:
    yard = Yard(3)
    seen = begin(t, t.answer, yard.jobs)
    for number in range(3):
        await a_moment()
        _expect_begun(t, yard, list(range(number + 1)))
        expect_waiting(t, seen, "fires-too-soon", f"while job {number} runs")
        yard.ends[number].callback(RESULTS[number])
    await a_moment()
    expect_done(t, seen, str(RESULTS), "all done")
    expect_value(t, seen, RESULTS, "wrong-result", "all done")


def _expect_begun(t: Trial, yard: Yard, due: list[int]) -> None:
    """These have begun and no others, in this order."""
    kind = "starts-all-at-once" if set(yard.begun) > set(due) else "stuck"
    if len(yard.begun) > len(set(yard.begun)):
        kind = "wrong-count"
    t.require(yard.begun == due, kind, expected=f"begun: {due}", got=f"begun: {yard.begun}")


async def _no_jobs(t: Trial) -> None:
    seen = begin(t, t.answer, [])
    await a_moment()
    expect_done(t, seen, "[]", "no jobs")
    expect_value(t, seen, [], "wrong-result", "no jobs")


async def _second_fails(t: Trial) -> None:
    yard, broken = Yard(3), ValueError("leak")
    seen = begin(t, t.answer, yard.jobs)
    await a_moment()
    yard.ends[0].callback(0)
    await a_moment()
    _expect_begun(t, yard, [0, 1])
    yard.ends[1].errback(broken)
    await a_moment()
    t.require(yard.begun == [0, 1], "goes-on-after-failure", expected="begun: [0, 1]",
              got=f"begun: {yard.begun}")  # fmt: skip
    expect_error(t, seen, broken, "error-lost", "after the second job")


async def _many_ready(t: Trial) -> None:
    jobs = [lambda n=n: succeed(n) for n in range(MANY)]
    seen, end = begin(t, t.answer, jobs), reactor.seconds() + 1
    while not seen.done and reactor.seconds() < end:
        await a_moment()
    got = "all results" if seen.value == list(range(MANY)) else seen.words
    t.require(got == "all results", "too-deep", expected="all results", got=got)


@judge("c3-together")
def together(t: Trial) -> None:
    """All begin; the results in the order of the jobs; the first failure as it is."""
    comes_back(t, [Deferred[Any]])
    begin_all = "All jobs begin at once."
    with t.step("three jobs", cites=begin_all, shows="all at once"):
        t.call(_three_together, t)
    with t.step("some that are ready", cites=begin_all, shows="jobs that are ready"):
        t.call(_some_ready, t)
        failed, error = t.call(_one_failed_before, t)
    with t.step("no jobs", cites="No jobs give an empty list.", shows="no jobs"):
        t.call(_no_jobs, t)
    with t.step("the last one fails first", cites="The first failure is the result, unchanged.",
                shows="the first failure"):  # fmt: skip
        t.call(_one_fails, t)
        _expect_failure(t, failed, error, "job 0 failed at once")
    with t.step("two fail", cites="What happens after it is not left unhandled.",
                shows="a second failure"):  # fmt: skip
        t.call(_two_fail, t)


def _all_begun(t: Trial, yard: Yard) -> None:
    count = len(yard.jobs)
    kind = "wrong-count" if len(yard.begun) > count else "sequential"
    t.require(sorted(yard.begun) == list(range(count)), kind, got=f"begun: {yard.begun}",
              expected=f"begun: {list(range(count))}")  # fmt: skip


def _three_together(t: Trial) -> None:
    yard = Yard(3)
    seen = begin(t, t.answer, yard.jobs)
    _all_begun(t, yard)
    for number in (2, 0, 1):
        expect_waiting(t, seen, "fires-too-soon", f"while job {number} runs")
        yard.ends[number].callback(RESULTS[number])
    _expect_results(t, seen)


def _expect_results(t: Trial, seen: Followed) -> None:
    expect_done(t, seen, str(RESULTS), "all done")
    kind = "wrong-result"
    if isinstance(seen.value, list) and any(isinstance(one, tuple) for one in seen.value):
        kind = "raw-deferredlist"
    elif seen.value in ([20, 0, None], [0, 20, None]):
        kind = "wrong-order"
    expect_value(t, seen, RESULTS, kind, "all done")


def _some_ready(t: Trial) -> None:
    yard = Yard(3)
    yard.ends[0].callback(RESULTS[0])
    yard.ends[1].callback(RESULTS[1])
    seen = begin(t, t.answer, yard.jobs)
    _all_begun(t, yard)
    expect_waiting(t, seen, "fires-too-soon", "while job 2 runs")
    yard.ends[2].callback(RESULTS[2])
    _expect_results(t, seen)


def _one_fails(t: Trial) -> None:
    yard, broken = Yard(3), ValueError("leak")
    seen = begin(t, t.answer, yard.jobs)
    _all_begun(t, yard)
    yard.ends[2].errback(broken)
    _expect_failure(t, seen, broken, "after job 2 failed")
    for end in yard.ends[:2]:
        end.callback(None)


def _one_failed_before(t: Trial) -> tuple[Followed, Exception]:
    yard, broken = Yard(2), ValueError("leak")
    yard.ends[0].errback(broken)
    seen = begin(t, t.answer, yard.jobs)
    _all_begun(t, yard)
    yard.ends[1].callback(None)
    return seen, broken


def _expect_failure(t: Trial, seen: Followed, broken: Exception, when: str) -> None:
    kind = "waits-or-swallows" if seen.error is None else "error-lost"
    if type(seen.error).__name__ == "FirstError":
        kind = "firsterror-leaks"
    expect_error(t, seen, broken, kind, when)


def _two_fail(t: Trial) -> None:
    unhandled()
    yard, broken = Yard(2), ValueError("leak")
    seen = begin(t, t.answer, yard.jobs)
    yard.ends[0].errback(broken)
    yard.ends[1].errback(OSError("adrift"))
    _expect_failure(t, seen, broken, "after two failures")
    del yard, seen
    left = [failure.value for failure in unhandled()]
    names = ", ".join(type(error).__name__ for error in left)
    second = any(isinstance(error, OSError) for error in left)
    kind = "unhandled-second-error" if second else "lost-failure"
    t.require(not left, kind, expected="nothing in the log", got=f"in the log: {names}")
