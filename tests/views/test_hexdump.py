"""Bytes in hexadecimal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labkit.views import html, picture
from labkit.wire import Closed, LeftOut, Said, View, Wire

from .test_picture import Tags
from .values import echo, talk, wires


@given(st.binary(min_size=1, max_size=256))
def test_the_digits_are_the_bytes(data: bytes) -> None:
    """Up to sixteen rows, all of them."""
    text = picture(View(Wire("echo", (talk(Said(0, "client", data)),)))).text
    rows = [line[8:56] for line in text.split("\n") if line.startswith("  00")]
    assert bytes.fromhex("".join(rows)) == data


@given(wires)
def test_any_wire_is_escaped_and_keeps_its_width(wire: Wire) -> None:
    """A card with one block of text."""
    seen = picture(View(wire))
    assert [tag for tag, _ in Tags(html(seen)).found] == ["div", "pre"]
    assert max(map(len, seen.text.split("\n"))) <= 79
    assert seen == picture(View(wire))


def test_what_is_not_data_is_said_in_words() -> None:
    """Connecting, what was left out, and the end."""
    events = (LeftOut(0, 10, 5, 5), Closed(0, "server", "crashed", "KeyError: b'x'"))
    text = picture(View(Wire("echo", (talk(*events),)))).text
    assert "client connects" in text
    assert "… 10 pieces left out\n  5 bytes from the client\n  5 bytes from the server" in text
    assert "KeyError: b'x'" in text


def test_a_large_piece_shows_its_beginning_and_counts_the_rest() -> None:
    """Kept or not."""
    text = picture(View(Wire("x", (talk(Said(0, "client", b"x" * 300, left_out=700)),)))).text
    assert "… 744 more bytes" in text


def test_a_wire_alone_is_a_ladder_and_its_hex_a_dump() -> None:
    """The style is what the view wishes."""
    wire = Wire("echo", (echo,))
    assert "68 65 6c 6c 6f" in picture(wire.hex).text
    assert "68 65 6c 6c 6f" not in picture(wire.timed).text
