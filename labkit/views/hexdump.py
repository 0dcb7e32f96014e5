"""Every byte as two hexadecimal digits, beside the characters they are in ASCII."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.wire import Conversation, LeftOut, Said, Wire

from ._picture import Picture, framed, preformatted
from ._pieces import heading, left_out_words

ROWS = 16  # rows of one piece
PIECES = 24  # pieces of one conversation
SHOWN = 6  # conversations


def draw(wire: Wire) -> Picture:
    """The newest conversations as a hex dump."""
    text = "\n\n".join("\n".join(_talk(wire.server, t)) for t in wire.conversations[-SHOWN:])
    text = text or f"{wire.server}: no connection yet"
    return Picture(f"Bytes of {wire.server}", text, markup=framed(preformatted(text)))


def _talk(server: str, talk: Conversation) -> Iterator[str]:
    yield heading(server, talk)
    said = [e for e in talk.events if isinstance(e, Said | LeftOut)]
    for event in said[:PIECES]:
        if isinstance(event, LeftOut):
            yield left_out_words(event)
        else:
            yield from _piece(event)
    if len(said) > PIECES:
        yield f"{len(said) - PIECES:,} more pieces"


def _piece(event: Said) -> Iterator[str]:
    to = "server" if event.who == "client" else "client"
    yield f"{event.who} → {to}, {event.size:,} byte{'s' * (event.size != 1)}"
    for at in range(0, min(len(event.data), ROWS * 16), 16):
        row = event.data[at : at + 16]
        digits = (
            " ".join(f"{b:02x}" for b in row[:8]) + "  " + " ".join(f"{b:02x}" for b in row[8:])
        )
        yield f"  {at:04x}  {digits:<48}  {_ascii(row)}"
    hidden = event.size - min(len(event.data), ROWS * 16)
    if hidden:
        yield f"  … {hidden:,} more bytes"


def _ascii(row: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 else "." for b in row)
