"""The course's own audit finds what is wrong, in a room that nobody told it of."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from labkit.errors import BadCourse
from labkit.exercises import audit, times
from labkit.exercises._audit import _in_turn, _side_by_side
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
    assert [id for id, _ in found.seconds] == ["c98-shout"]


def test_in_processes_side_by_side_the_same_checks_are_run() -> None:
    """Each answer of an exercise, and the same verdicts, in the same order."""
    ids = ["c1-find", "c2-upper"]
    one, two = _in_turn(ids, 2), _side_by_side(ids, 2, 2)
    assert [evolve(run, seconds=0) for run in two] == [evolve(run, seconds=0) for run in one]
    assert {run.exercise for run in two} == set(ids)


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
        ("checks.py", 'otherwise="quiet"', 'otherwise="hushed"', "names the finding 'hushed'"),
        ("checks.py", "t.serve()", "t.sreve()", "AttributeError: 'Trial' object has no attribute"),
        ("chapter.toml", ', belief = "silence"', "", "c98-guess, option a: wrong"),
        ("chapter.toml", 'key = "b"', 'key = "a"', "c98-guess: an option's key is used twice"),
        (
            "chapter.toml",
            'first = "working", before = "born"',
            'first = "born", before = "working"',
            "child-labour is what really happens",
        ),
        ("chapter.toml", 'first = "working"', 'first = "idling"', "names a piece that is not"),
        ("chapter.toml", "steps = 1", "steps = 3", "steps = 3, and a right answer goes through 1"),
        ("chapter.toml", '"framing: none."', f'"{"word " * 121}"', "the contract has 121 words"),
    ],
)
def test_each_broken_promise_is_named(room: Path, file: str, old: str, new: str, said: str) -> None:
    """One change to the room, and the audit says which promise fell."""
    swap(room, file, old, new)
    problems = audit(seeds=1).problems
    assert any(said in p for p in problems), problems


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


def test_times_are_those_of_every_known_answer(room: Path) -> None:
    """What the figures are made of: the accepted ones, the wrong ones."""
    assert [len(taken) for taken in times()] == [2, 1]
