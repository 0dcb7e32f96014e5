"""A conversation read as HTTP/1: which bytes were which request, and what answered it.

h11 reads heads and chunks (RFC 9112); bodies of a known length are only counted, so
that one of which the tape kept a part can be followed too. Nothing here raises for
what a peer said: what is no HTTP becomes a value that says so. No Twisted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import h11
from attrs import frozen

from ._conversation import Closed, Conversation, LeftOut, Said, Who

Ended = Literal["whole", "open", "cut", "lost"]
MOST = 1 << 16  # bytes of a head
UPGRADED = "from here on another protocol speaks"
_BEGINS = {
    "client": re.compile(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n"),
    "server": re.compile(rb"HTTP/1\.[01] \d\d\d"),
}
SIZES = 1000  # chunks whose sizes are kept


@frozen
class Message:
    """A request or a response. Numbers of pieces are those of the ladder of bytes, from 1.

    `number` is the exchange's on its connection: a response has its request's, 0 when bytes
    before it are missing.
    `size` are the body's bytes so far, without chunk sizes; `announced` the length
    promised, None where none was. `ended`: "whole"; "open", more is to come; "cut", the
    connection ended before; "lost", the tape did not keep enough to tell. `early`: a
    request that came before the one before it was answered (pipelining).
    """

    number: int
    who: Who
    at: float
    place: int
    start: str
    headers: tuple[tuple[str, str], ...]
    head: bytes
    body: bytes
    size: int
    announced: int | None
    chunks: tuple[int, ...] | None
    first: int
    last: int
    ended: Ended
    early: bool = False

    def get(self, name: str) -> str:
        """The first header of that name, in any case; empty without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def pieces(self) -> int:
        """In how many pieces it came."""
        return self.last - self.first + 1


@frozen
class NotHttp:
    """From here on a side said what cannot be read. `why`: h11's words, or what came instead."""

    at: float
    place: int
    who: Who
    why: str


Read = Message | NotHttp


def read(talk: Conversation) -> tuple[Read, ...]:
    """The messages of a conversation, each where its first byte came."""
    client = _Side("client")
    server = _Side("server", asked=client)
    client.answered = server
    for place, event in enumerate(talk.events):
        if isinstance(event, Said):
            side = client if event.who == "client" else server
            side.take(event, place)
        elif isinstance(event, LeftOut):
            client.skip(event.client_bytes, event.pieces)
            server.skip(event.server_bytes, event.pieces)
        elif isinstance(event, Closed):
            client.end(clean=event.how == "closed")
            server.end(clean=event.how == "closed")
    found = [*client.told(), *server.told()]
    return tuple(sorted(found, key=lambda part: (part.place, part.who == "server")))


class _Side:
    """What one side said so far, message by message."""

    def __init__(self, who: Who, asked: _Side | None = None) -> None:
        self.who = who
        self.asked = asked  # whose requests this side answers
        self.answered: _Side | None = None
        self.done: list[Read] = []
        self.piece = 0
        self.messages = 0
        self.now: _Growing | None = None
        self.silent = False  # what comes now is not HTTP any more
        self.lost = False  # bytes are missing: where the next message begins is not known
        self.counted = True  # since the first byte, so that answers can be set beside requests

    def told(self) -> Iterator[Read]:
        yield from self.done
        if self.now is not None and self.now.head is not None:
            yield self.now.frozen("open")

    def take(self, said: Said, place: int) -> None:
        """A piece of this side's, whole or in part."""
        self.piece += 1
        data = said.data
        if self.lost and not self.silent:
            self.lost = _BEGINS[self.who].match(data) is None
        while data and not (self.silent or self.lost):
            data = self._fed(data, said, place)
        if said.left_out:
            self.skip(said.left_out, 0)

    def _fed(self, data: bytes, said: Said, place: int) -> bytes:
        """What remains after the message that grows now has taken its part."""
        if self.now is None:
            self.messages += 1
            self.now = _Growing(self, said, place)
        try:
            data = self.now.feed(data)
        except h11.RemoteProtocolError as e:
            self._give_up(str(e).replace("bytearray(b", "(b"), said.at, place)
            return b""
        self.now.last = self.piece
        if self.now.over:
            self._finish(said, place)
        return data

    def _finish(self, said: Said, place: int) -> None:
        assert self.now is not None
        self.done.append(self.now.frozen("whole"))
        upgraded, self.now = self.now.upgraded, None
        if upgraded:
            for side in filter(None, (self, self.asked)):
                side.silent = True
                side.done.append(NotHttp(said.at, place + 1, side.who, UPGRADED))

    def _give_up(self, why: str, at: float, place: int) -> None:
        if self.now is not None and self.now.head is not None:
            self.done.append(self.now.frozen("cut"))
        elif self.now is not None:
            place, at = self.now.place, self.now.at
        self.now, self.silent = None, True
        self.done.append(NotHttp(at, place, self.who, why))

    def skip(self, size: int, pieces: int) -> None:
        """So many bytes were not kept, and how many pieces they were, if that is known."""
        if not size or self.silent or self.lost:
            return
        self.piece += pieces
        if self.now is not None and self.now.skip(size):
            if self.now.over:
                self.done.append(self.now.frozen("whole"))
                self.now = None
            return
        if self.now is not None and self.now.head is not None:
            self.done.append(self.now.frozen("lost"))
        # what comes next is read again where a piece begins as a message does
        self.now, self.lost, self.counted = None, True, False

    def end(self, clean: bool) -> None:
        """The connection is over."""
        if self.now is None or self.now.head is None:
            return
        whole = self.now.until_close and clean
        self.done.append(self.now.frozen("whole" if whole else "cut"))
        self.now = None

    def request(self, number: int) -> Message | None:
        """The request of that number, or the newest where they are not counted any more."""
        place = number - 1 if self.counted and number else len(self.done) - 1
        if 0 <= place < len(self.done):
            found = self.done[place]
            return found if isinstance(found, Message) else None
        now = self.now
        return now.frozen("open") if now is not None and now.head is not None else None


class _Growing:
    """A message that is not whole yet."""

    def __init__(self, side: _Side, said: Said, place: int) -> None:
        self.side, self.place, self.at = side, place, said.at
        self.number = side.messages if side.counted else 0
        self.first = self.last = side.piece
        self.head: h11.Request | h11.Response | h11.InformationalResponse | None = None
        self.raw, self.body = bytearray(), bytearray()
        self.size = 0
        self.left: int | None = None  # bytes of a body of known length that are still to come
        self.chunks: list[int] | None = None
        self.between = True  # no chunk has begun that has not ended
        self.until_close = self.over = self.upgraded = False
        answered = side.answered
        self.early = bool(answered and self.number > 1 + len(answered.done))
        self.asked = side.asked.request(self.number) if side.asked else None
        role = h11.SERVER if side.who == "client" else h11.CLIENT
        self.h11 = h11.Connection(role, max_incomplete_event_size=MOST)
        if role is h11.CLIENT:
            self.h11.send(_request_like(self.asked))
            self.h11.send(h11.EndOfMessage())

    def feed(self, data: bytes) -> bytes:
        """Take bytes; returns those that are not this message's."""
        if self.head is not None and self.chunks is None:
            return self._count(data)
        if self.head is None:
            self.raw += data
        self.h11.receive_data(data)
        while True:
            event = self.h11.next_event()
            if isinstance(event, h11.Request | h11.Response | h11.InformationalResponse):
                rest = self._begin(event)
                if rest is not None:
                    return rest
            elif isinstance(event, h11.Data):
                self._chunk(event)
            elif isinstance(event, h11.EndOfMessage):
                self.over = True
                return bytes(self.h11.trailing_data[0])
            else:
                return b""

    def _begin(self, event: h11.Request | h11.Response | h11.InformationalResponse) -> bytes | None:
        """The head is there; the rest, unless chunks follow, or the real head does."""
        if isinstance(event, h11.InformationalResponse) and event.status_code != 101:
            return None
        self.head = event
        rest = bytes(self.h11.trailing_data[0])
        del self.raw[len(self.raw) - len(rest) :]
        self.upgraded = isinstance(event, h11.InformationalResponse)
        known = dict(event.headers)
        if self.upgraded or self._bodiless(event):
            self.over = True
            return rest
        if b"transfer-encoding" in known:
            self.chunks = []
            return None
        if b"content-length" in known:
            self.left = int(known[b"content-length"])
        else:
            self.until_close = isinstance(event, h11.Response)
            self.over = not self.until_close
        return self._count(rest)

    def _bodiless(self, event: h11.Request | h11.Response | h11.InformationalResponse) -> bool:
        """RFC 9112, section 6.3: these responses end with their head."""
        if isinstance(event, h11.Request):
            return False
        to_head = self.asked is not None and self.asked.start.startswith("HEAD ")
        return to_head or event.status_code in (204, 304)

    def _count(self, data: bytes) -> bytes:
        if self.until_close:
            self._keep(data)
            return b""
        if self.left is None:
            return data
        mine, rest = data[: self.left], data[self.left :]
        self._keep(mine)
        self.left -= len(mine)
        self.over = self.left == 0
        return rest

    def skip(self, size: int) -> bool:
        """So many bytes were not kept; whether the message can still be followed."""
        fits = self.left is not None and self.left >= size
        if not fits and not self.until_close:
            return False
        self.size += size
        if self.left is not None:
            self.left -= size
            self.over = self.left == 0
        return True

    def _chunk(self, event: h11.Data) -> None:
        self._keep(bytes(event.data))
        if self.chunks is None:
            return
        # not by chunk_start: h11 drops it when a chunk's size came in a piece of its own
        if self.between and len(self.chunks) < SIZES:
            self.chunks.append(0)
        self.chunks[-1] += len(event.data)
        self.between = event.chunk_end

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if len(self.body) < 200:
            self.body += data[:200]

    def frozen(self, ended: Ended) -> Message:
        head = self.head
        assert head is not None
        headers = tuple((_text(n), _text(v)) for n, v in head.headers.raw_items())
        length = next((int(v) for n, v in headers if n.lower() == "content-length"), None)
        return Message(
            self.number, self.side.who, self.at, self.place, _start(head), headers,
            bytes(self.raw), bytes(self.body[:200]), self.size, length,
            None if self.chunks is None else tuple(self.chunks),
            self.first, self.last, ended, self.early,
        )  # fmt: skip


def _request_like(asked: Message | None) -> h11.Request:
    """What h11 must have sent, to read the response as the answer to it."""
    method = asked.start.partition(" ")[0] if asked else "GET"
    headers = [("Host", "localhost")]
    if asked is not None and asked.get("Upgrade"):
        headers += [("Upgrade", asked.get("Upgrade")), ("Connection", "upgrade")]
    return h11.Request(method=method, target="/", headers=headers)


def _start(head: h11.Request | h11.Response | h11.InformationalResponse) -> str:
    """The first line, in the order in which a person says it."""
    if isinstance(head, h11.Request):
        return f"{_text(head.method)} {_text(head.target)} HTTP/{_text(head.http_version)}"
    return f"HTTP/{_text(head.http_version)} {head.status_code} {_text(head.reason)}".rstrip()


def _text(data: bytes) -> str:
    return bytes(data).decode("latin-1")


__all__ = ["Message", "NotHttp", "Read", "read"]
