"""Every chapter room, found by itself: its words keep to the sizes, its steps cite the task."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHAPTERS = Path(__file__).parents[2] / "labkit" / "chapters"
ROOMS = sorted(path.parent for path in CHAPTERS.glob("ch*/chapter.toml"))
KINDS = {"make", "modify", "order", "predict", "break"}

rooms = pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)


def words_of(room: Path) -> dict[str, Any]:
    return tomllib.loads((room / "chapter.toml").read_text("utf-8"))


def exercises() -> list[Any]:
    found = [(room, exercise) for room in ROOMS for exercise in words_of(room)["exercises"]]
    return [pytest.param(room, exercise, id=exercise["id"]) for room, exercise in found]


each_exercise = pytest.mark.parametrize(("room", "exercise"), exercises())


def test_there_are_rooms() -> None:
    """Nothing below would fail if none was found."""
    assert ROOMS


@each_exercise
def test_an_exercise_keeps_to_the_sizes(room: Path, exercise: dict[str, Any]) -> None:
    """A contract of 120 words at most, exactly three hints of 60 words at most."""
    assert exercise["kind"] in KINDS
    assert len(exercise["contract"].split()) <= 120
    assert len(exercise["hints"]) == 3
    assert all(len(hint.split()) <= 60 for hint in exercise["hints"])


@each_exercise
def test_hints_go_from_a_question_to_a_blank(room: Path, exercise: dict[str, Any]) -> None:
    """The first hint asks, the third has one blank."""
    assert "?" in exercise["hints"][0]
    assert exercise["hints"][2].count("____") == 1


@rooms
def test_every_prediction_has_one_right_option(room: Path) -> None:
    """The right option has no belief, every wrong one is a named belief with a reply of its own."""
    for prediction in words_of(room).get("predictions", []):
        options = prediction["options"]
        right = [o["key"] for o in options if "belief" not in o]
        assert right == [prediction["answer"]], prediction["id"]
        assert all(o["reply"].strip() for o in options), prediction["id"]
        assert [o["key"] for o in options] == list("abcdefgh"[: len(options)])


@rooms
def test_every_belief_about_an_order_is_wrong(room: Path) -> None:
    """A belief puts X before Y where the true order has Y before X."""
    for order in words_of(room).get("orders", []):
        pieces = order["pieces"]
        for belief in order["beliefs"]:
            assert pieces.index(belief["first"]) > pieces.index(belief["before"]), belief["id"]


@rooms
def test_findings_say_why_in_one_plain_sentence(room: Path) -> None:
    """A sentence, with an end, that fits into the feedback's few lines."""
    for finding in words_of(room).get("findings", []):
        assert finding["why"].endswith("."), finding["id"]
        assert len(finding["why"]) <= 160, finding["id"]


@rooms
def test_every_step_cites_a_sentence_of_the_task(room: Path) -> None:
    """What a step quotes stands, word by word, in a goal or a contract of the room."""
    task = "\n".join(f"{e['goal']}\n{e['contract']}" for e in words_of(room)["exercises"])
    cited = set(_cited(room))
    assert cited
    assert not {sentence for sentence in cited if sentence not in task}


def _cited(room: Path) -> Iterator[str]:
    """All that is given as `cites=` in the room's checks, names looked up in their module."""
    files = [room / "checks.py", *(room / "checks").glob("*.py")]
    for tree in (ast.parse(f.read_text("utf-8")) for f in files if f.exists()):
        named: dict[str, set[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                for target in node.targets:
                    named.setdefault(ast.unparse(target), set()).add(str(node.value.value))
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "cites":
                constant = isinstance(node.value, ast.Constant)
                yield from [node.value.value] if constant else named[ast.unparse(node.value)]
