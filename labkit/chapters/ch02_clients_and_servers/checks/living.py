"""c2-life: what a connection lives through, recorded from a live server."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol

from labkit.bench import connect, serve, settle
from labkit.exercises import truth


@truth("c2-life")
def recorded_life() -> list[str]:
    """The life of one connection as a live server lives it: the truth behind c2-life."""
    log: list[str] = []

    class Greeted(Protocol):
        transport: ITransport

        def makeConnection(self, transport: Any) -> None:
            log.append("protocol.makeConnection(transport) sets self.transport")
            super().makeConnection(transport)  # type: ignore[no-untyped-call]

        def connectionMade(self) -> None:
            log.append("protocol.connectionMade() runs")

        def dataReceived(self, data: bytes) -> None:
            log.append(f"protocol.dataReceived({data!r}) runs".replace("b'hello'", 'b"hello"'))
            self.transport.loseConnection()
            log.append("transport.loseConnection() returns")

        def connectionLost(self, reason: Any = None) -> None:
            log.append("protocol.connectionLost(reason) runs")

    class Greeting(Factory):
        def buildProtocol(self, addr: Any) -> Any:
            log.append("factory.buildProtocol(addr) makes a protocol")
            return Greeted()

    server = serve(Greeting(), name="the life of a connection")
    with connect(server) as client:
        client.send(b"hello")
        client.expect_close()
    settle()
    server.stop()
    return log
