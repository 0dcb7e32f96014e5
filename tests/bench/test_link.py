"""A rough road in front of a live server: what arrives, how it ends, and what is left behind."""

from __future__ import annotations

import gc
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from labkit.bench import Server, connect, drain_failures, serve, settle, stop_all
from labkit.bench._lane import HIGH, Hop
from labkit.bench._link import link
from labkit.bench._peer import ScriptedPeer
from labkit.errors import DialogueError, LabError, ServerStopped
from labkit.wire import Closed


class Shout(Protocol):
    """Answers in capitals; closes at a full stop, resets at an exclamation mark."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())
        if data.endswith(b"."):
            self.transport.loseConnection()
        if data.endswith(b"!"):
            self.transport.abortConnection()


@implementer(IHalfCloseableProtocol)
class Reverse(Protocol):
    """Answers backwards once the client has said everything."""

    transport: Any
    heard = b""
    lost: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def readConnectionLost(self) -> None:
        self.transport.write(self.heard[::-1])
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Nothing to do."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason


class Endless(Protocol):
    """Writes for as long as somebody takes it."""

    transport: Any
    made = 0

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        self.made += 65536
        self.transport.write(b"z" * 65536)

    def stopProducing(self) -> None:
        """The connection is gone."""


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """No test leaves a server, a link or a failure behind."""
    drain_failures()
    yield
    stop_all()
    settle()
    assert drain_failures() == ()


@pytest.fixture
def shout() -> Server:
    """A server that shouts."""
    return serve(Shout)


def ended(server: Server) -> Closed:
    """How the server's last talk ended."""
    end = server.wire[-1].events[-1]
    assert isinstance(end, Closed)
    return end


def test_a_smooth_link_changes_nothing(shout: Server) -> None:
    """The same bytes, both ways, and an orderly end."""
    with link(shout) as road, connect(road) as client:
        client.send(b"tea.")
        client.expect(b"TEA.")
        client.expect_close()
    assert ended(shout).how == "closed"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (1, (b"s", b"u", b"g", b"a", b"r")),
        ([2], (b"su", b"gar")),
        ((1, 3), (b"s", b"uga", b"r")),
    ],
)
def test_each_piece_is_one_datareceived(
    shout: Server, pieces: Any, expected: tuple[bytes, ...]
) -> None:
    """What the client sent at once, the server hears in these pieces."""
    with link(shout, pieces=pieces) as road, connect(road) as client:
        client.send(b"sugar")
        client.expect(b"SUGAR")
    assert shout.wire[-1].pieces("client") == expected


def test_the_answer_comes_in_pieces_too() -> None:
    """A client that reads what there is gets one piece at a time."""
    with (
        ScriptedPeer([("send", b"sugar"), ("close",)]) as peer,
        link(peer, pieces=2) as road,
        socket.create_connection(road.address, timeout=5) as sock,
    ):
        got = []
        while data := sock.recv(100):
            got.append(data)
    assert got == [b"su", b"ga", b"r"]


def test_pieces_work_over_a_unix_socket() -> None:
    """The road leads to the socket's path."""
    server = serve(Shout, name="shout-unix", unix=True)
    with link(server, pieces=1) as road, connect(road) as client:
        client.send(b"tea")
        client.expect(b"TEA")
    assert server.wire[-1].pieces("client") == (b"t", b"e", b"a")


def test_encrypted_bytes_can_be_cut_as_well() -> None:
    """TLS does not notice the pieces; the certificate still fits."""
    server = serve(Shout, name="shout-tls", tls=True)
    with link(server, pieces=[3, 5, 7]) as road, connect(road, tls=True) as client:
        client.send(b"tea")
        client.expect(b"TEA")


def test_delay_and_bandwidth_only_slow_down(shout: Server) -> None:
    """Everything still comes, in order, and the schedule says what was drawn."""
    with link(shout, delay=0.001, jitter=0.002, bandwidth=100_000) as road, connect(road) as c:
        c.send(b"tea")
        c.expect(b"TEA")
        hops = road.schedule
    assert [(h.connection, h.who, h.size) for h in hops] == [(1, "client", 3), (1, "server", 3)]
    assert all(0.001 <= h.held <= 0.003 for h in hops)


def test_the_same_seed_replays(shout: Server) -> None:
    """The client's pieces, their sizes and their delays, are those of the last time."""

    def schedule(seed: int) -> list[Hop]:
        with link(shout, pieces="random", jitter=0.001, seed=seed) as road, connect(road) as c:
            c.send(b"how do you do, and how is your tea?")
            c.expect(b"HOW DO YOU DO, AND HOW IS YOUR TEA?")
            return [hop for hop in road.schedule if hop.who == "client"]

    assert schedule(3) == schedule(3) != schedule(4)


def test_reset_after_so_many_bytes() -> None:
    """The server has heard them, exactly, when both ends are reset."""
    server = serve(Reverse)
    with link(server, reset_after=3) as road, connect(road) as client:
        client.send(b"sugar")
        with pytest.raises(DialogueError) as caught:
            client.expect(b"anything")
        assert caught.value.facts["end"] == "reset"
    assert server.wire[-1].said("client") == b"sug"
    assert (ended(server).who, ended(server).how) == ("client", "reset")


def test_half_close_after_so_many_bytes() -> None:
    """The server hears an end after them, and its answer still arrives."""
    server = serve(Reverse)
    with link(server, half_close_after=3) as road, connect(road) as client:
        client.send(b"sugar")
        assert client.read_rest() == b"gus"


def test_ends_are_passed_on_both_ways() -> None:
    """Half-close of the client; then the server's own end."""
    server = serve(Reverse)
    with link(server, pieces=2) as road, connect(road) as client:
        client.send(b"stressed")
        client.half_close()
        assert client.read_rest() == b"desserts"


def test_a_reset_of_the_server_reaches_the_client(shout: Server) -> None:
    """As a reset, not as an end."""
    with link(shout) as road, connect(road) as client:
        client.send(b"tea!")
        with pytest.raises(DialogueError):
            client.read_rest()
        assert client.end == "reset"


def test_a_reset_of_the_client_reaches_the_server() -> None:
    """The protocol is told that the connection was lost."""
    server = serve(Endless)
    with link(server) as road:
        sock = socket.create_connection(road.address, timeout=5)
        assert sock.recv(1) == b"z"
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        while road.open:
            settle(collect=False)
    assert (ended(server).who, ended(server).how) == ("client", "reset")


def test_nothing_piles_up_on_the_road() -> None:
    """A server that writes for ever is paused while the client does not read."""
    server = serve(Endless)
    with link(server) as road, socket.create_connection(road.address, timeout=5) as sock:
        assert sock.recv(1) == b"z"
        (protocol,) = server.connections
        made = -1
        while made != protocol.made:  # until the sockets on the way are full
            made = protocol.made
            for _ in range(50):
                settle(collect=False)
        lanes = [lane for way in road._gate.roads for lane in way.lanes.values()]
        assert max(lane._held for lane in lanes) <= 2 * HIGH
        came = 1
        while came < made + 65536:  # and goes on when it reads
            came += len(sock.recv(65536))
        assert protocol.made > made


def test_several_clients_have_a_road_each(shout: Server) -> None:
    """Numbered as they come."""
    with link(shout, pieces=1) as road:
        clients = [connect(road) for _ in range(5)]
        for client in clients:
            client.send(b"tea")
        for client in clients:
            client.expect(b"TEA")
            client.close()
        assert {hop.connection for hop in road.schedule} == {1, 2, 3, 4, 5}


def test_it_leads_to_whatever_is_served_under_that_name(shout: Server) -> None:
    """After the cell is run again, the same link reaches the new code."""

    class Whisper(Protocol):
        transport: Any

        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data.lower())

    with link(shout, pieces=2) as road:
        newer = serve(Whisper, name=shout.name)
        with connect(road) as client:
            client.send(b"QUIET")
            client.expect(b"quiet")
        assert newer.wire[-1].pieces("client") == (b"QU", b"IE", b"T")


def test_a_server_that_is_gone_resets_the_client(shout: Server) -> None:
    """No silence: the client learns at once that nobody is there."""
    with link(shout) as road:
        shout.stop()
        # the reset may come as early as in connect
        with pytest.raises(ConnectionResetError), socket.create_connection(road.address, 5) as sock:
            sock.recv(1)
        settle()
        assert road.open == 0


def test_stopping_frees_the_port_and_ends_the_talks(shout: Server) -> None:
    """Twice is harmless."""
    road = link(shout)
    client = connect(road)
    client.send(b"tea")
    client.expect(b"TEA")
    road.stop()
    road.stop()
    assert road.open == 0
    with client, pytest.raises(DialogueError):
        client.expect(b"more")
    with pytest.raises(LabError, match="No connection"):
        connect(road)
    with pytest.raises(ServerStopped):
        link(road)


def test_stop_all_stops_links(shout: Server) -> None:
    """A link is one of the things that the bench has opened."""
    road = link(shout)
    stop_all()
    with pytest.raises(LabError, match="No connection"):
        connect(road)


def test_a_link_that_nobody_holds_closes_its_port(shout: Server) -> None:
    """Running the cell again leaves no old port behind; open talks go on."""
    road: Any = link(shout)
    address = road.address
    client = connect(road)
    del road
    gc.collect()
    settle()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
    client.send(b"tea")
    client.expect(b"TEA")
    client.close()


@pytest.mark.parametrize(
    "bad",
    [
        {"pieces": 0},
        {"pieces": []},
        {"pieces": [1, 0]},
        {"pieces": "many"},
        {"pieces": True},
        {"pieces": b"12"},
        {"delay": -1},
        {"delay": "1"},
        {"jitter": float("nan")},
        {"bandwidth": 0},
        {"bandwidth": True},
        {"reset_after": -1},
        {"half_close_after": 1.5},
        {"seed": None},
        {"reset_after": 1, "half_close_after": 1},
    ],
)
def test_values_that_make_no_sense_are_refused(shout: Server, bad: dict[str, Any]) -> None:
    """One sentence that says what to give instead."""
    with pytest.raises(LabError, match=r"\. (Give|The)"):
        link(shout, **bad)


def test_a_link_to_nothing_is_refused(shout: Server) -> None:
    """A class, a foreign machine, a stopped server."""
    with pytest.raises(LabError):
        link(Shout)
    with pytest.raises(LabError, match="not this machine"):
        link(("192.0.2.1", 80))
    shout.stop()
    with pytest.raises(ServerStopped):
        link(shout)
