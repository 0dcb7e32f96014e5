"""c2-life: what a connection lives through, recorded from a live server."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol

from labkit.bench import connect, serve, settle
from labkit.exercises import truth


class Greeted(Protocol):
    """Writes down what happens to it, and hangs up on the first bytes."""

    transport: ITransport

    def __init__(self, life: list[str]) -> None:
        self.life = life

    def makeConnection(self, transport: Any) -> None:
        self.life.append("protocol.makeConnection(transport) sets self.transport")
        super().makeConnection(transport)

    def connectionMade(self) -> None:
        self.life.append("protocol.connectionMade() runs")

    def dataReceived(self, data: bytes) -> None:
        self.life.append(f"protocol.dataReceived({data!r}) runs".replace("b'hello'", 'b"hello"'))
        self.transport.loseConnection()
        self.life.append("transport.loseConnection() returns")

    def connectionLost(self, reason: Any = None) -> None:
        self.life.append("protocol.connectionLost(reason) runs")


class Greeting(Factory):
    """Writes down that it was asked for a protocol."""

    def __init__(self, life: list[str]) -> None:
        self.life = life

    def buildProtocol(self, addr: Any) -> Any:
        self.life.append("factory.buildProtocol(addr) makes a protocol")
        return Greeted(self.life)


@truth("c2-life")
def recorded_life() -> list[str]:
    """The life of one connection as a live server lives it: the truth behind c2-life."""
    life: list[str] = []
    server = serve(Greeting(life), name="the life of a connection")
    with connect(server) as client:
        client.send(b"hello")
        client.expect_close()
    settle()
    server.stop()
    return life
