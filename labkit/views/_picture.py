"""A picture: a drawing or a small page, its text twin, and a title. Values alone, no IPython."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from attrs import frozen

_SIZE = re.compile(r'<svg [^>]*?width="(\d+)"[^>]*? height="(\d+)"', re.DOTALL)

# What may stand in a data address between double quotes, so that a diff can be read.
_PLAIN = " \n!$'()*+,-./:;=?@_~"


@frozen
class Picture:
    """What a value looks like.

    `text` is the twin for terminals, diffs and screen readers, with the same
    information. Either `svg` is a whole drawing, or `markup` is HTML with inline
    styles, for what a reader may want to copy. `alt` is one sentence.
    """

    title: str
    text: str
    svg: str = ""
    markup: str = ""
    alt: str = ""


def html(picture: Picture) -> str:
    """The picture for a notebook's text/html: an <img> for a drawing, else its markup.

    Not inline SVG: JupyterLab hides that in a notebook that is not trusted yet.
    """
    if not picture.svg:
        return picture.markup
    found = _SIZE.search(picture.svg)
    size = f' width="{found[1]}" height="{found[2]}"' if found else ""
    alt = escape(printable(picture.alt or picture.title))
    address = "data:image/svg+xml," + quote(picture.svg, safe=_PLAIN)
    return f'<img alt="{alt}"{size} style="max-width: 100%; height: auto" src="{address}">'


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
