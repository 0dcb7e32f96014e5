"""A Server while it lives, and what is left when it is stopped: nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from twisted.internet.protocol import Protocol
from twisted.web.resource import Resource

from labkit.bench import connect, drain_failures, reactor, serve, servers, stop_all, wait
from labkit.errors import DialogueError

pytestmark = pytest.mark.usefixtures("bench")


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
    made.append(serve(Page()))
    clients = [connect(server) for server in made for _ in range(5)]
    assert descriptors() >= before[0] + 40
    stop_all()
    after = (descriptors(), len(wait(reactor.getDelayedCalls)), len(wait(reactor.getReaders)))
    assert after == before
    assert [client.end for client in clients] == ["open"] * 20
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
