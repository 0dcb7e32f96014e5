"""c3-once: one question for many callers, each with a Deferred of their own."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from labkit.exercises import Trial, judge

from ._followed import (
    Followed,
    begin_deferred,
    expect_done,
    expect_error,
    expect_value,
    expect_waiting,
    unhandled,
)

KEPT = "Once it went well, the value is kept, and fetch is not asked again."


class Gauge:
    """What is asked: it counts the questions, and answers when the check says so."""

    def __init__(self, *ready: Deferred[Any]) -> None:
        self.ready = list(ready)
        self.asked: list[Deferred[Any]] = []

    def __call__(self) -> Deferred[Any]:
        self.asked.append(self.ready.pop(0) if self.ready else Deferred())
        return self.asked[-1]


@judge("c3-once")
def once(t: Trial) -> None:
    """Asked once while it runs and after it went well; asked again after a failure."""
    with t.step("what get returns", cites="get() returns a Deferred of what fetch() gives"):
        t.call(_asks_its_own, t)
    with t.step("three callers at once", cites="Callers who come while it runs share one fetch.",
                shows="one fetch"):  # fmt: skip
        t.call(_three_callers, t, "4.20")
    with t.step("callers who change their result", cites="Each caller has a Deferred of their own.",
                shows="separate results"):  # fmt: skip
        t.call(_own_results, t)
    with t.step("it fails", cites="A failure reaches all who wait, and is not kept.",
                shows="failures"):  # fmt: skip
        t.call(_fails_once, t)
    with t.step("an errback that asks again", cites="The next get asks again.",
                shows="asking again"):  # fmt: skip
        t.call(_asks_in_errback, t)
        t.call(_ready_failure, t)
    with t.step("the value is None", cites=KEPT, shows="any value"):
        t.call(_three_callers, t, None)


def _asks_its_own(t: Trial) -> None:
    for gauge in (Gauge(), Gauge()):
        _asks(t, t.answer(gauge))
        _expect_asked(t, gauge, 1, "a new Once, asked")


def _three_callers(t: Trial, value: Any) -> None:
    gauge = Gauge()
    shared = t.answer(gauge)
    seen = [_asks(t, shared) for _ in range(2)]
    _expect_asked(t, gauge, 1, "while the first question runs")
    _expect_own(t, seen)
    for one in seen:
        expect_waiting(t, one, "fires-too-soon", "before fetch has answered")
    gauge.asked[0].callback(value)
    seen.append(_asks(t, shared))
    _expect_asked(t, gauge, 1, "after the answer came")
    for number, one in enumerate(seen, 1):
        _expect(t, one, value, f"caller {number}")


def _asks(t: Trial, shared: Any) -> Followed:
    return begin_deferred(t, shared.get)


def _expect(t: Trial, seen: Followed, value: Any, who: str) -> None:
    expect_done(t, seen, repr(value), who)
    junk = seen.value == "junk" or seen.value == "calm"
    expect_value(t, seen, value, "shared-deferred" if junk else "wrong-result", who)


def _expect_own(t: Trial, seen: list[Followed]) -> None:
    if len({id(one.deferred) for one in seen}) < len(seen):
        t.refuse("shared-deferred", expected=f"{len(seen)} callers, {len(seen)} Deferreds",
                 got=f"{len(seen)} callers, one Deferred")  # fmt: skip


def _expect_asked(t: Trial, gauge: Gauge, count: int, when: str) -> None:
    got = len(gauge.asked)
    if got == count:
        return
    fewer = "failure-cached" if got else "never-asked"
    said = [f"{when}: {n} fetch{'es' * (n != 1)}" for n in (count, got)]
    t.refuse("fetches-twice" if got > count else fewer, expected=said[0], got=said[1])


def _own_results(t: Trial) -> None:
    gauge = Gauge()
    shared = t.answer(gauge)
    first, second = _asks(t, shared), _asks(t, shared)
    _expect_asked(t, gauge, 1, "a new Once")
    first.deferred.addCallback(lambda _: "junk")
    gauge.asked[0].callback("4.20")
    _expect(t, second, "4.20", "the second caller")
    late = [_asks(t, shared), _asks(t, shared)]
    _expect_own(t, late)
    for number, one in enumerate(late, 1):
        one.deferred.addCallback(lambda _: "junk")
        _expect(t, one, "4.20", f"later caller {number}")


def _fails_once(t: Trial) -> None:
    unhandled()
    gauge, broken = Gauge(), OSError("aground")
    shared = t.answer(gauge)
    seen = [_asks(t, shared) for _ in range(2)]
    _expect_asked(t, gauge, 1, "a new Once")
    gauge.asked[0].errback(broken)
    nothing = seen[0].succeeded and seen[0].value is None  # the first one too
    kind = "errback-returns-none" if nothing else "error-not-shared"
    for number, one in enumerate(seen, 1):
        expect_error(t, one, broken, kind, f"caller {number}")
    _expect_asks_again(t, shared, gauge)
    del shared, seen, gauge
    _expect_nothing_lost(t)


def _expect_asks_again(t: Trial, shared: Any, gauge: Gauge) -> None:
    again, when = _asks(t, shared), "asked again after the failure"
    _expect_asked(t, gauge, 2, when)
    gauge.asked[1].callback("4.20")
    kind = "failure-cached" if again.error is not None else "wrong-result"
    expect_done(t, again, "'4.20'", when)
    expect_value(t, again, "4.20", kind, when)


def _expect_nothing_lost(t: Trial) -> None:
    left = unhandled()
    t.require(not left, "lost-failure", expected="nothing in the log", got="OSError in the log")


def _asks_in_errback(t: Trial) -> None:
    gauge, broken, again = Gauge(), OSError("aground"), list[Followed]()
    shared = t.answer(gauge)
    first = shared.get()
    first.addErrback(lambda failure: again.append(_asks(t, shared)))
    second = _asks(t, shared)
    gauge.asked[0].errback(broken)
    expect_error(t, second, broken, "error-not-shared", "caller 2")
    when = "asked again in an errback"
    t.require(len(gauge.asked) != 1, "forgets-too-late", expected=f"{when}: 2 fetches",
              got=f"{when}: 1 fetch")  # fmt: skip
    _expect_asked(t, gauge, 2, when)
    t.require(bool(again), "crashed", expected=f"{when}: a Deferred", got="get raised")
    expect_waiting(t, again[0], "failure-cached", when)
    gauge.asked[1].callback("4.20")
    _expect(t, again[0], "4.20", when)


def _ready_failure(t: Trial) -> None:
    unhandled()
    broken = OSError("aground")
    gauge = Gauge(fail(broken), succeed("4.20"))
    shared = t.answer(gauge)
    expect_error(t, _asks(t, shared), broken, "error-not-shared", "fetch fails at once")
    again, when = _asks(t, shared), "asked again after it failed at once"
    _expect_asked(t, gauge, 2, when)
    expect_done(t, again, "'4.20'", when)
    expect_value(t, again, "4.20", "wrong-result", when)
    del shared, gauge, again
    _expect_nothing_lost(t)
