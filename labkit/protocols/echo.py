"""The smallest server: it sends back what it gets. And a client that waits for it."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint, ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

__all__ = ["Echo", "EchoClient", "say"]


class Echo(Protocol):
    """Sends back every piece, as it comes. There are no messages, so there is no core."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class EchoClient(Protocol):
    """Says one thing, hears as many bytes back, and leaves.

    `heard` fires with the bytes, or fails with the reason when the connection
    ended before all had come.
    """

    transport: ITransport

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.answer = b""
        self.heard: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        self.transport.write(self.text)

    def dataReceived(self, data: bytes) -> None:
        self.answer += data
        if len(self.answer) >= len(self.text):
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        whole = len(self.answer) >= len(self.text)
        if whole and reason.check(ConnectionDone):
            self.heard.callback(self.answer)
        else:
            self.heard.errback(reason)


def say(endpoint: IStreamClientEndpoint, text: bytes) -> Deferred[bytes]:
    """Say some bytes (at least one) to an echo server; fires with what came back.

    Fails with Twisted's own ConnectError or ConnectionLost. Reactor thread.
    """
    connected: Deferred[EchoClient] = connectProtocol(endpoint, EchoClient(text))
    return connected.addCallback(lambda client: client.heard)
