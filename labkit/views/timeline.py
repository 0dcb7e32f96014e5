"""The reactor's calls in order: a lane for each connection, one for timers, and who waited."""

from __future__ import annotations

import os

from labkit._frames import Where
from labkit.turns import Ran, Timeline, at_least

from . import palette
from ._canvas import Canvas
from ._picture import Picture, clip, count, register

TOP, ROW, LEFT = 62, 30, 16
LANES, CALLS = 5, 40  # that are drawn; the rest is counted
LONG = 0.05  # seconds from which one call is called long; the reactor's others then wait
WORDS = 200  # pixels on the right for what is worth a word


@register
def of_timeline(timeline: Timeline) -> Picture:
    """Each call a box in its lane, in the order of time; a long one in the colour of alarm."""
    ran, left = timeline.ran[-CALLS:], timeline.left_out + max(0, len(timeline.ran) - CALLS)
    title = "What the reactor called"
    facts = f"{count(len(timeline.ran), 'call')} in {count(len(timeline.lanes), 'lane')}"
    alt = f"{title}, in order: {facts}. The text beside this picture says the same."
    return Picture(title, _text(timeline, ran, left), svg=_svg(timeline, ran, left, alt), alt=alt)


def _svg(timeline: Timeline, ran: tuple[Ran, ...], left: int, alt: str) -> str:
    canvas, lanes = Canvas(), _drawn(timeline)
    wide = (palette.WIDTH - 2 * LEFT - WORDS) // max(len(lanes), 1)
    bottom = TOP + ROW * max(len(ran), 1)
    for number, lane in enumerate(lanes):
        x = LEFT + wide * number + wide / 2
        words = clip(lane, (wide - 4) // 6)
        canvas.words(x, 44, words, colour=palette.SERVER, size=11.5, anchor="middle")
        canvas.line(x, TOP - 10, x, bottom, colour=palette.EDGE)
    canvas.words(LEFT, 22, "What the reactor called, one after the other", size=13, bold=True)
    for number, call in enumerate(ran):
        x = LEFT + wide * lanes.index(_lane(call, lanes))
        _call(canvas, timeline, call, x, TOP + ROW * number, wide)
    if not ran:
        canvas.words(LEFT, TOP + 18, "nothing yet", colour=palette.FAINT)
    if left:
        canvas.words(LEFT, bottom + 18, f"and {left:,} earlier", colour=palette.FAINT)
    return canvas.svg(bottom + (30 if left else 12), "What the reactor called", alt)


def _call(canvas: Canvas, timeline: Timeline, call: Ran, x: float, y: int, wide: int) -> None:
    long = call.seconds >= LONG
    edge, ground = (
        (palette.ALARM, palette.ALARM_TINT) if long else (palette.GOOD, palette.GOOD_TINT)
    )
    canvas.box(x + 4, y + 3, wide - 8, ROW - 6, ground, 5, stroke=edge)
    words = clip(call.what, (wide - 14) // 6)
    canvas.words(x + wide / 2, y + 19, words, size=11.5, anchor="middle")
    aside = palette.WIDTH - LEFT - WORDS + 8
    colour = palette.ALARM if long else palette.NOTICE if call.behind else palette.FAINT
    canvas.words(aside, y + 19, clip(_note(timeline, call), 34), size=11, colour=colour)


def _note(timeline: Timeline, call: Ran) -> str:
    """How long it took, when that matters, and whom it had to wait for."""
    timed = timeline.style == "timed"
    notes = [f"{call.seconds * 1000:.1f} ms"] if timed else []
    if call.seconds >= LONG:
        where = f", {_place(call.where)}" if call.where else ""
        notes.append(f"{'' if timed else at_least(call.seconds)}{where}".lstrip(", "))
    if call.behind:
        notes.append(f"waited for {timeline.ran[call.behind[-1]].what}")
    return " · ".join(filter(None, notes))


def _text(timeline: Timeline, ran: tuple[Ran, ...], left: int) -> str:
    """A table: a column for each lane, a row for each call."""
    lanes = _drawn(timeline)
    rows = [[*lanes, ""]]
    for call in ran:
        row = [""] * len(lanes)
        row[lanes.index(_lane(call, lanes))] = call.what
        rows.append([*row, _note(timeline, call)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    if not ran:
        lines = ["The reactor called nothing of yours"]
    return "\n".join([*lines, *([f"and {left:,} earlier"] if left else [])])


def _drawn(timeline: Timeline) -> tuple[str, ...]:
    """The lanes that fit; what is in others shares the last column."""
    lanes = timeline.lanes
    return lanes if len(lanes) <= LANES else (*lanes[: LANES - 1], "others")


def _lane(call: Ran, lanes: tuple[str, ...]) -> str:
    return call.lane if call.lane in lanes else "others"


def _place(where: Where) -> str:
    cell = "ipykernel" in where.file or where.file.startswith("<")
    return f"line {where.line}" if cell else f"{os.path.basename(where.file)}, line {where.line}"
