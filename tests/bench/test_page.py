"""show: a page asked for once, what it is told with, and what is no page."""

from __future__ import annotations

import pytest
from twisted.internet.protocol import Protocol
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from labkit.bench import serve, stop_all
from labkit.bench._page import Page, show, split
from labkit.errors import LabError, ReactorThread, ServerStopped

pytestmark = pytest.mark.usefixtures("bench")


class Tides(Resource):
    """Answers with the target that was asked for."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        request.setHeader("Content-Type", "text/plain")
        return bytes(request.uri)


def test_a_page_is_asked_for_once() -> None:
    """Its status, type and body are in the value; the wire shows one connection, in order."""
    server = serve(Tides())
    page = show(server, "/tides?day=2")
    found = page.fetched
    assert (found.outcome, found.status, found.reason) == ("whole", 200, "OK")
    assert (found.kind, found.body) == ("text/plain", b"/tides?day=2")
    (talk,) = server.wire.conversations
    assert b"".join(e.data for e in talk.events if hasattr(e, "data")).startswith(b"GET /tides?")


@pytest.mark.parametrize(
    ("path", "target", "fragment"),
    [
        ("/", "/", ""),
        ("", "/", ""),
        ("tides", "/tides", ""),
        ("?day=2", "/?day=2", ""),
        ("/tides?day=2&port=sud#noon", "/tides?day=2&port=sud", "noon"),
        ("/a b/ü", "/a%20b/%C3%BC", ""),
        ("/100%25", "/100%25", ""),
        ("/two\r\nlines", "/two%0D%0Alines", ""),
        ("http://127.0.0.1:40123/tides?day=2", "/tides?day=2", ""),
        ("http://localhost:40123", "/", ""),
    ],
)
def test_a_path_is_mended(path: str, target: str, fragment: str) -> None:
    """A slash is put before it, and what no URL may have is encoded."""
    assert split(path) == (target, fragment)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (b"/tides", "Write it as text: '/tides'"),
        (7, "Write it as text, such as"),
        ("http://example.org/", "a page of another machine"),
        ("//example.org/", "a page of another machine"),
    ],
)
def test_what_is_no_path_is_said(path: object, words: str) -> None:
    with pytest.raises(LabError, match=words):
        split(path)


@pytest.mark.parametrize("height", [0, -1, 2001, "240", 2.5])
def test_a_height_is_a_number_of_pixels(height: int) -> None:
    with pytest.raises(LabError, match="from 1 to 2000"):
        show(serve(Tides()), height=height)


def test_a_server_that_stopped_is_named() -> None:
    server = serve(Tides())
    stop_all()
    with pytest.raises(ServerStopped, match="Tides was stopped"):
        show(server)


class Quiet(Protocol):
    """Never says anything."""


class Echo(Protocol):
    """Says what it hears."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Brief(Protocol):
    """Answers with a word, which is no response, and closes."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"high at noon")
        self.transport.loseConnection()


class Leaver(Protocol):
    """Closes at the first word."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.loseConnection()


class Half(Resource):
    """Announces more than it says."""

    isLeaf = True

    def render_GET(self, request: Request) -> int:
        request.setHeader("Content-Length", "12")
        request.write(b"half")
        return NOT_DONE_YET


@pytest.mark.parametrize(
    ("what", "outcome", "status"),
    [
        (Quiet, "silent", 0),
        (Echo, "no HTTP", 0),
        (Brief, "no HTTP", 0),
        (Leaver, "cut", 0),
        (Half(), "unfinished", 200),
    ],
)
def test_a_server_without_a_whole_answer_gives_a_page_too(
    what: object, outcome: str, status: int
) -> None:
    """In bounded time, because a cell that shows a fault goes on."""
    found = show(serve(what)).fetched
    assert (found.outcome, found.status) == (outcome, status)


@pytest.mark.parametrize("how", [{"tls": True}, {"unix": True}])
def test_the_benchs_own_client_goes_where_a_browser_does_not(how: dict[str, bool]) -> None:
    page = show(serve(Tides(), **how), "/tides")  # type: ignore[arg-type]
    assert page.fetched.body == b"/tides"
    assert isinstance(page, Page)


def test_it_is_not_called_in_the_reactor() -> None:
    from labkit.bench import wait

    server = serve(Tides())
    with pytest.raises(ReactorThread, match="Call it from a cell"):
        wait(show, server)
