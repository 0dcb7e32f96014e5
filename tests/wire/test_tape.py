"""The tape: complete, in order, bounded, and not noticed by the protocol it stands in front of."""

from __future__ import annotations

import io
import re
import socket
import ssl
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IHalfCloseableProtocol, ISSLTransport, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import FileSender, LineReceiver
from twisted.web.resource import Resource
from zope.interface import implementer

from labkit.bench import connect, drain_failures, serve, settle, start, stop_all, wait
from labkit.bench._credentials import client_context, server_options
from labkit.errors import DialogueError
from labkit.wire import Closed, Conversation, HalfClosed, LeftOut, Opened, Said
from labkit.wire._tape import KEEP, LARGEST, Tape
from labkit.wire._taped import TapedFactory


@pytest.fixture(autouse=True)
def bench() -> Iterator[None]:
    """The live bench, empty again afterwards, and no failure that was not read."""
    start()
    drain_failures()
    yield
    stop_all()
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == []


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Owner:
    """What all tapes of a server share."""

    layers = ("memory",)
    watching = False

    def __init__(self, keep: int = KEEP) -> None:
        self.half = keep // 2


def kinds(talk: Conversation) -> list[str]:
    """The events by name, bytes with who said them."""
    return [e.who if isinstance(e, Said) else type(e).__name__ for e in talk.events]


def counted(talk: Conversation, who: str) -> int:
    """All bytes that one side said: kept, cut off, or left out."""
    said = sum(e.size for e in talk.events if isinstance(e, Said) and e.who == who)
    left = [e for e in talk.events if isinstance(e, LeftOut)]
    return said + sum(e.client_bytes if who == "client" else e.server_bytes for e in left)


def kept(talk: Conversation) -> int:
    """The bytes that the tape really holds."""
    return sum(len(e.data) for e in talk.events if isinstance(e, Said))


# what is noted


def test_a_reply_comes_after_the_piece_that_it_answers() -> None:
    """Also when it is written inside dataReceived, before that has returned."""
    server = serve(Echo)
    with connect(server) as client:
        for word in (b"tea", b"milk"):
            client.send(word)
            client.expect(word)
    talk = server.wire[0]
    assert kinds(talk) == ["Opened", "client", "server", "client", "server", "Closed"]
    times = [e.at for e in talk.events]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert talk.events[-1] == Closed(times[-1], "client", "closed", "")


def test_a_sequence_is_one_piece_and_nothing_is_none() -> None:
    """writeSequence joins; empty writes leave no mark."""

    class Sparse(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.write(b"")
            self.transport.writeSequence([])
            self.transport.writeSequence(part for part in (b"te", b"", b"a"))
            self.transport.loseConnection()

    server = serve(Sparse)
    with connect(server) as client:
        assert client.read_rest() == b"tea"
    assert server.wire[0].pieces("server") == (b"tea",)
    assert server.wire[0].events[-1].who == "server"  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", ["text", 7, bytearray(b"x"), [b"x", "y"]])
def test_what_twisted_refuses_to_write_is_not_noted(wrong: Any) -> None:
    """The TypeError is the reader's, the tape has no byte of it."""

    class Wrong(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            if isinstance(wrong, list):
                self.transport.writeSequence(wrong)
            else:
                self.transport.write(wrong)

    server = serve(Wrong)
    with connect(server) as client:
        client.expect_nothing()
    assert server.wire[0].pieces("server") == ()
    assert [f.type for f in drain_failures()] == [TypeError]


def test_a_write_after_the_end_is_not_noted() -> None:
    """Nobody is sent what connectionLost writes."""

    class Late(Protocol):
        transport: Any

        def connectionLost(self, reason: Any = None) -> None:
            self.transport.write(b"too late")
            self.transport.writeSequence([b"too", b"late"])

    server = serve(Late)
    connect(server).close()
    assert kinds(server.wire[0]) == ["Opened", "Closed"]


def test_who_ended_it_and_how() -> None:
    """Closed by either, reset by either: four endings told apart."""

    class Ends(Protocol):
        transport: Any

        def dataReceived(self, data: bytes) -> None:
            getattr(self.transport, data.decode())()

    server = serve(Ends)
    for word in (b"loseConnection", b"abortConnection"):
        with connect(server) as client:
            client.send(word)
            with pytest.raises(DialogueError):
                client.expect(b"?")
    connect(server).close()
    connect(server).reset()
    ends = [(e.who, e.how) for c in server.wire for e in c.events if isinstance(e, Closed)]
    assert ends == [
        ("server", "closed"),
        ("server", "reset"),
        ("client", "closed"),
        ("client", "reset"),
    ]


# half-closes


@implementer(IHalfCloseableProtocol)
class Patient(Protocol):
    """Answers when the client has said its last word."""

    transport: Any

    def connectionMade(self) -> None:
        self.heard = b""

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def readConnectionLost(self) -> None:
        self.transport.write(b"all of " + self.heard)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass


def test_a_protocol_that_can_be_half_closed_is_asked_through_the_tape() -> None:
    """The reply comes after the client's FIN, and the tape has the half-close in its place."""
    server = serve(Patient)
    with connect(server) as client:
        client.send(b"tea")
        client.half_close()
        assert client.read_rest() == b"all of tea"
    talk = server.wire[0]
    assert kinds(talk) == ["Opened", "client", "HalfClosed", "server", "Closed"]
    assert (talk.events[2].who, talk.events[4].who) == ("client", "server")  # type: ignore[union-attr]


def test_a_plain_protocol_is_closed_by_a_half_close() -> None:
    """It does not offer IHalfCloseableProtocol, and the tape does not either."""
    server = serve(Echo)
    with connect(server) as client:
        client.half_close()
        client.expect_close()
    assert kinds(server.wire[0]) == ["Opened", "Closed"]


@implementer(IHalfCloseableProtocol)
class Listener(Protocol):
    """Says its last word first, and goes on listening; again and again it says that it is done."""

    transport: Any

    def connectionMade(self) -> None:
        self.transport.write(b"I listen")
        self.transport.loseWriteConnection()
        self.transport.loseWriteConnection()

    def readConnectionLost(self) -> None:
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass


def test_the_server_says_its_last_word_and_still_hears() -> None:
    """loseWriteConnection is a half-close of the server's; the client sends on after it."""
    server = serve(Listener)
    with connect(server) as client:
        assert client.read_rest() == b"I listen"
        client.send(b"tea")
        client.send(b"milk")
        client.half_close()
    talk = server.wire[0]
    assert kinds(talk)[:5] == ["Opened", "server", "HalfClosed", "client", "client"]
    assert talk.said("client") == b"teamilk"


# bounds


def test_sixty_four_megabytes_leave_a_small_tape_that_counts_to_the_byte() -> None:
    """Both directions: what is said plus what is left out is what went over the network."""
    size = 64 * 1024 * 1024
    server = serve(Echo)
    block = bytes(range(256)) * 4096
    with connect(server) as client:
        for _ in range(size // len(block)):
            client.send(block)
            client.expect(block, within=20)
    talk = server.wire[0]
    assert (counted(talk, "client"), counted(talk, "server")) == (size, size)
    assert kept(talk) <= KEEP
    assert kinds(talk).count("LeftOut") == 1
    times = [e.at for e in talk.events]
    assert times == sorted(times)


def test_a_piece_of_more_than_64_kib_says_what_it_left_out() -> None:
    """Its beginning is kept, its size is known."""

    class Big(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.write(b"b" * 1_000_000)
            self.transport.loseConnection()

    server = serve(Big)
    with connect(server) as client:
        assert len(client.read_rest()) == 1_000_000
    (said,) = [e for e in server.wire[0].events if isinstance(e, Said)]
    assert (len(said.data), said.left_out, said.size) == (LARGEST, 1_000_000 - LARGEST, 1_000_000)


def test_a_half_close_amid_what_is_left_out_is_not_lost() -> None:
    """It is told right after the count, and only once."""
    tape = Tape(1, Owner(4096))
    tape.heard(b"tea")
    tape.half_close("client")
    tape.half_close("client")
    for _ in range(100):
        tape.wrote(bytes(1000))
    talk = tape.snapshot()
    assert kinds(talk)[:4] == ["Opened", "client", "LeftOut", "HalfClosed"]
    assert kinds(talk).count("HalfClosed") == 1
    assert counted(talk, "server") == 100_000
    assert tape.half_closed


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=60),
    st.sampled_from([1000, 8192, KEEP]),
)
def test_every_byte_is_kept_or_counted(pieces: list[tuple[bool, int]], keep: int) -> None:
    """Any talk, any bound: the sums are right, the order stands, the ends are whole."""
    tape = Tape(1, Owner(keep))
    for client, size in pieces:
        (tape.heard if client else tape.wrote)(b"c" * size if client else b"s" * size)
    talk = tape.snapshot()
    assert counted(talk, "client") == sum(size for client, size in pieces if client)
    assert counted(talk, "server") == sum(size for client, size in pieces if not client)
    left = [e.pieces for e in talk.events if isinstance(e, LeftOut)]
    said = [(e.who == "client", e.size) for e in talk.events if isinstance(e, Said)]
    assert len(said) + sum(left) == len(pieces)
    assert isinstance(talk.events[0], Opened)
    assert kept(talk) <= keep + 3000
    if pieces:
        assert said[-1] == pieces[-1]


def test_old_conversations_are_let_go_and_counted() -> None:
    """A server that meets thousands remembers the newest hundred."""
    server = serve(Echo)
    for _ in range(103):
        connect(server).close()
    wire = server.wire
    assert (len(wire), wire.forgotten, wire[0].number) == (100, 3, 4)


# what the protocol sees


class Curious(LineReceiver):
    """Asks its transport for things."""

    transport: Any

    def lineReceived(self, line: bytes) -> None:
        answer = getattr(self, "ask_" + line.decode())()
        self.sendLine(repr(answer).encode())  # type: ignore[no-untyped-call]

    def ask_peer(self) -> Any:
        return self.transport.getPeer().host, self.transport.getHost().port

    def ask_handle(self) -> Any:
        return self.transport.getHandle().family == socket.AF_INET

    def ask_delay(self) -> Any:
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        return self.transport.getTcpNoDelay(), self.transport.getTcpKeepAlive()

    def ask_kinds(self) -> Any:
        return [k.providedBy(self.transport) for k in (ITCPTransport, ISSLTransport)]

    def ask_state(self) -> Any:
        return self.transport.connected, self.transport.disconnecting

    def ask_repr(self) -> Any:
        return self.transport

    def ask_more(self) -> Any:
        own = ("factory", "held", "outer", "tape", "transport", "wrappedProtocol")
        return [name for name in own if hasattr(self.transport, name)]

    def ask_colour(self) -> Any:
        self.transport.colour = "red"
        return self.transport.colour


def test_the_transport_answers_as_itself() -> None:
    """Addresses, socket, options, interfaces, state: all of the real transport's."""
    server = serve(Curious)
    with connect(server) as client:
        for question, answer in {
            b"peer": repr(("127.0.0.1", server.port)),
            b"handle": "True",
            b"delay": "(True, True)",
            b"kinds": "[True, False]",
            b"state": "(1, 0)",
            b"repr": "<transport of Curious>",
            b"more": "[]",
            b"colour": "'red'",
        }.items():
            client.send(question + b"\r\n")
            assert client.read_line() == answer.encode(), question


def test_a_missing_attribute_is_missed_by_name() -> None:
    """No endless search, and no pretence."""
    taped = TapedFactory(_factory(Echo)).buildProtocol(None)
    taped.makeConnection(StringTransport())
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = taped.no_such_thing
    with pytest.raises(AttributeError):
        _ = taped.__wrapped__


def _factory(kind: type[Protocol]) -> Any:
    from twisted.internet.protocol import Factory

    return Factory.forProtocol(kind)


def test_lines_stop_after_a_close_as_they_do_bare() -> None:
    """LineReceiver looks at transport.disconnecting between two lines."""
    heard = []

    class Once(LineReceiver):
        transport: Any

        def lineReceived(self, line: bytes) -> None:
            heard.append(line)
            self.transport.loseConnection()

    with connect(serve(Once)) as client:
        client.send(b"one\r\ntwo\r\n")
    assert heard == [b"one"]


def test_lines_pause_and_resume_through_the_tape() -> None:
    """What came meanwhile is delivered in order afterwards."""

    class Slow(LineReceiver):
        transport: Any

        def lineReceived(self, line: bytes) -> None:
            self.sendLine(line)  # type: ignore[no-untyped-call]
            if line == b"stop":
                self.pauseProducing()  # type: ignore[no-untyped-call]

    server = serve(Slow)
    with connect(server) as client:
        client.send(b"one\r\nstop\r\ntwo\r\n")
        client.expect(b"one\r\nstop\r\n")
        client.expect_nothing()
        client.send(b"three\r\n")
        client.expect_nothing()
        wait(server.connections[0].resumeProducing)
        client.expect(b"two\r\nthree\r\n")


def test_the_talk_can_be_handed_to_another_protocol() -> None:
    """The well-known change of transport.protocol works, and stays on the tape."""

    class Greeter(Protocol):
        transport: Any

        def dataReceived(self, data: bytes) -> None:
            echo = Echo()
            self.transport.protocol = echo
            echo.makeConnection(self.transport)  # type: ignore[no-untyped-call]
            self.transport.write(b"now echo\n")

    server = serve(Greeter)
    with connect(server) as client:
        client.send(b"go")
        client.expect(b"now echo\n")
        client.send(b"tea")
        client.expect(b"tea")
        assert [type(p) for p in server.connections] == [Echo]
    assert server.wire[0].pieces("server") == (b"now echo\n", b"tea")


def test_tls_begun_in_the_middle_is_taped_in_the_clear() -> None:
    """STARTTLS: the transport turns into a secure one, the tape goes on with the plain text."""

    class Starts(LineReceiver):
        transport: Any

        def lineReceived(self, line: bytes) -> None:
            if line == b"STARTTLS":
                self.sendLine(b"go")  # type: ignore[no-untyped-call]
                self.transport.startTLS(server_options())
            else:
                self.sendLine(line + b" %d" % ISSLTransport.providedBy(self.transport))  # type: ignore[no-untyped-call]

    server = serve(Starts)
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        plain.sendall(b"tea\r\nSTARTTLS\r\n")
        heard = b""
        while not heard.endswith(b"go\r\n"):
            heard += plain.recv(100)
        with client_context().wrap_socket(plain, server_hostname="localhost") as secret:
            secret.sendall(b"milk\r\n")
            assert secret.recv(100) == b"milk 1\r\n"
    assert heard == b"tea 0\r\ngo\r\n"
    assert server.wire[0].said("server") == b"tea 0\r\ngo\r\nmilk 1\r\n"


def test_under_tls_the_tape_has_the_plain_text() -> None:
    """And the layers say that it went encrypted."""
    server = serve(Echo, tls=True)
    with connect(server) as client:
        client.send(b"tea")
        client.expect(b"tea")
        assert isinstance(client._sock, ssl.SSLSocket)
    assert (server.wire[0].layers, server.wire[0].said("client")) == (("tcp", "tls"), b"tea")
    assert server.wire[0].events[-1].how == "closed"  # type: ignore[union-attr]


# producers


def test_a_file_sender_goes_through_the_tape_with_flat_memory() -> None:
    """The transport's buffer never holds more than a few pieces, though the client is slow."""
    held = []
    size = 30 * 1024 * 1024

    class Sender(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            FileSender().beginFileTransfer(
                io.BytesIO(bytes(size)), self.transport, self._look
            ).addCallback(lambda last: self.transport.loseConnection())

        def _look(self, data: bytes) -> bytes:
            held.append(len(self.transport.dataBuffer) + self.transport._tempDataLen)
            return data

    server = serve(Sender)
    with connect(server) as client:
        assert len(client.read_rest(within=30)) == size
    assert max(held) < 1024 * 1024
    assert counted(server.wire[0], "server") == size


def test_a_push_producer_is_paused_by_a_client_that_does_not_read() -> None:
    """registerProducer reaches the transport: backpressure works taped as it does bare."""

    class Fountain(Protocol):
        transport: Any
        paused = 0

        def connectionMade(self) -> None:
            self.on = True
            self.transport.registerProducer(self, True)

        def dataReceived(self, data: bytes) -> None:
            while self.on:
                self.transport.write(bytes(65536))

        def pauseProducing(self) -> None:
            self.on = False
            self.paused += 1

        def resumeProducing(self) -> None:
            self.transport.unregisterProducer()
            self.transport.loseConnection()

        def stopProducing(self) -> None:
            self.on = False

    server = serve(Fountain)
    with connect(server) as client:
        client.send(b"go")
        assert len(client.read_rest()) >= 65536
        talk = server.wire[0]
    assert counted(talk, "server") < 16 * 1024 * 1024


# twisted.web, which asks its transport for much


class Big(Resource):
    """Says how many bytes it was sent."""

    isLeaf = True

    def render_POST(self, request: Any) -> bytes:
        return b"%d" % len(request.content.read())


def test_a_taped_web_server_keeps_its_connections_alive() -> None:
    """Three requests, one connection, one conversation."""
    server = serve(Big())  # type: ignore[no-untyped-call]
    client = HTTPConnection("127.0.0.1", server.port, timeout=5)
    sizes = []
    for size in (3, 200_000, 5):
        client.request("POST", "/", bytes(size))
        sizes.append(client.getresponse().read())
    client.close()
    assert sizes == [b"3", b"200000", b"5"]
    assert len(server.wire) == 1


@pytest.mark.filterwarnings("ignore:twisted.web.resource:DeprecationWarning")  # its own import
def test_a_taped_web_server_sends_a_big_file(tmp_path: Any) -> None:
    """Twisted's own producer carries it, byte for byte."""
    from twisted.web.static import File

    data = bytes(range(256)) * 40_000
    (tmp_path / "big").write_bytes(data)
    server = serve(File(str(tmp_path)))
    with urllib.request.urlopen(server.url + "big", timeout=20) as answer:
        assert answer.read() == data
    assert counted(server.wire[0], "server") > len(data)


# watching


def test_a_watched_tape_knows_the_line_that_wrote() -> None:
    """Only while watching, because looking costs time; the line is the served code's."""
    server = serve(Echo)
    server.taped.watching = True
    with connect(server) as client:
        client.send(b"tea")
        client.expect(b"tea")
    (said,) = [e for e in server.wire[0].events if isinstance(e, Said) and e.who == "server"]
    assert said.where is not None
    assert said.where.function == "dataReceived"
    assert said.where.file == Echo.dataReceived.__code__.co_filename
    with connect(serve(Echo)) as client:
        client.send(b"tea")
        client.expect(b"tea")
        assert client.tape is not None
        events = client.tape.snapshot().events
    assert [e.where for e in events if isinstance(e, Said)] == [None, None]


def test_the_values_need_no_twisted() -> None:
    """A wire can be read, and its tape's format with it, where Twisted is not installed."""
    code = """
        import sys
        class Block:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("twisted", "crochet", "IPython"):
                    raise ImportError(name)
        sys.meta_path.insert(0, Block())
        from labkit.wire import Conversation, Wire
        print(Wire("tea", (Conversation(1),)).last().server)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("tea\n", "")


def test_half_closes_are_events_of_their_own() -> None:
    """They compare as values."""
    assert HalfClosed(0.5, "client") == HalfClosed(0.5, "client")
    assert re.match("HalfClosed", repr(HalfClosed(0.5, "client")))
