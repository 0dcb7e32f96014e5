"""The reactor of a story: time on its clock, and a network in memory, for servers and clients.

On 127.0.0.1 a port that nobody serves refuses, as on a machine. Any other host
never answers, so that a time-out comes into its own. Nothing leaves the process.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import ECONNREFUSED
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.base import BaseConnector
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError, ConnectionRefusedError
from twisted.internet.interfaces import (
    IDelayedCall,
    IHostnameResolver,
    IHostResolution,
    IListeningPort,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorTime,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from labkit.errors import LabError

from ._memory_wire import HOST, MemoryTransport, Pipe

HERE = ("127.0.0.1", "localhost", "")
ELSEWHERE = "192.0.2.1"  # reserved for documentation, RFC 5737: no machine has it
FIRST_FREE = 50_001

Accept = Callable[[Any, Pipe], Any]


class JoinedPipe(Pipe):
    """One end of a connection of which both ends are Twisted's."""

    def __init__(self, own: int, port: int) -> None:
        super().__init__(port)
        self._own = own
        self.peer: JoinedPipe = self

    def join(self, peer: JoinedPipe) -> None:
        """What one sends, the other receives."""
        self.peer, peer.peer = peer, self
        self.to_server, self.to_client = peer.to_client, peer.to_server

    def getsockname(self) -> tuple[str, int]:
        return (HOST, self._own)

    def shutdown(self, how: int) -> None:
        super().shutdown(how)
        self.peer.finished = True

    def close(self) -> None:
        super().close()
        self.peer.finished = self.peer.gone = True
        self.peer.reset = self.end == "reset"


class ClientEnd(MemoryTransport):
    """The client's transport; its connector learns of its end, as on a socket."""

    def __init__(self, pipe: Any, protocol: Any, turns: Any, connector: BaseConnector) -> None:
        super().__init__(pipe, protocol, pipe.port, turns)
        self.connector = connector

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.connector.connectionLost(reason)


class Attempt:
    """A connection that is being made: Twisted's connector asks for it, and may give it up."""

    def __init__(self, connector: MemoryConnector, call: IDelayedCall | None) -> None:
        self._connector, self._call = connector, call
        self._over = False

    def failIfNotConnected(self, error: BaseException) -> None:
        """Give up, with that error. Too late is harmless."""
        if self._over:
            return
        self._over = True
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._connector.connectionFailed(Failure(error))


class MemoryConnector(BaseConnector):
    """Twisted's own connector on the network in memory."""

    def __init__(self, road: StoryReactor, host: str, port: int, factory: Any, wait: Any) -> None:
        super().__init__(factory, wait, road)  # type: ignore[arg-type]
        self._road, self._host, self._port = road, host, port

    def _makeTransport(self) -> Any:
        here = self._host in HERE
        # the answer comes in a later turn, as from a socket
        return Attempt(self, self._road.callLater(0, self.answered) if here else None)

    def answered(self) -> None:
        """The other side has taken the connection, or refuses."""
        server = self._road.serving.get(self._port)
        attempt: Any = self.transport
        if server is None or server.stopped:
            attempt.failIfNotConnected(ConnectionRefusedError(ECONNREFUSED, "Connection refused"))
            return
        near, far = self._road.pair(self._port)
        protocol: Any = self.buildProtocol(IPv4Address("TCP", HOST, self._port))
        end = ClientEnd(near, protocol, self._road.turns, self)
        self.transport = end  # type: ignore[assignment]
        self._road.accept(server, far)
        if protocol is None:
            end.loseConnection()  # type: ignore[no-untyped-call]
        else:
            protocol.makeConnection(end)

    def getDestination(self) -> Any:
        return IPv4Address("TCP", self._host, self._port)


@implementer(IListeningPort)
class MemoryPort:
    """A port that listens in memory."""

    def __init__(self, road: StoryReactor, server: Any, number: int) -> None:
        self._road, self._server, self.number = road, server, number

    def startListening(self) -> None:
        self._road.serving[self.number] = self._server

    def stopListening(self) -> Deferred[None]:
        self._road.serving.pop(self.number, None)
        return succeed(None)

    def getHost(self) -> Any:
        return IPv4Address("TCP", HOST, self.number)


@implementer(IReactorTime, IReactorTCP, IReactorPluggableNameResolver)
class StoryReactor:
    """What a story passes where Twisted asks for a reactor. For one thread.

    It has callLater, seconds, getDelayedCalls, connectTCP, listenTCP and a name resolver.
    """

    def __init__(self, turns: Any, serve: Callable[[Any], Any], accept: Accept) -> None:
        self.turns = turns
        self.accept = accept
        self.serving: dict[int, Any] = {}
        self.nameResolver = StoryResolver()
        self.callLater = turns.clock.callLater
        self.cooperator = turns.clock.cooperator
        self._serve = serve
        self._clients = 0

    def seconds(self) -> float:
        return float(self.turns.clock.seconds())

    def getDelayedCalls(self) -> Any:
        return tuple(self.turns.clock.getDelayedCalls())

    def callWhenRunning(self, call: Any, *args: Any, **kwargs: Any) -> None:
        call(*args, **kwargs)

    def addSystemEventTrigger(self, *args: Any, **kwargs: Any) -> None:
        """A story has no end at which anything would be triggered."""

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        connector = MemoryConnector(self, host, port, factory, timeout)
        connector.connect()
        return connector

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        if port in self.serving:
            raise CannotListenError(interface, port, OSError("Address already in use"))
        return self.listen(self._serve(factory), port)

    def listen(self, server: Any, port: int = 0) -> MemoryPort:
        """Have a server of the bench answer at a port; 0 takes a free one."""
        number = port or next(n for n in range(FIRST_FREE, 65536) if n not in self.serving)
        listening = MemoryPort(self, server, number)
        listening.startListening()
        return listening

    def pair(self, port: int) -> tuple[JoinedPipe, JoinedPipe]:
        """The client's and the server's end of a new connection."""
        self._clients += 1
        own = 40_000 + self._clients
        near, far = JoinedPipe(own, port), JoinedPipe(port, own)
        near.join(far)
        return near, far

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        before, self.nameResolver = self.nameResolver, resolver  # type: ignore[assignment]
        return before

    def getThreadPool(self) -> Any:
        raise LabError(
            "A thread's work takes real time, which no clock can turn back",
            "In a story let deferLater(lab.clock, seconds, function) stand for it",
        )

    def __getattr__(self, name: str) -> Any:
        offered = "callLater, seconds, connectTCP, listenTCP"
        raise AttributeError(f"the reactor of a story has no {name}; it offers {offered}")


@implementer(IHostResolution)
class _Resolved:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """It was answered at once."""


@implementer(IHostnameResolver)
class StoryResolver:
    """Knows localhost; every other name is a machine that never answers."""

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        found = _Resolved(hostName)
        resolutionReceiver.resolutionBegan(found)
        host = HOST if hostName in HERE else ELSEWHERE
        resolutionReceiver.addressResolved(IPv4Address("TCP", host, portNumber))
        resolutionReceiver.resolutionComplete()
        return found
