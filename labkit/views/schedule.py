"""A trip through time: what a clock has run, where it stands, what still waits on it."""

from __future__ import annotations

import textwrap

from labkit.turns._schedule import Done, Pending, Schedule

from . import palette
from ._canvas import Canvas
from ._chain_marks import circle
from ._chain_words import place
from ._picture import Picture, clip, count, printable, register
from .table import table

FIRST, LAST = 6, 6  # steps, and calls that wait, which are shown
ROW, AXIS, WHAT, ASKED = 30, 148, 196, 560  # a row's height; pixels from the left

RAISED = ", raised "

Row = tuple[str, str, str, str]  # at, how it stands, what, the line that asked for it


@register
def of_schedule(schedule: Schedule) -> Picture:
    """A table by time: the steps that ran, now, and what is to come, soonest first."""
    rows, notes = _rows(schedule), _notes(schedule)
    title = f"The clock shows {_seconds(schedule.now)}"
    text = table(title, ("at", "", "what", "asked for in"), rows, notes).text
    facts = f"{count(schedule.step, 'step')} taken, {count(len(schedule.pending), 'call')} to come"
    alt = f"{title}: {facts}. The text beside this picture says the same."
    return Picture(title, text, svg=_svg(title, rows, notes, alt), alt=alt)


def _rows(schedule: Schedule) -> list[Row]:
    now = (_seconds(schedule.now), "now", f"after step {schedule.step}", "")
    done, pending = schedule.done[-LAST:], schedule.pending[:FIRST]
    return [*map(_done, done), now, *map(_pending, pending)]


def _notes(schedule: Schedule) -> list[str]:
    hidden = max(0, len(schedule.done) - LAST) + schedule.left_out
    more = len(schedule.pending) - FIRST
    notes = [f"{count(hidden, 'earlier step')} not shown"] if hidden else []
    notes += [f"and {more:,} more wait"] if more > 0 else []
    notes += [] if schedule.pending else ["nothing waits on this clock"]
    return [*notes, *_differs(schedule), *_raised(schedule)]


def _svg(title: str, rows: list[Row], notes: list[str], alt: str) -> str:
    """Time runs down an axis: solid as far as now, dashed from there on."""
    canvas = Canvas()
    top = 74
    canvas.words(16, 26, title, size=15, bold=True)
    canvas.line(0.5, 40, palette.WIDTH - 0.5, 40, colour=palette.EDGE, width=1)
    for x, words in ((WHAT, "what"), (ASKED, "asked for in")):
        canvas.words(x, 58, words, colour=palette.FAINT, size=11)
    canvas.words(AXIS - 18, 58, "at", colour=palette.FAINT, size=11, anchor="end")
    now = next(number for number, row in enumerate(rows) if row[1] == "now")
    middle: list[float] = []
    for row in rows:
        middle.append(top + ROW / 2 - 4)
        top += ROW + (16 if RAISED in row[2] else 0)
    canvas.line(AXIS, 68, AXIS, middle[now], width=2.5)
    canvas.line(AXIS, middle[now], AXIS, top - 2, width=2, stroke_dasharray="3 4")
    for row, y in zip(rows, middle, strict=True):
        _row(canvas, row, y)
    bottom = top + 6
    for words in notes:
        for line in textwrap.wrap(printable(words), 108):
            bottom += 18
            canvas.words(16, bottom, line, colour=palette.FAINT, size=11.5)
    return canvas.svg(bottom + 16, title, alt)


def _row(canvas: Canvas, row: Row, y: float) -> None:
    at, stands, what, asked = row
    if stands == "now":
        canvas.box(16, y - 13, palette.WIDTH - 32, 26, palette.NOTICE_TINT, 6)
        canvas.shape(AXIS - 9, y - 7, AXIS + 6, y, AXIS - 9, y + 7, colour=palette.NOTICE)
        canvas.words(WHAT, y + 4, f"now, {what}", colour=palette.NOTICE, bold=True)
    elif stands == "waits":
        canvas.dot(AXIS, y, 6, palette.CARD, stroke=palette.LANE, stroke_width=2)
        canvas.words(WHAT, y + 4, clip(what, 42), font=palette.MONO, size=11.5)
        canvas.words(ASKED - 12, y + 4, "waits", colour=palette.NOTICE, size=11, anchor="end")
    else:
        circle(canvas, int(stands.split()[1]), y, AXIS)
        what, _, raised = what.partition(RAISED)
        canvas.words(WHAT, y + 4, clip(what, 50), font=palette.MONO, size=11.5)
        if raised:
            words = clip(f"raised {raised}", 74)
            canvas.words(WHAT, y + 20, words, colour=palette.ALARM, font=palette.MONO, size=11)
    canvas.words(AXIS - 18, y + 4, at, size=12, anchor="end", colour=palette.INK)
    canvas.words(ASKED, y + 4, clip(asked, 29), colour=palette.FAINT, size=11.5)


def _done(one: Done) -> Row:
    where = f" in {place(one.raised_at)}" if one.raised_at else ""
    raised = f"{RAISED}{one.raised}{where}" if one.raised else ""
    return _seconds(one.at), f"step {one.step}", f"{one.what}{raised}", place(one.where)


def _pending(one: Pending) -> Row:
    return _seconds(one.at), "waits", one.what, place(one.where)


def _seconds(at: float) -> str:
    return f"{round(at, 6):,g} s" if at < 1e6 else f"{at:,.0f} s"


def _differs(schedule: Schedule) -> list[str]:
    if not schedule.differs:
        return []
    first = f", where {schedule.instead.what} ran the first time" if schedule.instead else ""
    why = "something random, the real time, or a global that has changed"
    return [f"The replay differs from step {schedule.differs} on{first}: {why}"]


def _raised(schedule: Schedule) -> list[str]:
    if not schedule.raised:
        return []
    where = f" in {place(schedule.raised_at)}" if schedule.raised_at else ""
    return [f"While it was set up: {schedule.raised}{where}"]
