"""Bytes as Python writes them."""

from __future__ import annotations

from ast import literal_eval

from hypothesis import given
from hypothesis import strategies as st

from labkit.views._bytes import quote_of, shown, tokens, written


@given(st.binary())
def test_tokens_are_what_repr_writes(data: bytes) -> None:
    """One token a byte, so that columns can be counted."""
    mark = quote_of(data)
    parts = tokens(data, mark)
    assert len(parts) == len(data)
    assert f"b{mark}{''.join(parts)}{mark}" == repr(data)


@given(st.binary(max_size=400), st.integers(40, 90), st.integers(0, 10**8))
def test_it_fits_and_what_is_left_out_is_counted(data: bytes, room: int, left_out: int) -> None:
    """The shown bytes are the first and the last; with the counted ones they are all."""
    text = written(shown(data, room, left_out))
    assert len(text) <= room
    parts = text.split(" … ") if " … " in text else [text]
    ends = [literal_eval(part) for part in parts if part.startswith("b")]
    gone = [int(part.split()[0].replace(",", "")) for part in parts if not part.startswith("b")]
    assert sum(map(len, ends)) + sum(gone) == len(data) + left_out
    assert data.startswith(ends[0])
    assert len(ends) == 1 or data.endswith(ends[1])


def test_short_bytes_are_whole() -> None:
    """No ellipsis where none is needed."""
    assert written(shown(b"hello\r\n", 40)) == r"b'hello\r\n'"


@given(st.binary(min_size=1), st.integers(12, 30))
def test_in_a_narrow_place_an_ellipsis_stands_for_the_count(data: bytes, room: int) -> None:
    """Beside a piece's size, which is always given."""
    text = written(shown(data, room, 10**9))
    assert len(text) <= room
    assert text.endswith(" …")
    assert data.startswith(literal_eval(text[:-2]))
