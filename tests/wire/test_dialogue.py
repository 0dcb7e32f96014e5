"""What was said, line by line, as errors show it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labkit.wire import Remark, as_text, shorten


def test_a_remark_says_who_what_and_to_whom() -> None:
    """One line each, bytes as Python writes them, a note in words."""
    talk = [Remark("client", "server", b"tea\r\n"), Remark("server", "client", note="closes")]
    assert as_text(talk) == "  client → server   b'tea\\r\\n'\n  server → client   closes"


def test_a_long_talk_shows_its_end_and_counts_the_rest() -> None:
    """Eight lines unless asked otherwise, and no word when nothing is missing."""
    talk = [Remark("client", "server", b"%d" % i) for i in range(10)]
    lines = as_text(talk).splitlines()
    assert lines[0] == "  (2 earlier remarks)"
    assert lines[1].endswith("b'2'")
    assert len(lines) == 9
    assert len(as_text(talk, most=10).splitlines()) == 10
    assert as_text([]) == ""


def test_long_bytes_lose_their_middle_and_say_how_much() -> None:
    """Both ends are shown; the count has separators."""
    assert shorten(b"short") == "b'short'"
    assert shorten(b"a" * 5000 + b"z") == (f"{b'a' * 30!r} … 4,941 bytes … {b'a' * 29 + b'z'!r}")


@given(st.binary(max_size=300), st.integers(2, 100))
def test_what_is_shown_and_what_is_counted_make_the_whole(data: bytes, most: int) -> None:
    """However long, however short the room."""
    parts = shorten(data, most).split(" … ")
    if len(data) <= most:
        assert parts == [repr(data)]
    else:
        first, gone, last = parts
        shown = [eval(first), eval(last)]
        assert data.startswith(shown[0]) and data.endswith(shown[1])
        assert sum(map(len, shown)) + int(gone.split()[0].replace(",", "")) == len(data)
