"""Stands between transport and protocol, hands everything through unchanged, and tapes it.

The same idea as twisted.protocols.policies, without an instance dictionary, with a
factory that lets a protocol be refused (None), and with the transport as an object of
its own: who answers for names that it does not know is slow in all that it does, and
so what every byte passes does not. Runs in the reactor's thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any

from twisted.internet import error
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    ILoggingContext,
    IProtocol,
    IProtocolNegotiationFactory,
)
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import classImplements, implementer

from ._conversation import How, Who
from ._tape import KEEP, Tape
from ._transport import TapedTransport


@implementer(IProtocol, ILoggingContext)
class TapedProtocol:
    """The protocol that the transport sees. `outer` is the transport that the real one sees."""

    __slots__ = ("factory", "held", "outer", "tape", "transport", "wrappedProtocol")

    def __init__(self, factory: TapedFactory, protocol: Any, tape: Tape) -> None:
        self.factory = factory
        self.wrappedProtocol = protocol
        self.tape = tape
        self.transport: Any = None
        self.outer = TapedTransport(self)
        self.held = False  # whether the protocol itself has asked for a pause

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        self.offer()
        self.factory.open[self.tape] = self
        try:
            self.wrappedProtocol.makeConnection(self.outer)
        finally:
            if self.factory.paused:
                transport.pauseProducing()
            self.factory.stands(self.tape, self.outer)

    def connectionMade(self) -> None:
        self.wrappedProtocol.connectionMade()

    def offer(self) -> None:
        """Provide what the protocol does beyond the plain one; `outer`, what the real one does."""
        self.outer.offer()
        self.__class__ = _kind(
            IHalfCloseableProtocol.providedBy(self.wrappedProtocol),
            IHandshakeListener.providedBy(self.wrappedProtocol),
        )

    def dataReceived(self, data: bytes) -> None:
        tape = self.tape
        tape.heard(data)
        self.wrappedProtocol.dataReceived(data)
        tape.received += len(data)
        if tape.waiter is not None:
            tape.handled(0)

    def readConnectionLost(self) -> None:
        self.tape.half_close("client")
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

    def read_on(self) -> None:
        """The bench's own pause is over: read again, unless the protocol or the peer ended that."""
        if not (self.held or self.tape.half_closed):
            self.transport.resumeProducing()


@cache
def _kind(half_close: bool, handshake: bool) -> type[TapedProtocol]:
    """A kind of TapedProtocol, because a declaration for each connection costs memory."""
    kind = type("TapedProtocol", (TapedProtocol,), {"__slots__": ()})
    extra = [IHalfCloseableProtocol] * half_close + [IHandshakeListener] * handshake
    classImplements(kind, *extra)  # type: ignore[misc]
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
        # of an abort under TLS Twisted says no more than that it was lost
        return ("server" if tape.closing == "abort" else "client"), "reset", ""
    if type(reason.value).__module__.startswith("OpenSSL"):
        return None, "reset", f"TLS: {reason.getErrorMessage()}"
    return "server", "crashed", f"{type(reason.value).__name__}: {reason.getErrorMessage()}"


def acceptable_protocols(factory: Any) -> list[bytes]:
    """What a factory would speak inside TLS, its favourite first; nothing for most (RFC 7301)."""
    named = IProtocolNegotiationFactory(factory, None)
    return list(named.acceptableProtocols()) if named is not None else []


@implementer(IProtocolNegotiationFactory)
class TapedFactory(Factory):
    """Wraps a factory and keeps the tapes of its connections.

    `watching` also notes the line of every write. `awaited` maps a client's port (the
    name of its UNIX socket, None for one without) to whom to tell when it stands.
    """

    noisy = False

    def __init__(
        self, inner: Any, layers: tuple[str, ...] = ("tcp",), keep: int = KEEP, most: int = 100
    ) -> None:
        self.wrappedFactory = inner
        self.layers = layers
        self.label = ""  # what the server is called, where somebody asks whose tape it is
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

    def acceptableProtocols(self) -> list[bytes]:
        """Those of the inner factory: for a Site h2, with Twisted's extra, and http/1.1."""
        return acceptable_protocols(self.wrappedFactory)

    def buildProtocol(self, addr: Any) -> Any:
        """The inner factory's protocol, taped; None stays None, and is noted."""
        return self.build(self.wrappedFactory, addr)

    def build(self, factory: Any, addr: Any) -> Any:
        """The same with a factory beside the inner one, on the same tapes."""
        self.count += 1
        tape = Tape(self.count, self)
        protocol = None
        try:
            protocol = factory.buildProtocol(addr)
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
        known = getattr(peer, "port", None) or getattr(peer, "name", None) or None
        tell = self.awaited.pop(known, None)
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
