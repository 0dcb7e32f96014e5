"""What a ladder says about each event, in words: shared by the drawing and its text twin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Literal

from attrs import frozen

from labkit.wire import Closed, Conversation, Event, HalfClosed, LeftOut, Opened, Said, shorten

FIRST, LAST = 12, 6  # rows shown of a long conversation
LABEL = 40  # columns of a label

Shape = Literal["arrow", "end", "reset", "gap", "rule"]


@frozen
class Rung:
    """One row: who it comes from (None: neither), its label, and a note beside each lane."""

    at: float
    who: Literal["client", "server"] | None
    label: str
    shape: Shape
    client_note: str = ""
    server_note: str = ""
    alarm: bool = False
    notice: bool = False


def heading(server: str, talk: Conversation) -> str:
    """What a conversation is called."""
    return f"{server} · connection {talk.number} · {' + '.join(talk.layers)}"


def state(talk: Conversation) -> str:
    """How it stands, in a word or two."""
    if talk.open:
        return "open"
    end = talk.events[-1]
    assert isinstance(end, Closed)
    return end.how if end.how in ("reset", "crashed", "stopped") else f"closed by the {end.who}"


def rungs(talk: Conversation) -> tuple[Rung, ...]:
    """The rows of a conversation; of a long one its beginning and its end, the rest counted."""
    rows = list(_shown(talk))
    return tuple(_rung(event, count, talk) for event, count in rows)


Counted = tuple[Event, int]


def _shown(talk: Conversation) -> Iterator[Counted]:
    numbered = list(_numbered(e for e in talk.events if not isinstance(e, Opened)))
    if len(numbered) <= FIRST + LAST + 1:
        yield from numbered
        return
    yield from numbered[:FIRST]
    yield _left_out([e for e, _ in numbered[FIRST:-LAST]]), 0
    yield from numbered[-LAST:]


def _numbered(events: Iterator[Event]) -> Iterator[Counted]:
    """Each piece with its number in its own direction, those left out counted too."""
    said = {"client": 0, "server": 0}
    known = True
    for event in events:
        if isinstance(event, LeftOut):
            known = False
        if isinstance(event, Said):
            said[event.who] += 1
            yield event, said[event.who] if known else 0
        else:
            yield event, 0


def _left_out(events: Sequence[Event]) -> LeftOut:
    said = [e for e in events if isinstance(e, Said)]
    more = [e for e in events if isinstance(e, LeftOut)]
    size = {w: sum(e.size for e in said if e.who == w) for w in ("client", "server")}
    return LeftOut(
        events[0].at,
        len(said) + sum(e.pieces for e in more),
        size["client"] + sum(e.client_bytes for e in more),
        size["server"] + sum(e.server_bytes for e in more),
    )


def _rung(event: Event, count: int, talk: Conversation) -> Rung:
    if isinstance(event, Said):
        return _said(event, count, talk)
    if isinstance(event, LeftOut):
        return Rung(event.at, None, left_out_words(event), "gap")
    if isinstance(event, HalfClosed):
        return Rung(event.at, event.who, "half-closes: sends no more, still reads", "end")
    assert isinstance(event, Closed)
    return _closed(event)


def left_out_words(event: LeftOut) -> str:
    """What was not kept, counted."""
    return (
        f"{event.pieces:,} pieces left out: {event.client_bytes:,} bytes from the client, "
        f"{event.server_bytes:,} from the server"
    )


def _said(event: Said, count: int, talk: Conversation) -> Rung:
    label = brief(event.data, LABEL)
    if event.left_out:
        label += f" … {event.left_out:,} more"
    size = f"{event.size:,} byte{'s' * (event.size != 1)}"
    number = f" {count}" if count else ""
    if event.who == "server":
        return Rung(event.at, "server", label, "arrow", "", f"write{number} · {size}")
    joined = _sends(talk, count)
    note, odd = joined if joined else ("", False)
    return Rung(
        event.at, "client", label, "arrow", note, f"dataReceived{number} · {size}", notice=odd
    )


def _sends(talk: Conversation, count: int) -> tuple[str, bool] | None:
    """Which of the client's sends came in its piece number `count`; whether borders differ."""
    if not talk.sends or not count:
        return None
    ends = list(accumulate(talk.sends))
    borders = [0, *accumulate(len(p) for p in talk.pieces("client"))]
    if count >= len(borders):
        return None
    start, end = borders[count - 1], borders[count]
    touched = [n for n, (a, b) in enumerate(pairwise([0, *ends]), 1) if a < end and b > start]
    if not touched:
        return None
    whole = start == ([0, *ends])[touched[0] - 1] and end == ends[touched[-1] - 1]
    if len(touched) == 1:
        return (f"send {touched[0]}", False) if whole else (f"part of send {touched[0]}", True)
    word = "joined" if whole else "joined, cut"
    return f"sends {touched[0]}-{touched[-1]} {word}", True


def _closed(event: Closed) -> Rung:
    if event.how == "stopped":
        return Rung(event.at, None, "the lab stopped the server", "rule")
    if event.how == "crashed":
        label = f"raised {event.why}"
        return Rung(event.at, "server", shorten_text(label, 52), "end", "", "crashed", alarm=True)
    if event.how == "reset":
        label = f"resets (RST) {event.why}".strip()
        return Rung(event.at, event.who, shorten_text(label, 52), "reset", alarm=True)
    note = event.why or ("loseConnection" if event.who == "server" else "")
    server_note = note if event.who == "server" else "connectionLost"
    return Rung(event.at, event.who, "closes (FIN)", "end", "", server_note)


def brief(data: bytes, columns: int) -> str:
    """The bytes as Python writes them, in so many columns: the middle is left out and counted."""
    whole = repr(data)
    if len(whole) <= columns:
        return whole
    most = len(data)
    while most > 1:
        most = most * 3 // 4
        text = shorten(data, most)
        if len(text) <= columns:
            return text
    return f"{len(data):,} bytes"


def shorten_text(text: str, most: int) -> str:
    """The text, its end cut when long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
