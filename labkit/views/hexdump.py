"""Every byte as two hexadecimal digits, beside the character that it is in ASCII.

Markup, not a drawing: digits are there to be copied and searched.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.wire import Conversation, Said, View, Wire

from ._ladder_text import layer_words
from ._picture import Picture, clip, count, framed, preformatted, printable, register
from ._rows import Gap, Mark, Piece, story
from .ladder import SHOWN, left_out, of_wire

ROWS = 16  # rows, of sixteen bytes each, of one piece


@register
def of_view(view: View) -> Picture:
    """A wire seen in another way: as a hex dump, or as a ladder with a column of times."""
    return of_wire(view.wire, timed=True) if view.style == "timed" else dump(view.wire)


def dump(wire: Wire) -> Picture:
    """The newest conversations of a server, piece by piece, in hexadecimal."""
    name = clip(wire.server, 36)
    talks = wire.conversations[-SHOWN:]
    before = left_out(wire, len(talks))
    blocks = [before] if before else []
    if not talks and not before:
        blocks = [f"{name} · no connection yet"]
    text = "\n\n".join([*blocks, *("\n".join(_talk(name, talk)) for talk in talks)])
    return Picture(f"Bytes of {name}", text, markup=framed(preformatted(text)))


def _talk(name: str, talk: Conversation) -> Iterator[str]:
    yield clip(f"{name} · connection {talk.number} · {layer_words(talk.layers)}", 79)
    for row in story(talk).rows:
        if isinstance(row, Piece):
            yield from _piece(row)
        elif isinstance(row, Gap):
            yield from _gap(row)
        elif isinstance(row, Mark):
            yield clip(_mark(row), 79)


def _gap(row: Gap) -> Iterator[str]:
    first, sides = row.words
    yield f"… {first}"
    yield from (f"  {side}" for side in sides)


def _mark(row: Mark) -> str:
    who = f"{row.who} " if row.who else ""
    tag = f" ({row.tag})" if row.tag else ""
    return f"{who}{row.words}{tag}" + (f": {printable(row.why)}" if row.why else "")


def _piece(row: Piece) -> Iterator[str]:
    said = row.said
    to = "server" if said.who == "client" else "client"
    number = "" if row.number is None else f" {row.number}"
    yield f"{said.who} → {to}{number} · {count(said.size, 'byte')}"
    yield from _digits(said)


def _digits(said: Said) -> Iterator[str]:
    kept = said.data[: ROWS * 16]
    for at in range(0, len(kept), 16):
        row = kept[at : at + 16]
        digits = f"{row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}"
        seen = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        yield f"  {at:04x}  {digits}  |{seen}|"
    if said.size > len(kept):
        yield f"  … {count(said.size - len(kept), 'more byte')}"
