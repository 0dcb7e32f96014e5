"""labkit.protocols.echo: a server and its client, on transports in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from labkit.protocols import Echo, EchoClient, say


def client(text: bytes) -> tuple[EchoClient, StringTransport]:
    protocol, transport = EchoClient(text), StringTransport()
    protocol.makeConnection(transport)
    return protocol, transport


def test_the_server_keeps_the_connection_open() -> None:
    """An echo has no reason to leave."""
    protocol, transport = Echo(), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(b"hello")
    assert (transport.value(), transport.disconnecting) == (b"hello", False)


class EchoClientTests(SynchronousTestCase):
    """What a client makes of its answer."""

    def test_leaves_when_all_came_back(self) -> None:
        """It waits for as many bytes as it said, in whatever pieces."""
        protocol, transport = client(b"hello")
        protocol.dataReceived(b"hel")
        self.assertFalse(transport.disconnecting)
        protocol.dataReceived(b"lo")
        self.assertTrue(transport.disconnecting)
        protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.successResultOf(protocol.heard), b"hello")

    def test_fails_when_the_end_comes_early(self) -> None:
        """A clean close before the whole answer is a failure too."""
        protocol, _ = client(b"hello")
        protocol.dataReceived(b"hel")
        protocol.connectionLost(Failure(ConnectionDone()))
        self.failureResultOf(protocol.heard, ConnectionDone)

    def test_fails_on_a_reset_after_the_answer(self) -> None:
        """A reset is not a goodbye."""
        protocol, _ = client(b"hi")
        protocol.dataReceived(b"hi")
        protocol.connectionLost(Failure(ConnectionLost()))
        self.failureResultOf(protocol.heard, ConnectionLost)

    def test_say_connects_and_speaks(self) -> None:
        """say needs only an endpoint."""
        from twisted.internet.endpoints import TCP4ClientEndpoint

        reactor: Any = MemoryReactorClock()
        heard = say(TCP4ClientEndpoint(reactor, "127.0.0.1", 7), b"hi")
        protocol = reactor.tcpClients[0][2].buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        self.assertEqual(transport.value(), b"hi")
        protocol.dataReceived(b"hi")
        protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.successResultOf(heard), b"hi")
