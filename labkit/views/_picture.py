"""A picture: a drawing or a small page, its text twin, and a title. Values alone, no IPython."""

from __future__ import annotations

import re
from functools import singledispatch
from html import escape
from urllib.parse import quote

from attrs import frozen

from . import palette

_SIZE = re.compile(r'<svg [^>]*?width="(\d+)"[^>]*? height="(\d+)"', re.DOTALL)

# What may stand in a data address between double quotes, so that a diff can be read.
_PLAIN = " \n!$'()*+,-./:;=?@_~"


@frozen
class Picture:
    """What a value looks like.

    `text` is the twin for terminals, diffs and screen readers, with the same
    information. Either `svg` is a whole drawing, or `markup` is HTML with inline
    styles, for what a reader may want to copy. `alt` is one sentence. `behind` is a
    page with markup that one click on its title opens.
    """

    title: str
    text: str
    svg: str = ""
    markup: str = ""
    alt: str = ""
    behind: Picture | None = None


def html(picture: Picture) -> str:
    """The picture for a notebook's text/html: an <img> for a drawing, else its markup.

    Not inline SVG: JupyterLab hides that in a notebook that is not trusted yet.
    """
    return _front(picture) + (_folded(picture.behind) if picture.behind else "")


def _folded(picture: Picture) -> str:
    style = f"cursor: pointer; font-family: {palette.SANS}; font-size: 12px"
    summary = f'<summary style="{style}">{escape(picture.title)}</summary>'
    return f"<details>{summary}{picture.markup}</details>"


def _front(picture: Picture) -> str:
    if not picture.svg:
        return picture.markup
    found = _SIZE.search(picture.svg)
    size = f' width="{found[1]}" height="{found[2]}"' if found else ""
    alt = escape(printable(picture.alt or picture.title))
    address = "data:image/svg+xml," + quote(picture.svg, safe=_PLAIN)
    return f'<img alt="{alt}"{size} style="max-width: 100%; height: auto" src="{address}">'


@singledispatch
def picture(value: object) -> Picture:
    """What a value looks like. Raises TypeError for a value that nobody taught to be drawn."""
    raise TypeError(f"There is no picture of a {type(value).__name__}. Teach one with register.")


register = picture.register


def framed(inner: str, edge: str = palette.EDGE) -> str:
    """HTML on a card of its own; `edge` colours its left border. `inner` is markup already."""
    style = (
        f"background-color: {palette.CARD}; color: {palette.INK}; "
        f"border: 1px solid {palette.EDGE}; border-left: 5px solid {edge}; border-radius: 8px; "
        f"padding: 10px 16px; margin: 2px 0; max-width: {palette.WIDTH}px; box-sizing: border-box; "
        f"overflow-x: auto; font-family: {palette.SANS}; font-size: 13px; line-height: 1.5"
    )
    return f'<div style="{style}">{inner}</div>'


def preformatted(text: str) -> str:
    """Text as it stands, in a monospaced face, escaped; long lines are scrolled, not broken."""
    lines = (printable(line) for line in text.split("\n"))
    style = (
        f"margin: 0; padding: 0; border: none; background-color: transparent; "
        f"color: {palette.INK}; white-space: pre; overflow-x: auto; "
        f"font-family: {palette.MONO}; font-size: 12px; line-height: 1.5"
    )
    return f'<pre style="{style}">{escape(chr(10).join(lines))}</pre>'


def printable(text: str) -> str:
    """The text with everything that cannot be seen, or that XML forbids, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def clip(text: str, most: int) -> str:
    """The text, printable, cut to `most` characters with an ellipsis at its end."""
    text = printable(text)
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 piece, 2,000 pieces."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
