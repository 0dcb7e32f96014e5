"""The independent client: every verb, and what it says when the server does not do its part."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol
from zope.interface import implementer

from labkit.bench import Client, connect, drain_failures, serve, stop_all, wait
from labkit.errors import DialogueError, LabError, ReactorThread, ServerStopped
from labkit.wire import Closed

pytestmark = pytest.mark.usefixtures("bench")


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Orders(Protocol):
    """Does what its first word says, and answers the rest."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        word, _, rest = data.partition(b" ")
        if word == b"say":
            self.transport.write(rest)
        elif word == b"close":
            self.transport.write(rest)
            self.transport.loseConnection()
        elif word == b"reset":
            self.transport.abortConnection()
        elif word == b"crash":
            raise ValueError("as ordered")


@pytest.fixture(params=["tcp", "tls", "unix"])
def orders(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of a server that takes orders, over each kind of transport."""
    wish = {"tls": request.param == "tls", "unix": request.param == "unix"}
    with connect(serve(Orders, **wish)) as client:
        yield client


def failure(verb: Any, *args: Any, **kwargs: Any) -> DialogueError:
    """The error that a verb raises."""
    with pytest.raises(DialogueError) as caught:
        verb(*args, **kwargs)
    return caught.value


# listening


def test_expect_takes_what_it_names_and_leaves_the_rest(orders: Client) -> None:
    """Bytes, a line, the rest: in whatever portions the reader asks."""
    orders.send(b"say tea\r\nmilk\nsugar")
    assert orders.expect(b"te") == b"te"
    assert orders.read_line() == b"a"
    assert orders.read_line() == b"milk"
    assert orders.received == b"sugar"
    assert orders.expect(b"sugar") == b"sugar"
    assert orders.received == b""
    orders.expect_nothing()


def test_a_pattern_is_matched_from_the_start(orders: Client) -> None:
    """Returns what matched; what comes later stays; a hit in the middle is none."""
    orders.send(b"say credit 50\r\nmore")
    assert orders.expect(re.compile(rb"credit \d+\r\n")) == b"credit 50\r\n"
    error = failure(orders.expect, re.compile(rb"ore"), within=0.05)
    assert error.facts["got"] == b"more"
    assert "something like b'ore', got b'more'" in str(error)


def test_a_wrong_byte_is_told_at_once_with_the_talk_so_far(orders: Client) -> None:
    """No waiting for more when it can no longer come right."""
    orders.send(b"say tee")
    error = failure(orders.expect, b"tea, with milk", within=60)
    assert (error.facts["expected"], error.facts["got"]) == (b"tea, with milk", b"tee")
    assert (error.facts["end"], error.facts["wanted"]) == ("open", "bytes")
    assert "Expected b'tea, with milk', got b'tee'; the connection is still open" in str(error)
    assert "client → server   b'say tee'" in error.dialogue
    assert "server → client   b'tee'" in error.dialogue


def test_a_partial_answer_is_waited_for_and_then_told(orders: Client) -> None:
    """What did come is in the message, and stays to be read."""
    orders.send(b"say te")
    error = failure(orders.expect, b"tea", within=0.05)
    assert error.facts["got"] == b"te"
    orders.send(b"say a")
    assert orders.expect(b"tea") == b"tea"


def test_silence_says_that_nothing_came(orders: Client) -> None:
    """Each verb in its own words."""
    orders.send(b"say")
    assert "got nothing; the connection is still open" in str(failure(orders.expect, b"x", 0.02))
    assert "Expected a whole line, got nothing" in str(failure(orders.read_line, 0.02))
    assert "Expected the server to close" in str(failure(orders.expect_close, 0.02))
    assert "Expected the server to close" in str(failure(orders.read_rest, 0.02))


def test_a_close_is_an_end_that_each_verb_knows(orders: Client) -> None:
    """What came before it can be read; what was expected after it cannot."""
    orders.send(b"close bye")
    error = failure(orders.expect_close)
    assert (error.facts["got"], error.facts["end"]) == (b"bye", "closed")
    assert orders.read_rest() == b"bye"
    orders.expect_close()
    error = failure(orders.expect, b"more", within=60)
    assert "the server has closed the connection" in str(error)
    assert error.facts["end"] == "closed"
    assert failure(orders.read_line).facts["end"] == "closed"
    assert failure(orders.expect_nothing).facts["wanted"] == "silence"


def test_expect_nothing_sees_what_should_not_be_there(orders: Client) -> None:
    """One unread byte is enough."""
    orders.send(b"say x")
    assert failure(orders.expect_nothing).facts["got"] == b"x"


@pytest.mark.parametrize("wish", [{}, {"tls": True}])
def test_a_reset_is_seen_as_one_on_both_sides(wish: dict[str, Any]) -> None:
    """The client's end and the server's tape agree, whoever reset."""
    server = serve(Orders, **wish)
    with connect(server) as client:
        client.send(b"reset")
        error = failure(client.expect, b"x")
        # under TLS Twisted says goodbye before it drops the connection
        assert error.facts["end"] == ("closed" if server.tls else "reset")
        assert ("resets" in error.dialogue) is not server.tls
    other = connect(server)
    other.reset()
    other.reset()
    ends = [(c.events[-1].who, c.events[-1].how) for c in server.wire]  # type: ignore[union-attr]
    assert ends == [("server", "reset"), ("client", "reset")]


def test_a_crash_points_at_the_error(orders: Client) -> None:
    """The client sees an end; its words tell where to look."""
    orders.send(b"crash")
    error = failure(orders.expect, b"x")
    assert error.facts["end"] in ("closed", "reset")
    assert [f.getErrorMessage() for f in drain_failures()] == ["as ordered"]


# speaking


@pytest.mark.parametrize(
    ("pieces", "cut"),
    [
        (None, [b"teatime"]),
        (1, [b"t", b"e", b"a", b"t", b"i", b"m", b"e"]),
        (3, [b"tea", b"tim", b"e"]),
        ([2, 3], [b"te", b"ati", b"me"]),
        ((7,), [b"teatime"]),
        ([5, 50], [b"teati", b"me"]),
        (100, [b"teatime"]),
        ([], [b"teatime"]),
    ],
)
def test_pieces_arrive_alone(pieces: Any, cut: list[bytes]) -> None:
    """Each is one dataReceived, without a pause between them, whatever the transport."""
    for wish in ({}, {"tls": True}, {"unix": True}):
        server = serve(Echo, name="pieces", **wish)  # type: ignore[arg-type]
        with connect(server) as client:
            client.send(b"teatime", pieces=pieces)
            client.expect(b"teatime")
        assert list(server.wire[0].pieces("client")) == cut
        assert server.wire[0].sends == tuple(map(len, cut))


@pytest.mark.parametrize("pieces", [0, -1, [2, 0], [1.5], ["2"], 2.0, "ab"])
def test_pieces_that_make_no_sense_are_refused(pieces: Any) -> None:
    """Before a byte is sent."""
    server = serve(Echo)
    with connect(server) as client:
        with pytest.raises(LabError, match="Give a size of 1 or more"):
            client.send(b"tea", pieces=pieces)
        client.expect_nothing()


@pytest.mark.parametrize("verb", ["send", "expect"])
@pytest.mark.parametrize(
    ("wrong", "cure"), [("tea", "b'tea'"), ("thé", "encode"), (7, "bytes"), (None, "bytes")]
)
def test_text_is_refused_with_the_bytes_to_write(verb: str, wrong: Any, cure: str) -> None:
    """A network carries bytes; the cure shows them where that is possible."""
    with connect(serve(Echo)) as client, pytest.raises(LabError, match=cure):
        getattr(client, verb)(wrong)


def test_other_kinds_of_bytes_are_bytes() -> None:
    """A bytearray, a memoryview; nothing at all is nothing."""
    server = serve(Echo)
    with connect(server) as client:
        client.send(bytearray(b"te"))  # type: ignore[arg-type]
        client.send(memoryview(b"a"))  # type: ignore[arg-type]
        client.send(b"")
        client.send(b"", pieces=1)
        client.expect(bytearray(b"tea"))  # type: ignore[arg-type]
        assert client.sent == 3
    assert server.wire[0].sends == (2, 1)


@pytest.mark.parametrize("wish", [{}, {"tls": True}, {"unix": True}])
def test_five_megabytes_come_back_without_a_deadlock(wish: dict[str, Any]) -> None:
    """The client reads while it sends; the talk that it remembers stays small."""
    data = bytes(range(256)) * 20_480
    with connect(serve(Echo, **wish)) as client:
        for _ in range(2):
            client.send(data)
            client.expect(data, within=30)
        assert sum(len(r.data) for r in client.transcript[1:]) <= (1 << 20) + len(data)
        client.expect_nothing()


def test_sending_to_who_has_gone_is_an_error() -> None:
    """At once, with the talk so far."""
    with connect(serve(Orders)) as client:
        client.send(b"close")
        client.expect_close()
        assert "ended the connection while you were sending" in str(failure(client.send, b"x"))
    with connect(serve(Orders)) as client:
        client.send(b"reset")
        failure(client.expect_close)
        assert failure(client.send, b"x" * 10).facts["end"] == "reset"


# ending


@implementer(IHalfCloseableProtocol)
class Summary(Protocol):
    """Sums up once the client has said its last word."""

    transport: Any

    def connectionMade(self) -> None:
        self.count = 0

    def dataReceived(self, data: bytes) -> None:
        self.count += len(data)

    def readConnectionLost(self) -> None:
        self.transport.write(b"%d bytes\n" % self.count)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass


def test_a_half_close_lets_the_server_answer() -> None:
    """Over TCP and UNIX sockets; what is sent after it is refused here, not on the network."""
    for unix in (False, True):
        with connect(serve(Summary, unix=unix)) as client:
            client.send(b"tea")
            client.half_close()
            assert client.read_line() == b"3 bytes"
            client.expect_close()
            with pytest.raises(LabError, match="has half-closed"):
                client.send(b"x")


def test_a_half_close_over_tls_is_refused() -> None:
    """TLS closes as a whole."""
    with connect(serve(Echo, tls=True)) as client, pytest.raises(LabError, match="as a whole"):
        client.half_close()


def test_a_closed_client_says_so(orders: Client) -> None:
    """Each verb at once, none as an error of the operating system."""
    port = orders.port
    orders.close()
    orders.close()
    orders.reset()
    assert orders.port == port
    assert orders.received == b""
    for verb in (lambda: orders.send(b"x"), orders.half_close):
        with pytest.raises(LabError, match=r"was closed.*Make a new one|as a whole"):
            verb()  # type: ignore[no-untyped-call]
    assert failure(orders.expect, b"x", within=60).facts["got"] == b""
    assert repr(orders) == "<Client client: closed>"


def test_a_close_is_an_order_that_the_server_sees_before_it_returns() -> None:
    """FIN, not RST, also when an answer was left unread."""
    server = serve(Echo)
    for _ in range(20):
        with connect(server) as client:
            client.send(b"tea")
    assert [c.events[-1].how for c in server.wire] == ["closed"] * 20  # type: ignore[union-attr]


def test_the_with_block_closes_after_an_error_too() -> None:
    """And lets the error through."""
    server = serve(Echo)
    with pytest.raises(ZeroDivisionError), connect(server) as client:
        raise ZeroDivisionError
    assert repr(client) == "<Client client: closed>"
    assert server.connections == ()


# whom


def test_connect_takes_a_server_a_port_and_an_address() -> None:
    """Without the Server it is a stranger's connection: no tape, and pieces with gaps."""
    server = serve(Echo)
    for whom in (server, server.port, server.address, ("localhost", server.port)):
        with connect(whom) as client:
            client.send(b"tea", pieces=1)
            client.expect(b"tea")
            client.expect_nothing()


def test_connect_speaks_tls_to_others_when_asked() -> None:
    """True trusts the bench's authority; a context trusts whom it says."""
    server = serve(Echo, tls=True)
    with connect(server.port, tls=True) as client:
        client.send(b"tea")
        client.expect(b"tea")
    with pytest.raises(LabError, match=r"No connection.*certificate"):
        connect(server, tls=ssl.create_default_context())
    with connect(server, tls=False) as plain:
        plain.send(b"this is not TLS")
        with suppress(DialogueError):
            plain.expect_close()


def test_a_foreign_server_is_talked_to_just_as_well() -> None:
    """A plain socket of the standard library on the other end."""
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, connect(listening.getsockname()) as client:
        peer, _ = listening.accept()
        with peer:
            client.send(b"tea", pieces=1)
            heard = b""
            while len(heard) < 3:
                heard += peer.recv(3)
            peer.sendall(b"milk\n")
            assert client.read_line() == b"milk"
            client.half_close()
            assert (heard, peer.recv(1)) == (b"tea", b"")
        client.expect_close()


def test_nobody_there_is_one_sentence_with_the_cure() -> None:
    """A port where nobody listens, a path that is not there, a port that cannot be."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        for whom in (held.getsockname()[1], held.getsockname(), "no-such-socket"):
            with pytest.raises(LabError, match=r"No connection to .*servers\(\) lists"):
                connect(whom)
    for odd in (99999, ("127.0.0.1", "80"), ("127.0.0.1", -1)):
        with pytest.raises(LabError, match="No connection to"):
            connect(odd)


@pytest.mark.parametrize("whom", [None, True, 1.5, object(), (), [1]])
def test_what_is_no_address_is_refused(whom: Any) -> None:
    """With what to give instead."""
    with pytest.raises(LabError, match=r"Give what serve"):
        connect(whom)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "192.0.2.1", "::", "127.evil.example", "localhost.example", "::1234", ""]
)
def test_only_this_machine_is_talked_to(host: str) -> None:
    """Names that merely begin like loopback are not loopback."""
    with pytest.raises(LabError, match="is not this machine"):
        connect((host, 80))


def test_a_stopped_server_is_told_from_one_that_was_replaced() -> None:
    """Both name the cell to run, or the variable to use."""
    server = serve(Echo)
    serve(Echo)
    with pytest.raises(ServerStopped, match=r"replaced when Echo was served again.*newer serve"):
        connect(server)
    stopped = serve(Echo, name="kettle")
    stop_all()
    with pytest.raises(ServerStopped, match=r"kettle was stopped.*Run its serve"):
        connect(stopped)


def test_connect_in_the_reactors_thread_is_refused() -> None:
    """It would block the server it talks to."""
    server = serve(Echo)
    with pytest.raises(ReactorThread, match="use an endpoint"):
        wait(lambda: connect(server))


def test_descriptors_above_1024_work() -> None:
    """Where select() would give up."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3000:
        pytest.skip("no more descriptors to be had")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
    held = [socket.socket() for _ in range(1100)]
    try:
        with connect(serve(Echo)) as client:
            assert client._sock.fileno() > 1024
            client.send(b"tea")
            client.expect(b"tea")
    finally:
        for one in held:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_client_gives_up_early_when_it_is_told_that_waiting_is_vain() -> None:
    """The judge's way to be quick: one look, and what came until then counts."""
    with connect(serve(Echo)) as client:
        asked: list[int] = []
        client.give_up = lambda: asked.append(1) is None  # type: ignore[func-returns-value]
        assert failure(client.expect, b"x", within=60).facts["end"] == "open"
        assert len(asked) == 1


def test_a_failed_connection_leaves_nobody_waiting_on_the_server() -> None:
    """The server forgets the client that never came."""
    server = serve(Echo, tls=True)
    with pytest.raises(LabError):
        connect(server, tls=ssl.create_default_context())
    assert server.taped.awaited == {}


class Unwilling(Protocol):
    """Breaks each connection off before a byte was said."""

    def connectionMade(self) -> None:
        self.transport.abortConnection()


def test_a_connection_that_is_reset_at_once_was_a_connection() -> None:
    """However early the reset comes: it is an end to talk about, not a server that is missing."""
    server = serve(Unwilling)
    for _ in range(20):
        with connect(server) as client, pytest.raises(DialogueError) as refused:
            client.expect(b"hello")
        assert refused.value.facts["end"] == "reset"
        client.close()


def test_a_tls_server_that_closes_first_is_told_as_the_one_that_closed() -> None:
    """The client answers its goodbye, as TLS asks: nothing was reset (RFC 8446 section 6.1)."""

    class Brief(Protocol):
        def dataReceived(self, data: bytes) -> None:
            assert self.transport is not None
            self.transport.write(data)
            self.transport.loseConnection()

    server = serve(Brief, tls=True)
    with connect(server) as client:
        client.send(b"tea")
        assert client.read_rest() == b"tea"
    end = server.wire.conversations[0].events[-1]
    assert isinstance(end, Closed)
    assert (end.who, end.how) == ("server", "closed")
