"""Which right answers of a run were not taken for right."""

from __future__ import annotations

from typing import Any

from labkit.exercises import right_guess
from labkit.exercises._rooms import Room
from labkit.solved import PREFIX, checked_name, is_code, styles, tagged, values, with_solutions

__all__ = [
    "PREFIX",
    "checked_name",
    "is_code",
    "refused",
    "styles",
    "tagged",
    "values",
    "with_solutions",
]


def refused(result: Any, room: Room) -> list[str]:
    """Which answers of a run were not taken for right."""
    return [f"{id} did not pass" for id, wrong in _wrong(result, room).items() if wrong]


def _wrong(result: Any, room: Room) -> dict[str, bool]:
    chapter = room.chapter
    found = {}
    for id in chapter.ids:
        passed, guess = result.progress.get(id, (False, None))
        asked = chapter.prediction(id) is not None or chapter.order(id) is not None
        found[id] = guess != right_guess(id) if asked else not passed
    return found
