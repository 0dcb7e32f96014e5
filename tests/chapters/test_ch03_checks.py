"""What chapter 3's checks do beside their verdict: on a slow machine, and with a thread's error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from labkit.chapters.ch03_deferreds.checks.offloading import WORK
from labkit.chapters.ch03_deferreds.mistakes.offloading import raises_in_a_thread_of_its_own
from labkit.exercises import Passed, Refused, run_check
from labkit.exercises._heartbeat import Heartbeat


@pytest.fixture
def hearts(monkeypatch: pytest.MonkeyPatch) -> list[Heartbeat]:
    """The heartbeats of the checks, from now on."""
    found: list[Heartbeat] = []
    start = Heartbeat.start

    def noted(self: Heartbeat) -> None:
        found.append(self)
        start(self)

    monkeypatch.setattr(Heartbeat, "start", noted)
    return found


def test_a_standstill_of_the_machine_is_not_laid_to_a_thread(hearts: list[Heartbeat]) -> None:
    """That the reactor turns while fn works is seen by a turn, not by a stopwatch."""

    def offload(fn: Any, x: int) -> Deferred[int]:
        def work() -> int:
            result: int = fn(x)
            if fn.takes == WORK:
                hearts[-1].worst = 2 * WORK  # as if the machine had been away
            return result

        return deferToThread(work)

    assert isinstance(run_check("c3-thread", offload), Passed)


def test_an_error_that_ends_a_thread_is_told_on_the_card_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """No traceback of the lab's own code comes on the screen beside it."""
    verdict = run_check("c3-thread", raises_in_a_thread_of_its_own)
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "raised-in-the-thread"
    assert "Traceback" not in capfd.readouterr().err


def compared(price: Callable[..., Any]) -> None:
    """A hunt that compares the Deferred."""
    assert price(lambda sym: Deferred(), "AUR") == 1250


def named(price: Callable[..., Any]) -> None:
    """A hunt that says what it has against a price, at length."""
    raise ValueError("a price that has a name, and this one has none: " + "the berth of " * 9)


def test_what_a_hunt_says_is_not_cut_within_a_word() -> None:
    """It ends with a whole word and a mark that more was said."""
    verdict = run_check("c3-hunt", named)
    assert isinstance(verdict, Refused)
    assert str(verdict.got).endswith((" the …", " berth …", " of …"))


def test_a_deferred_that_never_fires_is_compared_all_the_same() -> None:
    """What hunt did wrong is told, whatever it did with fetch."""
    verdict = run_check("c3-hunt", compared)
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "compares-the-deferred"
