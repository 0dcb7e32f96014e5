"""A shelf with one quote on it: who brings a new one takes the old one away.

The core is the shelf. It belongs to the factory, because it outlives every
connection; the protocol, made anew for each connection, only carries lines to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from .lines import LineSplitter

__all__ = [
    "Correspondent",
    "QuoteClient",
    "QuoteFactory",
    "QuoteServer",
    "QuoteShelf",
    "swap_quote",
]


class QuoteShelf:
    """Holds one quote; `swaps` counts how often it was exchanged."""

    def __init__(self, quote: bytes = b"(empty)") -> None:
        self.quote = quote
        self.swaps = 0

    def swap(self, quote: bytes) -> bytes:
        """Put this quote down, and take the one that lay there."""
        taken, self.quote = self.quote, quote
        self.swaps += 1
        return taken


class QuoteServer(Protocol):
    """Answers each line with the quote on the shelf; the line stays there."""

    transport: ITransport

    def __init__(self, shelf: QuoteShelf) -> None:
        self.shelf = shelf
        self.lines = LineSplitter()

    def dataReceived(self, data: bytes) -> None:
        for line in self.lines.receive(data):
            self.transport.write(self.shelf.swap(line) + b"\r\n")
        if self.lines.too_long:
            self.transport.loseConnection()


class QuoteFactory(Factory):
    """One shelf for all the connections of one server."""

    protocol = QuoteServer

    def __init__(self, shelf: QuoteShelf | None = None) -> None:
        self.shelf = shelf or QuoteShelf()

    def buildProtocol(self, addr: IAddress | None) -> QuoteServer:
        server = QuoteServer(self.shelf)
        server.factory = self
        return server


class QuoteClient(Protocol):
    """Swaps quotes, one after another or several at once: answers come in the order asked."""

    transport: ITransport

    def __init__(self) -> None:
        self.lines = LineSplitter()
        self.asked: list[Deferred[bytes]] = []

    def swap(self, quote: bytes) -> Deferred[bytes]:
        """Bring a quote; fires with the one taken, fails when the connection ends before."""
        taken: Deferred[bytes] = Deferred()
        self.asked.append(taken)
        self.transport.write(quote + b"\r\n")
        return taken

    def dataReceived(self, data: bytes) -> None:
        for line in self.lines.receive(data):
            if self.asked:
                self.asked.pop(0).callback(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        asked, self.asked = self.asked, []
        for taken in asked:
            taken.errback(reason)


def swap_quote(endpoint: IStreamClientEndpoint, quote: bytes) -> Deferred[bytes]:
    """Connect, swap one quote, leave; fires with the quote taken. Reactor thread."""
    client = QuoteClient()

    def leave(outcome: bytes | Failure) -> bytes | Failure:
        client.transport.loseConnection()
        return outcome

    connected: Deferred[Any] = connectProtocol(endpoint, client)
    swapped: Deferred[bytes] = connected.addCallback(lambda _: client.swap(quote).addBoth(leave))
    return swapped


class Correspondent(ClientService):
    """A client that keeps one connection and makes a new one whenever it is lost.

    `retry` says how many seconds to wait before the n-th attempt in a row.
    Start it with startService(), end it with stopService(). Reactor thread.
    """

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        retry: Callable[[int], float] | None = None,
        clock: Any = None,
    ) -> None:
        factory = Factory.forProtocol(QuoteClient)
        factory.noisy = False
        policy = retry or backoffPolicy(initialDelay=0.05, maxDelay=5.0)
        super().__init__(endpoint, factory, retryPolicy=policy, clock=clock)

    def swap(self, quote: bytes) -> Deferred[bytes]:
        """Swap over the connection that stands, or over the next one as soon as it does."""
        connected: Deferred[Any] = self.whenConnected()
        swapped: Deferred[bytes] = connected.addCallback(lambda client: client.swap(quote))
        return swapped
