"""Finds the chapter rooms by name, and what stands in them."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import attrs

from labkit.errors import UnknownExercise

from ._course import Chapter, Exercise, read_chapter, read_findings
from ._verdict import Finding

PACKAGE = "labkit.chapters"
SHARED = Path(__file__).with_name("catalogue.toml")


@attrs.frozen
class Room:
    """One chapter's package: its words, and the module name to load its code from."""

    module: str
    chapter: Chapter

    def load(self, answers: bool = False) -> None:
        """Register the room's checks; with `answers` its solutions and mistakes too."""
        importlib.import_module(f"{self.module}.checks")
        if answers:
            importlib.import_module(f"{self.module}.solutions")
            importlib.import_module(f"{self.module}.mistakes")


@cache
def rooms() -> tuple[Room, ...]:
    """All chapter rooms, by number."""
    package = importlib.import_module(PACKAGE)
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("ch"):
            path = Path(info.module_finder.path, info.name, "chapter.toml")  # type: ignore[union-attr]
            found.append(Room(f"{PACKAGE}.{info.name}", read_chapter(path)))
    return tuple(sorted(found, key=lambda room: room.chapter.number))


def room_of(id: str) -> Room:
    """The room in which an exercise, prediction or order lives; UnknownExercise if in none."""
    for room in rooms():
        if id in room.chapter.ids:
            return room
    known = [i for room in rooms() for i in room.chapter.ids]
    near = difflib.get_close_matches(str(id), known, 3, 0.5)
    cure = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}"
    raise UnknownExercise(f"No chapter has an exercise {id!r}", cure)


def room_numbered(number: str) -> Room:
    """The room of a chapter by its number, "02" or "2"."""
    for room in rooms():
        if int(room.chapter.number) == _as_number(number):
            return room
    known = ", ".join(room.chapter.number for room in rooms())
    raise UnknownExercise(f"There is no chapter {number!r} yet", f"There are: {known}")


def _as_number(number: object) -> int:
    text = str(number)
    return int(text) if text.isdigit() else -1


def exercise_of(id: str) -> Exercise:
    """The exercise of that id; a prediction has none and raises UnknownExercise."""
    found = room_of(id).chapter.exercise(id)
    if found is None:
        raise UnknownExercise(f"{id} is a prediction", f'Answer it with predict("{id}", "a")')
    return found


@cache
def catalogue(module: str = "") -> dict[str, Finding]:
    """Every finding by its id: the shared ones, and those of the room of that module name."""
    shared = {f.id: f for f in read_findings(SHARED)}
    own = [f for room in rooms() if room.module == module for f in room.chapter.findings]
    return shared | {f.id: f for f in own}
