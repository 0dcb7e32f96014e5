"""Records what a factory's connections say, by standing between transport and protocol.

Everything here runs in the reactor's thread, except where a docstring says
otherwise. The hot path is `heard` and `wrote`: one tuple and one append a piece.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any

from twisted.internet import error
from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import Interface, directlyProvides, providedBy

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

KEEP = 128 * 1024  # bytes kept of one conversation, half of them from its end
PIECES = 4096  # pieces kept of one conversation, likewise
LARGEST = 64 * 1024  # bytes kept of one piece; also the most that one read brings

Record = tuple[float, Who, bytes, int, "Where | None"]


class Tape:
    """The recording of one connection; bounded: the middle of a long talk is counted, not kept."""

    __slots__ = (
        "closed",
        "closing",
        "events",
        "half",
        "half_closed",
        "layers",
        "number",
        "opened",
        "peer",
        "received",
        "room",
        "sends",
        "skipped",
        "tail",
        "tail_bytes",
        "waiter",
        "watching",
    )

    def __init__(self, number: int, layers: tuple[str, ...], keep: int, watching: bool) -> None:
        self.number = number
        self.layers = layers
        self.watching = watching
        self.opened = perf_counter()
        self.peer: object = None
        self.half = self.room = keep // 2
        self.events: list[Record | Event] = []
        self.tail: deque[Record | Event] | None = None
        self.tail_bytes = 0
        self.skipped: list[float | int] | None = None
        self.received = 0
        self.closed = False
        self.half_closed = False
        self.closing: Who | str | None = None
        self.sends: list[int] | None = None
        self.waiter: tuple[int, Callable[[], object]] | None = None

    def piece(self, who: Who, data: bytes) -> None:
        """Note one piece. Called for every read and every write."""
        size = len(data)
        where = _caller() if self.watching and who == "server" else None
        if size > LARGEST:
            record = (perf_counter(), who, bytes(data[:LARGEST]), size - LARGEST, where)
            size = LARGEST
        else:
            record = (perf_counter(), who, data, 0, where)
        if self.tail is None and self.room > 0 and len(self.events) < PIECES // 2:
            self.room -= size
            self.events.append(record)
        else:
            self._to_tail(record, size)

    def _to_tail(self, record: Record | Event, size: int) -> None:
        if self.tail is None:
            self.tail = deque()
        self.tail.append(record)
        self.tail_bytes += size
        # what fits in the second half stays; one piece always does
        while len(self.tail) > 1 and (self.tail_bytes > self.half or len(self.tail) > PIECES // 2):
            self._skip(self.tail.popleft())

    def _skip(self, old: Record | Event) -> None:
        if not isinstance(old, tuple):
            return
        at, who, data, cut, _ = old
        if self.skipped is None:
            self.skipped = [at, 0, 0, 0]
        self.skipped[1] += 1
        self.skipped[2 if who == "client" else 3] += len(data) + cut
        self.tail_bytes -= len(data)

    def note(self, event: Event) -> None:
        """Note something that is not bytes: a half-close, the end."""
        if self.tail is None:
            self.events.append(event)
        else:
            self.tail.append(event)

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
        self.note(Closed(self.since(), who, how, why))
        waiter, self.waiter = self.waiter, None
        if waiter is not None:
            waiter[1]()

    def snapshot(self) -> Conversation:
        """The talk so far as a frozen value."""
        events: list[Event] = [Opened(0.0)]
        events += map(self._frozen, self.events)
        if self.skipped is not None:
            at, pieces, client, server = self.skipped
            events.append(LeftOut(at - self.opened, int(pieces), int(client), int(server)))
        events += map(self._frozen, self.tail or ())
        return Conversation(self.number, self.layers, tuple(events), tuple(self.sends or ()))

    def _frozen(self, record: Record | Event) -> Event:
        if not isinstance(record, tuple):
            return record
        at, who, data, cut, where = record
        return Said(at - self.opened, who, data, where, cut)


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


class TapedProtocol(ProtocolWrapper):
    """Hands every event through, unchanged and in order, and notes it."""

    tape: Tape
    transport: Any
    wrappedProtocol: Any

    def makeConnection(self, transport: Any) -> None:
        try:
            super().makeConnection(transport)
        finally:
            if self.factory.paused:
                transport.pauseProducing()
            self.factory.stands(self.tape)

    def announce(self) -> None:
        """Offer what the inner protocol offers beyond the plain one."""
        extra: list[type[Interface]] = [
            i for i in (IHalfCloseableProtocol, IHandshakeListener)
            if i.providedBy(self.wrappedProtocol)
        ]
        if extra:
            directlyProvides(self, providedBy(self), *extra)

    def dataReceived(self, data: bytes) -> None:
        self.tape.piece("client", data)
        self.wrappedProtocol.dataReceived(data)
        self.tape.handled(len(data))

    def write(self, data: bytes) -> None:
        self.transport.write(data)
        if data and not self.tape.closed:
            self.tape.piece("server", data)

    def writeSequence(self, data: Any) -> None:
        pieces = list(data)
        self.transport.writeSequence(pieces)
        if not self.tape.closed:
            self.tape.piece("server", b"".join(pieces))

    def loseConnection(self) -> None:
        if self.tape.closing is None:
            self.tape.closing = "server"
        super().loseConnection()

    def abortConnection(self) -> None:
        if self.tape.closing is None:
            self.tape.closing = "server"
        self.transport.abortConnection()

    def loseWriteConnection(self) -> None:
        self.tape.note(HalfClosed(self.tape.since(), "server"))
        self.transport.loseWriteConnection()

    def readConnectionLost(self) -> None:
        self.tape.note(HalfClosed(self.tape.since(), "client"))
        self.tape.half_closed = True
        self.wrappedProtocol.readConnectionLost()
        self.tape.handled(0)

    def writeConnectionLost(self) -> None:
        self.wrappedProtocol.writeConnectionLost()

    def handshakeCompleted(self) -> None:
        self.wrappedProtocol.handshakeCompleted()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        who, how, why = _ending(self.tape, reason)
        try:
            super().connectionLost(reason)
        finally:
            self.tape.end(who, how, why)


def _ending(tape: Tape, reason: Failure) -> tuple[Who | None, How, str]:
    """Who ended it and how, from Twisted's reason and from what the server had asked for."""
    if tape.closing == "lab":
        return None, "stopped", "the lab stopped the server"
    if reason.check(error.ConnectionDone):
        return ("server" if tape.closing else "client"), "closed", ""
    if reason.check(error.ConnectionAborted):
        return "server", "reset", ""
    if reason.check(error.ConnectionLost):
        return "client", "reset", ""
    if type(reason.value).__module__.startswith("OpenSSL"):
        return None, "reset", f"TLS: {reason.getErrorMessage()}"
    return "server", "crashed", f"{type(reason.value).__name__}: {reason.getErrorMessage()}"


class TapedFactory(WrappingFactory[Any]):
    """Wraps a factory; the one inside may be exchanged while the port stays open."""

    protocol = TapedProtocol
    noisy = False

    def __init__(
        self, inner: Any, layers: tuple[str, ...] = ("tcp",), keep: int = KEEP, most: int = 100
    ) -> None:
        super().__init__(inner)
        self.layers = layers
        self.keep = keep
        self.most = most
        self.count = 0
        self.watching = False
        self.paused = False
        self.open: dict[Tape, TapedProtocol] = {}
        self.past: deque[Tape] = deque()
        self.forgotten = 0
        self.awaited: dict[object, Callable[[Tape], object]] = {}

    def buildProtocol(self, addr: Any) -> Any:
        """The inner factory's protocol, wrapped; None stays None, and is noted."""
        self.count += 1
        tape = Tape(self.count, self.layers, self.keep, self.watching)
        tape.peer = addr
        try:
            protocol = self.wrappedFactory.buildProtocol(addr)
        except BaseException:
            self._keep_past(tape)
            self.stands(tape)
            raise
        if protocol is None:
            tape.end("server", "closed", "buildProtocol returned None")
            self._keep_past(tape)
            self.stands(tape)
            return None
        wrapper = self.protocol(self, protocol)
        wrapper.tape = tape
        return wrapper

    def registerProtocol(self, p: Any) -> None:
        p.announce()
        self.open[p.tape] = p

    def unregisterProtocol(self, p: Any) -> None:
        tape = p.tape
        if self.open.pop(tape, None) is not None:
            self._keep_past(tape)

    def stands(self, tape: Tape) -> None:
        """A connection was accepted, and its connectionMade has run: tell the client that waits.

        `awaited` maps the client's port (None for a UNIX socket) to whom to tell.
        """
        if self.awaited:
            tell = self.awaited.pop(getattr(tape.peer, "port", None), None)
            if tell is not None:
                tell(tape)

    def _keep_past(self, tape: Tape) -> None:
        self.past.append(tape)
        if len(self.past) > self.most:
            self.past.popleft()
            self.forgotten += 1

    def tapes(self) -> list[Tape]:
        """Every tape still kept, oldest connection first. Safe from any thread."""
        return sorted({*self.past, *self.open}, key=lambda t: t.number)
