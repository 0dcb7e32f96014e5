"""serve for endpoint strings and services: taped as all others, on this machine alone."""

from __future__ import annotations

import gc
import socket
from pathlib import Path
from typing import Any

import pytest
from twisted.application.internet import StreamServerEndpointService, TCPServer, TimerService
from twisted.application.service import MultiService, Service
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.protocol import Factory, Protocol

from labkit.bench import connect, drain_failures, reactor, serve, servers, settle, wait
from labkit.errors import CannotServe, PortTaken, ServerStopped

pytestmark = [
    pytest.mark.usefixtures("bench"),
    # Twisted lets go of a socket that it could not bind without closing it
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket"),
]

HERE = "tcp:0:interface=127.0.0.1"


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Shout(Echo):
    """Says it in capitals."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())


def says(server: Any, wanted: bytes = b"tea") -> None:
    """A new client sends three bytes and hears what is wanted."""
    with connect(server) as client:
        client.send(b"tea")
        client.expect(wanted)


def service(kind: type[Protocol] = Echo, text: str = HERE) -> StreamServerEndpointService:
    """A service of one listening part."""
    endpoint = serverFromString(reactor, text)
    return StreamServerEndpointService(endpoint, Factory.forProtocol(kind))


# strings


@pytest.mark.parametrize(
    "text",
    [
        HERE,
        "tcp:port=0:interface=127.0.0.1",
        "tcp:interface=127.0.0.1:port=0",
        r"tcp6:0:interface=\:\:1",
        "haproxy:tcp:0:interface=127.0.0.1",
    ],
)
def test_a_string_with_a_loopback_interface_is_served(text: str) -> None:
    """In any order of its parts, with IPv6 too; the Server knows its address and its URL."""
    server = serve(text, Factory.forProtocol(Echo))
    assert server.name == "Echo"
    assert server.address[0] in ("127.0.0.1", "::1")
    if not text.startswith("haproxy"):  # which wants a header of its own first
        says(server)
        assert server.wire[0].said("server") == b"tea"
    host = server.url.partition("//")[2].rpartition(":")[0]
    assert host == ("[::1]" if text.startswith("tcp6") else "127.0.0.1")


def test_a_string_takes_a_protocol_class_too() -> None:
    """Whatever serve takes alone, it takes behind a string."""
    says(serve(HERE, Shout, name="loud"), b"TEA")


def test_a_unix_string_is_a_unix_socket(tmp_path: Path) -> None:
    """Its address is the path, its layers say so, and only the socket goes at the end."""
    (tmp_path / "notes.txt").write_text("keep me")
    server = serve(f"unix:{tmp_path}/tea.sock", Echo)
    assert server.address == f"{tmp_path}/tea.sock"
    assert server.port == 0
    says(server)
    assert server.wire[0].layers == ("unix",)
    server.stop()
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tcp:0", r"open to every network.*Write tcp:0:interface=127\.0\.0\.1"),
        ("tcp:8080", "open to every network"),
        ("tcp:0:interface=", "open to every network"),
        ("tcp:0:interface=0.0.0.0", r"open to 0\.0\.0\.0.*Use interface=127\.0\.0\.1"),
        ("tcp:0:interface=192.0.2.1", "open to 192"),
        (r"tcp6:0:interface=\:\:", r"open to ::"),
        ("tcp6:0", r"interface=\\:\\:1"),
        ("haproxy:tcp:0", "every network"),
        ("ssl:0", "every network"),
        ("tcp:0:interface=127.evil.example", "open to 127.evil"),
        ("tcp:0:interface=127.0.0.1:interface=0.0.0.0", "beyond this machine"),
        ("stdio:", "standard input"),
        ("ssl:0:interface=127.0.0.1:privateKey=no-such.pem", "not an endpoint.*no-such.pem"),
        ("tea:0:interface=127.0.0.1", "not an endpoint that Twisted can make"),
        ("", "not an endpoint"),
        ("tcp:kettle:interface=127.0.0.1", "not an endpoint"),
        ("8080", "not an endpoint"),
    ],
)
def test_a_string_that_cannot_be_is_refused(text: str, reason: str) -> None:
    """Open to others, misspelt, or of a kind that would take the kernel's own input."""
    with pytest.raises(CannotServe, match=f"(?s){reason}"):
        serve(text, Echo)
    assert servers() == ()


def test_a_string_alone_and_a_wrong_factory_are_refused() -> None:
    """With what to write."""
    with pytest.raises(CannotServe, match="came alone"):
        serve(HERE)
    with pytest.raises(CannotServe, match="without the parentheses"):
        serve(HERE, Echo())


def test_a_taken_port_is_told_and_the_port_is_free_after_a_stop() -> None:
    """Of a string and of a service alike; a service leaves nothing in the log."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        text = f"tcp:{held.getsockname()[1]}:interface=127.0.0.1"
        with pytest.raises(PortTaken, match="Use port 0"):
            serve(text, Echo)
        taken = service(text=text)
        with pytest.raises(PortTaken, match="Use port 0"):
            serve(taken)
        settle()
        assert drain_failures() == ()
        assert not taken.running
    server = serve(text, Echo, name="tea")
    server.stop()
    says(serve(text, Echo, name="tea"))
    says(serve(text, Shout, name="tea"), b"TEA")
    gc.collect()


# services


def test_a_service_alone_is_served_and_given_back() -> None:
    """Started, taped, stopped; afterwards it is as it was handed over, and can be served again."""
    alone = service()
    endpoint, factory = alone.endpoint, alone.factory
    for _ in range(3):  # a cell that is run again, the service made in another
        server = serve(alone, name="alone")
        assert alone.running
        says(server)
        assert len(server.wire) == 1
    server.stop()
    assert not alone.running
    assert (alone.endpoint, alone.factory) == (endpoint, factory)
    says(serve(alone, name="alone"))


def test_every_listening_part_of_a_tree_is_taped() -> None:
    """One wire for all, numbered through; the first part is the address; a stop drops all."""
    started = []

    class Watches(Service):
        def startService(self) -> None:
            super().startService()  # type: ignore[no-untyped-call]
            started.append(self.running)

    tree, branch = MultiService(), MultiService()
    for part in (service(Echo), service(Shout)):
        part.setServiceParent(branch)
    branch.setServiceParent(tree)
    Watches().setServiceParent(tree)  # type: ignore[no-untyped-call]
    server = serve(tree, name="tree")
    second = wait(lambda: branch.services[1]._waitingForPort.result.getHost().port)
    says(server)
    with connect(second) as client:
        client.send(b"tea")
        client.expect(b"TEA")
        client.send(b"more")
        client.expect(b"MORE")
        assert len(server.connections) == 1
        server.stop()
        with pytest.raises(Exception, match="reset"):
            client.expect(b"x")
    assert started == [1]
    talks = server.wire
    assert [c.number for c in talks] == [1, 2]
    assert [c.said("server") for c in talks] == [b"tea", b"TEAMORE"]
    assert not tree.running


def test_a_service_with_the_same_name_replaces_the_one_before() -> None:
    """Of whatever kind: the old Server says so."""
    plain = serve(Echo, name="tea")
    first = serve(service(), name="tea")
    second = serve(service(Shout), name="tea")
    says(second, b"TEA")
    for old in (plain, first):
        with pytest.raises(ServerStopped, match="replaced"):
            connect(old)
    third = serve(Echo, name="tea")
    says(third)
    assert servers() == (third,)


def test_services_that_cannot_be_served_are_refused() -> None:
    """No port, a port of the old kind, a class, one that listens beyond this machine."""
    tree = MultiService()
    TCPServer(0, Factory.forProtocol(Echo)).setServiceParent(tree)
    for what, reason in {
        TimerService(1, int): "listens on no endpoint",
        MultiService(): "listens on no endpoint",
        tree: "opens its port by itself",
        StreamServerEndpointService: "class of services",
    }.items():
        with pytest.raises(CannotServe, match=reason):
            serve(what)
    abroad = StreamServerEndpointService(TCP4ServerEndpoint(reactor, 0), Factory.forProtocol(Echo))
    factory = abroad.factory
    with pytest.raises(CannotServe, match="beyond this machine"):
        serve(abroad)
    assert not abroad.running
    assert abroad.factory is factory
    assert servers() == ()
