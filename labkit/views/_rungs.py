"""The rows of a ladder, drawn: pieces, gaps, the lanes beside them, and what sends became."""

from __future__ import annotations

from typing import Any

from labkit.wire import Conversation

from . import _marks, palette
from ._bytes import shown
from ._canvas import Canvas
from ._ladder_text import INSIDE_TLS, LESSON, layer_words, sums
from ._lanes import COLOUR, RIGHT, Lanes
from ._picture import clip, count
from ._rows import Gap, Group, Mark, Note, Piece, Row, Story

PITCH = 34  # pixels from one row to the next
NOTE = 15  # and for each line of words under an arrow


class Rungs:
    """Draws conversations onto a canvas; `timed` adds a column of times."""

    def __init__(self, canvas: Canvas, timed: bool) -> None:
        self.canvas = canvas
        self.lanes = Lanes(canvas, timed)

    def draw(self, talk: Conversation, told: Story, y: int) -> int:
        """One conversation from `y` on; returns where the next may begin."""
        top = y + 30
        bottom = top + sum(map(height, told.rows))
        if "tls" in talk.layers:
            span = self.lanes.server - self.lanes.client
            self.canvas.box(self.lanes.client, top, span, bottom - top, palette.VEIL)
        self._stems(told, top)
        self._head(talk, y)
        self._brackets(told, top)
        self._rows(told, top)
        return self._foot(talk, told, bottom + 16)

    def _rows(self, told: Story, y: int) -> None:
        for row in told.rows:
            if isinstance(row, Piece):
                self._piece(row, y)
            elif isinstance(row, Gap):
                self._gap(row, y)
            elif isinstance(row, Mark):
                _marks.draw(self.lanes, row, y)
            else:
                self._noted(row, y)
            self.lanes.time(row.said.at if isinstance(row, Piece) else row.at, y)
            y += height(row)

    def _head(self, talk: Conversation, y: int) -> None:
        lanes, tls = self.lanes, "tls" in talk.layers
        self.canvas.words(16, y + 18, f"connection {talk.number}", size=13, bold=True)
        for x, who in ((lanes.client, "client"), (lanes.server, "server")):
            self.canvas.box(x - 32, y + 2, 64, 24, COLOUR[who], radius=6)
            self.canvas.words(x, y + 18, who, colour=palette.WHITE, anchor="middle", bold=True)
        words = clip(layer_words(talk.layers), 44)
        self.canvas.words(
            lanes.middle,
            y + 18,
            words,
            anchor="middle",
            bold=tls,
            colour=palette.TLS if tls else palette.FAINT,
        )
        if tls:
            self._padlock(lanes.middle - 3.6 * len(words) - 22, y + 4)
        if lanes.timed:
            self.canvas.words(70, y + 36, "ms", colour=palette.FAINT, size=11, anchor="end")

    def _padlock(self, x: float, y: float) -> None:
        x = round(x)
        self.canvas.path(f"M{x + 3},{y + 7} v-3 a3.5,3.5 0 0 1 7,0 v3", palette.TLS, 2)
        self.canvas.box(x, y + 7, 13, 9, palette.TLS, radius=2)

    def _foot(self, talk: Conversation, told: Story, y: int) -> int:
        client, server = (words.replace("   ", ": ") for words in sums(told))
        small: dict[str, Any] = {"colour": palette.FAINT, "size": 11.5}
        self.canvas.words(16, y + 6, client, **small)
        self.canvas.words(RIGHT, y + 6, server, anchor="end", **small)
        notes = [LESSON] * told.moved + [INSIDE_TLS] * ("tls" in talk.layers)
        for place, note in enumerate(notes, 1):
            self.canvas.words(self.lanes.middle, y + 6 + 18 * place, note, anchor="middle")
        return y + 20 + 18 * len(notes)

    def _stems(self, told: Story, y: int) -> None:
        """The two lanes: solid, and dashed once a side has no more to say."""
        for who in ("client", "server"):
            self._stem(who, told, y)

    def _stem(self, who: str, told: Story, y: int) -> None:
        x, _, _ = self.lanes.ends(who)
        top, dashes = y, ""
        for row in told.rows:
            wanted = _dashes(row, who, dashes)
            if wanted != dashes:
                self._span(x, top, y, dashes)
                top, dashes = y, wanted
            y += height(row)
        self._span(x, top, y, dashes)
        if not _is_mark(told.rows[-1], "open"):
            self.canvas.line(x - 9, y, x + 9, y, width=2.5)

    def _span(self, x: float, top: int, bottom: int, dashes: str) -> None:
        if bottom > top:
            more: dict[str, Any] = {"stroke_dasharray": dashes} if dashes else {}
            self.canvas.line(x, top, x, bottom, **more)

    def _piece(self, row: Piece, y: int) -> None:
        said, lanes = row.said, self.lanes
        badge = _badge(row)
        inset = max(18, badge // 2 + 6)
        runs = shown(said.data, lanes.room - (inset - 12) // 7, said.left_out)
        lanes.label(said.who, y, runs, inset=inset)
        lanes.arrow(said.who, y, COLOUR[said.who])
        words = "client → server" if said.who == "client" else "server → client"
        lanes.aside(y + 22, words, COLOUR[said.who], off=max(28, inset))
        size = count(said.size, "byte") if said.size < 1_000_000 else f"{said.size:,} B"
        lanes.outside(y + 22, size)
        if row.number is not None:
            self._number(said.who, str(row.number), badge, y)
        if row.leads and row.group and row.group.words:
            lanes.aside(y + 35, row.group.words, palette.INK, 10.5)

    def _noted(self, row: Note, y: int) -> None:
        lanes = self.lanes
        inset = max(18, badge_width(row.badge) // 2 + 6)
        lanes.label(row.who, y, clip(row.words, lanes.room - 2), inset=inset, bold=True)
        lanes.arrow(row.who, y, COLOUR[row.who])
        words = "client → server" if row.who == "client" else "server → client"
        lanes.aside(y + 22, words, COLOUR[row.who], off=max(28, inset))
        lanes.outside(y + 22, row.size)
        if row.badge:
            self._number(row.who, row.badge, badge_width(row.badge), y)
        for place, note in enumerate(row.notes):
            self.canvas.words(
                lanes.middle, y + 41 + NOTE * place, clip(note, 66),
                size=11.5, colour=palette.FAINT, anchor="middle",
            )  # fmt: skip

    def _number(self, who: str, number: str, wide: int, y: int) -> None:
        x, _, _ = self.lanes.ends(who)
        self.canvas.box(x - wide / 2, y + 9, wide, 18, COLOUR[who], radius=9)
        self.canvas.words(
            x, y + 22, number, colour=palette.WHITE, size=11, anchor="middle", bold=True
        )

    def _gap(self, row: Gap, y: int) -> None:
        first, sides = row.words
        middle = self.lanes.middle
        self.canvas.words(middle, y + 20, f"… {first} …", anchor="middle", bold=True)
        for place, side in enumerate(sides):
            y_side = y + 37 + 16 * place
            self.canvas.words(
                middle, y_side, side, anchor="middle", colour=palette.FAINT, size=11.5
            )

    def _brackets(self, told: Story, y: int) -> None:
        """What the client's sends became: strands that meet in a piece, or part into several."""
        rows: dict[int, tuple[Group, list[int]]] = {}
        for row in told.rows:
            if isinstance(row, Piece) and row.group and row.group.words:
                rows.setdefault(id(row.group), (row.group, []))[1].append(y + 18)
            y += height(row)
        for group, places in rows.values():
            self._bracket(group, places)

    def _bracket(self, group: Group, places: list[int]) -> None:
        right, first = self.lanes.client - 11, places[0]
        colour: dict[str, Any] = {"colour": palette.CLIENT, "width": 1.5}
        for strand in range(min(group.sends, 4) if group.sends > 1 else 1):
            spread = (strand - (min(group.sends, 4) - 1) / 2) * 5
            self.canvas.line(right - 12, first + spread, right - 5, first, **colour)
        self.canvas.line(right - 5, first, right - 5, places[-1], **colour)
        for place in places:
            self.canvas.line(right - 5, place, right, place, **colour)


def _badge(row: Piece) -> int:
    """How wide the badge with a piece's number is; even, so that it stands in the middle."""
    return 0 if row.number is None else badge_width(str(row.number))


def badge_width(words: str) -> int:
    """How wide the badge with so many characters is; 0 without any."""
    return max(18, 8 + 8 * len(words)) if words else 0


def height(row: Row) -> int:
    """How tall a row is, in pixels."""
    if isinstance(row, Gap):
        return PITCH + 16 * len(row.words[1])
    if not isinstance(row, Mark | Piece):
        return PITCH + NOTE * len(row.notes)
    extra = isinstance(row, Mark) and row.why
    grouped = isinstance(row, Piece) and row.leads and row.group and row.group.words
    return PITCH + (14 if extra else 4 if grouped else 0)


def _is_mark(row: Row, kind: str) -> bool:
    return isinstance(row, Mark) and row.kind == kind


def _dashes(row: Row, who: str, before: str) -> str:
    """How the lane goes on at this row."""
    if _is_mark(row, "half") and isinstance(row, Mark) and row.who == who:
        return "5 4"
    if isinstance(row, Gap) or _is_mark(row, "open"):
        return "2 4"
    return "" if before == "2 4" else before
