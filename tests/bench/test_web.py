"""Web servers on the bench: what may be served, what is exchanged, and what is left behind."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from wsgiref.validate import validator

import aiohttp.web
import pytest
from klein import Klein
from twisted.internet import reactor as twisted_reactor
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from twisted.web.wsgi import WSGIResource
from werkzeug.wrappers import Response

from labkit.bench import (
    connect,
    drain_failures,
    drain_log,
    reactor,
    serve,
    servers,
    settle,
    stop_all,
    wait,
)
from labkit.errors import CannotServe

pytestmark = pytest.mark.usefixtures("bench")


class Office(Resource):
    """A page that knows who came before."""

    isLeaf = True

    def __init__(self, said: bytes = b"open") -> None:
        super().__init__()
        self.said = said

    def render_GET(self, request: Request) -> bytes:
        request.getSession()
        return self.said


class Waiting(Resource):
    """A page that never comes."""

    isLeaf = True

    def render_GET(self, request: Request) -> int:
        return NOT_DONE_YET


class Ships:
    """A reader's class with its app inside."""

    app = Klein()

    def __init__(self, count: int) -> None:
        self.count = count

    @app.route("/")
    def home(self, request: Request) -> str:
        return f"{self.count} ships"


class Tugs:
    """One whose app has another name."""

    web = Klein()


def klein_app() -> Klein:
    app = Klein()

    @app.route("/")
    async def home(request: Request) -> str:
        return "a coroutine's words"

    return app


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def pending() -> list[str]:
    """What the reactor has still to call, but for crochet's own."""
    settle()
    calls = wait(reactor.getDelayedCalls)
    return [str(call.func) for call in calls if "reapAllProcesses" not in str(call.func)]


# What is served


@pytest.mark.parametrize(
    ("make", "name", "said"),
    [
        (klein_app, "Klein", b"a coroutine's words"),
        (lambda: klein_app().resource, "Klein", b"a coroutine's words"),
        (lambda: klein_app().resource(), "KleinResource", b"a coroutine's words"),
        (lambda: Ships(3).app, "Klein", b"3 ships"),
        (lambda: Ships(4).app.resource, "Klein", b"4 ships"),
        (lambda: Ships(5), "Ships", b"5 ships"),
        (Office, "Office", b"open"),
        (lambda: Site(Office()), "Office", b"open"),
    ],
)
def test_what_the_web_knows_is_served(make: Callable[[], Any], name: str, said: bytes) -> None:
    """A Resource, a Site, a Klein app in each of its forms; named after what answers."""
    server = serve(make())
    assert (server.name, fetch(server.url)) == (name, said)


def test_two_sites_are_two_servers() -> None:
    """Each has the name of its own resource, and does not take the other's place."""
    one, two = serve(Site(Office())), serve(Site(Waiting()))
    assert set(servers()) == {one, two}


def wsgi_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"by WSGI"]


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Is never called."""


class Asgi:
    """The same as an object."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Is never called."""


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (wsgi_app, "WSGI application.*serve\\(WSGIResource\\(reactor"),
        (validator(wsgi_app), "WSGI application"),
        (Response("ships"), "WSGI application"),
        (asgi_app, "ASGI application.*daphne"),
        (Asgi(), "Asgi\\(\\) is an ASGI application"),
        (aiohttp.web.Application(), "belongs to aiohttp.*program of its own"),
        (Klein, "the class of Klein apps.*app = Klein\\(\\)"),
        (Klein.resource, "Hand over an app"),
        (Tugs(), "Tugs\\(\\) is no app, and has one: its web"),
        (Office, "Make one: serve\\(Office\\(\\)\\)"),
        (Site, "Make one: serve\\(Site\\(resource\\)\\)"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_served_is_told_the_way_that_there_is(what: Any, words: str) -> None:
    with pytest.raises(CannotServe, match=words):
        serve(what)


def test_the_cure_for_wsgi_is_one() -> None:
    """The standard library's own validator finds nothing to object to."""
    threads = twisted_reactor.getThreadPool()  # type: ignore[attr-defined]
    server = serve(WSGIResource(twisted_reactor, threads, validator(wsgi_app)))
    assert fetch(server.url) == b"by WSGI"


def test_an_address_in_ipv6_is_one_that_browsers_take() -> None:
    server = serve("tcp6:0:interface=\\:\\:1", Office())
    assert server.url == f"http://[::1]:{server.port}/"
    assert fetch(server.url) == b"open"


# What is exchanged


@pytest.mark.parametrize("kind", [Office, lambda said: Site(Office(said))])
def test_a_site_is_exchanged_on_its_port(kind: Callable[[bytes], Any]) -> None:
    """A browser that kept its connection has to make a new one, and meets the new code."""
    first = serve(kind(b"old"), name="office")
    browser = HTTPConnection("127.0.0.1", first.port, timeout=5)
    browser.request("GET", "/")
    assert browser.getresponse().read() == b"old"
    second = serve(kind(b"new"), name="office")
    assert second.port == first.port
    with pytest.raises((ConnectionError, OSError)):
        browser.request("GET", "/")
        browser.getresponse()
    browser.close()
    assert fetch(second.url) == b"new"


def test_a_session_outlives_its_cell_with_its_site_and_goes_with_it() -> None:
    """The same Site served again keeps who came; its last server's end forgets them."""
    site = Site(Office())
    server = serve(site)
    fetch(server.url)
    serve(site)
    assert len(site.sessions) == 1
    stop_all()
    assert site.sessions == {}


# What is left behind


def test_nothing_of_a_web_server_is_pending_when_it_has_stopped() -> None:
    """Not the clock of its log, a session, an idle connection, or a page that never came."""
    office, waiting = serve(Office()), serve(Waiting())
    fetch(office.url)
    with connect(office) as idle, connect(waiting) as client:
        idle.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert len(pending()) > 3
        stop_all()
        assert pending() == []


def test_nothing_of_a_site_that_was_exchanged_is_pending() -> None:
    """Cell after cell: one clock, no sessions but those of the newest."""
    for _ in range(3):
        server = serve(Office(), name="office")
        fetch(server.url)
    assert len(pending()) <= 3  # the clock, one session, one connection
    stop_all()
    assert pending() == []


def test_a_sessions_callback_that_fails_is_told_and_keeps_nobody() -> None:
    site = Site(Office())
    server = serve(site)
    fetch(server.url)
    fetch(server.url)
    first = next(iter(site.sessions.values()))
    wait(first.notifyOnExpire, lambda: 1 / 0)
    stop_all()
    assert site.sessions == {}
    assert [failure.type for failure in drain_failures()] == [ZeroDivisionError]
    assert pending() == []


def test_the_access_log_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """Twisted writes a line for each request; nobody sees it unless he asks Twisted's log."""
    drain_log()
    fetch(serve(Office()).url)
    settle()
    assert capfd.readouterr() == ("", "")
    assert drain_log() == ()
