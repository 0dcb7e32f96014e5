"""A small table, with a state in words before any colour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from . import palette
from ._picture import Picture, framed

_COLOURS = {
    "ok": palette.GOOD,
    "passed": palette.GOOD,
    "missing": palette.ALARM,
    "tried": palette.NOTICE,
    "solution seen": palette.NOTICE,
}


def table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> Picture:
    """A titled table; `notes` are lines under it."""
    text = "\n".join([title, *_text(heads, rows), *notes])
    parts = [f'<div style="font-weight:600;margin-bottom:4px">{escape(title)}</div>']
    if rows:
        parts.append(_html(heads, rows))
    parts += [f'<div style="color:{palette.FAINT}">{escape(note)}</div>' for note in notes]
    return Picture(title, text, markup=framed("".join(parts)))


def _text(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = (heads, *rows)
    return [
        "  " + "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)).rstrip()
        for row in lines
    ]


def _html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cell = "padding:2px 16px 2px 0;text-align:left;border:none;background:none"
    head = "".join(f'<th style="{cell};color:{palette.FAINT}">{escape(h)}</th>' for h in heads)
    body = "".join(
        '<tr style="background:none">'
        + "".join(f'<td style="{cell};color:{_colour(c)}">{escape(c)}</td>' for c in row)
        + "</tr>"
        for row in rows
    )
    style = "border-collapse:collapse;margin:0;font-size:13px"
    return f'<table style="{style}"><tr style="background:none">{head}</tr>{body}</table>'


def _colour(text: str) -> str:
    return _COLOURS.get(text, palette.INK)
