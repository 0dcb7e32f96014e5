"""The ladder of HTTP: a message is one arrow, with its bytes one click and one call away."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings

from labkit.views import html, picture
from labkit.wire import Closed, Conversation, Opened, Said, Wire

from .values import SVG, wires, words_of

GET = b"GET /tide?day=2 HTTP/1.1\r\nHost: 127.0.0.1:40123\r\n\r\n"
OK = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 14:00:00 GMT\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Length: 4\r\n\r\n4.20"
)
PAIR = (Said(0.1, "client", GET), Said(0.2, "server", OK))


def wire(*events: Said | Closed) -> Wire:
    return Wire("office", (Conversation(1, ("tcp", "http"), (Opened(0.0), *events)),))


@settings(max_examples=60)
@given(wires)
def test_any_wire_can_be_read_as_http(any_wire: Wire) -> None:
    """It parses, keeps its width, and is the same again, whatever was said."""
    seen = picture(any_wire.http)
    assert ElementTree.fromstring(seen.svg).find(f"{SVG}title") is not None
    assert max(map(len, seen.text.split("\n"))) <= 79
    assert html(seen) == html(picture(any_wire.http))


def test_a_message_is_one_arrow() -> None:
    """Method and target there; status, type and length back; in both twins."""
    seen = picture(wire(*PAIR))
    for twin in (seen.text, words_of(seen)):
        assert "GET /tide?day=2" in twin
        assert "200 OK · text/html" in twin
        assert "4 bytes" in twin
        assert "Host" not in twin


def test_raw_is_the_ladder_of_bytes() -> None:
    """One call away."""
    assert "b'GET /ti" in picture(wire(*PAIR).raw).text


def test_the_heads_are_one_click_away() -> None:
    """With what changes from run to run left out, so that a stored page stays the same."""
    page = html(picture(wire(*PAIR)))
    assert "<details>" in page and "Host: 127.0.0.1:…" in page and "Date: …" in page
    assert "40123" not in page and "14:00" not in page
    assert "<details>" not in html(picture(wire(*PAIR).raw))


def test_what_is_not_plain_is_said_under_the_arrow() -> None:
    """Pieces, chunks, pipelining, an answer cut off."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n4.2\r\n"
    text = picture(
        wire(
            Said(0.1, "client", GET[:9]),
            Said(0.1, "client", GET[9:] + GET),
            Said(0.2, "server", OK),
            Said(0.3, "server", chunked),
            Closed(0.4, "server", "reset"),
        )
    ).text
    for words in ("in 2 pieces", "(pipelined)", "1 chunk: 3", "cut off after 3 bytes"):
        assert words in text


def test_other_words_are_shown_as_bytes_with_the_reason() -> None:
    """The reader sees what was said, and why it is no HTTP."""
    text = picture(wire(Said(0.1, "client", b"ahoy\r\n\r\n"))).text
    assert "this is not HTTP" in text and "illegal request line" in text
    assert r"b'ahoy\r\n\r\n'" in text


def test_many_exchanges_stay_a_small_picture() -> None:
    """What is left out is counted."""
    seen = picture(wire(*PAIR * 1000))
    assert len(html(seen)) < 300_000
    assert "1,984 messages left out" in seen.text
