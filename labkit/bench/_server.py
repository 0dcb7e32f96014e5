"""A live server: a listening port, the factory behind it, and the tape of what was said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.protocol import Factory

from labkit.errors import LabError, ServerStopped
from labkit.wire import Wire
from labkit.wire._tape import Tape
from labkit.wire._taped import TapedFactory, TapedProtocol

from ._reactor import in_reactor, in_reactor_thread, reactor, running

HOST = "127.0.0.1"


class Front(Factory):
    """What stands at the port for its whole life; the server behind it can be exchanged."""

    noisy = False

    def __init__(self, target: TapedFactory) -> None:
        self.target = target

    def doStart(self) -> None:
        self.target.doStart()

    def doStop(self) -> None:
        self.target.doStop()

    def buildProtocol(self, addr: Any) -> Any:
        return self.target.buildProtocol(addr)

    def exchange(self, new: TapedFactory) -> None:
        """Answer every connection from now on with another factory. Reactor thread."""
        old, self.target = self.target, new
        new.doStart()
        old.doStop()


class Server:
    """A server of the bench. Made by serve; its methods are called from the notebook's thread."""

    def __init__(self, name: str, factory: Any, *, tls: bool, unix: str | None) -> None:
        self.name = name
        self.tls = tls
        self.path = unix
        self._taped = TapedFactory(factory, _layers(tls, unix))
        self.front = Front(self._taped)
        self.listening: Any = None
        self.state: Literal["listening", "stopped", "replaced"] = "listening"

    @property
    def factory(self) -> Any:
        """The factory that answers: yours, or the one made for your Protocol class."""
        return self._taped.wrappedFactory

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1; 0 for a UNIX socket."""
        return 0 if self.path else int(self.listening.getHost().port)

    @property
    def address(self) -> tuple[str, int] | str:
        """Where a client connects to: (host, port), or the path of a UNIX socket."""
        return self.path or (self.listening.getHost().host, self.port)

    @property
    def url(self) -> str:
        """The address as a web page's, for curl and browsers."""
        if self.path:
            raise LabError(
                f"{self.name} listens on a UNIX socket, which has no URL",
                "Use server.address, or curl --unix-socket",
            )
        return f"http{'s' if self.tls else ''}://{self.listening.getHost().host}:{self.port}/"

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
        in_reactor(self._reading, False)
        try:
            yield
        finally:
            in_reactor(self._reading, True)

    def _reading(self, on: bool) -> None:
        self._taped.paused = not on
        for _, wrapper in self._open():
            transport = wrapper.transport
            with suppress(AttributeError):
                transport.resumeProducing() if on else transport.pauseProducing()

    def stop(self) -> None:
        """Stop listening and drop every connection; returns when that is done. May be repeated."""
        if self.state == "listening" and running():
            in_reactor(self._stop)
        if self.path:
            shutil.rmtree(os.path.dirname(self.path), ignore_errors=True)
        if self.state == "listening":
            self.state = "stopped"

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
            reactor.callLater(0, look) if self._taped.open else gone.callback(None)

        look()
        return gone

    def replace_by(self, newer: Server, live: bool) -> Deferred[None]:
        """Hand the port, with `live` the connections too, to a newer server. Reactor thread."""
        newer.listening, newer.front = self.listening, self.front
        self.front.exchange(newer._taped)
        self.state = "replaced"
        if not live:
            return self.drop()
        for tape, wrapper in self._open():
            _adopt(wrapper, newer._taped)
            newer._taped.open[tape] = self._taped.open.pop(tape)
        newer._taped.count = self._taped.count
        return maybeDeferred(lambda: None)

    def __repr__(self) -> str:
        how = ", ".join(self._taped.layers)
        return f"<Server {self.name}: {how}, {self.state}>"


def _adopt(wrapper: TapedProtocol, taped: TapedFactory) -> None:
    """Turn an open connection's protocol into one of the new class; its attributes stay."""
    protocol: Any = wrapper.wrappedProtocol
    kind = taped.wrappedFactory.protocol
    if kind is not None:
        protocol.__class__ = kind
    protocol.factory = taped.wrappedFactory
    wrapper.factory = taped


def _layers(tls: bool, unix: str | None) -> tuple[str, ...]:
    return ("unix" if unix else "tcp", *(("tls",) if tls else ()))



