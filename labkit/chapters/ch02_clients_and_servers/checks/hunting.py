"""c2-hunt: the reader writes the check. Two right servers, and five broken twins."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol

from labkit.errors import DialogueError
from labkit.exercises import Trial, judge


class Right(Protocol):
    """Keeps the contract, line by line."""

    transport: ITransport
    ending = b"\n"

    def connectionMade(self) -> None:
        self.buffer = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self.buffer += data
        while self.ending in self.buffer:
            self.one_line()

    def one_line(self) -> None:
        line, _, rest = bytes(self.buffer).partition(self.ending)
        self.buffer[:] = rest
        self.answer(line.removesuffix(b"\r"))

    def answer(self, line: bytes) -> None:
        self.transport.write(b"%d\r\n" % len(line))


class RightByByte(Right):
    """Keeps the contract too, and answers in many small writes."""

    def dataReceived(self, data: bytes) -> None:
        for value in data:
            self.buffer.append(value)
            if value == 10:
                self.one_line()

    def answer(self, line: bytes) -> None:
        for character in f"{len(line)}\r\n":
            self.transport.write(character.encode())


class ChunkIsLine(Right):
    """Takes the end of each piece for the end of a line."""

    def dataReceived(self, data: bytes) -> None:
        for line in data.removesuffix(b"\n").split(b"\n"):
            self.answer(line.removesuffix(b"\r"))


class CharsNotBytes(Right):
    """Counts characters."""

    def answer(self, line: bytes) -> None:
        super().answer(line.decode("utf-8", "replace").encode("latin-1", "replace"))


class BareLf(Right):
    """Waits for CR LF."""

    ending = b"\r\n"


class DroppedLine(Right):
    """Answers the first line of a piece, and drops the others."""

    def dataReceived(self, data: bytes) -> None:
        self.buffer += data
        if self.ending in self.buffer:
            self.one_line()
            del self.buffer[: self.buffer.rfind(self.ending) + 1]


class SharedBuffer(Factory):
    """One buffer for all clients."""

    class protocol(Right):
        def connectionMade(self) -> None:
            self.buffer = self.factory.buffer

    def __init__(self) -> None:
        self.buffer = bytearray()


TWINS: dict[str, tuple[Any, str]] = {
    "misses-dropped-line": (DroppedLine, "a twin that drops the second line of a piece"),
    "misses-chunk-is-line": (ChunkIsLine, "a twin that takes a piece for a line"),
    "misses-shared-buffer": (SharedBuffer, "a twin whose clients share a buffer"),
    "misses-chars-not-bytes": (CharsNotBytes, "a twin that counts characters"),
    "misses-bare-lf": (BareLf, "a twin that waits for CR LF"),
}
KEPT = "hunt returns when the server did all right, and raises DialogueError when it did not"


@judge("c2-hunt")
def hunt(t: Trial) -> None:
    """A right server is never blamed, and no twin gets through."""
    for right, what in ((Right, "a right server"), (RightByByte, "another right server")):
        with t.step(what, cites="a correct server is never blamed.", shows="no false alarm"):
            seen = _hunted(t, right)
            if seen is not None:
                got = f"{type(seen).__name__}: {seen}".splitlines()[0]
                t.refuse("blames-the-innocent", expected="no exception", got=got)
    for finding, (twin, what) in TWINS.items():
        with t.step(what, cites=KEPT, shows=what.removeprefix("a twin that ")):
            if _hunted(t, twin) is None:
                t.refuse(finding, expected="DialogueError", got="hunt returned")


def _hunted(t: Trial, what: Any) -> Exception | None:
    """What the reader's hunt raised against this server, if it is an alarm and no accident."""
    t.serve(what() if isinstance(what, type) and issubclass(what, Factory) else what)
    try:
        t.answer(t.connect)
    except (DialogueError, AssertionError) as e:
        return e
    return None
