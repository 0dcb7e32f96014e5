"""Where two byte strings part."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from labkit.views._bytes import quote_of, tokens
from labkit.views._difference import caret, compared, first_difference


@given(st.binary(), st.binary(), st.binary(), st.integers(60, 90))
@example(b"\r\n" * 90, b"a", b"b", 80)
@example(b"it's", b"\x00", b'"', 80)
def test_the_column_points_at_the_first_byte_that_differs(
    same: bytes, expected: bytes, got: bytes, room: int
) -> None:
    """In both lines, with escapes before it, cut or whole."""
    expected, got = same + expected, same + got
    found = compared(expected, got, room)
    at = first_difference(expected, got)
    mark = quote_of(expected + got)
    assert len(found.expected) <= room and len(found.got) <= room
    assert found.expected[: found.column] == found.got[: found.column]
    for shown, data in ((found.expected, expected), (found.got, got)):
        there = tokens(data[at : at + 1], mark) or [mark]
        assert shown[found.column :].startswith(there[0])


def test_first_difference_is_a_byte_or_the_end() -> None:
    """The end of the shorter one, when it is the beginning of the other."""
    assert first_difference(b"HELLO", b"HE\r\n") == 2
    assert first_difference(b"HELLO", b"HE") == 2
    assert first_difference(b"", b"") == 0


def test_the_difference_is_said_in_words() -> None:
    """When the check has no words of its own."""
    assert compared(b"abc", b"", 80).words == "nothing came"
    assert compared(b"abc", b"a", 80).words == "it ends after 1 of 3 bytes"
    assert compared(b"abc", b"abcd", 80).words == "1 byte too many"
    assert compared(b"abc", b"aBc", 80).words == "byte 2 is the first that differs"
    assert compared(b"abc", b"abc", 80).words == ""


@given(st.integers(0, 79), st.text(st.characters(codec="ascii", categories=["L"]), max_size=200))
def test_the_caret_stays_in_its_column_whatever_the_words(column: int, words: str) -> None:
    """Near the right edge the words stand before it."""
    line = caret(column, words, 80)
    assert line[column] == "^"
    assert len(line) <= 80
