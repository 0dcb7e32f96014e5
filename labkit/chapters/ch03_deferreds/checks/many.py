"""c3-order and c3-together: several jobs, one after the other or all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, FirstError, succeed

from labkit.bench import reactor
from labkit.exercises import Trial, judge

from ._followed import (
    NOT_CALLED,
    Followed,
    a_moment,
    begin,
    expect_done,
    expect_error,
    expect_not_by_itself,
    expect_value,
    expect_waiting,
    unhandled,
)

MANY = 3000  # jobs that are ready at once: more than Python's stack has frames
RESULTS = [0, None, 20]
EITHER = "a Deferred, or a coroutine"


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


def _idle() -> Deferred[Any]:
    """A job without an end."""
    return Deferred()


def _begin(t: Trial, jobs: list[Callable[[], Deferred[Any]]]) -> Followed:
    """The answer, begun; refused when it uses the job itself, a function, as its result."""
    try:
        return begin(t, t.answer, jobs)
    except NOT_CALLED as e:
        if "'function'" in str(e):
            t.refuse("job-not-called", expected="job() of each job", got=f"raised {e!r}"[:90])
        raise


@judge("c3-order")
def in_order(t: Trial) -> None:
    """The next begins when the one before it is done; the first failure ends it."""
    with t.step("what comes back", cites=EITHER):
        t.call(_begin, t, [_idle])
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
    seen = _begin(t, yard.jobs)
    for number in range(3):
        await a_moment()
        _expect_begun(t, yard, list(range(number + 1)), seen)
        expect_waiting(t, seen, "fires-too-soon", f"while job {number} runs")
        yard.ends[number].callback(RESULTS[number])
    await a_moment()
    expect_done(t, seen, str(RESULTS), "all done")
    expect_not_by_itself(t, seen, "all done")
    expect_value(t, seen, RESULTS, "wrong-result", "all done")


def _expect_begun(t: Trial, yard: Yard, due: list[int], seen: Followed) -> None:
    """These have begun and no others, in this order; what came out too early is told."""
    if yard.begun == due:
        return
    expect_not_by_itself(t, seen, f"begun: {yard.begun}")
    said = f"; the result: {seen.words}" if seen.done else ""
    t.refuse(_misbegun(yard, due, seen), expected=f"begun: {due}",
             got=f"begun: {yard.begun}{said}")  # fmt: skip


def _misbegun(yard: Yard, due: list[int], seen: Followed) -> str:
    begun = yard.begun
    if len(begun) > len(set(begun)):
        return "wrong-count"
    if set(begun) > set(due):
        return "starts-all-at-once"
    if isinstance(seen.value, list) and any(callable(one) for one in seen.value):
        return "job-not-called"
    return "late-binding" if len(begun) == len(due) else "stuck"


async def _no_jobs(t: Trial) -> None:
    seen = begin(t, t.answer, [])
    await a_moment()
    expect_done(t, seen, "[]", "no jobs")
    expect_value(t, seen, [], "wrong-result", "no jobs")


async def _second_fails(t: Trial) -> None:
    yard, broken = Yard(3), ValueError("leak")
    seen = _begin(t, yard.jobs)
    await a_moment()
    yard.ends[0].callback(0)
    await a_moment()
    _expect_begun(t, yard, [0, 1], seen)
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
    with t.step("what comes back", cites=EITHER):
        t.call(_begin, t, [_idle])
    begin_all = "All jobs begin at once."
    with t.step("three jobs", cites=begin_all, shows="all at once"):
        seen = t.call(_three_together, t)
    with t.step("their results", cites="in the order of the jobs.", shows="their order"):
        _expect_results(t, seen)
    with t.step("some that are ready", cites=begin_all, shows="jobs that are ready"):
        seen = t.call(_some_ready, t)
        failed, error = t.call(_one_failed_before, t)
        _expect_results(t, seen)
    with t.step("no jobs", cites="No jobs give an empty list.", shows="no jobs"):
        t.call(_no_jobs, t)
    with t.step("the last one fails first", cites="The first failure is the result, unchanged.",
                shows="the first failure"):  # fmt: skip
        t.call(_one_fails, t)
        _expect_failure(t, failed, error, "job 0 failed at once")
    with t.step("two fail", cites="What happens after it is not left unhandled.",
                shows="a second failure"):  # fmt: skip
        t.call(_two_fail, t)


def _all_begun(t: Trial, yard: Yard, seen: Followed) -> None:
    if not yard.begun:
        expect_not_by_itself(t, seen, "none begun")
    count = len(yard.jobs)
    kind = "wrong-count" if len(yard.begun) > count else "sequential"
    t.require(sorted(yard.begun) == list(range(count)), kind, got=f"begun: {yard.begun}",
              expected=f"begun: {list(range(count))}")  # fmt: skip


def _three_together(t: Trial) -> Followed:
    yard = Yard(3)
    seen = _begin(t, yard.jobs)
    _all_begun(t, yard, seen)
    for number in (2, 0, 1):
        expect_not_by_itself(t, seen, f"while job {number} runs")
        expect_waiting(t, seen, "fires-too-soon", f"while job {number} runs")
        yard.ends[number].callback(RESULTS[number])
    return seen


def _expect_results(t: Trial, seen: Followed) -> None:
    expect_done(t, seen, str(RESULTS), "all done")
    expect_not_by_itself(t, seen, "all done")
    kind = "wrong-result"
    if isinstance(seen.value, list) and any(isinstance(one, tuple) for one in seen.value):
        kind = "raw-deferredlist"
    elif seen.value in ([20, 0, None], [0, 20, None]):
        kind = "wrong-order"
    expect_value(t, seen, RESULTS, kind, "all done")


def _some_ready(t: Trial) -> Followed:
    yard = Yard(3)
    yard.ends[0].callback(RESULTS[0])
    yard.ends[1].callback(RESULTS[1])
    seen = _begin(t, yard.jobs)
    _all_begun(t, yard, seen)
    expect_waiting(t, seen, "fires-too-soon", "while job 2 runs")
    yard.ends[2].callback(RESULTS[2])
    return seen


def _one_fails(t: Trial) -> None:
    yard, broken = Yard(3), ValueError("leak")
    seen = _begin(t, yard.jobs)
    _all_begun(t, yard, seen)
    yard.ends[2].errback(broken)
    _expect_failure(t, seen, broken, "after job 2 failed")
    for end in yard.ends[:2]:
        end.callback(None)


def _one_failed_before(t: Trial) -> tuple[Followed, Exception]:
    yard, broken = Yard(2), ValueError("leak")
    yard.ends[0].errback(broken)
    seen = _begin(t, yard.jobs)
    _all_begun(t, yard, seen)
    yard.ends[1].callback(None)
    return seen, broken


def _expect_failure(t: Trial, seen: Followed, broken: Exception, when: str) -> None:
    kind = "waits-or-swallows" if seen.error is None else "error-lost"
    if isinstance(seen.error, FirstError) or isinstance(seen.value, FirstError):
        kind = "firsterror-leaks"
    elif seen.value is broken:
        kind = "error-as-result"
    expect_error(t, seen, broken, kind, when)


def _two_fail(t: Trial) -> None:
    unhandled()
    yard, broken = Yard(2), ValueError("leak")
    seen = _begin(t, yard.jobs)
    yard.ends[0].errback(broken)
    yard.ends[1].errback(OSError("adrift"))
    _expect_failure(t, seen, broken, "after two failures")
    del yard, seen
    left = [failure.value for failure in unhandled()]
    names = ", ".join(type(error).__name__ for error in left)
    second = any(isinstance(error, OSError) for error in left)
    kind = "unhandled-second-error" if second else "lost-failure"
    t.require(not left, kind, expected="nothing in the log", got=f"in the log: {names}")
