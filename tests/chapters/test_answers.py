"""Every room's right and wrong answers, found by themselves, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labkit.bench import stop_all
from labkit.exercises import Passed, Refused, rooms, run_check
from labkit.exercises._registry import Right, Wrong, right, wrong
from labkit.exercises._starter import is_starter
from labkit.notebook import view

SEEDS = (7, 8)  # the audit tries twenty


@pytest.fixture(autouse=True, scope="module")
def nothing_listens_afterwards() -> Iterator[None]:
    """A refused answer stays served, for its reader to try by hand; not here."""
    yield
    stop_all()


def answers(kind: dict[str, list[Any]]) -> list[Any]:
    found = []
    for room in rooms():
        room.load(answers=True)
        for exercise in room.chapter.exercises:
            found += [pytest.param(a, id=f"{exercise.id}-{a.name}") for a in kind[exercise.id]]
    return found


@pytest.mark.parametrize("answer", answers(right))
def test_a_right_answer_passes(answer: Right) -> None:
    """In every accepted style; and it says what was shown."""
    verdict = run_check(answer.exercise, answer.answer, SEEDS[0])
    assert isinstance(verdict, Passed), verdict
    assert verdict.shown


# A wrong answer may be a coroutine that nobody starts: Python says so when it is gone.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("answer", answers(wrong))
def test_a_wrong_answer_gets_its_finding(answer: Wrong) -> None:
    """Exactly the one that names its wrong idea; the same when the cell is checked again."""
    for seed in SEEDS:
        verdict = run_check(answer.exercise, answer.answer, seed)
        assert isinstance(verdict, Refused), verdict
        assert verdict.finding.id == answer.finding, verdict
        assert verdict.cites
        assert answer.finding in view(verdict).text


@pytest.mark.parametrize("answer", answers(right) + answers(wrong))
def test_an_attempt_is_not_taken_for_the_starter(answer: Right | Wrong) -> None:
    """Bodiless methods of an Automat input protocol are meant so."""
    assert not is_starter(answer.answer)


@pytest.mark.parametrize("answer", answers(right))
def test_a_right_answer_fits_into_a_cell(answer: Right) -> None:
    """Its text takes the starter's place in the notebook: no decorator, width 79."""
    assert answer.source.startswith(("class ", "def ", "async def ", "@inlineCallbacks\ndef "))
    assert max(map(len, answer.source.splitlines())) <= 79
    compile(answer.source, answer.name, "exec")
