"""An exercise on the page: its starter, the check after it, what a grader needs to know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from labkit.exercises._rooms import Room
from labkit.exercises._starter import is_unwritten

from .answers import PREFIX, checked_name, is_code, values
from .names import definitions

LEAST, MOST = 4, 7  # exercises of a chapter; twice as many in two sittings


def problems(notebook: Any, long: bool, room: Room | None) -> Iterator[str]:
    """What is wrong with the exercises on the page, held against those in the room."""
    on_page = [i for cell in notebook.cells for i in values(cell, PREFIX)]
    known = room.chapter.ids if room is not None else ()
    yield from (f"{i}: in the room, on no page" for i in known if i not in on_page)
    yield from (f"{i}: on the page, in no room" for i in on_page if i not in known)
    yield from (f"{i}: two starters" for i in sorted({i for i in on_page if on_page.count(i) > 1}))
    yield from _grades(notebook)
    if room is None:
        return
    for exercise in room.chapter.exercises:
        if room.chapter.order(exercise.id) is None:
            yield from _starter(notebook, exercise.id)
    count = len([e for e in room.chapter.exercises if not e.stretch])
    if not LEAST <= count <= MOST * (2 if long else 1):
        yield f"{count} exercises, a chapter has {LEAST} to {MOST}, or twice that in two sittings"


def _starter(notebook: Any, id: str) -> Iterator[str]:
    """The starter defines what the next code cell hands to its check."""
    code = [c for c in notebook.cells if is_code(c)]
    places = [n for n, c in enumerate(code) if id in values(c, PREFIX)]
    if not places:
        return
    starter, after = code[places[0]], code[places[0] + 1 : places[0] + 2]
    if not after or id not in values(after[0], "check:"):
        yield f"{id}: the code cell after its starter is not tagged check:{id}"
        return
    name = checked_name(after[0].source, id)
    if name not in definitions(starter.source) and not is_unwritten(starter.source, name):
        yield f'{id}: its check is not check("{id}", Name) of a name that the starter defines'
    grade = starter.metadata.get("nbgrader")
    if not grade or not grade.get("solution"):
        yield f"{id}: its starter has no nbgrader metadata with solution: true"


def _grades(notebook: Any) -> Iterator[str]:
    """nbgrader's metadata, where a cell has them, are such that nbgrader takes them."""
    seen: set[str] = set()
    for cell in notebook.cells:
        grade = cell.metadata.get("nbgrader")
        if grade is None:
            continue
        id = grade.get("grade_id", "")
        if not re.fullmatch(r"[\w-]+", id) or id in seen:
            yield f"nbgrader: grade_id {id!r} is empty, odd or used twice"
        seen.add(id)
        flags = [grade.get(k) for k in ("grade", "solution", "locked", "task")]
        if grade.get("schema_version") != 3 or not all(isinstance(f, bool) for f in flags):
            yield f"nbgrader: {id}: needs schema_version 3 and grade, solution, locked, task"
        if bool(grade.get("grade")) != ("points" in grade):
            yield f"nbgrader: {id}: points stand where grade is true, and only there"
