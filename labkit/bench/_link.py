"""A rough road in front of a server: pieces, delay, bandwidth, early ends; seeded, replayable."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Sequence
from math import isfinite
from types import TracebackType
from typing import Any, Literal, Self

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.protocol import ClientFactory, Factory

from labkit.errors import LabError, ServerStopped

from ._bench import also_stop
from ._client import _address
from ._lane import Hop, Rough
from ._reactor import in_reactor, reactor, running, start
from ._road import Road, RoadEnd
from ._server import HOST, Server

__all__ = ["Hop", "Link", "link"]

MOST = 10_000  # hops kept of the schedule


class Link:
    """A rough road in front of a server; clients connect to it as to the server itself.

    Made by link; its methods are called from the notebook's thread. A link that
    nobody refers to any more takes no new connections.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.port: int = gate.listening.getHost().port
        weakref.finalize(self, _forget, gate).atexit = False

    @property
    def address(self) -> tuple[str, int]:
        """Where a client connects to."""
        return (HOST, self.port)

    @property
    def rough(self) -> Rough:
        """How rough the road is."""
        return self._gate.rough

    @property
    def schedule(self) -> tuple[Hop, ...]:
        """What the road has done so far, in order: the newest 10,000 pieces and ends."""
        return tuple(self._gate.hops)

    @property
    def open(self) -> int:
        """How many connections the road carries now."""
        return len(self._gate.roads)

    def stop(self) -> None:
        """Take no more connections and reset those that are open. May be repeated."""
        self._gate.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Link to {self._gate.name}: {'stopped' if self._gate.stopped else 'open'}>"


class Gate(Factory):
    """Listens for a link, and begins a road for each client."""

    noisy = False

    def __init__(self, goal: Any, address: Any, rough: Rough) -> None:
        self.name = goal.name if isinstance(goal, Server) else str(address)
        self.rough = rough
        self.address = address
        self.goal = goal
        self.roads: set[Road] = set()
        self.hops: deque[Hop] = deque(maxlen=MOST)
        self.listening: Any = None
        self.stopped = False
        self._count = 0
        self._empty: Deferred[None] | None = None

    def listen(self) -> None:
        """Open the port. Reactor thread."""
        self.listening = reactor.listenTCP(0, self, backlog=1024, interface=HOST)

    def buildProtocol(self, addr: Any) -> RoadEnd:
        """The road's end for a new client; its other end is connected from here."""
        self._count += 1
        tapes = self._tapes()
        road = Road(self._count, self.rough, reactor, tapes, self.hops.append, self._over)
        self.roads.add(road)
        if isinstance(self.address, str):
            if tapes is not None:
                road.await_unix()
            reactor.connectUNIX(self.address, Dialler(road))
        else:
            reactor.connectTCP(*self.address, Dialler(road), timeout=5)
        return RoadEnd(road, "client")

    def _tapes(self) -> Any:
        # under TLS the tape counts plain text, and the road carries what is encrypted
        if isinstance(self.goal, Server) and not self.goal.tls:
            return self.goal.front.target
        return None

    def _over(self, road: Road) -> None:
        self.roads.discard(road)
        if self._empty is not None and not self.roads:
            empty, self._empty = self._empty, None
            empty.callback(None)

    def close(self) -> Deferred[Any]:
        """Take no more connections. Reactor thread."""
        self.stopped = True
        return maybeDeferred(self.listening.stopListening)

    def stop(self) -> None:
        """Close, and reset what is open; returns when that is done. Notebook's thread."""
        if running():
            in_reactor(self._stop)

    def _stop(self) -> Deferred[Any]:
        closed, gone = self.close(), Deferred[None]()
        self._empty = gone if self.roads else None
        if not self.roads:
            gone.callback(None)
        for road in list(self.roads):
            road.abort()
        return DeferredList([closed, gone], fireOnOneErrback=True, consumeErrors=True)


class Dialler(ClientFactory):
    """Connects a road to its server."""

    noisy = False

    def __init__(self, road: Road) -> None:
        self._road = road

    def buildProtocol(self, addr: Any) -> RoadEnd:
        return RoadEnd(self._road, "server")

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self._road.refused()


def _forget(gate: Gate) -> None:
    if running() and not gate.stopped:
        reactor.callFromThread(gate.close)


def link(
    server: Any,
    *,
    pieces: int | Sequence[int] | Literal["random"] | None = None,
    delay: float = 0.0,
    jitter: float = 0.0,
    bandwidth: float | None = None,
    reset_after: int | None = None,
    half_close_after: int | None = None,
    seed: int = 7,
) -> Link:
    """Put a rough road in front of a server, and return it; connect(link) goes over it.

    `pieces` cuts what either end says: a size in bytes, a sequence of sizes (what
    comes after goes on as it came), or "random" for 1 to 8 bytes. Each piece
    leaves when the one before was read, so it arrives alone. `delay` and `jitter`
    (drawn anew for each piece, 0 to that much) are seconds, `bandwidth` is bytes a
    second, each way. `reset_after` and `half_close_after` end the talk once the
    server has so many bytes of the client. The same seed draws the same numbers
    for the same connection; `link.schedule` tells what was done.

    Goes to a Server, a port on 127.0.0.1 or (host, port) on this machine. Over TLS
    the pieces are those of the encrypted bytes. Raises LabError for values that
    make no sense, ServerStopped when the server no longer listens.
    """
    _check_sizes(pieces)
    _check_number("delay", delay, 0)
    _check_number("jitter", jitter, 0)
    if bandwidth is not None:
        _check_number("bandwidth", bandwidth, 1)
    for name, count in (("reset_after", reset_after), ("half_close_after", half_close_after)):
        _check_count(name, count)
    if reset_after is not None and half_close_after is not None:
        raise LabError("A talk ends once", "Give reset_after or half_close_after, not both")
    if not isinstance(seed, int):
        raise LabError(f"seed was {seed!r}", "Give a whole number; the same one replays the same")
    kept = pieces if pieces is None or isinstance(pieces, int | str) else tuple(pieces)
    rough = Rough(kept, delay, jitter, bandwidth, reset_after, half_close_after, seed)
    return _open(server, rough)


def _open(server: Any, rough: Rough) -> Link:
    start()
    if isinstance(server, Server):
        server.require_listening()
    elif isinstance(server, Link) and server._gate.stopped:
        raise ServerStopped("That link was stopped", "Make a new one: link(server, …)")
    gate = Gate(server, _address(server), rough)
    in_reactor(gate.listen)
    also_stop(gate.stop)
    return Link(gate)


def _check_sizes(pieces: Any) -> None:
    if pieces is None or pieces == "random":
        return
    sizes = [pieces] if isinstance(pieces, int) else pieces
    fits = isinstance(sizes, Sequence) and not isinstance(sizes, str | bytes) and len(sizes) > 0
    if not fits or not all(_is_count(size) and size > 0 for size in sizes):
        raise LabError(
            f"pieces was {pieces!r}", 'Give a size of 1 or more, a list of sizes, or "random"'
        )


def _check_number(name: str, value: Any, least: int) -> None:
    right = isinstance(value, int | float) and not isinstance(value, bool)
    if not (right and isfinite(value) and value >= least):
        unit = "bytes a second" if name == "bandwidth" else "seconds"
        raise LabError(f"{name} was {value!r}", f"Give a number of {unit}, {least} or more")


def _check_count(name: str, value: Any) -> None:
    if value is not None and not (_is_count(value) and value >= 0):
        raise LabError(f"{name} was {value!r}", "Give a number of bytes, 0 or more")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
