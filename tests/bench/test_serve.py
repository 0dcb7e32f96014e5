"""serve: what may be put on the air, where, and what happens when that is done again."""

from __future__ import annotations

import gc
import os
import re
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from klein import Klein
from twisted.application.service import MultiService
from twisted.internet.interfaces import ISSLTransport, ITCPTransport, IUNIXTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import Resource
from twisted.web.server import Site

from labkit.bench import connect, serve, servers, wait
from labkit.errors import (
    CannotServe,
    LabError,
    PortTaken,
    ReactorThread,
)

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


def fetch(url: str) -> bytes:
    """The body of a page, by the standard library's client."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def answers(server: Any, said: bytes = b"tea") -> bytes:
    """What a new client hears for three bytes."""
    with connect(server) as client:
        client.send(said)
        return client.expect(re.compile(b"(?s).{%d}" % len(said)))


# what


def test_a_protocol_class_is_served() -> None:
    """serve(Echo) makes the factory and takes its name from the class."""
    server = serve(Echo)
    assert (answers(server), server.name) == (b"tea", "Echo")
    assert isinstance(server.factory, Factory)


def test_a_factory_is_served_as_it_is() -> None:
    """The Server's factory is the very object that was handed over."""
    factory = Factory.forProtocol(Echo)
    server = serve(factory)
    assert answers(server) == b"tea"
    assert server.factory is factory


@pytest.mark.parametrize("make", [Page, lambda: Site(Page())])  # type: ignore[no-untyped-call]
def test_a_page_is_served(make: Any) -> None:
    """A Resource and a Site answer a client of the standard library."""
    assert fetch(serve(make()).url) == b"a page\n"


def test_a_klein_app_is_served() -> None:
    """So does a Klein app, and one made by a reader's own subclass."""

    class Mine(Klein):
        """A Klein of the reader's."""

    for kind in (Klein, Mine):
        app = kind()

        @app.route("/")
        def home(request: Any) -> bytes:
            return b"klein\n"

        assert fetch(serve(app).url) == b"klein\n"


def test_a_factory_whose_protocol_is_a_function_is_served() -> None:
    """Twisted asks only that it can be called."""
    factory = Factory()
    factory.protocol = lambda: Shout()
    assert answers(serve(factory)) == b"TEA"


def test_two_servers_share_a_factory() -> None:
    """Each has a port and a tape of its own, and stopping one leaves the other."""
    factory = Factory.forProtocol(Echo)
    one, two = serve(factory, name="one"), serve(factory, name="two")
    assert (answers(one), answers(two)) == (b"tea", b"tea")
    one.stop()
    assert answers(two) == b"tea"
    assert (len(one.wire), len(two.wire)) == (1, 2)
    assert factory.numPorts == 1


class Slotted(Protocol):
    """Has slots, and an answer to every name."""

    __slots__ = ("heard",)
    transport: Any

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None

    def dataReceived(self, data: bytes) -> None:
        self.heard = data
        self.transport.write(self.heard)


def test_a_protocol_with_slots_and_its_own_getattr_is_served() -> None:
    """The tape asks the protocol for nothing that __getattr__ could falsify."""
    server = serve(Slotted)
    assert answers(server) == b"tea"
    assert [c.how for c in server.wire[0].events[-1:]] == ["closed"]  # type: ignore[union-attr]


def test_wrong_things_are_refused_with_the_cure() -> None:
    """One sentence each: what it is, and what to write instead."""
    wrong = {
        "without the parentheses: serve(Echo)": Echo(),
        "Make one: serve(Page())": Page,
        "Make one: serve(Factory())": Factory,
        "Derive it: class int(Protocol)": int,
        "serve(Factory.forProtocol(answers))": answers,
        "Hand over a Protocol class": 7,
        "Make one: serve(MultiService(": MultiService,
    }
    for cure, what in wrong.items():
        with pytest.raises(CannotServe) as caught:
            serve(what)
        assert cure in str(caught.value)
    assert servers() == ()


@pytest.mark.parametrize(
    "wish", [{"port": 70000}, {"port": "80"}, {"port": -1}, {"swap": "hot"}, {"factory": Echo}]
)
def test_wrong_wishes_are_refused(wish: dict[str, Any]) -> None:
    """A port out of range, a swap that is neither, a second thing."""
    with pytest.raises(CannotServe):
        serve(Echo, **wish)
    assert servers() == ()


def test_serve_in_the_reactors_thread_is_refused() -> None:
    """It would wait for itself."""
    with pytest.raises(ReactorThread):
        wait(lambda: serve(Echo))


# where


def test_only_loopback_is_listened_on() -> None:
    """Whatever is served, its port is bound to 127.0.0.1."""
    server = serve(Echo)
    assert server.address == ("127.0.0.1", server.port)
    assert server.listening.getHost().host == "127.0.0.1"


def test_a_taken_port_is_named_with_its_cure() -> None:
    """An own server's name, or the system's reason."""
    own = serve(Echo, name="kettle")
    with pytest.raises(PortTaken, match=r"own server kettle.*name='kettle'"):
        serve(Shout, port=own.port)
    with socket.socket() as foreign:
        foreign.bind(("127.0.0.1", 0))
        foreign.listen()
        with pytest.raises(PortTaken, match="Leave port= out"):
            serve(Shout, port=foreign.getsockname()[1])
    assert servers() == (own,)


def test_a_unix_socket_is_private_and_goes_with_its_server() -> None:
    """The directory that was made for it is removed, the peer is known, the tape says unix."""
    server = serve(Echo, unix=True)
    path = str(server.address)
    assert answers(server) == b"tea"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    assert (server.port, server.wire[0].layers) == (0, ("unix",))
    with pytest.raises(LabError, match="no URL"):
        _ = server.url
    server.stop()
    assert not os.path.exists(os.path.dirname(path))


def test_a_unix_socket_of_the_readers_own_path_takes_nothing_with_it(tmp_path: Path) -> None:
    """Only the socket is removed; what else lies in the directory is the reader's."""
    notes = tmp_path / "notes.txt"
    notes.write_text("keep me")
    server = serve(Echo, unix=str(tmp_path / "tea.sock"))
    assert answers(server) == b"tea"
    server.stop()
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


# Twisted lets go of the socket that it could not bind without closing it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_unix_path_that_cannot_be_is_explained(tmp_path: Path) -> None:
    """A directory that is not there."""
    with pytest.raises(PortTaken, match="cannot be made"):
        serve(Echo, unix=str(tmp_path / "nowhere" / "tea.sock"))
    gc.collect()


class Transports(Protocol):
    """Tells which kinds of transport it has."""

    transport: Any

    def connectionMade(self) -> None:
        for kind in (ITCPTransport, IUNIXTransport, ISSLTransport):
            if kind.providedBy(self.transport):
                self.transport.write(kind.__name__.encode() + b" ")
        self.transport.loseConnection()


@pytest.mark.parametrize(
    ("wish", "kinds"),
    [
        ({}, b"ITCPTransport "),
        ({"unix": True}, b"ITCPTransport IUNIXTransport "),
        ({"tls": True}, b"ITCPTransport ISSLTransport "),
    ],
)
def test_the_protocol_sees_the_transport_that_it_would_see_bare(
    wish: dict[str, Any], kinds: bytes
) -> None:
    """The tape in between provides what the real transport provides."""
    with connect(serve(Transports, **wish)) as client:
        assert client.read_rest() == kinds


def test_tls_and_unix_go_together() -> None:
    """Encrypted over a UNIX socket: the layers say so, the tape has the plain text."""
    server = serve(Echo, tls=True, unix=True)
    assert answers(server) == b"tea"
    assert server.wire[0].layers == ("unix", "tls")
    assert server.wire[0].said("client") == b"tea"


# names and the list


@pytest.mark.parametrize("name", ["chat room/öß", "a\nb", "<b>&", "x" * 300, "%s {0}"])
def test_any_name_will_do(name: str) -> None:
    """A name is a label, nothing more."""
    server = serve(Echo, name=name)
    assert answers(server) == b"tea"
    assert (servers()[0].name, server.wire.server) == (name, name)


def test_servers_lists_what_listens_in_the_order_of_its_first_serving() -> None:
    """A replaced one keeps its place; a stopped one is gone."""
    one, two = serve(Echo, name="one"), serve(Echo, name="two")
    again = serve(Shout, name="one")
    assert servers() == (again, two)
    two.stop()
    assert servers() == (again,)
    assert one.state == "replaced"
