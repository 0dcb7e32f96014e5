"""labkit.protocols.web.welcome: one page, three ways."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from labkit.protocols.web import Welcome, WelcomeByHand, welcome, welcome_app

ALL = pytest.mark.parametrize("made", [Welcome, welcome_app, lambda: WelcomeByHand])


@ALL
def test_the_ship_of_the_query_is_welcomed(web: Any, made: Any) -> None:
    """Percent-encoded UTF-8 comes back as UTF-8; the length is that of bytes."""
    web.serve(made())
    answer = web.ask("GET", "/?ship=" + quote("Zoë 港"))
    assert answer.body == "Welcome to the harbour, Zoë 港!\n".encode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@ALL
@pytest.mark.parametrize("query", ["", "?ship=", "?ship", "?other=1"])
def test_without_a_name_it_is_a_stranger(web: Any, made: Any, query: str) -> None:
    """A missing and an empty name are the same."""
    web.serve(made())
    assert web.ask("GET", "/" + query).body == b"Welcome to the harbour, stranger!\n"


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    """One bad byte costs one character, not the page."""
    assert welcome(b"Zo\xff") == "Welcome to the harbour, Zo\N{REPLACEMENT CHARACTER}!\n".encode()


@ALL
def test_nothing_is_posted_here(web: Any, made: Any) -> None:
    """405, and the page is still there."""
    web.serve(made())
    assert web.ask("POST", "/").status == 405
    assert web.ask("GET", "/").status == 200


def test_by_hand_the_same_body_in_any_pieces(web: Any) -> None:
    """Two heads in one piece, and one in single bytes: three answers on one connection."""
    web.serve(WelcomeByHand)
    client = web.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", pieces=1)
    assert web.heard().count(welcome()) == 3
    assert web.answer().body == welcome()


@pytest.mark.parametrize("junk", [b"\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", bytes(8192)])
def test_by_hand_junk_is_answered_once(web: Any, junk: bytes) -> None:
    """400, the end, and nothing for what came behind it."""
    web.serve(WelcomeByHand)
    client = web.connect()
    client.send(junk + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    client.read_rest()
    assert (web.answer().status, web.heard().count(b"HTTP/1.1 ")) == (400, 1)


@pytest.mark.parametrize("framing", ["Content-Length: 3", "Transfer-Encoding: chunked"])
def test_by_hand_a_body_is_never_taken_for_a_request(web: Any, framing: str) -> None:
    """It is refused with its head; what follows is nobody's."""
    web.serve(WelcomeByHand)
    client = web.connect()
    head = f"POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode()
    client.send(head + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    client.read_rest()
    assert (web.answer().status, web.heard().count(b"HTTP/1.1 ")) == (413, 1)


@pytest.mark.parametrize("way", ["HTTP/1.1\r\nConnection: close", "HTTP/1.0"])
def test_by_hand_who_wants_it_is_left(web: Any, way: str) -> None:
    """After the answer; and the head alone is asked for with HEAD."""
    web.serve(WelcomeByHand)
    client = web.connect()
    client.send(f"HEAD / {way}\r\nHost: a\r\n\r\n".encode())
    client.read_rest()
    assert web.answer("HEAD").headers["Content-Length"] == str(len(welcome()))
    assert web.heard().endswith(b"\r\n\r\n")
