"""What nbgrader goes by: metadata on the cells, and an error where there is no pass."""

from __future__ import annotations

import pytest
from twisted.internet.protocol import Protocol

from labkit.errors import NotPassed
from labkit.exercises import Passed, check, grade_metadata, progress
from labkit.exercises._course import Exercise

pytestmark = pytest.mark.usefixtures("room")


class Shout(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())


class Whisper(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


def test_the_answer_is_written_in_one_cell_and_graded_in_the_next() -> None:
    """Points stand on the locked cell alone."""
    task = Exercise("c98-x", "X", "make", "", "", (), points=3)
    starter, checks = grade_metadata(task), grade_metadata(task, "check")
    assert starter["solution"] and not starter["grade"] and "points" not in starter
    assert checks["grade"] and checks["locked"] and checks["points"] == 3
    assert starter["grade_id"] != checks["grade_id"]


@pytest.mark.parametrize("run", ["autograde", "validate"])
@pytest.mark.parametrize(("answer", "why"), [(Whisper, "quiet in step 1"), (..., "not started")])
def test_what_did_not_pass_is_an_error_for_the_grader(
    run: str, answer: object, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value would be full points; and the grader's own progress stays as it was."""
    monkeypatch.setenv("NBGRADER_EXECUTION", run)
    with pytest.raises(NotPassed, match=why):
        check("c98-shout", answer)
    assert {line.state for line in progress("98").lines} == {"not started"}


def test_a_pass_is_a_value_for_the_grader_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """No error, full points."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert isinstance(check("c98-shout", Shout), Passed)
