"""A live server: a listening port, the factory behind it, and the tape of what was said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any, Literal

from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.protocol import Factory
from zope.interface import implementer

from labkit.errors import CannotServe, LabError, ServerStopped
from labkit.wire import Wire
from labkit.wire._tape import Tape
from labkit.wire._taped import TapedFactory, TapedProtocol

from ._reactor import in_reactor, in_reactor_thread, reactor, running
from ._served import end_sessions, speaks_http

HOST = "127.0.0.1"


def is_loopback(host: object) -> bool:
    """Whether a host, an address or a name, is this machine and nobody else reaches it."""
    try:
        return str(host) == "localhost" or ip_address(str(host)).is_loopback
    except ValueError:
        return False


@implementer(IProtocolNegotiationFactory)
class Front(Factory):
    """What stands at the port for its whole life; the server behind it can be exchanged."""

    noisy = False

    def __init__(self, target: TapedFactory) -> None:
        self.target = target

    def doStart(self) -> None:
        self.target.doStart()

    def doStop(self) -> None:
        self.target.doStop()
        end_sessions(self.target.wrappedFactory)

    def acceptableProtocols(self) -> list[bytes]:
        """What the server behind it would speak inside TLS."""
        return self.target.acceptableProtocols()

    def buildProtocol(self, addr: Any) -> Any:
        return self.target.buildProtocol(addr)

    def exchange(self, new: TapedFactory) -> None:
        """Answer every connection from now on with another factory. Reactor thread."""
        new.doStart()  # first, because what it raises leaves the old one in its place
        old, self.target = self.target, new
        new.awaited = old.awaited  # a client may be on its way already
        old.doStop()
        end_sessions(old.wrappedFactory)


class Server:
    """A server of the bench. Made by serve; its methods are called from the notebook's thread."""

    def __init__(
        self, name: str, factory: Any, *, tls: bool, unix: str | None, room: str | None = None
    ) -> None:
        self.name = name
        self.tls = tls
        self.path = unix
        self.room = room  # the directory that the bench made for the socket, and removes again
        self._taped = TapedFactory(factory, _layers(tls, unix, speaks_http(factory)))
        self._taped.label = name
        self.front = Front(self._taped)
        self.heir: Server | None = None
        self._holds = 0
        self._listening: Any = None
        self._bound: Any = None
        self.state: Literal["listening", "stopped", "replaced"] = "listening"

    @property
    def listening(self) -> Any:
        """The IListeningPort; None before begin."""
        return self._listening

    @listening.setter
    def listening(self, port: Any) -> None:
        # remembered, because a port that was closed no longer knows where it was
        self._listening, self._bound = port, port.getHost()
        if isinstance(self._bound, UNIXAddress):
            self.path = os.fsdecode(self._bound.name or b"")

    @property
    def factory(self) -> Any:
        """The factory that answers: yours, or the one made for your Protocol class."""
        return self._taped.wrappedFactory

    @property
    def port(self) -> int:
        """The TCP port on this machine; 0 for a UNIX socket."""
        return 0 if self.path else int(self._host().port)

    @property
    def address(self) -> tuple[str, int] | str:
        """Where a client connects to: (host, port), or the path of a UNIX socket."""
        return self.path or (self._host().host, self.port)

    def _host(self) -> Any:
        if self.listening is None:
            raise ServerStopped(f"The server {self.name} never listened", "Serve it again")
        return self._bound

    @property
    def url(self) -> str:
        """The address as a web page's, for curl and browsers."""
        if self.path:
            raise LabError(
                f"{self.name} listens on a UNIX socket, which has no URL",
                "Use server.address, or curl --unix-socket",
            )
        host = f"[{self.address[0]}]" if ":" in self.address[0] else self.address[0]
        return f"http{'s' if self.tls else ''}://{host}:{self.port}/"

    @property
    def connections(self) -> tuple[Any, ...]:
        """The protocols of the connections that are open now, oldest first."""
        stand = sorted(self._open(), key=lambda item: item[0].number)
        return tuple(wrapper.wrappedProtocol for _, wrapper in stand)

    def _open(self) -> list[tuple[Tape, Any]]:
        return list(self._taped.open.items())

    @property
    def wire(self) -> Wire:
        """All that was said so far: a frozen picture of this moment."""
        if in_reactor_thread() or not running():
            return self._snapshot()
        try:
            seen: Wire = in_reactor(self._snapshot, timeout=0.5)
            return seen
        except TimeoutError:
            return self._snapshot()  # the reactor is blocked; look from here

    def _snapshot(self) -> Wire:
        taped = self._taped
        return Wire(self.name, tuple(t.snapshot() for t in taped.tapes()), taped.forgotten)

    @property
    def taped(self) -> TapedFactory:
        """The recorder in front of the factory."""
        return self._taped

    def require_listening(self) -> None:
        """Raise ServerStopped unless a client can still connect."""
        if self.state == "replaced":
            raise ServerStopped(
                f"This server was replaced when {self.name} was served again",
                "Use what the newer serve(…) returned",
            )
        if self.state == "stopped" or not running():
            raise ServerStopped(
                f"The server {self.name} was stopped", "Run its serve(…) cell again"
            )

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While the block runs, the server does not read, as if the reactor were busy elsewhere.

        What clients send meanwhile piles up in the operating system, which joins it.
        """
        in_reactor(self._hold, 1)
        try:
            yield
        finally:
            if running():
                in_reactor(self._hold, -1)

    def _hold(self, change: int) -> None:
        """One busy block more, or less. Connections that moved on live are held with the rest."""
        if self.heir is not None:
            self.heir._hold(change)
            return
        before, self._holds = self._holds, self._holds + change
        self._taped.paused = self._holds > 0
        if bool(before) != bool(self._holds):
            for _, wrapper in self._open():
                with suppress(AttributeError):  # a transport that knows no pause
                    wrapper.transport.pauseProducing() if self._holds else wrapper.read_on()

    def stop(self) -> None:
        """Stop listening and drop every connection; returns when that is done. May be repeated.

        In the reactor's thread it returns at once, and the stopping goes on.
        """
        if self.state != "listening":
            return
        self.state = "stopped"
        if in_reactor_thread():
            maybeDeferred(self._stop).addBoth(self._clear)
        elif running():
            try:
                in_reactor(self._stop)
            finally:
                self._clear(None)

    def _clear(self, done: Any) -> Any:
        if self.room is not None:
            shutil.rmtree(self.room, ignore_errors=True)
        return done

    def _stop(self) -> Deferred[Any]:
        unbound = maybeDeferred(self.listening.stopListening)
        return DeferredList([unbound, self.drop()], fireOnOneErrback=True, consumeErrors=True)

    def drop(self) -> Deferred[None]:
        """Abort every open connection; fires when the last one is gone. Reactor thread."""
        for _, wrapper in self._open():
            wrapper.tape.closing = "lab"
            wrapper.transport.abortConnection()
        gone: Deferred[None] = Deferred()

        def look() -> None:
            if gone.called:  # given up
                return
            reactor.callLater(0, look) if self._open() else gone.callback(None)

        look()
        return gone

    def replace_by(self, newer: Server, live: bool) -> Deferred[None]:
        """Hand the port, with `live` the connections too, to a newer server. Reactor thread."""
        if live:
            _try_on(self.factory, newer.factory, [w.wrappedProtocol for _, w in self._open()])
        self.front.exchange(newer._taped)
        newer.listening, newer.front = self.listening, self.front
        newer.path, newer.room, self.state = self.path, self.room, "replaced"
        if not live:
            return self.drop()
        self.heir, newer._holds = newer, self._holds
        newer._taped.paused, newer._taped.count = self._taped.paused, self._taped.count
        for tape, wrapper in self._open():
            _adopt(wrapper, newer._taped)
            newer._taped.open[tape] = self._taped.open.pop(tape)
        return succeed(None)

    def __repr__(self) -> str:
        how = ", ".join(self._taped.layers)
        return f"<Server {self.name}: {how}, {self.state}>"


def _adopt(wrapper: TapedProtocol, taped: TapedFactory) -> None:
    """Turn an open connection's protocol into one of the new class; its attributes stay."""
    protocol: Any = wrapper.wrappedProtocol
    protocol.__class__ = taped.wrappedFactory.protocol
    protocol.factory = taped.wrappedFactory
    wrapper.factory = wrapper.tape.owner = taped
    wrapper.offer()


def _try_on(old: Any, new: Any, protocols: list[Any]) -> None:
    """Raise CannotServe unless every open connection can be one of the new factory's class."""
    worn, kind = getattr(old, "protocol", None), getattr(new, "protocol", None)
    cure = 'Leave swap="live" out: the open connections are then dropped'
    for protocol in protocols:
        if not isinstance(kind, type) or type(protocol) is not worn:
            raise CannotServe(
                f"{type(new).__name__} does not say by which class its connections go on", cure
            )
        try:
            protocol.__class__ = kind
        except TypeError as e:
            raise CannotServe(
                f"{kind.__name__} cannot take over an open connection ({e})", cure
            ) from None
        finally:
            protocol.__class__ = worn


def _layers(tls: bool, unix: str | None, http: bool) -> tuple[str, ...]:
    return ("unix" if unix else "tcp", *["tls"] * tls, *["http"] * http)
