"""Twisted's WebSockets on the bench, judged by the websockets library; and where they fall short.

What is told of Twisted 26.10 here is what the chapter tells: a test that fails with a later
Twisted is good news, and its lesson is out of date. RFC 6455.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from autobahn.twisted.resource import WebSocketResource as AutobahnResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept
from twisted.internet.interfaces import IPushProducer
from twisted.web.resource import Resource
from twisted.web.websocket import WebSocketResource
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as dial
from zope.interface import implementer

from labkit.bench import Server, connect, drain_failures, drain_log, serve, settle, wait
from labkit.bench._credentials import client_context

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("clean")]
LOUD = 1 << 20  # bytes of one message


class Radio:
    """Answers in capitals, and does what it is asked by name."""

    heard: list[Any]

    @classmethod
    def buildProtocol(cls, request: Any) -> Radio:
        radio = cls()
        radio.heard = []
        radios.append(radio)
        return radio

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport
        # the HTTP channel underneath is still registered: it keeps others out, and TLS open
        transport.detachProducer()

    def negotiationFinished(self) -> None:
        """The talk may begin."""

    def textMessageReceived(self, message: str) -> None:
        self.heard.append(message)
        if message == "leave":
            self.transport.loseConnection(4001, "asked to")
        elif message == "ping":
            self.transport.ping(b"are you there")
        elif message == "to all":
            for radio in radios:
                radio.transport.sendTextMessage(message)
        elif message == "cargo":
            Cargo(self.transport)
        else:
            self.transport.sendTextMessage(message.upper())

    def bytesMessageReceived(self, data: bytes) -> None:
        self.transport.sendBytesMessage(bytes(data[::-1]))

    def pongReceived(self, payload: bytes) -> None:
        self.heard.append(payload)

    def connectionLost(self, reason: Any) -> None:
        self.heard.append(reason.type.__name__)


@implementer(IPushProducer)
class Cargo:
    """Sends a hundred loud messages, as fast as they are taken."""

    def __init__(self, transport: Any) -> None:
        self.transport, self.left, self.paused = transport, 100, False
        transport.attachProducer(self)
        self.resumeProducing()

    def resumeProducing(self) -> None:
        self.paused = False
        while self.left and not self.paused:
            self.left -= 1
            self.transport.sendBytesMessage(bytes(LOUD))
        if not self.left:
            self.transport.detachProducer()
            self.transport.loseConnection()
            self.paused = True

    def pauseProducing(self) -> None:
        self.paused = True
        waits.append(self.left)

    def stopProducing(self) -> None:
        self.left = 0


radios: list[Radio] = []
waits: list[int] = []


@pytest.fixture
def tower() -> Iterator[Server]:
    """A site with a radio."""
    radios.clear()
    waits.clear()
    root = Resource()
    root.putChild(b"radio", WebSocketResource(Radio))
    yield serve(root, name="tower")


def call(server: Server, **how: Any) -> ClientConnection:
    """A client of the websockets library at the radio."""
    scheme, trust = ("wss", {"ssl": client_context()}) if server.tls else ("ws", {})
    return dial(f"{scheme}://localhost:{server.port}/radio", proxy=None, **trust, **how)


def at_its_end(client: ClientConnection) -> tuple[int, str] | None:
    """With which code and reason the server ends; None when it ends without a word."""
    with pytest.raises(ConnectionClosed) as ended:
        client.recv(10)
    close = ended.value.rcvd
    return (close.code, close.reason) if close else None


# What it does


def test_words_and_bytes_go_both_ways(tower: Server) -> None:
    """Whole, in fragments, and a message of twenty megabytes."""
    with call(tower, max_size=None, compression=None) as client:
        client.send("Zoë")
        assert client.recv(5) == "ZOË"
        client.send(["in ", "three ", "parts"])
        assert client.recv(5) == "IN THREE PARTS"
        client.send(b"tea")
        assert client.recv(5) == b"aet"
        client.send(bytes(20 * LOUD))
        assert len(client.recv(20)) == 20 * LOUD


def test_pings_are_answered_on_both_sides(tower: Server) -> None:
    with call(tower) as client:
        assert client.ping().wait(5)
        client.send("ping")
        client.send("over")
        assert client.recv(5) == "OVER"
    settle()
    assert b"are you there" in radios[0].heard


def test_it_ends_with_a_code_and_a_reason(tower: Server) -> None:
    with call(tower) as client:
        client.send("leave")
        assert at_its_end(client) == (4001, "asked to")


def test_it_goes_over_tls(tower: Server) -> None:
    """The client offers no HTTP/2 there, and a browser does not either."""
    server = serve(tower.factory.resource, name="secret", tls=True)
    with call(server) as client:
        client.send("tea")
        assert client.recv(5) == "TEA"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x02hi", 1002),  # without a mask
        (b"\x83\x80\0\0\0\0", 1002),  # an opcode that nobody knows
        (b"\x81\x81\0\0\0\0\xff", 1007),  # words that are not UTF-8
        (b"\x89\xfe\x00\x7e\0\0\0\0" + bytes(126), 1002),  # a ping that is too long
        (b"\x88\x82\0\0\0\0\x03\xed", 1002),  # a code that is for programs alone
    ],
)
def test_what_breaks_the_rules_is_told_by_its_code(tower: Server, frame: bytes, code: int) -> None:
    """And the connection ends (section 7.4.1)."""
    with connect(tower) as client:
        client.send(HANDSHAKE)
        client.read_until(head_ends)
        client.send(frame)
        said = client.read_rest()
    assert (said[0], int.from_bytes(said[2:4])) == (0x88, code)


def head_ends(data: bytes, ended: bool) -> int:
    """How long the head of the answer is; 0 while it is not whole."""
    return data.index(b"\r\n\r\n") + 4 if b"\r\n\r\n" in data else 0


HANDSHAKE = (
    b"GET /radio HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def test_a_producer_waits_for_a_client_that_is_slow(tower: Server) -> None:
    """A hundred megabytes are not in memory at once: it is paused while the client is busy."""
    with call(tower, max_size=None, max_queue=1, compression=None) as client:
        client.send("cargo")
        first = client.recv(10)
        settle()
        assert waits and waits[-1] > 0
        rest = [len(message) for message in client]
    assert [len(first), *rest] == [LOUD] * 100


# Where it falls short


class Untouched(Radio):
    """Leaves its transport as it gets it."""

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport


@pytest.fixture
def untouched(tower: Server) -> Resource:
    root = Resource()
    root.putChild(b"radio", WebSocketResource(Untouched))
    return root


def test_a_producer_is_refused_while_the_channels_own_is_there(untouched: Resource) -> None:
    """attachProducer fails on a server, until detachProducer has taken the channel away."""
    with call(serve(untouched)) as client:
        client.send("tea")
        client.recv(5)
        with pytest.raises(RuntimeError, match=r"HTTPChannel.* was never unregistered"):
            wait(radios[0].transport.attachProducer, object())


def test_a_talk_inside_tls_does_not_end_while_it_is_there(untouched: Resource) -> None:
    """Both have said their last word, and the server keeps the connection open (section 7.1.1)."""
    server = serve(untouched, tls=True)
    with connect(server) as client:
        client.send(HANDSHAKE)
        client.read_until(head_ends)
        client.send(b"\x88\x80\0\0\0\0")
        client.expect(b"\x88\0")
        client.expect_nothing()
        wait(radios[0].transport.detachProducer)
        client.expect_close()


def test_no_subprotocol_and_no_compression_is_agreed_on(tower: Server) -> None:
    """The factory sees in the request what the client offers, and cannot answer it."""
    with call(tower, subprotocols=["harbour.v1"], compression="deflate") as client:
        assert client.subprotocol is None
        assert client.protocol.extensions == []


def test_the_code_of_the_client_is_not_told(tower: Server) -> None:
    """One that says why it leaves, and one that is gone: connectionLost is given the same."""
    with call(tower) as client:
        client.close(3001, "to sea")
    with connect(tower) as other:
        other.send(HANDSHAKE)
    settle()
    assert [radio.heard for radio in radios] == [["ConnectionDone"], ["ConnectionDone"]]


def test_who_speaks_to_one_that_has_left_is_dropped(tower: Server) -> None:
    """A message to all meets a closed radio: the error ends the connection of the speaker."""
    with call(tower) as first, call(tower) as second:
        first.close()
        settle()
        second.send("to all")
        assert at_its_end(second) is None
    settle()
    (failure,) = drain_failures()
    assert failure.type.__name__ == "LocalProtocolError"
    assert radios[1].heard[-1] == "LocalProtocolError"


def test_nobody_is_asked_where_a_page_comes_from(tower: Server) -> None:
    """A page of any origin may talk; the resource in front has to look (section 10.2)."""
    with call(tower, origin="http://pirates.example") as client:
        client.send("tea")
        assert client.recv(5) == "TEA"


def test_a_resource_in_front_can_refuse() -> None:
    """Which is how an origin is checked: a factory that gives nothing is answered with 500."""

    class Guarded(WebSocketResource):
        def render_GET(self, request: Any) -> Any:
            if request.getHeader("Origin") == "http://pirates.example":
                request.setResponseCode(403)
                return b"not from there"
            return super().render_GET(request)

    root = Resource()
    root.putChild(b"radio", Guarded(Radio))
    server = serve(root)
    with pytest.raises(InvalidStatus) as refused, call(server, origin="http://pirates.example"):
        pass
    assert refused.value.response.status_code == 403
    with call(server, origin="http://harbour.example") as client:
        client.send("tea")
        assert client.recv(5) == "TEA"


def test_there_is_no_limit_for_what_a_client_sends(tower: Server) -> None:
    """Fragments pile up until the message ends, which it need not do."""
    with call(tower, compression=None, max_size=None) as client:

        def without_end() -> Iterator[bytes]:
            for _ in range(16):
                yield bytes(LOUD)
            settle()
            buffered.append(len(radios[0].transport._bytesBuffer.data))

        buffered: list[int] = []
        client.send(without_end())
        assert client.recv(20)
    assert buffered[0] > 10 * LOUD


def test_a_browser_without_websockets_is_logged_as_an_error(tower: Server) -> None:
    """A plain GET is answered with 400, and an older version too, which RFC 6455 gives 426."""
    with connect(tower) as client:
        client.send(HANDSHAKE.replace(b"Version: 13", b"Version: 8"))
        client.expect(b"HTTP/1.1 400 Bad Request\r\n")
    settle()
    (line,) = drain_log()
    assert line.level == "error"


# Autobahn, where it falls short


class Signals(WebSocketServerProtocol):
    """Agrees to the first subprotocol, and notes how the talk ended."""

    def onConnect(self, request: Any) -> Any:
        return request.protocols[0]

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.sendMessage(payload.upper(), isBinary)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        ends.append((wasClean, code, reason))


ends: list[tuple[bool, int, str]] = []


def autobahn_site() -> Resource:
    factory = WebSocketServerFactory()
    factory.protocol = Signals
    factory.setProtocolOptions(maxMessagePayloadSize=1000, perMessageCompressionAccept=deflate)
    root = Resource()
    root.putChild(b"radio", AutobahnResource(factory))
    return root


def deflate(offers: list[Any]) -> Any:
    known = (offer for offer in offers if isinstance(offer, PerMessageDeflateOffer))
    return next((PerMessageDeflateOfferAccept(offer) for offer in known), None)


def test_autobahn_agrees_compresses_limits_and_tells() -> None:
    """On the same bench, in the same tree of resources."""
    ends.clear()
    server = serve(wait(autobahn_site))
    with call(server, subprotocols=["harbour.v1"]) as client:
        assert client.subprotocol == "harbour.v1"
        assert [extension.name for extension in client.protocol.extensions] == [
            "permessage-deflate"
        ]
        client.send("tea")
        assert client.recv(5) == "TEA"
        client.close(3001, "to sea")
    with call(server, subprotocols=["harbour.v1"]) as client:
        client.send("x" * 1001)
        at_its_end(client)
    settle()
    drain_log()
    assert ends[0] == (True, 3001, "to sea")
    assert not ends[1][0] and "exceeds payload limit" in ends[1][2]
