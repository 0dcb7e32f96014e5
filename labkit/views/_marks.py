"""What is not data, drawn: each way to begin and to end has a shape of its own, and its words."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

from . import palette
from ._canvas import r1
from ._lanes import COLOUR, SLANT, Lanes
from ._picture import clip
from ._rows import Mark


def draw(lanes: Lanes, row: Mark, y: int) -> None:
    """The mark in the row that begins at `y`."""
    _DRAW[row.kind](lanes, row, y)
    if row.why:
        lanes.canvas.words(
            lanes.middle,
            y + 41,
            clip(row.why, 64),
            size=11.5,
            colour=palette.FAINT,
            anchor="middle",
        )


def _opened(lanes: Lanes, row: Mark, y: int) -> None:
    lanes.label("client", y, row.words, palette.FAINT)
    lanes.arrow("client", y, palette.LANE, width=1.2)


def _half(lanes: Lanes, row: Mark, y: int) -> None:
    who = row.who or "client"
    lanes.label(who, y, row.words, COLOUR[who])
    lanes.arrow(who, y, COLOUR[who], hollow=True, stroke_dasharray="6 4")
    lanes.outside(y + 22, row.tag, COLOUR[who])


def _closed(lanes: Lanes, row: Mark, y: int) -> None:
    if row.who is None:
        _broken(lanes, row, y, palette.INK)
        return
    lanes.label(row.who, y, row.words, bold=True)
    lanes.arrow(row.who, y, palette.INK)
    _ring(lanes, row.who, y)
    lanes.outside(y + 22, row.tag, palette.INK)


def _ring(lanes: Lanes, who: str, y: int) -> None:
    """A stop on the lane of the side that closes."""
    start, _, _ = lanes.ends(who)
    lanes.canvas.dot(start, y + 18, 5.5, palette.CARD, stroke=palette.INK, stroke_width=2)


def _reset(lanes: Lanes, row: Mark, y: int) -> None:
    if row.who is None:
        _broken(lanes, row, y, palette.ALARM)
        return
    start, end, step = lanes.ends(row.who)
    cut = start + step * 250
    fall = SLANT * 250 / (lanes.server - lanes.client)
    lanes.label(row.who, y, row.words, palette.ALARM, bold=True)
    lanes.canvas.line(start, y + 18, cut, y + 18 + round(fall, 1), colour=palette.ALARM, width=2.4)
    lanes.canvas.line(
        cut + step * 16,
        y + 23,
        end,
        y + 18 + SLANT,
        colour=palette.ALARM,
        width=1.2,
        stroke_dasharray="2 4",
    )
    _cross(lanes, cut, y + 18 + fall)
    lanes.outside(y + 22, row.tag, palette.ALARM)


def _cross(lanes: Lanes, x: float, y: float) -> None:
    x, y = round(x, 1), round(y, 1)
    for slope in (1, -1):
        lanes.canvas.line(
            x - 7,
            round(y - 7 * slope, 1),
            x + 7,
            round(y + 7 * slope, 1),
            colour=palette.ALARM,
            width=3,
            stroke_linecap="round",
        )


def _broken(lanes: Lanes, row: Mark, y: int, colour: str) -> None:
    """An end that neither side asked for: a line between both, cut in its middle."""
    lanes.canvas.line(
        lanes.client, y + 22, lanes.server, y + 22, colour=colour, stroke_dasharray="2 4"
    )
    lanes.canvas.words(lanes.middle, y + 13, row.words, colour=colour, anchor="middle", bold=True)
    _cross(lanes, lanes.middle, y + 24)
    lanes.outside(y + 26, row.tag, colour)


def _crashed(lanes: Lanes, row: Mark, y: int) -> None:
    lanes.label("server", y, row.words, palette.ALARM, inset=20, bold=True)
    lanes.arrow("server", y, palette.ALARM, width=1.4, stroke_dasharray="6 4")
    lanes.canvas.shape(*_burst(lanes.server, y + 18), colour=palette.ALARM)
    lanes.outside(y + 22, "crash", palette.ALARM)


def _burst(x: float, y: float) -> list[float]:
    """Ten rays, long and short."""
    turns = ((n * pi / 10, 12 if n % 2 else 5) for n in range(20))
    return [r1(c) for turn, far in turns for c in (x + far * sin(turn), y + far * cos(turn))]


def _stopped(lanes: Lanes, row: Mark, y: int) -> None:
    lanes.canvas.line(lanes.client, y + 20, lanes.server, y + 20, colour=palette.NOTICE, width=1.2)
    for x in (lanes.client, lanes.server):
        lanes.canvas.box(x - 7, y + 13, 14, 14, palette.NOTICE, radius=2)
    lanes.canvas.words(
        lanes.middle, y + 13, row.words, colour=palette.NOTICE, anchor="middle", bold=True
    )
    lanes.outside(y + 24, "stop", palette.NOTICE)


def _open(lanes: Lanes, row: Mark, y: int) -> None:
    lanes.canvas.words(lanes.middle, y + 20, row.words, colour=palette.FAINT, anchor="middle")


def _unread(lanes: Lanes, row: Mark, y: int) -> None:
    start, _, step = lanes.ends("client")
    lanes.label("client", y, row.words, palette.NOTICE)
    lanes.canvas.arrow(
        start,
        y + 18,
        start + step * 150,
        y + 20,
        palette.NOTICE,
        hollow=True,
        stroke_dasharray="2 4",
    )


_DRAW: dict[str, Callable[[Lanes, Mark, int], None]] = {
    "opened": _opened,
    "half": _half,
    "closed": _closed,
    "reset": _reset,
    "crashed": _crashed,
    "stopped": _stopped,
    "open": _open,
    "unread": _unread,
}
