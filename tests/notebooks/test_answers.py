"""Right answers in the place of starters: the cells that come out, and that they pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gate import answers, runs
from nbformat.v4 import new_code_cell, new_notebook

from labkit.exercises import right_guess, rooms
from labkit.exercises._registry import right

ROOM = next(room for room in rooms() if room.chapter.number == "02")
HERE = Path(__file__)
IMPORTS = (
    "from twisted.internet.protocol import Factory, Protocol\n"
    "from labkit import check, order, predict, stop_all"
)
STARTER = "from collections import deque\n\n\nclass Louder(Protocol):\n    ..."

WRONG = """class Louder(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.lower())"""


def tagged(source: str, *tags: str) -> Any:
    return new_code_cell(source, metadata={"tags": list(tags)})


@pytest.fixture
def page() -> Any:
    """A page with one of each kind: to make, to predict, to order."""
    return new_notebook(
        cells=[
            new_code_cell(IMPORTS),
            tagged('predict("c2-pieces")', "exercise:c2-pieces"),
            tagged('order("c2-life")', "exercise:c2-life"),
            tagged(STARTER, "exercise:c2-upper"),
            tagged('check("c2-upper", Louder)', "check:c2-upper"),
            new_code_cell("stop_all()"),
        ]
    )


def test_a_question_gets_its_right_answer(page: Any) -> None:
    """Predictions by their key, orders by their letters."""
    solved = answers.with_solutions(page, ROOM, 0)
    assert solved.cells[1].source == f'predict("c2-pieces", "{right_guess("c2-pieces")}")'
    assert solved.cells[2].source == f'order("c2-life", "{right_guess("c2-life")}")'


@pytest.mark.parametrize("style", range(answers.styles(ROOM)))
def test_a_starter_gives_way_to_a_solution(page: Any, style: int) -> None:
    """The starter's imports stay, and the solution has the name that the check asks for."""
    source = answers.with_solutions(page, ROOM, style).cells[3].source
    chosen = right["c2-upper"][style % len(right["c2-upper"])]
    assert source.startswith("from collections import deque")
    assert chosen.source in source
    assert ("Louder = " in source) == (chosen.name != "Louder")


def test_the_page_itself_is_left_alone(page: Any) -> None:
    """The solutions go into a copy."""
    answers.with_solutions(page, ROOM, 0)
    assert page.cells[3].source == STARTER


def test_right_answers_pass_in_the_kernel(page: Any) -> None:
    """What was put in place is run, checked and saved as passed."""
    result = runs.run(answers.with_solutions(page, ROOM, 0), HERE, chapter="02")
    assert runs.problems(result) == []
    for id in ("c2-upper", "c2-life", "c2-pieces"):
        assert f"{id} did not pass" not in answers.refused(result, ROOM)


def test_a_wrong_answer_is_found(page: Any) -> None:
    """A mistake in the place of the solution does not slip through, nor does a wrong guess."""
    solved = answers.with_solutions(page, ROOM, 0)
    solved.cells[1].source = 'predict("c2-pieces", "a")'
    solved.cells[3].source = WRONG
    found = answers.refused(runs.run(solved, HERE, chapter="02"), ROOM)
    assert "c2-upper did not pass" in found
    assert "c2-pieces did not pass" in found
    assert "c2-life did not pass" not in found
