"""A notebook with the right answers in the place of the starters."""

from __future__ import annotations

import ast
import copy
from typing import Any

from labkit.exercises import right_guess
from labkit.exercises._pasting import imports_of
from labkit.exercises._registry import Right, right
from labkit.exercises._rooms import Room

PREFIX = "exercise:"


def styles(room: Room) -> int:
    """The most styles that an exercise of the room is solved in."""
    room.load(answers=True)
    return max((len(right[e.id]) for e in room.chapter.exercises), default=0)


def with_solutions(notebook: Any, room: Room, style: int) -> Any:
    """The same notebook, each starter replaced by a solution, each question by the right answer.

    An exercise with fewer styles than asked for begins again at its first.
    """
    room.load(answers=True)
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        id = tagged(cell, PREFIX)
        if cell.cell_type != "code" or not id:
            continue
        if room.chapter.prediction(id) is not None:
            cell.source = _asked(cell.source, f'predict("{id}", "{right_guess(id)}")')
        elif room.chapter.order(id) is not None:
            cell.source = _asked(cell.source, f'order("{id}", "{right_guess(id)}")')
        else:
            answer = right[id][style % len(right[id])]
            cell.source = in_place_of(cell.source, answer, expected_name(notebook, id))
    return notebook


def _asked(source: str, call: str) -> str:
    return "\n".join([*_imports(source), call])


def in_place_of(starter: str, answer: Right, name: str) -> str:
    """The cell of a solution: the starter's imports, those that the solution needs, its text."""
    lines = [*_imports(starter), *imports_of(answer)]
    source = "\n".join([*dict.fromkeys(lines), "", answer.source])
    return source if answer.name == name else f"{source}\n{name} = {answer.name}"


def expected_name(notebook: Any, id: str) -> str:
    """The name that the check of an exercise is called with."""
    for cell in notebook.cells:
        if tagged(cell, "check:") == id:
            return checked_name(cell.source, id)
    raise LookupError(f"no cell is tagged check:{id}")


def checked_name(source: str, id: str) -> str:
    """The second argument of check(id, Name); empty when there is none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check":
            first, *rest = node.args
            if getattr(first, "value", None) == id and rest:
                return ast.unparse(rest[0])
    return ""


def tagged(cell: Any, prefix: str) -> str:
    """What follows the prefix in one of a cell's tags; empty when none begins so."""
    return next(iter(values(cell, prefix)), "")


def values(cell: Any, prefix: str) -> list[str]:
    """What follows the prefix in a cell's tags."""
    tags = cell.metadata.get("tags", ())
    return [t.removeprefix(prefix) for t in tags if t.startswith(prefix)]


def is_code(cell: Any) -> bool:
    """Whether it is a code cell."""
    return bool(cell.cell_type == "code")


def _imports(source: str) -> list[str]:
    kinds = (ast.Import, ast.ImportFrom)
    return [ast.unparse(node) for node in ast.parse(source).body if isinstance(node, kinds)]
