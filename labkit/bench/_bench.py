"""serve and its kin: every port opened here is known here, and closed from here."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from twisted.internet.error import CannotListenError
from twisted.protocols.tls import TLSMemoryBIOFactory

from labkit.errors import CannotServe, PortTaken, ReactorThread

from ._reactor import in_reactor, in_reactor_thread, reactor, start
from ._served import as_factory, name_of
from ._server import HOST, Server

if TYPE_CHECKING:
    from ._endpoints import EndpointServer, ServiceServer

BACKLOG = 1024  # connections that may wait for the reactor to accept them

_servers: dict[str, Server] = {}
_ports: dict[str, int] = {}  # the port each name had last, to have it again
_closers: list[Callable[[], object]] = []
_lock = threading.RLock()


def serve(
    what: Any,
    factory: Any = None,
    *,
    name: str | None = None,
    tls: bool = False,
    unix: bool | str = False,
    port: int = 0,
    swap: Literal["close", "live"] = "close",
) -> Server:
    """Put a protocol on the air, on loopback, and return its Server.

    `what` is a Protocol class, a Factory, a web Resource, a Site, a Klein app, an
    IService, or an endpoint string with a factory after it. It runs in the
    background reactor; this call is made from the notebook's thread.

    `name` (by default the class's name) is what the server is known by: serving
    the same name again replaces the running server on the same port. Its open
    connections are dropped, or with swap="live" go on under the new class.
    `tls` encrypts with a certificate of the bench's own throwaway authority.
    `unix` listens on a UNIX socket, at that path or at one made up. `port` asks
    for a certain TCP port. Raises CannotServe and PortTaken.
    """
    if in_reactor_thread():
        raise ReactorThread(
            "serve was called in the reactor's thread", "Call it from a cell, outside of callbacks"
        )
    start()
    if isinstance(what, str) or _is_service(what):
        from ._endpoints import serve_endpoint, serve_service

        if isinstance(what, str):
            return _register(serve_endpoint(what, factory, name))
        return _register(serve_service(what, name))
    if factory is not None:
        raise CannotServe(
            "Two things were given to serve", "Give one, or an endpoint string and a factory"
        )
    _check_wishes(port, swap)
    known = name or name_of(what)
    path = unix if isinstance(unix, str) else None
    server = Server(known, as_factory(what), tls=tls, unix=path or ("made up" if unix else None))
    with _lock:
        return _place(server, _servers.get(known), path or port, swap == "live")


def aside(what: Any, name: str) -> Server:
    """A server for a check: on a port that nobody had before, and not among servers().

    Clients of an earlier one may still knock at its port, and must not be answered
    here. Whoever made it stops it. Called outside of the reactor's thread.
    """
    start()
    server = Server(name, as_factory(what), tls=False, unix=None)
    server.listening = in_reactor(_bind, 0, server.front)
    return server


def _check_wishes(port: Any, swap: Any) -> None:
    if not isinstance(port, int) or not 0 <= port < 65536:
        raise CannotServe(f"port was {port!r}", "Leave it out, or give a number up to 65535")
    if swap not in ("close", "live"):
        raise CannotServe(f"swap was {swap!r}", 'Give "close" (the default) or "live"')


def _place(server: Server, old: Server | None, wished: int | str, live: bool) -> Server:
    """Listen with the server, in the place of the old one where that is possible."""
    if old is None or old.state != "listening":
        _listen(server, wished)
    elif wished and wished not in (old.port, old.path):
        _listen(server, wished)  # first, because the old one stays when this fails
        _replaced(old)
    elif _kind(server) == _kind(old):
        in_reactor(old.replace_by, server, live)
    else:
        _replaced(old)
        _listen(server, wished)
    _servers[server.name] = server
    if not server.path:
        _ports[server.name] = server.port
    return server


def _kind(server: Server) -> tuple[Any, ...]:
    return type(server), *(layer for layer in server.taped.layers if layer != "http")


def _replaced(old: Server) -> None:
    old.stop()
    old.state = "replaced"


def _register(server: EndpointServer | ServiceServer) -> Server:
    with _lock:
        old = _servers.get(server.name)
        if old is not None and old.state == "listening":
            _replaced(old)
        server.begin()
        _servers[server.name] = server
    return server


def _listen(server: Server, address: int | str) -> None:
    front: Any = server.front
    if server.tls:
        from ._credentials import server_options

        front = _Secure(server_options(), False, front)
    if server.path:
        _listen_unix(server, str(address or ""), front)
        return
    wished = int(address) or _ports.get(server.name, 0)
    try:
        server.listening = in_reactor(_bind, wished, front)
    except CannotListenError as e:
        if address:
            raise _taken(wished, e) from None
        server.listening = in_reactor(_bind, 0, front)


class _Secure(TLSMemoryBIOFactory):
    """TLS in front of a factory, which may refuse a connection (None) as it may without."""

    def buildProtocol(self, addr: Any) -> Any:
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self.protocol(self, inner)


def _listen_unix(server: Server, path: str, front: Any) -> None:
    if not path:
        server.room = tempfile.mkdtemp(prefix="labkit-")
        atexit.register(_remove, server.room, os.getpid())
        path = os.path.join(server.room, "socket")
    server.listening = in_reactor(_bind_unix, path, front)


def _remove(room: str, owner: int) -> None:
    # a forked child inherits this hook, and must leave the socket to its parent
    if os.getpid() == owner:
        shutil.rmtree(room, ignore_errors=True)


def _bind(port: int, front: Any) -> Any:
    return reactor.listenTCP(port, front, backlog=BACKLOG, interface=HOST)


def _bind_unix(path: str, front: Any) -> Any:
    try:
        return reactor.listenUNIX(path, front, backlog=BACKLOG, mode=0o600)
    except CannotListenError as e:
        raise PortTaken(
            f"The UNIX socket {path} cannot be made ({e.socketError})",
            "Leave the path out: serve(…, unix=True) makes one up",
        ) from None


def _taken(port: int, error: CannotListenError) -> PortTaken:
    own = [s.name for s in _servers.values() if s.state == "listening" and s.port == port]
    if own:
        return PortTaken(
            f"Port {port} belongs to your own server {own[0]}",
            f"Give the same name to replace it: serve(…, name={own[0]!r})",
            port=port,
        )
    return PortTaken(
        f"Port {port} on {HOST} cannot be had ({error.socketError})",
        "Leave port= out: the system then finds a free one",
        port=port,
    )


def _is_service(what: Any) -> bool:
    return hasattr(what, "startService") and hasattr(what, "stopService")


def servers() -> tuple[Server, ...]:
    """The servers that listen now, in the order in which they were first served."""
    with _lock:
        return tuple(s for s in _servers.values() if s.state == "listening")


def also_stop(closer: Callable[[], object]) -> None:
    """Have `closer()` called by the next stop_all: for links, clients, all that holds a port."""
    with _lock:
        if closer not in _closers:
            _closers.append(closer)


def stop_all() -> None:
    """Stop every server, link and client of the bench; returns when all ports are free."""
    with _lock:
        ends = [*_closers[::-1], *(server.stop for server in _servers.values())]
        _closers.clear()
        _servers.clear()
    # what cannot be ended does not keep the others
    troubles = [trouble for end in ends if (trouble := _trouble(end)) is not None]
    if troubles:
        raise troubles[0]


def _trouble(end: Callable[[], object]) -> Exception | None:
    try:
        end()
    except Exception as e:
        return e
    return None
