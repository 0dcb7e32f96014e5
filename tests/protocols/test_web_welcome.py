"""labkit.protocols.web.welcome: one page, three ways."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from labkit.protocols.web import Welcome, WelcomeByHand, welcome, welcome_app

TWINS = pytest.mark.parametrize("made", [Welcome, welcome_app])


@TWINS
def test_the_ship_of_the_query_is_welcomed(web: Any, made: Any) -> None:
    """Percent-encoded UTF-8 comes back as UTF-8; the length is that of bytes."""
    web.serve(made())
    answer = web.ask("GET", "/?ship=" + quote("Zoë 港"))
    assert answer.body == "Welcome to the harbour, Zoë 港!\n".encode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@TWINS
@pytest.mark.parametrize("query", ["", "?ship=", "?ship", "?other=1"])
def test_without_a_name_it_is_a_stranger(web: Any, made: Any, query: str) -> None:
    """A missing and an empty name are the same."""
    web.serve(made())
    assert web.ask("GET", "/" + query).body == b"Welcome to the harbour, stranger!\n"


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    """One bad byte costs one character, not the page."""
    assert welcome(b"Zo\xff") == "Welcome to the harbour, Zo\N{REPLACEMENT CHARACTER}!\n".encode()


@pytest.mark.parametrize(("made", "status"), [(Welcome, 405), (welcome_app, 405)])
def test_nothing_is_posted_here(web: Any, made: Any, status: int) -> None:
    """405, and the page is still there."""
    web.serve(made())
    assert web.ask("POST", "/", b"x").status == status
    assert web.ask("GET", "/").status == 200


def test_by_hand_the_same_body_in_any_pieces(web: Any) -> None:
    """Two heads in one piece, and one in single bytes: three answers on one connection."""
    web.serve(WelcomeByHand)
    client = web.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", pieces=1)
    assert web.heard().count(welcome()) == 3
    assert web.answer().body == welcome()


def test_by_hand_a_head_has_an_end(web: Any) -> None:
    """Who sends 16 KiB without an empty line is left."""
    web.serve(WelcomeByHand)
    client = web.connect()
    client.send(bytes(16385))
    client.expect_close()
