"""A page is held against its room: the same ids, a starter to be written, the grader's metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from labkit.exercises import grade_metadata, rooms
from labkit.exercises._handout import answer_name, page_problems
from labkit.exercises._starter import is_unwritten

STARTER = "class Shout(Protocol):\n    def dataReceived(self, data):\n        ...\n"
WRITTEN = STARTER.replace("...", "self.transport.write(data.upper())")
CHECK = 'from labkit import check\n\ncheck("c98-shout", Shout)'

pytestmark = pytest.mark.usefixtures("room")


def cell(tag: str, source: str, grade: Any = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": [tag]}
    if grade is not None:
        metadata["nbgrader"] = grade
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": metadata}


def page(tmp_path: Path, *cells: dict[str, Any]) -> list[str]:
    (tmp_path / "98-a-room.ipynb").write_text(json.dumps({"cells": cells}))
    return list(page_problems(rooms()[0], tmp_path))


def sound(starter: str = STARTER, check: str = CHECK) -> list[dict[str, Any]]:
    task = rooms()[0].chapter.exercise("c98-shout")
    assert task is not None
    return [
        cell("exercise:c98-shout", starter, grade_metadata(task)),
        cell("check:c98-shout", check, grade_metadata(task, "check")),
        cell("exercise:c98-guess", 'predict("c98-guess", ...)'),
        cell("exercise:c98-life", 'order("c98-life", ...)'),
    ]


def test_a_sound_page_has_no_problem(tmp_path: Path) -> None:
    """Orders and predictions need no check."""
    assert page(tmp_path, *sound()) == []


def test_no_page_is_no_problem(tmp_path: Path) -> None:
    """A room may be there before its notebook."""
    assert list(page_problems(rooms()[0], tmp_path)) == []


def test_ids_on_the_page_are_the_rooms_ids(tmp_path: Path) -> None:
    """An exercise without a cell, and a cell without an exercise."""
    problems = page(tmp_path, cell("exercise:c98-shot", ""))
    assert "c98-shout: in the room, on no page" in problems
    assert "c98-shot: on the page, in no room" in problems


def test_a_starter_that_is_an_answer_is_a_problem(tmp_path: Path) -> None:
    """Nothing would be left to write."""
    (said,) = page(tmp_path, *sound(WRITTEN))
    assert said == "c98-shout: its starter does not leave Shout to be written"


@pytest.mark.parametrize("check", ["check", 'check("c98-shot", Shout)', 'check("c98-shout")'])
def test_a_check_that_hands_nothing_in_is_a_problem(tmp_path: Path, check: str) -> None:
    """Or for another exercise."""
    assert "no cell tagged check:c98-shout" in page(tmp_path, *sound(check=check))[0]


@pytest.mark.parametrize(("which", "whose"), [(0, "starter"), (1, "check")])
def test_points_on_the_page_are_the_rooms_points(tmp_path: Path, which: int, whose: str) -> None:
    """The metadata follow the room."""
    cells = sound()
    cells[which]["metadata"]["nbgrader"]["points"] = 70
    (said,) = page(tmp_path, *cells)
    assert f"its {whose}'s nbgrader metadata" in said


def test_the_name_handed_in_is_read_from_the_check() -> None:
    """Whatever else the cell does."""
    assert answer_name(CHECK, "c98-shout") == "Shout"


def words(sources: Iterable[str]) -> list[bool]:
    return [is_unwritten(source, "ask") for source in sources]


def test_what_is_to_be_written_is_told_from_what_is_there() -> None:
    """By its text alone, for functions, classes and values."""
    open_ones = ("async def ask(port, lines):\n    ...\n", "ask = ...\n", "class ask: ...\n")
    done = ("def ask(port):\n    return port\n", "ask = print\n", "def other(): ...\n")
    assert words(open_ones) == [True] * 3
    assert words(done) == [False] * 3
