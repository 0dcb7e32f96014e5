"""What goes wrong in the reactor is collected there, once, and printed by nobody."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger, LogLevel
from twisted.python import log
from twisted.python.failure import Failure

from labkit.bench import drain_failures, drain_log, reactor, run, settle, wait
from labkit.bench._failures import MOST, Collector, LogLine

pytestmark = pytest.mark.usefixtures("bench")


def event(**facts: Any) -> dict[str, Any]:
    """An event as Twisted's publisher hands it on."""
    return {"log_level": LogLevel.critical, "log_format": "", **facts}


def test_failures_come_in_order_and_once() -> None:
    """Whatever thread logged them."""

    def fail(word: str) -> None:
        log.err(ValueError(word))

    fail("one")
    wait(fail, "two")
    thread = threading.Thread(target=fail, args=("three",))
    thread.start()
    thread.join()
    assert [f.getErrorMessage() for f in drain_failures()] == ["one", "two", "three"]
    assert drain_failures() == ()


def test_an_exception_in_a_timed_call_is_one_failure() -> None:
    """Twisted logs it; the timer's code is in its traceback."""

    def boil_over() -> None:
        raise ValueError("boiled over")

    wait(lambda: reactor.callLater(0, boil_over) and None)
    settle()
    (failure,) = drain_failures()
    assert failure.check(ValueError)
    assert failure.frames[-1][0] == "boil_over"


def test_a_lost_deferred_is_one_failure_without_a_head_line() -> None:
    """Twisted logs two events for it."""

    def lose() -> None:
        Deferred().errback(ValueError("lost"))

    wait(lose)
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == ["lost"]
    assert drain_log() == ()


def test_warnings_and_errors_without_a_failure_are_lines() -> None:
    """Levels below warning are not."""
    tea = Logger("tea")

    def talk() -> None:
        for level in ("debug", "info", "warn", "error", "critical"):
            getattr(tea, level)("{n} cups", n=3)

    wait(talk)
    lines = drain_log()
    assert lines == (
        LogLine("warn", "3 cups"),
        LogLine("error", "3 cups"),
        LogLine("critical", "3 cups"),
    )
    assert drain_log() == ()
    assert drain_failures() == ()


def test_only_crochets_own_cancellation_is_passed_over() -> None:
    """A CancelledError of the reader's is one like any other."""
    collector = Collector()
    cancelled = Failure(CancelledError())
    collector(event(isError=1, failure=cancelled, why="Unhandled error in EventualResult"))
    assert (collector.drain(), collector.drain_lines()) == ((), ())
    collector(event(log_failure=cancelled, log_format="Unhandled error in Deferred"))
    other = Failure(ValueError("spilt"))
    collector(event(isError=1, failure=other, why="Unhandled error in EventualResult"))
    assert collector.drain() == (cancelled, other)


def test_what_nobody_drains_is_bounded() -> None:
    """The newest are kept."""
    collector = Collector()
    for i in range(MOST + 5):
        collector(event(log_failure=Failure(ValueError(i))))
        collector(event(log_format="{i}", i=i))
    kept = collector.drain()
    assert (len(kept), kept[0].value.args) == (MOST, (5,))  # type: ignore[union-attr]
    assert len(collector.drain_lines()) == MOST


def test_an_event_that_cannot_be_worded_does_no_harm() -> None:
    """Its line says so."""

    class Sour:
        def __repr__(self) -> str:
            raise ValueError("no words")

    wait(lambda: Logger("tea").warn("{sour}", sour=Sour()))
    (line,) = drain_log()
    assert "unformattable" in line.text.lower() or "format" in line.text.lower()


def test_a_dropped_result_names_itself() -> None:
    """Its failure is collected when the Result goes."""

    def spill() -> None:
        raise ValueError("spilt")

    result = run(spill)
    settle()
    assert drain_failures() == ()
    del result
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == ["spilt"]
