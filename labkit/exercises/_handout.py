"""A chapter's page beside its room: whose starter a cell is, and what must stand in it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from ._course import Exercise
from ._grading import grade_metadata
from ._rooms import Room
from ._starter import is_unwritten

STARTER, CHECK = "exercise:", "check:"  # what the tags of their cells begin with


@frozen
class Cell:
    """A tagged cell of a notebook."""

    source: str
    metadata: Mapping[str, Any]


def tagged(notebook: Path, prefix: str) -> dict[str, Cell]:
    """The cells of a notebook that have a tag with this beginning, by what follows it."""
    found = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for tag in cell["metadata"].get("tags", ()):
            if tag.startswith(prefix):
                found[tag.removeprefix(prefix)] = Cell("".join(cell["source"]), cell["metadata"])
    return found


def page_problems(room: Room, folder: Path | None) -> Iterator[str]:
    """What is wrong between a room and its notebook in the folder; nothing if there is none."""
    path = folder / room.chapter.notebook if folder is not None else None
    if path is None or not path.is_file():
        return
    starters, checks = tagged(path, STARTER), tagged(path, CHECK)
    yield from (f"{i}: in the room, on no page" for i in room.chapter.ids if i not in starters)
    yield from (f"{i}: on the page, in no room" for i in starters if i not in room.chapter.ids)
    for exercise in room.chapter.exercises:
        if exercise.kind != "order" and exercise.id in starters:
            yield from _cells(exercise, starters[exercise.id], checks.get(exercise.id))


def _cells(exercise: Exercise, starter: Cell, check: Cell | None) -> Iterator[str]:
    name = answer_name(check.source, exercise.id) if check is not None else ""
    if check is None or not name:
        yield f'{exercise.id}: no cell tagged {CHECK}{exercise.id} has check("{exercise.id}", Name)'
        return
    if not is_unwritten(starter.source, name):
        yield f"{exercise.id}: its starter does not leave {name} to be written"
    if starter.metadata.get("nbgrader") != grade_metadata(exercise):
        yield f"{exercise.id}: its starter's nbgrader metadata are not those of grade_metadata"
    if check.metadata.get("nbgrader") != grade_metadata(exercise, "check"):
        yield f"{exercise.id}: its check's nbgrader metadata are not those of grade_metadata"


def answer_name(source: str, id: str) -> str:
    """The name that a cell hands to the check of an exercise; empty when it does not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check":
            first, *rest = node.args
            if getattr(first, "value", None) == id and rest:
                return ast.unparse(rest[0])
    return ""
