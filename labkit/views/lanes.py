"""Who did what, in order: a column for each thread or part, and time running down."""

from __future__ import annotations

from itertools import groupby

from attrs import frozen

from labkit.wire._lanes import Lanes

from . import palette
from ._canvas import Canvas
from ._picture import Picture, clip, count, register

LEFT, ROW = 16, 26
STEPS = 214  # pixels for the caller's own column
WIDEST = 210  # pixels of a lane, when there are few
ALONE = 300  # the same when the caller has no column


@frozen
class Mark:
    """What one lane did, and on which line of the sheet it stands."""

    lane: int
    line: int
    what: str


@frozen
class Sheet:
    """Where everything stands: lines counted from 0, lanes from the left."""

    lanes: tuple[tuple[str, str], ...]
    steps: tuple[tuple[int, str], ...]
    marks: tuple[Mark, ...]
    lines: int

    @property
    def left(self) -> int:
        """Pixels before the first lane: the caller's column, when it did anything."""
        return STEPS if self.steps else LEFT

    @property
    def wide(self) -> int:
        """Pixels of a lane."""
        room = (palette.WIDTH - self.left - LEFT) // max(len(self.lanes), 1)
        return min(WIDEST if self.steps else ALONE, room)

    @property
    def top(self) -> int:
        """Pixels above the first line: two rows of names, or one when no group has a name."""
        return 64 if any(group for group, _ in self.lanes) else 42


@register
def of_lanes(lanes: Lanes) -> Picture:
    """The lanes side by side, each note beside the caller's step after which it came."""
    sheet = _sheet(lanes)
    facts = f"{count(len(sheet.lanes), 'lane')}, {count(len(sheet.steps), 'step')}"
    alt = f"Who did what, in order: {facts}. The text beside this picture says the same."
    return Picture("Who did what, in order", _text(sheet), svg=_svg(sheet, alt), alt=alt)


def _sheet(lanes: Lanes) -> Sheet:
    """A step takes as many lines as the longest group of notes beside it."""
    rows, columns = lanes.rows(), lanes.lanes
    first = -1 if any(step < 0 for step, *_ in rows) else 0
    starts, line = {}, 0
    for step in range(first, len(lanes.steps)):
        starts[step] = line
        line += max((place + 1 for at, place, *_ in rows if at == step), default=1)
    marks = tuple(
        Mark(columns.index((group, lane)), starts[step] + place, what)
        for step, place, group, lane, what in rows
    )
    steps = tuple((starts[number], what) for number, what in enumerate(lanes.steps))
    return Sheet(columns, steps, marks, line)


def _svg(sheet: Sheet, alt: str) -> str:
    canvas = Canvas()
    wide = sheet.wide
    bottom = sheet.top + ROW * sheet.lines
    for line, what in sheet.steps:
        y = sheet.top + ROW * line
        canvas.line(LEFT, y, palette.WIDTH - LEFT, y, colour=palette.EDGE, width=1)
        canvas.words(LEFT, y + 17, clip(what, 32), colour=palette.CLIENT)
    for number in range(len(sheet.lanes)):
        x = sheet.left + wide * number + wide / 2
        canvas.line(x, sheet.top, x, bottom, colour=palette.LANE)
    _heads(canvas, sheet)
    for mark in sheet.marks:
        x, y = sheet.left + wide * mark.lane, sheet.top + ROW * mark.line
        canvas.box(x + 4, y + 3, wide - 8, ROW - 6, palette.NOTICE_TINT, 5, stroke=palette.SERVER)
        words = clip(mark.what, (wide - 14) // 6)
        canvas.words(x + wide / 2, y + 17, words, size=11.5, anchor="middle")
    return canvas.svg(bottom + 12, "Who did what, in order", alt)


def _heads(canvas: Canvas, sheet: Sheet) -> None:
    wide = sheet.wide
    numbered = list(enumerate(sheet.lanes))
    for group, members in groupby(numbered, key=lambda one: one[1][0]):
        places = [number for number, _ in members]
        x = sheet.left + wide * (places[0] + places[-1] + 1) / 2
        if group:
            canvas.words(x, 25, clip(group, 30), size=13, anchor="middle", bold=True)
    for number, (_, lane) in numbered:
        x = sheet.left + wide * number + wide / 2
        words = clip(lane, (wide - 8) // 6)
        canvas.words(x, sheet.top - 12, words, colour=palette.SERVER, anchor="middle")


def _text(sheet: Sheet) -> str:
    """A table: the steps, then a column for each lane under its group."""
    rows = [[""] * (len(sheet.lanes) + 1) for _ in range(sheet.lines)]
    for line, what in sheet.steps:
        rows[line][0] = what
    for mark in sheet.marks:
        rows[mark.line][mark.lane + 1] = mark.what
    groups = ["", *(group for group, _ in sheet.lanes)]
    heads = ["", *(lane for _, lane in sheet.lanes)]
    table = [*([groups] if any(groups) else []), heads, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in table)
    return "\n".join(line.rstrip() for line in lines)
