"""What a ladder shows of a conversation that is read as HTTP: a row for each message."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from labkit.wire import Conversation, LeftOut, Said, Who
from labkit.wire._http import UPGRADED, Message, NotHttp, read

from ._picture import count
from ._rows import Gap, Mark, Piece, Row, Story, mark, totals

CHUNKS = 5  # sizes of chunks that are spelt out


@frozen
class Exchanged:
    """A request or a response as one arrow, with what is worth knowing of it under the arrow."""

    message: Message

    @property
    def who(self) -> Who:
        """Who says it."""
        return self.message.who

    @property
    def badge(self) -> str:
        """The exchange's number: a response bears its request's."""
        return str(self.message.number or "")

    @property
    def at(self) -> float:
        """When its first byte came."""
        return self.message.at

    @property
    def words(self) -> str:
        """What it is: method and target, or status and type."""
        m = self.message
        if m.who == "client":
            return m.start.rpartition(" ")[0]
        kind = m.get("Content-Type").partition(";")[0]
        return " · ".join(filter(None, (m.start.partition(" ")[2], kind)))

    @property
    def size(self) -> str:
        """How long its body is."""
        return count(self.message.size, "byte") if self.message.size else "no body"

    @property
    def notes(self) -> tuple[str, ...]:
        """How it came, where that is not in one piece and as announced."""
        return tuple(_notes(self.message))


@frozen
class MessageGap(Gap):
    """Messages that are not shown."""

    requests: int = 0
    responses: int = 0

    @property
    def words(self) -> tuple[str, tuple[str, ...]]:
        """How many of each, and how many bytes their bodies had."""
        asked, got = count(self.requests, "request"), count(self.responses, "response")
        sides = (
            f"{asked} ({count(self.client_bytes, 'byte')} of bodies)",
            f"{got} ({count(self.server_bytes, 'byte')} of bodies)",
        )
        return f"{count(self.requests + self.responses, 'message')} left out", sides


def http_story(talk: Conversation, head: int = 12, tail: int = 6) -> Story:
    """The first `head` and the last `tail` rows; what lies between is counted."""
    rows = list(_rows(talk))
    if len(rows) > head + tail + 1:
        rows = [*rows[:head], _gap(rows[head:-tail]), *rows[-tail:]]
    return Story(tuple(rows), totals(talk))


def _rows(talk: Conversation) -> Iterator[Row]:
    parts = read(talk)
    silent = {part.who: part.place for part in parts if isinstance(part, NotHttp)}
    numbers: dict[Who, int] = {"client": 0, "server": 0}
    after = 0
    for place, event in enumerate(talk.events):
        yield from _begun(parts, place)
        if isinstance(event, Said):
            numbers[event.who] += 1
            if place >= silent.get(event.who, len(talk.events)):
                yield Piece(event, numbers[event.who])
        elif not isinstance(event, LeftOut):
            yield mark(event)
        after = place + 1
    yield from _begun(parts, after)
    if talk.open:
        yield Mark(None, "open", None, "still open")


def _begun(parts: tuple[Message | NotHttp, ...], place: int) -> Iterator[Row]:
    """What begins at an event of that number."""
    for part in parts:
        if part.place == place and not _told_already(part):
            yield Exchanged(part) if isinstance(part, Message) else _not_http(part)


def _told_already(part: Message | NotHttp) -> bool:
    """An upgrade is one event for both sides."""
    return isinstance(part, NotHttp) and part.why == UPGRADED and part.who == "server"


def _not_http(part: NotHttp) -> Mark:
    words = part.why if part.why == UPGRADED else "this is not HTTP"
    return Mark(part.at, "unread", part.who, words, "", "" if words == part.why else part.why)


def _notes(m: Message) -> Iterator[str]:
    if m.pieces > (1 if m.who == "client" else 2):  # a server writes head and body, as a rule
        yield f"in {count(m.pieces, 'piece' if m.who == 'client' else 'write')}"
    if m.chunks is not None:
        sizes = [f"{size:,}" for size in m.chunks if size]
        more = ", …" if len(sizes) > CHUNKS else ""
        yield (
            f"{count(len(sizes), 'chunk')}: {', '.join(sizes[:CHUNKS])}{more}"
            if sizes
            else (
                "in chunks; none yet" if m.ended == "open" else "in chunks, none of them with bytes"
            )
        )
    if m.early:
        yield "sent before the request before it was answered (pipelined)"
    if m.ended == "whole" and m.announced and not m.size:
        yield f"announces {count(m.announced, 'byte')}; this answer has no body"
    yield from _unfinished(m)


def _unfinished(m: Message) -> Iterator[str]:
    of = f" of {count(m.announced, 'byte')}" if m.announced is not None else ""
    so_far = f"{m.size:,}{of}" if of else count(m.size, "byte")
    if m.ended == "open":
        yield f"not ended yet: {so_far} so far"
    elif m.ended == "cut":
        yield f"cut off after {so_far}"
    elif m.ended == "lost":
        yield f"not kept whole: after {so_far} it cannot be followed"


def _gap(hidden: list[Row]) -> MessageGap:
    messages = [row.message for row in hidden if isinstance(row, Exchanged)]
    asked = [m for m in messages if m.who == "client"]
    got = [m for m in messages if m.who == "server"]
    first = hidden[0]
    at = first.said.at if isinstance(first, Piece) else first.at or 0.0
    return MessageGap(
        at, len(hidden), sum(m.size for m in asked), sum(m.size for m in got),
        requests=len(asked), responses=len(got),
    )  # fmt: skip
