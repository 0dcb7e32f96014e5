"""c3-once: one question for many callers, each with a Deferred of their own."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from labkit.exercises import Trial, judge

from ._followed import Followed, begin, expect_error, expect_value, unhandled


class Gauge:
    """What is asked: it counts the questions, and answers when the check says so."""

    def __init__(self) -> None:
        self.asked: list[Deferred[Any]] = []

    def __call__(self) -> Deferred[Any]:
        self.asked.append(Deferred())
        return self.asked[-1]


@judge("c3-once")
def once(t: Trial) -> None:
    """Asked once while it runs and after it went well; asked again after a failure."""
    with t.step("three callers at once", cites="Callers who come while it runs share one fetch.",
                shows="one fetch"):  # fmt: skip
        t.call(_three_callers, t)
    with t.step("callers who change their result", cites="Each caller has a Deferred of their own.",
                shows="separate results"):  # fmt: skip
        t.call(_own_results, t)
    with t.step("it fails", cites="A failure reaches all who wait, and is not kept.",
                shows="failures"):  # fmt: skip
        t.call(_fails_once, t)


def _three_callers(t: Trial) -> None:
    gauge = Gauge()
    shared = t.answer(gauge)
    seen = [begin(t, shared.get) for _ in range(2)]
    _expect_asked(t, gauge, 1, "while the first question runs")
    if seen[0].deferred is seen[1].deferred:
        t.refuse("shared-deferred", expected="two Deferreds", got="one Deferred for both callers")
    _tell(t, gauge, "4.20")
    seen.append(begin(t, shared.get))
    _expect_asked(t, gauge, 1, "after the answer came")
    for number, one in enumerate(seen, 1):
        kind = "wrong-result" if one.done else "never-fires"
        expect_value(t, one, "4.20", kind, f"caller {number}")


def _tell(t: Trial, gauge: Gauge, value: str) -> None:
    asked = gauge.asked[-1]
    if asked.called:
        t.refuse("wrong-result", expected="only fetch's maker fires it", got="it was fired")
    asked.callback(value)


def _expect_asked(t: Trial, gauge: Gauge, count: int, when: str) -> None:
    if len(gauge.asked) != count:
        more = len(gauge.asked) > count
        t.refuse("fetches-twice" if more else "failure-cached", expected=f"{when}: {count} fetch",
                 got=f"{when}: {len(gauge.asked)}")  # fmt: skip


def _own_results(t: Trial) -> None:
    gauge = Gauge()
    shared = t.answer(gauge)
    first, second = begin(t, shared.get), begin(t, shared.get)
    first.deferred.addCallback(lambda _: "junk")
    _tell(t, gauge, "4.20")
    expect_value(t, second, "4.20", "shared-deferred", "the second caller")
    third = begin(t, shared.get)
    expect_value(t, third, "4.20", "shared-deferred", "a later caller")


def _fails_once(t: Trial) -> None:
    unhandled()
    gauge, broken = Gauge(), OSError("aground")
    shared = t.answer(gauge)
    seen: list[Followed] = [begin(t, shared.get) for _ in range(2)]
    gauge.asked[0].errback(broken)
    for number, one in enumerate(seen, 1):
        expect_error(t, one, broken, "error-not-shared", f"caller {number}")
    again = begin(t, shared.get)
    _expect_asked(t, gauge, 2, "asked again after the failure")
    gauge.asked[1].callback("4.20")
    expect_value(t, again, "4.20", "failure-cached", "asked again after the failure")
    del shared, seen, gauge
    left = unhandled()
    t.require(not left, "lost-failure", expected="nothing in the log", got="OSError in the log")
