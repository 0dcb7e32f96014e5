"""Serving again: the same port, the new code, and what becomes of who is connected."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import Resource
from twisted.web.server import Site

from labkit.bench import connect, serve, servers, stop_all
from labkit.errors import CannotServe, DialogueError, LabError, PortTaken, ServerStopped

pytestmark = pytest.mark.usefixtures("bench")


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Shout(Echo):
    """Says it in capitals."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())


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


def test_a_rerun_keeps_the_port_and_takes_the_new_code() -> None:
    """Twice in a row, old connections are dropped and the old Server says why."""
    first = serve(Echo, name="swap")
    with connect(first) as old:
        second = serve(Shout, name="swap")
        assert ends(old) == "reset"
    third = serve(Shout, name="swap")
    assert (first.port, first.port) == (second.port, third.port)
    assert answers(third) == b"TEA"
    assert servers() == (third,)
    with pytest.raises(ServerStopped, match="replaced when swap was served again"):
        connect(first)


def test_the_tape_of_a_dropped_connection_says_who_ended_it() -> None:
    """Not the client, not the network: the lab."""
    first = serve(Echo, name="swap")
    with connect(first):
        serve(Shout, name="swap")
        last = first.wire[0].events[-1]
        assert (last.who, last.how) == (None, "stopped")  # type: ignore[union-attr]


class Counter(Protocol):
    """Numbers what it hears."""

    transport: Any
    word = b"old"
    heard = 0

    def dataReceived(self, data: bytes) -> None:
        self.heard += 1
        self.transport.write(b"%s %d\n" % (self.word, self.heard))


class NewCounter(Counter):
    """The same in a newer edition."""

    word = b"new"


def test_a_live_swap_keeps_connections_and_their_attributes() -> None:
    """The next piece on an open connection runs the new class on the old state, twice over."""
    first = serve(Counter, name="count")
    with connect(first) as client:
        client.send(b".")
        assert client.read_line() == b"old 1"
        second = serve(NewCounter, name="count", swap="live")
        client.send(b".")
        assert client.read_line() == b"new 2"
        third = serve(Counter, name="count", swap="live")
        client.send(b".")
        assert client.read_line() == b"old 3"
        assert third.connections[0].factory is third.factory
        assert (len(first.wire), len(second.wire), len(third.wire)) == (0, 0, 1)
    with connect(third) as other:
        assert third.wire.last()[0].number == 2
        other.send(b".")
        assert other.read_line() == b"old 1"


def test_a_live_swap_while_the_server_is_busy_reads_on_afterwards() -> None:
    """What was held back goes to the new class once the busy block ends."""
    server = serve(Counter, name="count")
    with connect(server) as client:
        with server.busy():
            client.send(b".")
            newer = serve(NewCounter, name="count", swap="live")
        assert client.read_line() == b"new 1"
        with newer.busy(), newer.busy():
            client.send(b".")
        assert client.read_line() == b"new 2"


class Rigid(Protocol):
    """No room for a class of another shape."""

    __slots__ = ("a", "b")


def test_a_live_swap_that_cannot_be_is_refused_and_changes_nothing() -> None:
    """A class of another layout, a factory without one class: the old server goes on."""
    server = serve(Counter, name="count")
    loose = Factory()
    loose.protocol = lambda: Counter()
    with connect(server) as client:
        for what in (Rigid, loose, Site(Page())):  # type: ignore[no-untyped-call]
            with pytest.raises(CannotServe, match='Leave swap="live" out'):
                serve(what, name="count", swap="live")
        client.send(b".")
        assert client.read_line() == b"old 1"
    assert servers() == (server,)
    assert answers(serve(Echo, name="count")) == b"tea"


class FailsToStart(Factory):
    """Cannot be started."""

    def startFactory(self) -> None:
        raise RuntimeError("no beans")


def test_a_factory_that_cannot_start_leaves_the_old_one_serving() -> None:
    """The reader sees the exception; nothing is half exchanged."""
    server = serve(Echo, name="swap")
    with pytest.raises(RuntimeError, match="no beans"):
        serve(FailsToStart(), name="swap")
    assert answers(server) == b"tea"
    assert servers() == (server,)


def test_served_again_after_a_stop_the_port_is_the_same() -> None:
    """So that an address in a browser or a terminal stays good."""
    port = serve(Echo, name="again").port
    stop_all()
    assert serve(Echo, name="again").port == port


def test_changing_to_tls_replaces_the_server_on_its_port() -> None:
    """It cannot be exchanged behind an open port; the old one says it was replaced."""
    plain = serve(Echo, name="swap")
    secret = serve(Echo, name="swap", tls=True)
    assert secret.port == plain.port
    assert answers(secret) == b"tea"
    with pytest.raises(ServerStopped, match="replaced"):
        connect(plain)


def test_a_wrong_port_does_not_cost_the_running_server() -> None:
    """The new place is taken before the old one is given up."""
    server, other = serve(Echo, name="swap"), serve(Echo, name="other")
    with pytest.raises(PortTaken):
        serve(Shout, name="swap", port=other.port)
    assert answers(server) == b"tea"


def test_serving_again_while_a_client_sends_ends_that_client_only() -> None:
    """A client in the middle of a long send gets an error of the lab, and no hang."""
    server = serve(Echo, name="swap")
    with connect(server) as client, ThreadPoolExecutor(1) as pool:
        with server.busy():
            sending = pool.submit(client.send, bytes(64 * 1024 * 1024))
            serve(Shout, name="swap")
        assert isinstance(sending.exception(), LabError)
    assert answers(servers()[0]) == b"TEA"


def test_a_unix_socket_stays_where_it_was_when_served_again() -> None:
    """Same path, new code, live too; and the room goes with the last one."""
    first = serve(Counter, unix=True, name="count")
    with connect(first) as client:
        client.send(b".")
        second = serve(NewCounter, unix=True, name="count", swap="live")
        client.send(b".")
        assert client.expect(b"old 1\nnew 2\n")
    assert second.address == first.address
    first.stop()
    with connect(second) as client:
        client.send(b".")
        assert client.read_line() == b"new 1"
    stop_all()
    assert not os.path.exists(os.path.dirname(str(second.address)))
