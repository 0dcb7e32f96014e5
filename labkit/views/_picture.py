"""A picture: something to look at, and its twin in text."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from urllib.parse import quote

import drawsvg
from attrs import frozen

from . import palette


@frozen
class Picture:
    """One view of a value: an SVG, or HTML markup to copy from, and the same in plain text."""

    title: str
    text: str
    svg: str = ""
    markup: str = ""


def html(picture: Picture) -> str:
    """The picture for a page. An SVG goes into an image, which every page shows, trusted or not."""
    if not picture.svg:
        return picture.markup
    data = quote(picture.svg, safe=" ='\"<>/:;,()#-.!?&+*@[]{}|~$").replace("#", "%23")
    safe = escape(data, quote=True)
    style = "max-width:100%;height:auto"
    label = escape(picture.title, quote=True)
    return f'<img alt="{label}" style="{style}" src="data:image/svg+xml,{safe}">'


@singledispatch
def picture(value: object) -> Picture:
    """The picture of a value; TypeError when no view knows its type."""
    raise TypeError(f"no view for {type(value).__name__}")


def finished(drawing: drawsvg.Drawing, title: str, text: str, summary: str) -> Picture:
    """A drawing with its title and description, for readers who do not see it."""
    svg = drawing.as_svg(skip_js=True, skip_css=True)
    head, bracket, rest = svg.partition("<defs>")
    words = f"<title>{escape(title)}</title><desc>{escape(summary)}</desc>"
    return Picture(title, text, svg=f"{head}{words}{bracket}{rest}")


def card(width: float, height: float) -> drawsvg.Drawing:
    """An empty drawing with the card's ground and edge."""
    drawing = drawsvg.Drawing(width, height)
    drawing.append(
        drawsvg.Rectangle(
            0.5, 0.5, width - 1, height - 1, rx=8, fill=palette.CARD, stroke=palette.EDGE
        )
    )
    return drawing


def write(
    drawing: drawsvg.Drawing, text: str, x: float, y: float, *, size: float = 12,
    fill: str = palette.INK, anchor: str = "start", mono: bool = False, bold: bool = False,
) -> None:  # fmt: skip
    """One line of text; `y` is its baseline."""
    if text:
        family = palette.MONO if mono else palette.SANS
        weight = {"font_weight": "600"} if bold else {}
        drawing.append(
            drawsvg.Text(
                _printable(text), size, x, y, fill=fill, text_anchor=anchor,
                font_family=family, xml__space="preserve", **weight,
            )
        )  # fmt: skip


def _printable(text: str) -> str:
    """Without what XML 1.0 cannot hold (section 2.2)."""
    return "".join(
        c if c in "\t\n" or _allowed(ord(c)) else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _allowed(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def framed(inner: str, edge: str = palette.EDGE) -> str:
    """HTML on a card of its own."""
    style = (
        f"background:{palette.CARD};color:{palette.INK};border:1px solid {palette.EDGE};"
        f"border-left:4px solid {edge};border-radius:6px;padding:8px 12px;margin:2px 0;"
        f"font-family:{palette.SANS};font-size:13px;line-height:1.45;max-width:760px;overflow:auto"
    )
    return f'<div style="{escape(style, quote=True)}">{inner}</div>'


def preformatted(text: str) -> str:
    """Text as it stands, in a monospaced face, escaped."""
    style = (
        "margin:0;background:none;color:inherit;white-space:pre-wrap;"
        f"font-family:{palette.MONO};font-size:12.5px;line-height:1.4"
    )
    return f'<pre style="{escape(style, quote=True)}">{escape(_printable(text))}</pre>'
