"""Two lanes on a canvas, the client's and the server's, and what can be drawn between them."""

from __future__ import annotations

from typing import Any

from . import palette
from ._bytes import Run
from ._canvas import Anchor, Canvas
from ._ladder_text import milliseconds

SLANT = 7  # pixels that an arrow falls on its way: it takes time
RIGHT = palette.WIDTH - 16
COLOUR = {"client": palette.CLIENT, "server": palette.SERVER}


class Lanes:
    """Where the lanes stand, and words and arrows from one to the other."""

    def __init__(self, canvas: Canvas, timed: bool) -> None:
        self.canvas = canvas
        self.timed = timed
        self.client = 252 if timed else 196
        self.server = 648
        self.middle = (self.client + self.server) / 2

    @property
    def room(self) -> int:
        """Characters of monospace text that fit above an arrow."""
        return int((self.server - self.client - 36) / 7.4)

    def ends(self, who: str) -> tuple[int, int, int]:
        """The lane that `who` speaks from, the other one, and the direction: 1 or -1."""
        if who == "client":
            return self.client, self.server, 1
        return self.server, self.client, -1

    def arrow(self, who: str, y: int, colour: str, **more: Any) -> None:
        """From one lane to the other, falling."""
        start, end, step = self.ends(who)
        self.canvas.arrow(start, y + 18, end - step * 2, y + 18 + SLANT, colour, **more)

    def label(
        self,
        who: str,
        y: int,
        words: tuple[Run, ...] | str,
        colour: str = palette.INK,
        inset: int = 18,
        bold: bool = False,
    ) -> None:
        """Bytes or words above an arrow, close to who says them."""
        start, _, step = self.ends(who)
        anchor: Anchor = "start" if step == 1 else "end"
        x = start + step * inset
        if isinstance(words, str):
            self.canvas.words(x, y + 13, words, colour=colour, anchor=anchor, bold=bold)
        else:
            self.canvas.runs(x, y + 13, words, anchor=anchor)

    def aside(
        self, y: int, words: str, colour: str = palette.FAINT, size: float = 11, off: int = 28
    ) -> None:
        """Words on the left of the client's lane, so many pixels off it."""
        self.canvas.words(self.client - off, y, words, colour=colour, size=size, anchor="end")

    def outside(self, y: int, words: str, colour: str = palette.FAINT) -> None:
        """Words on the right of the server's lane."""
        self.canvas.words(RIGHT, y, words, colour=colour, size=11, anchor="end")

    def time(self, at: float | None, y: int) -> None:
        """When, in milliseconds, where a column for it was asked for."""
        if self.timed:
            self.canvas.words(
                70,
                y + 22,
                milliseconds(at),
                size=11,
                anchor="end",
                font=palette.MONO,
                colour=palette.FAINT,
            )
