"""serve for endpoint strings and for services: what they listen on, taped and on loopback alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from twisted.application.internet import (
    MulticastServer,
    SSLServer,
    StreamServerEndpointService,
    TCPServer,
    UDPServer,
)
from twisted.internet.address import UNIXAddress
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.endpoints import SSL4ServerEndpoint, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from labkit.errors import CannotServe, PortTaken
from labkit.wire._taped import acceptable_protocols

from ._reactor import in_reactor, reactor
from ._served import as_factory, end_sessions, name_of
from ._server import Server, is_loopback

_OLD = (TCPServer, SSLServer, UDPServer, MulticastServer)


def serve_endpoint(text: str, what: Any, name: str | None) -> EndpointServer:
    """A server for an endpoint string such as tcp:0:interface=127.0.0.1."""
    if what is None:
        raise CannotServe(
            f"The endpoint {text!r} came alone",
            f"Say what to serve there: serve({text!r}, factory)",
        )
    factory = as_factory(what)
    _require_loopback(text)
    try:
        endpoint = serverFromString(reactor, text)
    except Exception as e:
        # a plugin may raise anything: no such type, a missing certificate, a bad number
        raise CannotServe(
            f"{text!r} is not an endpoint that Twisted can make ({type(e).__name__}: {e})",
            "Write for example tcp:0:interface=127.0.0.1",
        ) from None
    return EndpointServer(name or name_of(what), factory, endpoint, text)


def serve_service(service: Any, name: str | None) -> ServiceServer:
    """A server for a service, or a tree of them, with one listening part or more."""
    if isinstance(service, type):
        raise CannotServe(
            f"{service.__name__} is a class of services, not one of them",
            f"Make one: serve({service.__name__}(endpoint, factory))",
        )
    return ServiceServer(name or type(service).__name__, service)


def _require_loopback(text: str) -> None:
    kind, _, rest = text.partition(":")
    if kind == "haproxy":
        kind, _, rest = rest.partition(":")
    if kind == "stdio":
        raise CannotServe(
            "stdio would take the kernel's own standard input and output",
            "Use tcp:0:interface=127.0.0.1 here; stdio is for a program of its own",
        )
    if kind not in ("tcp", "tcp6", "ssl", "tls"):
        return
    interface = re.search(r"(?:^|:)interface=((?:\\.|[^:\\])*)", rest)
    host = interface.group(1).replace("\\:", ":") if interface else ""
    own = r"\:\:1" if kind == "tcp6" else "127.0.0.1"
    if not is_loopback(host):
        raise CannotServe(
            f"{text!r} would be open to {host or 'every network'}",
            f"Use interface={own}" if host else f"Write {text}:interface={own}",
        )


def _stays_here(port: Any) -> bool:
    """Whether a listening port is reached from this machine alone."""
    at = port.getHost()
    return isinstance(at, UNIXAddress) or is_loopback(getattr(at, "host", ""))


def _beyond(name: str) -> CannotServe:
    return CannotServe(
        f"{name} listens beyond this machine", "Give its endpoint interface=127.0.0.1"
    )


def _not_listening(error: CannotListenError) -> PortTaken:
    return PortTaken(
        f"The endpoint cannot listen ({error.socketError})",
        "Use port 0: the system finds a free one",
    )


class EndpointServer(Server):
    """A Server that listens where an endpoint says."""

    def __init__(self, name: str, factory: Any, endpoint: Any, text: str) -> None:
        unix = "?" if text.startswith("unix:") else None
        super().__init__(name, factory, tls=text.startswith(("ssl:", "tls:")), unix=unix)
        self._endpoint = endpoint

    def begin(self) -> None:
        """Listen. Raises PortTaken, and CannotServe when that is not on loopback."""
        try:
            port = in_reactor(self._endpoint.listen, self.front)
        except CannotListenError as e:
            raise _not_listening(e) from None
        if not _stays_here(port):
            in_reactor(port.stopListening)
            raise _beyond(self.name)
        self.listening = port


class ServiceServer(Server):
    """A Server around a service tree, all of it taped; its first listening part is the address."""

    def __init__(self, name: str, service: Any) -> None:
        parts = list(_listening_parts(service))
        if not parts:
            raise CannotServe(
                f"{type(service).__name__} listens on no endpoint",
                "Use a StreamServerEndpointService, alone or in a MultiService",
            )
        tls = isinstance(parts[0].endpoint, SSL4ServerEndpoint)
        super().__init__(name, parts[0].factory, tls=tls, unix=None)
        self._service = service
        self._parts = parts

    def begin(self) -> None:
        """Start the service. Raises PortTaken, and CannotServe when a part is not on loopback."""
        self._taken_over = [_Overheard(part) for part in self._parts]
        for part in self._parts:
            part.factory = _Beside(self.taped, part.factory)
        self._parts[0].factory = self.front
        try:
            in_reactor(self._start)
            ports = [in_reactor(lambda h=h: h.port) for h in self._taken_over]
        except CannotListenError as e:
            in_reactor(self._give_back)
            raise _not_listening(e) from None
        if not all(map(_stays_here, ports)):
            in_reactor(self._give_back)
            raise _beyond(self.name)
        self.listening = ports[0]

    def _start(self) -> None:
        self._service.startService()
        for overheard in self._taken_over:
            overheard.require_listening()

    @inlineCallbacks
    def _stop(self) -> Any:
        yield self._give_back()
        yield self.drop()

    @inlineCallbacks
    def _give_back(self) -> Any:
        """Stop the service, and leave it as it was handed over."""
        yield maybeDeferred(self._service.stopService)
        for overheard in self._taken_over:
            overheard.leave()


class _Overheard:
    """Stands in front of a service's endpoint to learn the port that it opens."""

    def __init__(self, part: Any) -> None:
        self._part, self._factory = part, part.factory
        self.endpoint, part.endpoint = part.endpoint, self
        self.port: Deferred[Any] = Deferred()
        self._asked = False

    def require_listening(self) -> None:
        # a part that was stopped before does not listen again when it is merely started
        if not self._asked:
            self._part.privilegedStartService()

    def listen(self, factory: Any) -> Any:
        self._asked = True
        opened = maybeDeferred(self.endpoint.listen, factory)
        opened.addBoth(self._tell)
        return opened

    def _tell(self, port: Any) -> Any:
        if not self.port.called:
            self.port.callback(port)
        # raised by serve already: the service is to log nothing more
        return Failure(CancelledError()) if isinstance(port, Failure) else port

    def leave(self) -> None:
        self._part.endpoint, self._part.factory = self.endpoint, self._factory


@implementer(IProtocolNegotiationFactory)
class _Beside(Factory):
    """A further listening part of a service, on the same tapes as the first."""

    noisy = False

    def __init__(self, taped: Any, inner: Any) -> None:
        self._taped = taped
        self._inner = inner

    def doStart(self) -> None:
        self._inner.doStart()

    def doStop(self) -> None:
        self._inner.doStop()
        end_sessions(self._inner)

    def acceptableProtocols(self) -> list[bytes]:
        return acceptable_protocols(self._inner)

    def buildProtocol(self, addr: Any) -> Any:
        return self._taped.build(self._inner, addr)


def _listening_parts(service: Any) -> Iterator[Any]:
    if isinstance(service, _OLD):
        raise CannotServe(
            f"A {type(service).__name__} opens its port by itself, untaped, not on loopback alone",
            "Use a StreamServerEndpointService with the endpoint tcp:0:interface=127.0.0.1",
        )
    if isinstance(service, StreamServerEndpointService):
        yield service
    for child in getattr(service, "services", ()):
        yield from _listening_parts(child)
