"""The course's own audit finds what is wrong, in a room that nobody told it of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.errors import BadCourse
from labkit.exercises import audit, times
from labkit.exercises._rooms import rooms

from .conftest import forget


def swap(room: Path, file: str, old: str, new: str) -> None:
    text = (room / file).read_text()
    assert old in text
    (room / file).write_text(text.replace(old, new))
    forget()


def test_a_sound_room_has_no_problem(room: Path) -> None:
    """And every answer was run: two right ones, one wrong one."""
    found = audit(seeds=1)
    assert found.problems == ()
    assert found.runs == 3


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("solutions.py", "data.upper()", "data", "Shout, right, got quiet"),
        ("mistakes.py", "write(data)", "write(data.upper())", "Whisper must be quiet, got Passed"),
        ("mistakes.py", 'finding="quiet"', 'finding="loud"', "no mistake provokes quiet"),
        ("solutions.py", 'style="sequence"', 'style="upper"', "fewer than two accepted styles"),
        ("checks.py", '@judge("c98-shout")', '@judge("c98-scream")', "c98-shout: no check"),
        ("checks.py", 'return "b"', 'return "a"', "a live run shows 'a'"),
        ("chapter.toml", '"bytes have upper()", ', "", "2 hints"),
        ("chapter.toml", '"framing: none."', f'"{"word " * 121}"', "the contract has 121 words"),
    ],
)
def test_each_broken_promise_is_named(room: Path, file: str, old: str, new: str, said: str) -> None:
    """One change to the room, and the audit says which promise fell."""
    swap(room, file, old, new)
    try:
        problems = audit(seeds=1).problems
    except KeyError as e:  # an exercise without a check cannot be run either
        problems = (str(e),)
    except BadCourse as e:
        problems = (e.what.replace("has no check", ": no check").replace(" :", ":"),)
    assert any(said in p for p in problems), problems


def test_ids_on_the_page_are_the_rooms_ids(room: Path, tmp_path: Path) -> None:
    """An exercise without a cell, and a cell without an exercise."""
    cell = {"cell_type": "code", "source": "", "metadata": {"tags": ["exercise:c98-shot"]}}
    (tmp_path / "98-a-room.ipynb").write_text(json.dumps({"cells": [cell]}))
    problems = audit(seeds=1, notebooks=tmp_path).problems
    assert "c98-shout: in the room, on no page" in problems
    assert "c98-shot: on the page, in no room" in problems


def test_a_wrong_key_names_file_and_key(room: Path) -> None:
    """The author's message."""
    swap(room, "chapter.toml", "minutes = 1", "minutes = 1\nminute = 2")
    with pytest.raises(BadCourse, match=r"ch98_a_room/chapter.toml: .*minute"):
        rooms()


def test_toml_that_is_none_says_where(room: Path) -> None:
    """The line is in the message."""
    swap(room, "chapter.toml", "minutes = 1", "minutes = ")
    with pytest.raises(BadCourse, match="line 5"):
        rooms()


def test_times_are_those_of_every_accepted_answer(room: Path) -> None:
    """What the figures are made of."""
    assert set(times()) == {"c98-shout upper", "c98-shout sequence"}
