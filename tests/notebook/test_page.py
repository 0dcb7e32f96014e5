"""The picture of a page: what is stored, what is live, and what a reader is told of the way."""

from __future__ import annotations

import re
from html import unescape

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from labkit.bench._fetch import Fetched
from labkit.bench._page import Page
from labkit.notebook._page import looked_at, picture_of
from labkit.notebook._page_text import decoded, of_html
from labkit.notebook._page_way import Way, forbids_frames, way_to
from labkit.refresh import executed
from labkit.views import html

HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}
LIVE = Way("http://127.0.0.1:40123/tides")


def answer(body: bytes = b"", status: int = 200, **headers: str) -> Fetched:
    """A whole answer; in the names of headers _ stands for -."""
    given = {"content_type": "text/html"} | headers
    pairs = tuple((name.replace("_", "-"), value) for name, value in given.items() if value)
    return Fetched("whole", status, "OK", pairs, body)


def page(found: Fetched, address: object = ("127.0.0.1", 40123), tls: bool = False) -> Page:
    return Page("/tides?day=2", "noon", 240, address, tls, found)  # type: ignore[arg-type]


# The way there


def test_on_a_plain_machine_the_browser_asks_the_server_itself() -> None:
    """Also with the proxy installed, and for IPv6."""
    for proxy in (True, False):
        assert way_to(page(answer()), {}, proxy) == Way("http://127.0.0.1:40123/tides?day=2#noon")
    assert way_to(page(answer(), ("::1", 40123)), {}, False).url.startswith("http://[::1]:40123/")


def test_behind_a_hub_the_way_leads_through_the_proxy() -> None:
    """On the hub's own address, whatever that is."""
    assert way_to(page(answer()), HUB, True) == Way("/user/ann/proxy/40123/tides?day=2#noon")


@pytest.mark.parametrize(
    ("found", "proxied", "words"),
    [
        (page(answer()), False, "pip install jupyter-server-proxy"),
        (page(answer(), ("::1", 40123)), True, "does not reach ::1"),
        (page(answer(), tls=True), True, "throwaway authority"),
        (page(answer(), "/a/socket"), True, "cannot open a UNIX socket"),
        (page(answer(x_frame_options="deny")), True, "X-Frame-Options: DENY"),
    ],
)
def test_where_there_is_no_way_one_sentence_says_why(
    found: Page, proxied: bool, words: str
) -> None:
    way = way_to(found, HUB, proxied)
    assert not way.url
    (sentence,) = way.words
    assert words in sentence
    assert "this is the page as the bench's own client got it" in sentence


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (answer(b"<a href='/abs'>"), "a link that begins with / leaves your server"),
        (answer(b'<img SRC="/abs">'), "a link that begins with / leaves your server"),
        (Fetched("unfinished", 200), "holds a page back until it is whole"),
    ],
)
def test_what_the_proxy_changes_is_said_where_it_matters(found: Fetched, words: str) -> None:
    (sentence,) = way_to(page(found), HUB, True).words
    assert words in sentence
    assert way_to(page(found), {}, True).words == ()


@pytest.mark.parametrize("body", [b"<a href='next'>", b"<a href=//other.example>", b"1 ='/'"])
def test_a_page_that_goes_through_the_proxy_as_it_is_gets_no_words(body: bytes) -> None:
    assert way_to(page(answer(body)), HUB, True).words == ()


@pytest.mark.parametrize(
    "found", [Fetched("silent"), answer(status=204), answer(content_type="text/csv")]
)
def test_what_a_frame_would_not_show_is_not_put_in_one(found: Fetched) -> None:
    """Nothing, no content, or what a browser would store as a file."""
    assert way_to(page(found), {}, True) == Way()


@pytest.mark.parametrize(
    ("headers", "same_origin", "other_origin"),
    [
        ({}, "", ""),
        ({"x_frame_options": "SAMEORIGIN"}, "", "X-Frame-Options: SAMEORIGIN"),
        ({"x_frame_options": "nonsense"}, "", ""),
        ({"content_security_policy": "default-src 'self'"}, "", ""),
        (
            {"content_security_policy": "img-src *; frame-ancestors 'none'"},
            "frame-ancestors 'none'",
            "frame-ancestors 'none'",
        ),
        ({"content_security_policy": "frame-ancestors 'self'"}, "", "frame-ancestors 'self'"),
        ({"content_security_policy": "frame-ancestors *", "x_frame_options": "DENY"}, "", ""),
    ],
)
def test_who_forbids_frames(headers: dict[str, str], same_origin: str, other_origin: str) -> None:
    """frame-ancestors comes first; the proxy's pages have the notebook's own origin."""
    found = answer(**headers)
    assert forbids_frames(found, same_origin=True) == same_origin
    assert forbids_frames(found, same_origin=False) == other_origin


# The picture


def test_the_words_are_the_same_live_and_still_and_name_no_address() -> None:
    found = page(answer(b"<title>Tides</title><p>High: 127.0.0.1:40123"))
    live, still = picture_of(found, LIVE, True), picture_of(found, Way(), False)
    assert live.text == still.text
    assert live.text.splitlines() == [
        "GET /tides?day=2 · 200 OK · text/html · 44 bytes",
        "  “Tides”",
        "  High: 127.0.0.1:…",
    ]
    assert "40123" not in html(still)


def test_a_live_page_has_the_still_one_inside() -> None:
    """Which is seen where no script runs, and when nobody answers on another day."""
    shown = html(picture_of(page(answer(b"<p>High</p>")), LIVE, True))
    inside = re.search(
        r'<div data-url="http://127.0.0.1:40123/tides"[^>]*>(.*)</div><script>', shown
    )
    assert inside is not None
    assert inside[1] in html(picture_of(page(answer(b"<p>High</p>")), Way(), False))
    assert 'data-height="240"' in inside[0]


def test_a_stored_page_runs_and_fetches_nothing() -> None:
    """Its frame has no rights, and its policy allows no address."""
    shown = html(picture_of(page(answer(b"<script>alert(1)</script>")), LIVE, False))
    assert "http://" not in shown and "<script" not in shown
    frame = re.search(r'<iframe sandbox="" [^>]*srcdoc="([^"]*)">', shown)
    assert frame is not None
    assert unescape(frame[1]).startswith('<meta http-equiv="Content-Security-Policy"')
    assert unescape(frame[1]).endswith("<script>alert(1)</script>")


def test_an_image_is_stored_as_one() -> None:
    shown = html(picture_of(page(answer(b"GIF", content_type="image/gif")), Way(), False))
    assert '<img alt="the image at /tides?day=2"' in shown
    assert 'src="data:image/gif;base64,R0lG"' in shown


def test_a_page_that_is_too_long_to_keep_is_stored_as_its_first_lines() -> None:
    body = b"".join(b"<p>line %d</p>" % n for n in range(10_000))
    shown = picture_of(page(answer(body)), Way(), False)
    assert "srcdoc" not in html(shown)
    assert shown.text.splitlines()[-2:] == ["  line 7", "  and 9992 more lines"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Fetched("silent"), "GET /tides?day=2 · no answer\n  Nothing came within 2 s"),
        (Fetched("cut"), "closed the connection before the head was whole"),
        (Fetched("unfinished"), "Within 2 s no empty line ended the head"),
        (Fetched("unfinished", 200), "Within 2 s a part of the body came"),
        (
            Fetched("unfinished", 200, "OK", (("content-length", "12"),), b"half"),
            "Within 2 s 4 of 12 bytes of the body came",
        ),
        (
            Fetched("cut", 200, "OK", (("content-length", "12"),), b"half"),
            "closed the connection after 4 of 12 bytes",
        ),
        (Fetched("long", 200), "longer than 1 MiB"),
        (Fetched("no HTTP", error="illegal status line"), "no HTTP response: illegal status line"),
        (answer(status=302, location="http://127.0.0.1:40123/in"), "on to http://127.0.0.1:…/in"),
        (answer(b"gone", status=404, content_type="text/plain"), "404 OK · text/plain · 4 bytes"),
        (answer(content_type=""), "200 OK · no Content-Type · 0 bytes"),
    ],
)
def test_each_trouble_is_one_clear_sentence(found: Fetched, words: str) -> None:
    shown = picture_of(page(found), Way(), False)
    assert words in shown.text
    assert len(shown.text.splitlines()) <= 3


# What a page says


def test_the_text_of_a_page_is_what_a_reader_sees() -> None:
    """Without scripts and styles; a block is a line, an entity its character."""
    source = (
        "<!doctype html><html><head><title>Tides &amp; berths</title><style>p {}</style></head>"
        "<body><h1>Tides</h1>\n<p>High at\n <b>06:12</b>.<script>x()</script><br>Low at noon</p>"
        "<table><tr><th>ship<th>berth<tr><td>Ann<td>3</table></body></html>"
    )
    assert of_html(source) == (
        "Tides & berths",
        ["Tides", "High at 06:12.", "Low at noon", "ship berth", "Ann 3"],
    )


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("Zoë".encode(), "text/plain", "Zoë"),
        ("Zoë".encode("latin-1"), "text/plain; charset=latin-1", "Zoë"),
        ("Zoë".encode(), 'text/plain; charset="utf-8"', "Zoë"),
        ("Zoë".encode(), "text/plain; charset=of-the-sea", "Zoë"),
        (b"\xff", "text/plain", "\N{REPLACEMENT CHARACTER}"),
        (b"Zo", "", "Zo"),
    ],
)
def test_a_body_is_read_in_its_own_character_set(body: bytes, kind: str, text: str) -> None:
    assert decoded(body, kind) == text


# In a notebook


def test_who_looks() -> None:
    assert not looked_at({})
    assert looked_at({"JPY_SESSION_NAME": "02.ipynb"})
    assert looked_at({"LABKIT_LIVE": "1"})
    assert not looked_at({"LABKIT_LIVE": "0"})


CELLS = """
from labkit import *
from twisted.web.resource import Resource

class Tides(Resource):
    isLeaf = True

    def render_GET(self, request):
        return b"<title>Tides</title><p>High at noon</p>" + request.prePathURL()

server = serve(Tides())
show(server, "/tides")
"""


def test_two_runs_store_the_same_bytes(tmp_path: object) -> None:
    """Another port each time, the same notebook."""
    from pathlib import Path

    stored = []
    for number in (1, 2):
        notebook = new_notebook(cells=[new_code_cell(CELLS, id="tides")])
        place = Path(str(tmp_path)) / f"{number}.ipynb"
        stored.append(nbformat.writes(executed(notebook, place)))
    assert stored[0] == stored[1]
    assert "“Tides”" in stored[0] and "srcdoc=" in stored[0]
