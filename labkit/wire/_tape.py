"""The recording of one connection: bounded, compact, and cheap to write to.

Everything here runs in the reactor's thread, except where a docstring says
otherwise. The hot path is `heard` and `wrote`. The beginning of a talk is kept
packed in one bytearray, because thousands of connections may be held at once;
the end in a short queue; what lies between is counted, not kept.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from struct import Struct
from time import perf_counter
from typing import Any

from ._conversation import (
    Closed,
    Conversation,
    Event,
    HalfClosed,
    How,
    LeftOut,
    Opened,
    Said,
    Where,
    Who,
)

LARGEST = 64 * 1024  # bytes kept of one piece; also the most that one read brings
KEEP = 2 * (LARGEST + 4096)  # bytes kept of one conversation, half of them from its end
PIECES = 2048  # pieces kept of a conversation's end

_HEAD = Struct("<dI")  # when (perf_counter), size * 2 + (1 when the server spoke)
_pack = _HEAD.pack

H2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # how a client begins HTTP/2 (RFC 9113 section 3.4)

Record = tuple[float, Who, bytes, int, "Where | None"]


class Tape:
    """What one connection said. `waiter` is told when the server has dealt with so many bytes.

    `owner` has what all tapes of a server share: layers, half (bytes), watching.
    """

    __slots__ = (
        "closed", "closing", "owner", "received", "rest", "room", "sends", "start", "waiter",
    )  # fmt: skip

    def __init__(self, number: int, owner: Any) -> None:
        self.owner = owner
        # the opening is packed like a piece: its time, and the number in place of a size
        self.start = bytearray(_pack(perf_counter(), number))
        self.rest: Rest | None = None
        self.room = owner.half  # how large the start may become; 0 when the rest has begun
        if owner.watching:
            self._go_on()
        self.received = 0
        self.closed = False
        self.closing: str | None = None
        self.sends: list[int] | None = None
        self.waiter: tuple[int, Callable[[], object]] | None = None

    @property
    def number(self) -> int:
        """Which of the server's connections this is, counted from 1."""
        return int(_HEAD.unpack_from(self.start)[1])

    @property
    def opened(self) -> float:
        """When it was accepted, in perf_counter's seconds."""
        return float(_HEAD.unpack_from(self.start)[0])

    @property
    def half_closed(self) -> bool:
        """Whether the client has said that it will send no more."""
        return self.rest is not None and "client" in self.rest.finished

    def heard(self, data: bytes) -> None:
        """Note a piece that the client said."""
        size, start = len(data), self.start
        if len(start) + size < self.room:
            start += _pack(perf_counter(), size << 1)
            start += data
        else:
            self._go_on().add(self.since(), "client", data)

    def wrote(self, data: bytes) -> None:
        """Note a piece that the server wrote."""
        size, start = len(data), self.start
        if len(start) + size < self.room:
            start += _pack(perf_counter(), size << 1 | 1)
            start += data
        else:
            self._go_on().add(self.since(), "server", data)

    def _go_on(self) -> Rest:
        """What follows goes to the rest."""
        if self.rest is None:
            self.rest, self.room = Rest(self.owner.half, self.owner.watching), 0
        return self.rest

    def half_close(self, who: Who) -> None:
        """Note that one side will send no more; said twice, it counts once."""
        rest = self._go_on()
        if who not in rest.finished:
            rest.finished += (who,)
            rest.queue.append(HalfClosed(self.since(), who))

    def since(self) -> float:
        """Seconds since the connection opened."""
        return perf_counter() - self.opened

    def handled(self, count: int) -> None:
        """The protocol has dealt with `count` more bytes; wake a client that waited for that."""
        self.received += count
        waiter = self.waiter
        if waiter is not None and self.received >= waiter[0]:
            self.waiter = None
            waiter[1]()

    def end(self, who: Who | None, how: How, why: str) -> None:
        """The connection is over."""
        self.closed = True
        self._go_on().queue.append(Closed(self.since(), who, how, why))
        waiter, self.waiter = self.waiter, None
        if waiter is not None:
            waiter[1]()

    def snapshot(self) -> Conversation:
        """The talk so far as a frozen value. Any thread, if need be."""
        events = (Opened(0.0), *self._started(), *(self.rest.events() if self.rest else ()))
        layers = _as_spoken(self.owner.layers, events)
        return Conversation(self.number, layers, events, tuple(self.sends or ()))

    def _started(self) -> Iterator[Said]:
        packed, opened, at = bytes(self.start), self.opened, _HEAD.size
        while at < len(packed):
            when, size = _HEAD.unpack_from(packed, at)
            at += _HEAD.size
            end = at + (size >> 1)
            yield Said(when - opened, "server" if size & 1 else "client", packed[at:end])
            at = end


def _as_spoken(layers: tuple[str, ...], events: tuple[Event, ...]) -> tuple[str, ...]:
    """The layers of this one talk: a web server may have agreed to HTTP/2, which is frames."""
    if "http" not in layers:
        return layers
    first = next((event.data for event in events if isinstance(event, Said)), b"")
    agreed = first.startswith(H2[:16])
    return tuple("h2" if layer == "http" and agreed else layer for layer in layers)


class Rest:
    """The later part of a long talk: its end is kept, its middle is counted."""

    __slots__ = ("finished", "half", "kept", "passed", "queue", "skipped", "watching")

    def __init__(self, half: int, watching: bool) -> None:
        self.half = half
        self.watching = watching
        self.queue: deque[Record | Event] = deque()
        self.finished: tuple[Who, ...] = ()
        self.passed: tuple[Event, ...] = ()  # half-closes amid what was left out: two at most
        self.kept = 0
        self.skipped: list[float | int] | None = None

    def add(self, at: float, who: Who, data: bytes) -> None:
        """Keep a piece; let the oldest go when there is too much."""
        where = _caller() if self.watching and who == "server" else None
        cut = max(len(data) - LARGEST, 0)
        self.queue.append((at, who, data[:LARGEST] if cut else data, cut, where))
        self.kept += len(data) - cut
        # one piece is always kept
        while len(self.queue) > 1 and (self.kept > self.half or len(self.queue) > PIECES):
            self._skip(self.queue.popleft())

    def _skip(self, old: Record | Event) -> None:
        if not isinstance(old, tuple):
            self.passed += (old,)
            return
        at, who, data, cut, _ = old
        if self.skipped is None:
            self.skipped = [at, 0, 0, 0]
        self.skipped[1] += 1
        self.skipped[2 if who == "client" else 3] += len(data) + cut
        self.kept -= len(data)

    def events(self) -> Iterator[Event]:
        """What was counted, then what was kept."""
        if self.skipped is not None:
            at, pieces, client, server = self.skipped
            yield LeftOut(at, int(pieces), int(client), int(server))
        yield from self.passed
        for record in tuple(self.queue):
            if isinstance(record, tuple):
                at, who, data, cut, where = record
                yield Said(at, who, data, where, cut)
            else:
                yield record


def _caller() -> Where | None:
    """The line outside of Twisted and the lab that asked for this write."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(("twisted.", "labkit.wire", "labkit.bench", "labkit.exercises")):
            code = frame.f_code
            return Where(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back
    return None
