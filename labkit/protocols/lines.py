"""Lines in a stream of bytes: cut by a core that knows no network, carried by a small shell."""

from __future__ import annotations

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol

__all__ = ["LineLengths", "LineSplitter"]


class LineSplitter:
    """Takes bytes in any pieces and returns whole lines, without their ending.

    A line ends in LF, with an optional CR before it. `limit` is the longest
    line in bytes, its ending not counted; once a longer one is seen, `too_long`
    is true, it and what follows it are dropped, and nothing more comes out.
    """

    def __init__(self, limit: int = 16384) -> None:
        self.limit = limit
        self.too_long = False
        self._tail = b""

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """The lines that these bytes complete, in order; what is unfinished is kept."""
        if self.too_long:
            return ()
        *ended, self._tail = (self._tail + data).split(b"\n")
        lines = [line.removesuffix(b"\r") for line in ended]
        for number, line in enumerate([*lines, self._tail.removesuffix(b"\r")]):
            if len(line) > self.limit:
                self.too_long, self._tail = True, b""
                return tuple(lines[:number])
        return tuple(lines)

    @property
    def tail(self) -> bytes:
        """The bytes of a line that has not ended yet."""
        return self._tail


class LineLengths(Protocol):
    """Answers every line with its length in bytes."""

    transport: ITransport

    def connectionMade(self) -> None:
        self.lines = LineSplitter()

    def dataReceived(self, data: bytes) -> None:
        for line in self.lines.receive(data):
            self.transport.write(b"%d\r\n" % len(line))
        if self.lines.too_long:
            self.transport.loseConnection()
