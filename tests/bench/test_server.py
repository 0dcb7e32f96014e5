"""A Server while it lives, and what is left when it is stopped: nothing."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import Resource

from labkit.bench import connect, drain_failures, reactor, serve, servers, stop_all, wait
from labkit.errors import DialogueError, LabError, ServerStopped

pytestmark = [
    pytest.mark.usefixtures("bench"),
    # Twisted leaves the socket of a buildProtocol that raised to the garbage collector
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket"),
]


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Page(Resource):
    """One page."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        return b"a page\n"


def ends(client: Any) -> str:
    """How the connection ends that is about to end: "closed" or "reset"."""
    try:
        client.expect_close()
    except DialogueError as error:
        return str(error.facts["end"])
    return "closed"


def answers(server: Any, said: bytes = b"tea") -> bytes:
    """What a new client hears for three bytes."""
    with connect(server) as client:
        client.send(said)
        return client.expect(re.compile(b"(?s).{%d}" % len(said)))


@pytest.fixture
def descriptors() -> Iterator[Any]:
    """Counts this process's open descriptors."""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here")
    yield lambda: len(os.listdir("/proc/self/fd"))


def test_stop_all_leaves_no_descriptor_no_timer_and_no_socket(descriptors: Any) -> None:
    """TCP, TLS, UNIX, a web server with its clock, clients held open: all is given back."""
    stop_all()
    with connect(serve(Echo, tls=True)):  # what is made once and kept: certificates, imports
        pass
    stop_all()
    before = (descriptors(), len(wait(reactor.getDelayedCalls)), len(wait(reactor.getReaders)))
    made = [serve(Echo), serve(Echo, name="b", tls=True), serve(Echo, name="c", unix=True)]
    made.append(serve(Page()))  # type: ignore[no-untyped-call]
    clients = [connect(server) for server in made for _ in range(5)]
    assert descriptors() >= before[0] + 40
    stop_all()
    after = (descriptors(), len(wait(reactor.getDelayedCalls)), len(wait(reactor.getReaders)))
    assert after == before
    assert {repr(client) for client in clients} == {"<Client client: closed>"}
    assert servers() == ()


def test_stop_all_goes_on_past_what_cannot_be_ended() -> None:
    """One trouble is raised, and the ports are free all the same."""
    from labkit.bench._bench import also_stop

    def stuck() -> None:
        raise RuntimeError("jammed")

    server = serve(Echo)
    also_stop(stuck)
    with pytest.raises(RuntimeError, match="jammed"):
        stop_all()
    assert (servers(), server.state) == ((), "stopped")


def test_stop_all_closes_clients_made_after_an_earlier_one() -> None:
    """Also when the earlier clients are still held."""
    held = connect(serve(Echo))
    stop_all()
    later = connect(serve(Echo))
    stop_all()
    assert [repr(held), repr(later)] == ["<Client client: closed>"] * 2


def test_two_hundred_connections_are_served_at_once() -> None:
    """Each is answered, and taped by itself."""
    server = serve(Echo)
    clients = [connect(server, name=f"client {i}") for i in range(200)]
    assert len(server.connections) == 200
    for i, client in enumerate(clients):
        client.send(b"%d\n" % i)
    assert [c.read_line() for c in clients] == [b"%d" % i for i in range(200)]
    stop_all()


def test_fifty_threads_connect_at_once_and_each_has_its_own_tape() -> None:
    """Over TCP and over a UNIX socket, whose clients have no port to be told apart by."""
    for wish in ({}, {"unix": True}):
        server = serve(Echo, name="crowd", **wish)  # type: ignore[arg-type]

        def talk(i: int, server: Any = server) -> tuple[bytes, bytes]:
            with connect(server) as client:
                client.send(b"%d" % i)
                assert client.tape is not None
                return client.expect(b"%d" % i), client.tape.snapshot().said("client")

        with ThreadPoolExecutor(50) as pool:
            told = list(pool.map(talk, range(50)))
        assert told == [(b"%d" % i, b"%d" % i) for i in range(50)]
        server.stop()


def test_a_protocol_that_fails_is_not_the_bench_failing() -> None:
    """The exception is collected, the connection is recorded as crashed, the server goes on."""

    class Fragile(Echo):
        def dataReceived(self, data: bytes) -> None:
            if data == b"milk":
                raise ValueError("curdled")
            super().dataReceived(data)

    server = serve(Fragile)
    with connect(server) as client:
        client.send(b"milk")
        assert ends(client) in ("closed", "reset")
    last = server.wire[0].events[-1]
    assert (last.how, last.why) == ("crashed", "ValueError: curdled")  # type: ignore[union-attr]
    assert [f.getErrorMessage() for f in drain_failures()] == ["curdled"]
    assert answers(server) == b"tea"


def test_stopping_twice_is_harmless() -> None:
    """And what the server was stays known: its port, its address, its wire."""
    server = serve(Echo)
    port = server.port
    assert answers(server) == b"tea"
    server.stop()
    server.stop()
    assert (server.state, server.port, server.address) == ("stopped", port, ("127.0.0.1", port))
    assert server.wire[0].said("server") == b"tea"
    with pytest.raises(ServerStopped, match="Echo was stopped"):
        connect(server)


def test_a_stop_out_of_a_callback_returns_at_once_and_is_done_soon() -> None:
    """In the reactor's thread nothing can wait for the end; the stop goes on by itself."""

    class Quitter(Protocol):
        def dataReceived(self, data: bytes) -> None:
            server.stop()

    server = serve(Quitter)
    with connect(server) as client:
        client.send(b".")
        assert ends(client) == "reset"
    assert server.state == "stopped"
    with pytest.raises(LabError, match="No connection"):
        connect(server.port)


def test_a_busy_server_joins_what_was_sent_meanwhile() -> None:
    """Three sends, one piece; the wire shows both, and the server goes on afterwards."""
    server = serve(Echo)
    with connect(server) as client:
        with server.busy():
            for word in (b"one", b"two", b"three"):
                client.send(word)
        client.expect(b"onetwothree")
        client.send(b"four")
        client.expect(b"four")
    talk = server.wire[0]
    assert talk.pieces("client") == (b"onetwothree", b"four")
    assert talk.sends == (3, 3, 5, 4)


def test_busy_ends_after_an_exception_too() -> None:
    """The server reads again, and a client that came meanwhile is served."""
    server = serve(Echo)
    with pytest.raises(ZeroDivisionError), server.busy():
        late = connect(server)
        late.send(b"tea")
        raise ZeroDivisionError
    late.expect(b"tea")
    late.close()


class Holds(Protocol):
    """Reads one piece, then no more until it is let."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)
        self.transport.pauseProducing()


def test_busy_does_not_wake_a_protocol_that_paused_itself() -> None:
    """What the protocol wants outlives what the bench wants."""
    server = serve(Holds)
    with connect(server) as client:
        client.send(b"one")
        client.expect(b"one")
        with server.busy():
            pass
        client.send(b"two")
        client.expect_nothing()
        wait(server.connections[0].transport.resumeProducing)
        client.expect(b"two")


def test_connections_are_the_protocols_that_stand() -> None:
    """Oldest first, the reader's own instances, and gone when their client is."""
    server = serve(Echo)
    with connect(server) as one:
        with connect(server):
            assert [type(p) for p in server.connections] == [Echo, Echo]
            first = server.connections[0]
            assert first.transport.getPeer().port == one.port
        assert server.connections == (first,)
    assert server.connections == ()  # type: ignore[comparison-overlap]


def test_a_wire_is_a_picture_of_its_moment() -> None:
    """Numbered from 1, never changed later, comparable."""
    server = serve(Echo)
    for word in (b"tea", b"milk"):
        with connect(server) as client:
            client.send(word)
            client.expect(word)
    early = server.wire
    assert answers(server) == b"tea"
    assert [c.number for c in early] == [1, 2]
    assert [c.number for c in server.wire] == [1, 2, 3]
    assert (early[1].said("client"), early[1].said("server")) == (b"milk", b"milk")
    with pytest.raises(AttributeError):
        early.server = "other"  # type: ignore[misc]


def test_the_wire_of_a_blocked_reactor_still_comes() -> None:
    """It is looked at from the caller's thread when the reactor does not answer."""
    entered, leave = threading.Event(), threading.Event()

    class Stuck(Echo):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            entered.set()
            leave.wait(20)

    server = serve(Stuck)
    try:
        with connect(server.port) as client:
            client.send(b"tea")
            assert entered.wait(20)
            assert server.wire[0].said("server") == b"tea"
            leave.set()
            client.expect(b"tea")
    finally:
        leave.set()


def test_a_refused_connection_is_on_the_wire() -> None:
    """buildProtocol returned None: the client meets the end, the wire the reason."""

    class Closed(Factory):
        def buildProtocol(self, addr: Any) -> None:
            return None

    server = serve(Closed())
    with connect(server) as client:
        assert ends(client) == "closed"
    assert server.wire[0].events[-1].why == "buildProtocol gave no protocol"  # type: ignore[union-attr]
    assert server.connections == ()
    answers(serve(Echo))


def test_a_buildprotocol_that_raises_is_reported_and_recorded() -> None:
    """The failure is collected; the server goes on."""

    class Broken(Factory):
        def buildProtocol(self, addr: Any) -> Protocol:
            raise LookupError("no cups")

    server = serve(Broken())
    for _ in range(2):
        connect(server).close()
    assert [f.getErrorMessage() for f in drain_failures()] == ["no cups"] * 2
    assert [c.open for c in server.wire] == [False, False]


def test_a_connectionmade_that_raises_leaves_a_silent_connection() -> None:
    """As in plain Twisted: logged, the socket stays open, the protocol still hears."""

    class Silent(Echo):
        def connectionMade(self) -> None:
            raise LookupError("no kettle")

    server = serve(Silent)
    with connect(server) as client:
        client.expect_nothing()
        assert [f.getErrorMessage() for f in drain_failures()] == ["no kettle"]
        assert len(server.connections) == 1
    assert not server.wire[0].open


def test_url_and_repr_say_what_they_are() -> None:
    """https under TLS, and no port in the text twin, which is stored in notebooks."""
    assert serve(Echo, tls=True).url.startswith("https://127.0.0.1:")
    assert repr(servers()[0]) == "<Server Echo: tcp, tls, listening>"
