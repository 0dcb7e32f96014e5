"""A sheet to draw on, over drawsvg: shapes with a few defaults, text that is always escaped."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from math import hypot
from typing import Any, Literal

import drawsvg as draw

from . import palette
from ._bytes import Run
from ._picture import printable

Anchor = Literal["start", "middle", "end"]
_COLOURS = {"escape": palette.ESCAPE, "gap": palette.FAINT}


class _Description(draw.Title):  # type: ignore[misc]
    TAG_NAME = "desc"


class Canvas:
    """Shapes in the order they are drawn; `svg` gives the whole as a card. Lengths in pixels."""

    def __init__(self) -> None:
        self._things: list[Any] = []

    def line(
        self, *points: float, colour: str = palette.LANE, width: float = 1.5, **more: Any
    ) -> None:
        """A straight line through the points x1, y1, x2, y2, …"""
        self._things.append(
            draw.Lines(*points, fill="none", stroke=colour, stroke_width=width, **more)
        )

    def path(self, d: str, colour: str = palette.LANE, width: float = 1.5, **more: Any) -> None:
        """A path in SVG's own words."""
        more.setdefault("fill", "none")
        self._things.append(draw.Path(d=d, stroke=colour, stroke_width=width, **more))

    def shape(self, *points: float, colour: str, **more: Any) -> None:
        """A filled polygon."""
        self._things.append(draw.Lines(*points, close=True, fill=colour, **more))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        radius: float = 0,
        **more: Any,
    ) -> None:
        """A filled rectangle with round corners."""
        self._things.append(draw.Rectangle(x, y, width, height, rx=radius, fill=colour, **more))

    def dot(self, x: float, y: float, radius: float, colour: str, **more: Any) -> None:
        """A filled circle."""
        self._things.append(draw.Circle(x, y, radius, fill=colour, **more))

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = palette.INK,
        size: float = 12,
        anchor: Anchor = "start",
        font: str = palette.SANS,
        bold: bool = False,
        halo: str = "",
    ) -> None:
        """One line of text; `y` is its base line. A `halo` keeps lines off it."""
        self._things.append(
            draw.Text(printable(text), size, x, y, **_style(anchor, font, colour, bold, halo))
        )

    def runs(
        self,
        x: float,
        y: float,
        runs: Iterable[Run],
        *,
        size: float = 12,
        anchor: Anchor = "start",
        halo: str = "",
    ) -> None:
        """Bytes, their escapes in a colour of their own, their spaces kept."""
        text = draw.Text(
            [],
            size,
            x,
            y,
            style="white-space: pre",
            **_style(anchor, palette.MONO, palette.INK, False, halo),
        )
        for run in runs:
            text.append(draw.TSpan(printable(run.text), **_fill(run)))
        self._things.append(text)

    def pair(self, x: float, y: float, strong: str, faint: str, anchor: Anchor = "start") -> None:
        """Two words on one line, the second one fainter; both keep off the lines behind them."""
        text = draw.Text(
            [], 11.5, x, y, style="white-space: pre",
            **_style(anchor, palette.MONO, palette.INK, False, palette.CARD),
        )  # fmt: skip
        text.append(draw.TSpan(printable(strong), font_weight=600))
        if faint:
            text.append(draw.TSpan(printable(faint), fill=palette.FAINT))
        self._things.append(text)

    def arrow(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        colour: str,
        *,
        width: float = 1.8,
        hollow: bool = False,
        **more: Any,
    ) -> None:
        """A line with a head at its second end; a hollow head is for what only half ends."""
        length = hypot(x2 - x1, y2 - y1)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        bx, by = x2 - 10 * ux, y2 - 10 * uy
        self.line(x1, y1, r1(bx), r1(by), colour=colour, width=width, **more)
        head = (x2, y2, r1(bx - 4.5 * uy), r1(by + 4.5 * ux), r1(bx + 4.5 * uy), r1(by - 4.5 * ux))
        if hollow:
            self.shape(*head, colour=palette.CARD, stroke=colour, stroke_width=1.5)
        else:
            self.shape(*head, colour=colour)

    def svg(self, height: int, title: str, description: str) -> str:
        """The card with everything on it. Same strings and shapes, same bytes.

        Its ids begin with a mark made from all that is drawn, because a page may hold many cards.
        """
        plain = self._card(height, title, description, "p")
        return self._card(height, title, description, "p" + sha256(plain.encode()).hexdigest()[:8])

    def _card(self, height: int, title: str, description: str, mark: str) -> str:
        card = draw.Drawing(
            palette.WIDTH,
            height,
            id_prefix=mark,
            role="img",
            aria_labelledby=f"{mark}-title {mark}-desc",
        )
        card.append(draw.Title(printable(title), id=f"{mark}-title"))
        card.append(_Description(printable(description), id=f"{mark}-desc"))
        edge = {"stroke": palette.EDGE, "fill": palette.CARD}
        card.append(draw.Rectangle(0.5, 0.5, palette.WIDTH - 1, height - 1, rx=8, **edge))
        card.extend(self._things)
        return str(card.as_svg(header=""))


def r1(number: float) -> float:
    """A length to a tenth of a pixel, so that drawings stay short and equal everywhere."""
    return round(number, 1)


def _fill(run: Run) -> dict[str, str]:
    return {"fill": _COLOURS[run.kind]} if run.kind in _COLOURS else {}


def _style(anchor: str, font: str, colour: str, bold: bool, halo: str) -> dict[str, Any]:
    style: dict[str, Any] = {"font_family": font, "fill": colour}
    if anchor != "start":
        style["text_anchor"] = anchor
    if bold:
        style["font_weight"] = 600
    if halo:
        style |= {
            "stroke": halo,
            "stroke_width": 4,
            "stroke_linejoin": "round",
            "paint_order": "stroke",
        }
    return style
