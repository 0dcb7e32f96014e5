"""A check asks over HTTP as a client would, and names what is no answer."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from labkit.exercises import Passed, Trial, request_bytes

from .test_trial import finding, judged

pytestmark = pytest.mark.usefixtures("room")


def asked(t: Trial) -> None:
    t.serve()
    with t.step("a page"):
        reply = t.request("GET", "/")
        t.expect_equal((200, b"tide"), (reply.status, reply.body))


def page(value: Any) -> Resource:
    class Page(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> Any:
            return value() if callable(value) else value

    return Page()


def raw(answer: bytes, close: bool = False) -> type[Protocol]:
    class Raw(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(answer)
            if close:
                self.transport.loseConnection()

    return Raw


async def later() -> bytes:
    return b"tide"


def test_a_page_is_read_whole() -> None:
    """Status, headers and body of a resource."""
    assert isinstance(judged(asked, page(b"tide")), Passed)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntide",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nt\r\n3\r\nide\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntide",
    ],
)
def test_a_body_ends_as_it_says(answer: bytes) -> None:
    """By length and by chunks, with the connection left open; an interim response is skipped."""
    assert isinstance(judged(asked, raw(answer)), Passed)


def test_a_body_may_end_with_the_connection() -> None:
    """HTTP/1.0 knew no other way."""
    assert isinstance(judged(asked, raw(b"HTTP/1.0 200 OK\r\n\r\ntide", close=True)), Passed)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("tide", "returns-str"),
        (None, "returns-none"),
        (Deferred, "returns-deferred"),
        (later, "async-render"),
        (7, "returns-wrong-type"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_what_a_render_method_returned_is_named(value: Any, named: str) -> None:
    """Twisted answers all of them with one page, which no log mentions."""
    assert finding(judged(asked, page(value))) == named


@pytest.mark.parametrize(
    ("answer", "close", "named"),
    [
        (b"", False, "no-reply"),
        (b"", True, "closes-early"),
        (b"tide\r\n\r\n", False, "unparseable"),
        (b"tide", False, "unparseable"),
        (b"tide", True, "unparseable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntide", False, "unfinished"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntide", True, "closes-early"),
        (b"HTTP/1.1 200 OK\r\nConte", False, "unfinished"),
        (b"HTTP/1.1 200 OK\r\nConte", True, "closes-early"),
    ],
)
def test_what_is_no_answer_is_named(answer: bytes, close: bool, named: str) -> None:
    """Silence, other words than HTTP, an end that does not come, and one too early."""
    assert finding(judged(asked, raw(answer, close))) == named


def test_a_response_that_never_finishes_is_told_from_a_slow_one() -> None:
    """NOT_DONE_YET without finish, after a first write."""

    class Half(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> int:
            request.write(b"ti")
            return NOT_DONE_YET

    assert finding(judged(asked, Half())) == "unfinished"


def test_a_request_says_how_long_its_body_is() -> None:
    """Unless the check says it in another way."""
    assert b"Content-Length: 3\r\n" in request_bytes("POST", "/", {}, b"sea")
    chunked = request_bytes("POST", "/", {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n")
    assert b"Content-Length" not in chunked
