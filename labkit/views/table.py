"""A small table, with a state in words before any colour. Cells are text and can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from . import palette
from ._picture import Picture, framed, printable

_COLOURS = {
    **dict.fromkeys(("ok", "passed", "running", "solved"), palette.GOOD),
    **dict.fromkeys(("missing", "failed", "refused"), palette.ALARM),
    **dict.fromkeys(("tried", "solution seen", "optional", "stopped"), palette.NOTICE),
    **dict.fromkeys(("not started", "not yet", "-", "–"), palette.FAINT),
}


def table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> Picture:
    """A titled table; `notes` are lines under it. A cell that is a known state word is coloured."""
    title = printable(title)
    heads, notes = [printable(h) for h in heads], [printable(note) for note in notes]
    cells = [[printable(cell) for cell in row] for row in rows]
    text = "\n".join([title, *_text(heads, cells), *notes])
    parts = [_line(title, f"font-weight: 600; color: {palette.INK}; margin-bottom: 4px")]
    if cells:
        parts.append(_html(heads, cells))
    parts += [_line(note, f"color: {palette.FAINT}; margin-top: 4px") for note in notes]
    return Picture(title, text, markup=framed("".join(parts)))


def _line(words: str, style: str) -> str:
    return f'<div style="{style}">{escape(words)}</div>'


def _text(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, *rows] if any(heads) else rows
    return ["  " + "  ".join(map(_padded, line, widths)).rstrip() for line in lines]


def _padded(cell: str, width: int) -> str:
    return cell.ljust(width)


def _html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Every cell carries its own ground, because the page's theme stripes the rows of tables."""
    body = "".join(_row("td", row, [_style(cell) for cell in row]) for row in rows)
    style = f"color: {palette.FAINT}; font-weight: 600"
    head = _row("th", heads, [style] * len(heads)) if any(heads) else ""
    whole = (
        f"border-collapse: collapse; border: none; margin: 0; font-size: 13px; "
        f"color: {palette.INK}; background-color: {palette.CARD}"
    )
    return f'<table style="{whole}">{head}{body}</table>'


def _row(tag: str, cells: Sequence[str], styles: Sequence[str]) -> str:
    base = (
        f"padding: 3px 20px 3px 0; text-align: left; vertical-align: top; border: none; "
        f"border-bottom: 1px solid {palette.SHADE}; background-color: {palette.CARD}; "
        "white-space: pre-wrap"
    )
    row = "".join(
        f'<{tag} style="{base}; {style}">{escape(cell)}</{tag}>'
        for cell, style in zip(cells, styles, strict=True)
    )
    return f'<tr style="background-color: {palette.CARD}">{row}</tr>'


def _style(cell: str) -> str:
    colour = _COLOURS.get(cell)
    return f"color: {colour}; font-weight: 600" if colour else f"color: {palette.INK}"
