"""What can be seen without running it: that a notebook was run, its tags, its size, its words."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from typing import Any

from labkit.exercises._rooms import Room

from . import exercises, names, outputs
from .answers import is_code, tagged, values
from .runs import of_outputs

LONG = frozenset({"02", "03", "04", "05", "09", "13", "14"})  # two sittings
CELLS, WORDS = 60, 1800
PROSE, BETWEEN, CONTRACT = 80, 120, 120  # words of a cell, between two code cells, of a contract
LINES, MEDIAN, WIDTH = 25, 6, 79
PLAIN_TAGS = frozenset({"raises-exception", "shows-failure", "resting-place"})
TAGS = ("covers:", "exercise:", "check:", "shelf:", "gone:", "contract:")
# How many sections of each notebook's chapter there are to cover.
SECTIONS = {
    "01": 4, "02": 9, "03": 7, "04": 10, "05": 6, "06": 7, "07": 4, "08": 2,
    "09": 4, "10": 3, "11": 5, "12": 2, "13": 8, "14": 5, "15": 2,
}  # fmt: skip


def problems(notebook: Any, number: str, room: Room | None) -> list[str]:
    """Everything wrong with a stored notebook of that number; `room` has its exercises."""
    found = [*_order(notebook), *_ids(notebook), *_size(notebook, number in LONG)]
    for place, cell in enumerate(notebook.cells, 1):
        where = f"cell {place} ({cell.get('id')})"
        found += [f"{where}: {p}" for p in _cell(cell)]
    found += _covered(notebook, number)
    found += exercises.problems(notebook, number in LONG, room)
    return found


def _cell(cell: Any) -> Iterator[str]:
    yield from _tags(cell)
    if cell.cell_type == "markdown":
        yield from _prose(cell)
        yield from names.apis(cell)
        return
    yield from _code(cell)
    yield from names.shelf(cell)
    yield from of_outputs(cell)
    yield from outputs.problems(cell)


def _order(notebook: Any) -> Iterator[str]:
    counts = [c.execution_count for c in notebook.cells if is_code(c)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"its cells were not run once each, in order, in a fresh kernel: {counts}"


def _ids(notebook: Any) -> Iterator[str]:
    ids = [cell.get("id") for cell in notebook.cells]
    yield from (f"cell {n}: no id" for n, id in enumerate(ids, 1) if not id)
    yield from (f"{id}: an id used twice" for id in sorted({i for i in ids if ids.count(i) > 1}))


def _tags(cell: Any) -> Iterator[str]:
    for tag in cell.metadata.get("tags", ()):
        if tag not in PLAIN_TAGS and not tag.startswith(TAGS):
            yield f"an unknown tag {tag!r}"


def _size(notebook: Any, long: bool) -> Iterator[str]:
    times = 2 if long else 1
    if len(notebook.cells) > times * CELLS:
        yield f"{len(notebook.cells)} cells, at most {times * CELLS}"
    prose = [c for c in notebook.cells if c.cell_type == "markdown"]
    words = sum(len(words_of(c.source)) for c in prose)
    if words > times * WORDS:
        yield f"{words} words of prose, at most {times * WORDS}"
    lines = [len(c.source.splitlines()) for c in notebook.cells if is_code(c)]
    if lines and statistics.median(lines) > MEDIAN:
        yield f"half of the code cells have {statistics.median(lines):g} lines, at most {MEDIAN}"
    yield from _between(notebook)


def _between(notebook: Any) -> Iterator[str]:
    words = 0
    for number, cell in enumerate(notebook.cells, 1):
        if is_code(cell):
            words = 0
        elif not tagged(cell, "contract:"):
            words += len(words_of(cell.source))
            if words > BETWEEN:
                yield f"cell {number}: {words} words since the last code cell, at most {BETWEEN}"


def words_of(source: str) -> list[str]:
    """The words of a cell's prose: no fenced code, no tables, no headings' marks."""
    prose = re.sub(r"```.*?```", " ", source, flags=re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.lstrip().startswith("|")]
    return re.findall(r"[\w`][^\s]*", " ".join(lines))


def _prose(cell: Any) -> Iterator[str]:
    most = CONTRACT if tagged(cell, "contract:") else PROSE
    words = len(words_of(cell.source))
    if words > most:
        yield f"{words} words, at most {most}"
    said = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
    if "!" in re.sub(r'`[^`]*`|"[^"\n]*"|!\[', "", said):  # what a program says may shout
        yield "an exclamation mark"


def _code(cell: Any) -> Iterator[str]:
    lines = cell.source.splitlines()
    if not cell.source.strip():
        yield "an empty code cell"
    if len(lines) > LINES:
        yield f"{len(lines)} lines of code, at most {LINES}"
    wide = [n for n, line in enumerate(lines, 1) if len(line) > WIDTH]
    if wide:
        yield f"line {wide[0]} is wider than {WIDTH}"


def _covered(notebook: Any, number: str) -> Iterator[str]:
    covered = {s for cell in notebook.cells for s in values(cell, "covers:")}
    due = {f"{int(number)}.{n}" for n in range(1, SECTIONS.get(number, 0) + 1)}
    yield from (f"section {s} is covered by no cell" for s in sorted(due - covered))
    yield from (f"there is no section {s} in this chapter" for s in sorted(covered - due))
