"""What chapter 2 says in its predictions and its order is true of a live server here and now."""

from __future__ import annotations

import socket
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol

from labkit.bench import connect, drain_failures, serve, settle, stop_all
from labkit.errors import DialogueError

ROOM = Path(__file__).parents[2] / "labkit" / "chapters" / "ch02_clients_and_servers"
TOML = tomllib.loads((ROOM / "chapter.toml").read_text("utf-8"))


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """No server and no failure goes on to the next test."""
    yield
    stop_all()
    settle()
    drain_failures()


def right_option(prediction: str) -> str:
    (found,) = (p for p in TOML["predictions"] if p["id"] == prediction)
    (option,) = (o for o in found["options"] if o["key"] == found["answer"])
    return str(option["text"])


class Piecewise(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"%d " % len(data))


def test_c2_pieces_depends_on_the_network() -> None:
    """The same three sends are three pieces in one case and one in another."""
    assert "once, twice or three times" in right_option("c2-pieces")
    server = serve(Piecewise)
    with connect(server) as client:
        for word in (b"one", b"two", b"three"):
            client.send(word)
        client.expect(b"3 3 5 ")
    with connect(server) as client:
        with server.busy():
            for word in (b"one", b"two", b"three"):
                client.send(word)
        client.expect(b"11 ")


def test_c2_factory_is_one_with_two_protocols() -> None:
    """buildProtocol runs once for each connection, of the one factory."""
    assert "one factory and two protocols" in right_option("c2-factory")
    built: list[tuple[Any, Any]] = []

    class Greeting(Factory):
        def buildProtocol(self, addr: Any) -> Any:
            built.append((self, Protocol()))
            return built[-1][1]

    server = serve(Greeting())
    with connect(server), connect(server):
        settle()
        assert len({id(factory) for factory, _ in built}) == 1
        assert len({id(protocol) for _, protocol in built}) == 2


class Leaving(Protocol):
    way = "loseConnection"

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"x" * 1_000_000)
        getattr(self.transport, self.way)()


class LeavingAtOnce(Leaving):
    way = "abortConnection"


def test_c2_close_lets_everything_out_or_nothing_more() -> None:
    """loseConnection flushes and ends in order; abortConnection resets and drops the rest."""
    assert "everything and a close" in right_option("c2-close")
    with connect(serve(Leaving)) as client:
        client.send(b"all")
        assert len(client.read_rest()) == 1_000_000
        assert client.end == "closed"
    with connect(serve(LeavingAtOnce)) as client:
        client.send(b"all")
        with pytest.raises(DialogueError) as refused:
            client.read_rest()
        assert refused.value.facts["end"] == "reset"
        assert len(refused.value.facts["got"]) < 1_000_000


def test_c2_blocked_makes_everybody_wait() -> None:
    """The system accepts a connection and bytes; the answer comes when the reactor turns again."""
    assert "get no answer until" in right_option("c2-blocked")
    asleep, wake = threading.Event(), threading.Event()

    class Sleeper(Protocol):
        def dataReceived(self, data: bytes) -> None:
            if data == b"sleep":
                asleep.set()
                wake.wait(5)
            self.transport.write(data)

    server = serve(Sleeper)
    with socket.create_connection(server.address) as first:
        first.sendall(b"sleep")
        assert asleep.wait(5)
        with socket.create_connection(server.address) as other:
            other.sendall(b"hello")
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                other.recv(5)
            wake.set()
            other.settimeout(5)
            assert other.recv(5) == b"hello"


def test_c2_raise_ends_one_connection() -> None:
    """The one that raised is closed, with a failure in the log; the other goes on."""
    assert "the first connection closes, the second goes on" in right_option("c2-raise")

    class Texting(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write("hi" if data == b"text" else data)

    server = serve(Texting)
    with connect(server) as first, connect(server) as second:
        first.send(b"text")
        first.expect_close()
        second.send(b"still here")
        second.expect(b"still here")
    assert [str(f.value) for f in drain_failures()] == ["Data must be bytes"]


def test_an_exception_in_connection_made_leaves_the_client_hanging() -> None:
    """As the reply to one wrong option says in passing."""

    class Hasty(Protocol):
        def connectionMade(self) -> None:
            self.transport.write("hi")

    with connect(serve(Hasty)) as client:
        client.expect_nothing()
        assert client.end == "open"
    assert drain_failures()


def test_c2_life_is_as_recorded() -> None:
    """The pieces of the order stand in the file as a live server lives them."""
    from labkit.chapters.ch02_clients_and_servers.checks.living import recorded_life

    (order,) = (o for o in TOML["orders"] if o["id"] == "c2-life")
    assert recorded_life() == order["pieces"]
