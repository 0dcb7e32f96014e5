"""labkit.protocols.quote: one shelf for all, and a client that comes back."""

from __future__ import annotations

from typing import Any

from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from labkit.protocols import Correspondent, QuoteClient, QuoteFactory, QuoteShelf, swap_quote


def connected(protocol: Any) -> StringTransport:
    transport = StringTransport()
    protocol.makeConnection(transport)
    return transport


def test_the_shelf_holds_one_quote() -> None:
    """What lies there is taken, what is brought stays."""
    shelf = QuoteShelf()
    assert [shelf.swap(q) for q in (b"a", b"b", b"c")] == [b"(empty)", b"a", b"b"]
    assert shelf.swaps == 3


def test_all_connections_of_a_factory_share_its_shelf() -> None:
    """One client gets what the other brought; another factory knows nothing of it."""
    factory = QuoteFactory()
    one, two = factory.buildProtocol(None), factory.buildProtocol(None)
    first, second = connected(one), connected(two)
    one.dataReceived(b"rain\r\n")
    two.dataReceived(b"wind\r\n")
    assert (first.value(), second.value()) == (b"(empty)\r\n", b"rain\r\n")
    assert QuoteFactory().shelf.quote == b"(empty)"


class ClientTests(SynchronousTestCase):
    """The asking side."""

    def test_answers_go_to_those_who_asked_first(self) -> None:
        """Several swaps may wait at once."""
        client = QuoteClient()
        transport = connected(client)
        one, two = client.swap(b"a"), client.swap(b"b")
        client.dataReceived(b"(empty)\r\na")
        self.assertEqual(transport.value(), b"a\r\nb\r\n")
        self.assertEqual(self.successResultOf(one), b"(empty)")
        self.assertNoResult(two)
        client.dataReceived(b"\r\n")
        self.assertEqual(self.successResultOf(two), b"a")

    def test_the_end_fails_those_who_still_wait(self) -> None:
        """No Deferred is left without a result."""
        client = QuoteClient()
        connected(client)
        waiting = client.swap(b"a")
        client.connectionLost(Failure(ConnectionDone()))
        self.failureResultOf(waiting, ConnectionDone)

    def test_swap_quote_leaves_after_the_answer(self) -> None:
        """One connection, one swap."""
        reactor: Any = MemoryReactorClock()
        taken = swap_quote(TCP4ClientEndpoint(reactor, "127.0.0.1", 7), b"rain")
        protocol = reactor.tcpClients[0][2].buildProtocol(None)
        transport = connected(protocol)
        protocol.dataReceived(b"wind\r\n")
        self.assertEqual(self.successResultOf(taken), b"wind")
        self.assertTrue(transport.disconnecting)

    def test_a_correspondent_connects_again(self) -> None:
        """After a loss it waits as the policy says, then makes a new connection."""
        reactor: Any = MemoryReactorClock()
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", 7)
        keen = Correspondent(endpoint, retry=lambda attempt: 3.0, clock=reactor)
        keen.startService()
        first = reactor.tcpClients[0][2].buildProtocol(None)
        connected(first)
        first.connectionLost(Failure(ConnectionDone()))
        taken = keen.swap(b"rain")
        reactor.advance(2.9)
        self.assertEqual(len(reactor.tcpClients), 1)
        reactor.advance(0.2)
        second = reactor.tcpClients[1][2].buildProtocol(None)
        connected(second)
        second.dataReceived(b"wind\r\n")
        self.assertEqual(self.successResultOf(taken), b"wind")
