"""What every client of the bench can do, whatever carries its bytes: speak, expect, remember."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from labkit.errors import DialogueError, LabError
from labkit.wire import End, Remark, as_text, shorten
from labkit.wire._tape import Tape

SLICE = 0.02  # seconds between two looks at whether waiting still makes sense
MOST = 2000  # remarks kept of one client's talk
MOST_BYTES = 1 << 20  # and bytes of what they said; the newest is always kept


class Talker:
    """One end of a connection, spoken by hand.

    `transcript` is the talk so far, `sent` counts bytes. `give_up`, when set, is
    asked every 20 ms of silence whether waiting is of no more use.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tape: Tape | None = None
        self.end: End = "open"
        self.transcript: list[Remark] = []
        self.give_up: Callable[[], bool] | None = None
        self.by_hand = ""  # a line for the shell that says the same, where somebody knows one
        self.sent = 0
        self._buffer = bytearray()
        self._done = False
        self._told = 0

    @property
    def received(self) -> bytes:
        """What has come and was not yet taken by an expect or a read."""
        self._fill(0)
        return bytes(self._buffer)

    def send(self, data: bytes, pieces: int | Sequence[int] | None = None) -> None:
        """Send bytes, at once or in pieces that each arrive alone.

        `pieces` is a size in bytes (1: one byte at a time) or a sequence of
        sizes; what is left over goes last, in one piece. Raises DialogueError
        when the server no longer takes them.
        """
        for piece in cut(as_bytes(data, "send"), pieces):
            self._note(Remark(self.name, "server", piece))
            self._push(piece)
            if self.tape is not None:
                self._wait_until_handled()
            elif pieces is not None:
                self._pause()

    # what carries the bytes

    def _push(self, piece: bytes) -> None:
        """Hand over all bytes of a piece."""
        raise NotImplementedError

    def _fill(self, timeout: float) -> bool:
        """Wait for something to read, and read it; whether anything came."""
        raise NotImplementedError

    def _wait_until_handled(self) -> None:
        """Return when the server's protocol has dealt with what was sent."""

    def _pause(self) -> None:
        """Leave a gap between two pieces that nobody can watch arrive."""

    def _look_once_more(self) -> None:
        """Before an error is worded: take in what the server has done by now."""

    def close(self) -> None:
        """End the connection in order; twice is harmless."""
        raise NotImplementedError

    # listening

    def expect(self, wanted: bytes | re.Pattern[bytes], within: float = 2.0) -> bytes:
        """Take what the server says next; it must be these bytes, or match the pattern.

        `within` is in seconds. Returns what was taken; anything after it stays
        for the next call. Raises DialogueError, which shows the talk so far.
        """
        if isinstance(wanted, re.Pattern):
            return self._expect_like(wanted, within)
        wanted = as_bytes(wanted, "expect")
        size = len(wanted)
        self._read_until(lambda: len(self._buffer) >= size or self._differs(wanted), within)
        if bytes(self._buffer[:size]) != wanted:
            self._fill(SLICE)
            raise self._error(f"Expected {shorten(wanted)}", wanted)
        return self._take(size)

    def _expect_like(self, wanted: re.Pattern[bytes], within: float) -> bytes:
        self._read_until(lambda: wanted.match(self._buffer) is not None, within)
        match = wanted.match(self._buffer)
        if match is None:
            raise self._error(f"Expected something like {wanted.pattern!r}", wanted.pattern)
        return self._take(match.end())

    def _differs(self, wanted: bytes) -> bool:
        return not wanted.startswith(bytes(self._buffer[: len(wanted)]))

    def read_line(self, within: float = 2.0) -> bytes:
        """Take the next line, without its ending (LF, or CR LF)."""
        self._read_until(lambda: b"\n" in self._buffer, within)
        at = self._buffer.find(b"\n")
        if at < 0:
            raise self._error("Expected a whole line", b"\n", "line")
        line = self._take(at + 1)[:-1]
        return line.removesuffix(b"\r")

    def read_rest(self, within: float = 2.0) -> bytes:
        """Take all that comes until the server closes."""
        self._read_until(lambda: False, within)
        if self.end != "closed":
            raise self._error("Expected the server to close", b"", "close")
        return self._take(len(self._buffer))

    def read_until(
        self, measure: Callable[[bytes, bool], int], within: float = 2.0, what: str = "more"
    ) -> bytes:
        """Take as many of the bytes that came as `measure` says, once it says more than 0.

        It is given all that came, and whether the server has ended the connection.
        """
        self._read_until(lambda: measure(bytes(self._buffer), False) > 0, within)
        count = measure(bytes(self._buffer), self.end != "open")
        if not count:
            raise self._error(f"Expected {what}", what.encode(), "response")
        return self._take(count)

    def expect_close(self, within: float = 2.0) -> None:
        """The server must close in order (FIN), without another byte."""
        self._read_until(lambda: bool(self._buffer), within)
        if self._buffer or self.end != "closed":
            raise self._error("Expected the server to close", b"", "close")

    def _read_until(self, enough: Callable[[], bool], within: float) -> None:
        deadline = time.monotonic() + within
        while not enough() and self.end == "open" and not self._done:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            if not self._fill(min(left, SLICE)) and self.give_up is not None and self.give_up():
                self._fill(0)
                return

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _note(self, remark: Remark) -> None:
        if not self.transcript or remark.data or self.transcript[-1] != remark:
            self.transcript.append(remark)
        self._told += len(remark.data)
        while len(self.transcript) > MOST or (self._told > MOST_BYTES and len(self.transcript) > 1):
            self._told -= len(self.transcript.pop(0).data)

    def _error(
        self, what: str, expected: bytes | None = None, wanted: str = "bytes"
    ) -> DialogueError:
        self._look_once_more()
        seen = bytes(self._buffer)
        text = f"{what}, got {shorten(seen)}" if seen else f"{what}, got nothing"
        return DialogueError(
            f"{text}; {_STATES[self.end]}",
            _CURES[self.end],
            dialogue=as_text(self.transcript),
            expected=expected,
            got=seen,
            end=self.end,
            wanted=wanted,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {'closed' if self._done else self.end}>"


ENDS = {"closed": "closes", "reset": "resets"}
_STATES = {
    "open": "the connection is still open",
    "closed": "the server has closed the connection",
    "reset": "the connection was reset",
}
_CURES = {
    "open": "Look at server.wire: what arrived there, and what was written back?",
    "closed": "A server that raises is closed by Twisted: look for an error under the cell",
    "reset": "A reset comes from abortConnection, or from writing to a peer that is gone",
}


def as_bytes(data: Any, verb: str) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    kind = type(data).__name__
    shown = f"b{data!r}" if isinstance(data, str) and data.isascii() else "…encode('utf-8')"
    raise LabError(f"{verb} takes bytes, and was given {kind}", f"A network carries bytes: {shown}")


def cut(data: bytes, pieces: int | Sequence[int] | None) -> list[bytes]:
    if pieces is None:
        return [data] if data else []
    asked = list(pieces) if isinstance(pieces, Sequence) else [pieces]
    if not all(isinstance(size, int) and size > 0 for size in asked):
        raise LabError(f"pieces was {pieces!r}", "Give a size of 1 or more, or a list of sizes")
    sizes = asked * (len(data) // asked[0]) if isinstance(pieces, int) else asked
    cut, at = [], 0
    for size in sizes:
        cut.append(data[at : at + size])
        at += size
    return [c for c in [*cut, data[at:]] if c]
