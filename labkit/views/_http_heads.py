"""The heads of requests and responses as they were sent: what stands behind a folded ladder."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit.wire import Conversation
from labkit.wire._http import Message, read

from ._bytes import shown, written
from ._picture import Picture, clip, framed, preformatted

SHOWN = 12  # messages, the newest
LINES = 16  # of a head
_CHANGES = re.compile(
    r"(?im)^(Date: |Last-Modified: |Expires: |Server: TwistedWeb/).*$"
    r"|((?:127\.0\.0\.1|localhost|\[::1\]):)\d{2,5}\b"
)
TITLE = "Heads and bodies (.raw has every byte; … stands for times, ports and versions)"


def heads(talks: tuple[Conversation, ...]) -> Picture | None:
    """A page with the newest messages of these conversations; None without any."""
    found = [(t.number, m) for t in talks for m in read(t) if isinstance(m, Message)]
    blocks = [_block(number, message) for number, message in found[-SHOWN:]]
    if not blocks:
        return None
    if len(found) > SHOWN:
        blocks.insert(0, f"… {len(found) - SHOWN:,} earlier messages")
    text = "\n\n".join(blocks)
    return Picture(TITLE, text, markup=framed(preformatted(text)))


def _block(connection: int, m: Message) -> str:
    who = "client → server" if m.who == "client" else "server → client"
    exchange = f", exchange {m.number}" if m.number else ""
    return "\n".join([f"connection {connection}{exchange} · {who}", *_lines(m)])


def _lines(m: Message) -> Iterator[str]:
    text = _CHANGES.sub(_elided, m.head.decode("latin-1").replace("\r\n", "\n").rstrip("\n"))
    lines = text.split("\n")
    yield from (f"  {clip(line, 90)}" for line in lines[:LINES])
    if len(lines) > LINES:
        yield f"  … {len(lines) - LINES:,} more lines"
    if m.size:
        body = shown(m.body, 84, max(m.size - len(m.body), 0))
        yield f"  {_CHANGES.sub(_elided, written(body))}"


def _elided(found: re.Match[str]) -> str:
    """What changes with each run, so that the same cell shows the same again."""
    return f"{found[1] or found[2]}…"
