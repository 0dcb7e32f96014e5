"""Heads cut out of a stream: h11 agrees on the good ones, and no junk is an exception."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.protocols.http_head import Head, HeadSplitter, Malformed

GOOD = b"GET /tide?day=2 HTTP/1.1\r\nHost: harbour\r\nX-Ship:  Aurora \r\n\r\n"
TIDE = Head(b"GET", b"/tide?day=2", b"HTTP/1.1", ((b"host", b"harbour"), (b"x-ship", b"Aurora")))

token = st.text("abcXYZ09-_!~", min_size=1, max_size=8).map(str.encode)
value = st.text("abc :/;=\t", max_size=12).map(str.encode)
heads = st.tuples(token, token, st.lists(st.tuples(token, value), max_size=5))


def written(method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    lines = [method + b" /" + target + b" HTTP/1.1", b"Host: h"]
    return b"\r\n".join([*lines, *(n + b": " + v for n, v in headers), b"", b""])


@given(st.lists(heads, min_size=1, max_size=3), st.lists(st.integers(1, 30), max_size=12))
def test_any_pieces_give_the_same_heads(many: list[tuple], sizes: list[int]) -> None:  # type: ignore[type-arg]
    """Whole, byte by byte, joined: the same."""
    said = b"".join(written(*one) for one in many)
    whole, cut = HeadSplitter(), HeadSplitter()
    found = []
    rest = said
    for size in sizes:
        found += cut.receive(rest[:size])
        rest = rest[size:]
    found += cut.receive(rest)
    assert tuple(found) == whole.receive(said)
    assert len(found) == len(many)


@given(heads)
def test_h11_reads_the_same(one: tuple) -> None:  # type: ignore[type-arg]
    """Another parser, which nobody here wrote, agrees on method, target and headers."""
    said = written(*one)
    (mine,) = HeadSplitter().receive(said)
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(said)
    try:
        event = theirs.next_event()
    except h11.RemoteProtocolError:
        return  # it also reads meaning into some headers, such as Transfer-Encoding
    assert isinstance(event, h11.Request) and isinstance(mine, Head)
    assert (mine.method, mine.target) == (event.method, event.target)
    assert list(mine.headers) == [(n, v) for n, v in event.headers]


@given(st.binary(max_size=300))
def test_junk_is_a_value_and_never_an_exception(junk: bytes) -> None:
    """A head, an error, or not enough yet."""
    found = HeadSplitter(limit=100).receive(junk)
    assert all(isinstance(part, Head | Malformed) for part in found)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"ahoy\r\n\r\n", "request line"),
        (b"\r\n\r\n", "request line"),
        (b"GET  / HTTP/1.1\r\n\r\n", "request line"),
        (b"GET / HTTP/2.0\r\n\r\n", "request line"),
        (b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\nHost: h\r\n\r\n", "request line"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 8192, "too long"),
    ],
)
def test_what_breaks_a_rule_is_named(said: bytes, error: str) -> None:
    """RFC 9112, sections 2.2, 3, 5.1 and 5.2; and nothing is read after it."""
    splitter = HeadSplitter()
    assert splitter.receive(GOOD + said + GOOD) == (TIDE, Malformed(error))  # type: ignore[arg-type]
    assert splitter.receive(GOOD) == ()


def test_a_head_of_exactly_the_limit_is_allowed() -> None:
    """The empty line counts."""
    assert HeadSplitter(limit=len(GOOD)).receive(GOOD) == (TIDE,)
    assert HeadSplitter(limit=len(GOOD) - 1).receive(GOOD) == (Malformed("too long"),)
