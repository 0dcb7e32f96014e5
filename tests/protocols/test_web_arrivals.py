"""labkit.protocols.web.arrivals: the form, and what is made of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from labkit.protocols.web import Arrival, ArrivalDesk, BadForm, read_arrival

FORM = "application/x-www-form-urlencoded"


def test_a_form_is_read() -> None:
    """Blanks around are nobody's."""
    assert read_arrival({b"ship": [b" Zo\xc3\xab "], b"length": [b"120"]}) == Arrival("Zoë", 120)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "the ship is missing"),
        ({b"ship": [b"  "]}, "the ship is missing"),
        ({b"ship": [b"\xff"]}, "the ship is no UTF-8"),
        ({b"ship": [b"a"]}, "the length is missing"),
        *(
            ({b"ship": [b"a"], b"length": [said.encode()]}, "the length is a whole number")
            for said in ("x", "1_0", "²", "-4", "1.5")
        ),
        *(
            ({b"ship": [b"a"], b"length": [said.encode()]}, "a ship has from 1 to 400 metres")
            for said in ("0", "401", "9" * 100_000)
        ),
    ],
)
def test_a_bad_form_is_told_in_words(fields: Any, said: str) -> None:
    """The first thing that is wrong, for a person."""
    with pytest.raises(BadForm, match=said):
        read_arrival(fields)


def test_the_longer_the_ship_the_farther_out() -> None:
    """Twelve berths for one to four hundred metres."""
    assert [Arrival("a", length).berth for length in (1, 33, 34, 200, 400)] == [1, 1, 2, 7, 12]


def post(web: Any, **fields: str) -> Any:
    return web.ask("POST", "/", urlencode(fields).encode(), Content_Type=FORM)


def test_a_filled_in_form_gets_a_berth(web: Any) -> None:
    """The name is text: no markup of the visitor's gets into the page."""
    desk = web.serve(ArrivalDesk())
    answer = post(web, ship="<b>Zoë & co</b>", length="120")
    assert answer.status == 200
    assert "&lt;b&gt;Zoë &amp; co&lt;/b&gt;, berth 4 is yours." in answer.body.decode()
    assert desk.arrivals == [Arrival("<b>Zoë & co</b>", 120)]


def test_the_form_comes_back_with_a_complaint(web: Any) -> None:
    """400, the form again, and nobody has arrived."""
    desk = web.serve(ArrivalDesk())
    answer = post(web, ship="Zoë")
    assert answer.status == 400
    assert b"Sorry: the length is missing." in answer.body
    assert b"<form" in answer.body
    assert desk.arrivals == []


def test_the_form_itself_has_no_complaint(web: Any) -> None:
    """Nobody has said anything wrong yet."""
    web.serve(ArrivalDesk())
    page = web.ask("GET", "/").body
    assert b"complaint" not in page
    assert page.count(b"<input") == 2


def test_multipart_is_the_same_to_it(web: Any) -> None:
    """As curl -F and forms with files send it."""
    web.serve(ArrivalDesk())
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("ship", "Zoë"), ("length", "120"))
    )
    body = (parts + "--b--\r\n").encode()
    answer = web.ask("POST", "/", body, Content_Type="multipart/form-data; boundary=b")
    assert "Zoë, berth 4 is yours." in answer.body.decode()
