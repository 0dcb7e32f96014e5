"""How a stage ended: a value, read from its exit status and pytest's report."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from attrs import evolve, frozen

Result = Literal["passed", "failed", "left out", "stopped"]

_NO_TESTS = 5  # pytest's exit status when it collected nothing


@frozen
class Outcome:
    """The end of one stage; `left_out` holds a sentence for each thing that did not run."""

    stage: str
    result: Result
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: tuple[str, ...] = ()
    why: str = ""

    @property
    def is_good(self) -> bool:
        """False for whatever has to turn the exit status red."""
        return self.result in ("passed", "left out")

    def demanding_all(self) -> Outcome:
        """The same where nothing may be left out."""
        if not self.left_out or not self.is_good:
            return self
        return evolve(
            self,
            result="failed",
            failed=self.failed + max(1, self.skipped),
            skipped=0,
            why="LABKIT_REQUIRE_TOOLS=1 lets nothing be left out",
        )


@frozen
class Counts:
    """What pytest's report says: how many, and why the others were not run."""

    passed: int
    failed: int
    reasons: tuple[str, ...]


def read_report(path: Path) -> Counts | None:
    """Read a JUnit report; None when there is none, as after a crash.

    A test that was expected to fail, and did, counts as passed: it has run.
    """
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return None
    failed = sum(_has(case, "failure") or _has(case, "error") for case in cases)
    reasons = [case.find("skipped") for case in cases]
    skips = tuple(
        found.get("message", "") for found in reasons
        if found is not None and found.get("type") != "pytest.xfail"
    )  # fmt: skip
    return Counts(len(cases) - failed - len(skips), failed, skips)


def of_tests(stage: str, status: int, counts: Counts | None, seconds: float) -> Outcome:
    """Judge a stage that pytest ran."""
    if counts is None:
        why = f"pytest ended with status {status} and left no report"
        return Outcome(stage, "failed", seconds, failed=1, why=why)
    skipped = len(counts.reasons)
    good = status == 0 and not counts.failed
    end = Outcome(
        stage,
        "passed" if good else "failed",
        seconds,
        counts.passed,
        max(counts.failed, 0 if good else 1),
        skipped,
        tuple(f"{n} x {text}" for text, n in Counter(counts.reasons).most_common()),
    )
    if status == _NO_TESTS or not (counts.passed or counts.failed or skipped):
        return evolve(end, result="failed", failed=1, why="no test was found")
    if good and not counts.passed:
        return evolve(end, result="left out")
    return end


def of_command(stage: str, status: int, seconds: float) -> Outcome:
    """Judge a stage that is one command: right or wrong as a whole."""
    if status == 0:
        return Outcome(stage, "passed", seconds, passed=1)
    return Outcome(stage, "failed", seconds, failed=1, why=f"status {status}")


def _has(case: ElementTree.Element, tag: str) -> bool:
    return case.find(tag) is not None
