"""serve for endpoint strings and for services: what they listen on, taped and on loopback alone."""

from __future__ import annotations

import re
from typing import Any

from twisted.application.internet import StreamServerEndpointService
from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError

from labkit.errors import CannotServe, PortTaken

from ._reactor import in_reactor, reactor
from ._served import as_factory, name_of
from ._server import Server

_LOOPBACK = ("127.", "::1", "localhost")


def serve_endpoint(text: str, what: Any, name: str | None) -> EndpointServer:
    """A server for an endpoint string such as tcp:0:interface=127.0.0.1."""
    if what is None:
        raise CannotServe(
            f"The endpoint {text!r} came alone",
            f"Say what to serve there: serve({text!r}, factory)",
        )
    _require_loopback(text)
    try:
        endpoint = serverFromString(reactor, text)
    except (ValueError, TypeError, IndexError) as e:
        raise CannotServe(
            f"{text!r} is not an endpoint that Twisted knows ({e})",
            "Write for example tcp:0:interface=127.0.0.1",
        ) from None
    return EndpointServer(name or name_of(what), as_factory(what), endpoint, text)


def serve_service(service: Any, name: str | None) -> ServiceServer:
    """A server for a service, or a tree of them, with one listening part or more."""
    return ServiceServer(name or type(service).__name__, service)


def _require_loopback(text: str) -> None:
    kind, _, rest = text.partition(":")
    if kind not in ("tcp", "tcp6", "ssl", "tls"):
        return
    interface = re.search(r"(?:^|:)interface=((?:\\.|[^:\\])*)", rest)
    host = interface.group(1).replace("\\:", ":") if interface else ""
    if not host.startswith(_LOOPBACK):
        cure = f"Write {text}:interface=127.0.0.1" if not host else "Use interface=127.0.0.1"
        raise CannotServe(
            f"{text!r} would be open to {host or 'every network'}", cure
        )


class EndpointServer(Server):
    """A Server that listens where an endpoint says."""

    def __init__(self, name: str, factory: Any, endpoint: Any, text: str) -> None:
        super().__init__(name, factory, tls=text.startswith(("ssl:", "tls:")), unix=None)
        self._endpoint = endpoint

    def begin(self) -> None:
        try:
            self.listening = in_reactor(self._endpoint.listen, self.front)
        except CannotListenError as e:
            raise PortTaken(
                f"The endpoint cannot listen ({e.socketError})", "Use port 0: the system finds one"
            ) from None


class ServiceServer(Server):
    """A Server around a service tree; its first listening part gives the address."""

    def __init__(self, name: str, service: Any) -> None:
        parts = list(_listening_parts(service))
        if not parts:
            raise CannotServe(
                f"{type(service).__name__} listens on no endpoint",
                "Use a StreamServerEndpointService, alone or in a MultiService",
            )
        super().__init__(name, parts[0].factory, tls=False, unix=None)
        self._service = service
        self._parts = parts
        parts[0].factory = self.front

    def begin(self) -> None:
        heard = [_Overheard(part) for part in self._parts]
        in_reactor(self._service.startService)
        ports = [in_reactor(lambda h=h: h.port) for h in heard]
        hosts = [port.getHost() for port in ports]
        if not all(str(getattr(h, "host", "127.")).startswith(_LOOPBACK) for h in hosts):
            in_reactor(self._service.stopService)
            raise CannotServe(
                f"{self.name} listens beyond this machine",
                "Give its endpoint interface=127.0.0.1",
            )
        self.listening = ports[0]

    @inlineCallbacks
    def _stop(self) -> Any:
        yield maybeDeferred(self._service.stopService)
        yield self.drop()


class _Overheard:
    """Stands in front of a service's endpoint to learn the port that it opens."""

    def __init__(self, part: Any) -> None:
        self.endpoint, part.endpoint = part.endpoint, self
        self.port: Deferred[Any] = Deferred()

    def listen(self, factory: Any) -> Any:
        opened = self.endpoint.listen(factory)
        opened.addBoth(self._tell)
        return opened

    def _tell(self, port: Any) -> Any:
        self.port.callback(port)
        return port


def _listening_parts(service: Any) -> Any:
    if isinstance(service, StreamServerEndpointService):
        yield service
    for child in getattr(service, "services", ()):
        yield from _listening_parts(child)
