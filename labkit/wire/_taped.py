"""Stands between transport and protocol, hands everything through unchanged, and tapes it.

The same idea as twisted.protocols.policies, without an instance dictionary and
with a factory that lets a protocol be refused (None). Runs in the reactor's thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any

from twisted.internet import error
from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import classImplements, providedBy

from ._conversation import HalfClosed, How, Who
from ._tape import KEEP, Tape


class TapedProtocol:
    """The protocol that the transport sees, and the transport that the real protocol sees."""

    __slots__ = ("factory", "tape", "transport", "wrappedProtocol")

    def __init__(self, factory: TapedFactory, protocol: Any, tape: Tape) -> None:
        self.factory = factory
        self.wrappedProtocol = protocol
        self.tape = tape
        self.transport: Any = None

    # as the transport's protocol

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        self.__class__ = _offering(
            providedBy(transport),
            IHalfCloseableProtocol.providedBy(self.wrappedProtocol),
            IHandshakeListener.providedBy(self.wrappedProtocol),
        )
        self.factory.open[self.tape] = self
        try:
            self.wrappedProtocol.makeConnection(self)
        finally:
            if self.factory.paused:
                transport.pauseProducing()
            self.factory.stands(self.tape, self)

    def dataReceived(self, data: bytes) -> None:
        self.tape.heard(data)
        self.wrappedProtocol.dataReceived(data)
        self.tape.handled(len(data))

    def readConnectionLost(self) -> None:
        self.tape.note(HalfClosed(self.tape.since(), "client"))
        self.wrappedProtocol.readConnectionLost()
        self.tape.handled(0)

    def writeConnectionLost(self) -> None:
        self.wrappedProtocol.writeConnectionLost()

    def handshakeCompleted(self) -> None:
        self.wrappedProtocol.handshakeCompleted()

    def connectionLost(self, reason: Failure) -> None:
        who, how, why = _ending(self.tape, reason)
        self.factory.lost(self.tape)
        protocol, self.wrappedProtocol = self.wrappedProtocol, None
        try:
            protocol.connectionLost(reason)
        finally:
            self.tape.end(who, how, why)

    def logPrefix(self) -> str:
        """What Twisted's log calls this connection: as without the tape."""
        prefix = getattr(self.wrappedProtocol, "logPrefix", None)
        return str(prefix()) if prefix else type(self.wrappedProtocol).__name__

    # as the protocol's transport

    def write(self, data: bytes) -> None:
        self.transport.write(data)
        if data and not self.tape.closed:
            self.tape.wrote(data)

    def writeSequence(self, data: Any) -> None:
        pieces = list(data)
        self.transport.writeSequence(pieces)
        if not self.tape.closed:
            self.tape.wrote(b"".join(pieces))

    def loseConnection(self, *args: Any, **kwargs: Any) -> None:
        self.tape.closing = self.tape.closing or "server"
        self.transport.loseConnection(*args, **kwargs)

    def abortConnection(self) -> None:
        self.tape.closing = self.tape.closing or "server"
        self.transport.abortConnection()

    def loseWriteConnection(self) -> None:
        self.tape.note(HalfClosed(self.tape.since(), "server"))
        self.transport.loseWriteConnection()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.transport, name)


@cache
def _offering(transport: Any, half_close: bool, handshake: bool) -> type[TapedProtocol]:
    """A kind of TapedProtocol that offers the interfaces of this transport and this protocol.

    A class for each kind, because a declaration for each connection costs memory.
    """
    kind = type("TapedProtocol", (TapedProtocol,), {"__slots__": ()})
    extra = [IHalfCloseableProtocol] * half_close + [IHandshakeListener] * handshake
    classImplements(kind, transport, *extra)  # type: ignore[misc]
    return kind


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


class TapedFactory(Factory):
    """Wraps a factory and keeps the tapes of its connections.

    `watching` also notes the line of every write. `awaited` maps a client's port
    (None for a UNIX socket) to whom to tell when its connection stands.
    """

    noisy = False

    def __init__(
        self, inner: Any, layers: tuple[str, ...] = ("tcp",), keep: int = KEEP, most: int = 100
    ) -> None:
        self.wrappedFactory = inner
        self.layers = layers
        self.half = keep // 2
        self.most = most
        self.count = 0
        self.watching = False
        self.paused = False
        self.open: dict[Tape, TapedProtocol] = {}
        self.past: deque[Tape] = deque()
        self.forgotten = 0
        self.awaited: dict[object, Callable[[Tape], object]] = {}

    def doStart(self) -> None:
        self.wrappedFactory.doStart()

    def doStop(self) -> None:
        self.wrappedFactory.doStop()

    def buildProtocol(self, addr: Any) -> Any:
        """The inner factory's protocol, taped; None stays None, and is noted."""
        self.count += 1
        tape = Tape(self.count, self)
        protocol = None
        try:
            protocol = self.wrappedFactory.buildProtocol(addr)
        finally:
            if protocol is None:
                self._never_stood(tape, addr)
        return None if protocol is None else TapedProtocol(self, protocol, tape)

    def _never_stood(self, tape: Tape, addr: Any) -> None:
        tape.end("server", "closed", "buildProtocol gave no protocol")
        self._keep(tape)
        self._tell(tape, addr)

    def stands(self, tape: Tape, transport: Any) -> None:
        """The connection's connectionMade has run."""
        if self.awaited:
            self._tell(tape, transport.getPeer())

    def _tell(self, tape: Tape, peer: Any) -> None:
        tell = self.awaited.pop(getattr(peer, "port", None), None)
        if tell is not None:
            tell(tape)

    def lost(self, tape: Tape) -> None:
        """The connection is gone."""
        if self.open.pop(tape, None) is not None:
            self._keep(tape)

    def _keep(self, tape: Tape) -> None:
        self.past.append(tape)
        if len(self.past) > self.most:
            self.past.popleft()
            self.forgotten += 1

    def tapes(self) -> list[Tape]:
        """Every tape still kept, oldest connection first. Any thread, if need be."""
        return sorted({*self.past, *self.open}, key=lambda t: t.number)
