"""Every notebook of the workbook, held against the gate: as stored, run, run twice, and solved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gate import answers, runs, structure

from labkit.exercises import rooms
from labkit.exercises._rooms import Room

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ROOMS = {room.chapter.notebook: room for room in rooms()}
SOLVED = [
    pytest.param(path, style, id=f"{path.stem}-{style}")
    for path in NOTEBOOKS
    if path.name in ROOMS
    for style in range(answers.styles(ROOMS[path.name]))
]

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def room_of(path: Path) -> Room | None:
    """The room whose exercises stand in the notebook; a chapter without exercises has none."""
    return ROOMS.get(path.name)


def refuse(problems: list[str]) -> None:
    """Fail with all problems in full, a line each."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@every_notebook
def test_is_stored_as_the_workbook_wants_it(path: Path) -> None:
    """Run in order, tagged, within its size, its pictures and names in order."""
    number = path.name.split("-")[0]
    refuse(structure.problems(runs.read(path), number, room_of(path)))


@every_notebook
def test_runs_and_leaves_nothing(path: Path, run_of: Any) -> None:
    """No error and no failure but those on stage; no port, call, socket, thread or child left."""
    refuse(runs.problems(run_of(path)))


@every_notebook
def test_runs_twice_in_one_kernel(path: Path, run_of: Any) -> None:
    """Whoever runs all cells again meets the same notebook."""
    refuse(runs.problems(run_of(path, 2)))


@every_notebook
def test_stores_what_a_run_gives(path: Path, run_of: Any) -> None:
    """Nothing stored is older than the code; `python -m labkit refresh` mends it."""
    refuse(runs.differences(runs.read(path), run_of(path).notebook))


@pytest.mark.parametrize(("path", "style"), SOLVED)
def test_passes_with_solutions_in_place(path: Path, style: int) -> None:
    """In every accepted style, each check on the page says that it passed."""
    room = ROOMS[path.name]
    solved = answers.with_solutions(runs.read(path), room, style)
    result = runs.run(solved, path, chapter=room.chapter.number)
    refuse([*runs.problems(result), *answers.refused(result, room)])
