"""labkit.protocols.lines: the limit, and what is left over."""

from __future__ import annotations

import pytest
from twisted.internet.testing import StringTransport

from labkit.protocols import LineLengths, LineSplitter


def test_keeps_the_unfinished_tail() -> None:
    """What has not ended is kept, and completes the next line."""
    lines = LineSplitter()
    assert lines.receive(b"one\ntw") == (b"one",)
    assert lines.tail == b"tw"
    assert lines.receive(b"o\n") == (b"two",)


def test_strips_one_return_only() -> None:
    """Only the CR right before LF belongs to the ending."""
    assert LineSplitter().receive(b"a\r\r\n\r\n") == (b"a\r", b"")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_line_of_exactly_the_limit_is_fine(ending: bytes) -> None:
    """The limit counts the line without its ending."""
    lines = LineSplitter(limit=4)
    assert lines.receive(b"abcd" + ending) == (b"abcd",)
    assert not lines.too_long


@pytest.mark.parametrize("rest", [b"abcde\nx\n", b"abcde", b"abcde\r\n"])
def test_a_longer_line_ends_all_after_the_good_ones(rest: bytes) -> None:
    """Earlier lines come out, the long one and what follows do not, whether it ended or not."""
    lines = LineSplitter(limit=4)
    assert lines.receive(b"ok\n" + rest) == (b"ok",)
    assert lines.too_long
    assert lines.receive(b"more\n") == ()
    assert lines.tail == b""


def test_the_shell_answers_the_good_lines_and_closes() -> None:
    """The answers to earlier lines leave before the connection ends."""
    protocol, transport = LineLengths(), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(b"sea\n" + b"x" * 16385)
    assert transport.value() == b"3\r\n"
    assert transport.disconnecting
