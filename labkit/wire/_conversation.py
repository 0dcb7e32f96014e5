"""What was said on a connection, as frozen values. No Twisted here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import evolve, field, frozen

from labkit._frames import Where as Where

Who = Literal["client", "server"]
How = Literal["closed", "reset", "crashed", "stopped"]


@frozen
class Opened:
    """The connection was accepted. `at` is always 0.0."""

    at: float


@frozen
class Said:
    """One piece: one `dataReceived` when the client spoke, one `write` when the server did.

    `at` is seconds since the connection opened. `where` is the line of the
    served code that wrote the piece, known only while a check is watching.
    `left_out` counts the bytes of a very large piece that were not kept: its end.
    """

    at: float
    who: Who
    data: bytes
    where: Where | None = None
    left_out: int = 0

    @property
    def size(self) -> int:
        """Bytes in the piece, kept or not."""
        return len(self.data) + self.left_out


@frozen
class LeftOut:
    """The middle of a long conversation: counted, not kept."""

    at: float
    pieces: int
    client_bytes: int
    server_bytes: int


@frozen
class HalfClosed:
    """One side said that it will send no more, and still reads."""

    at: float
    who: Who


@frozen
class Closed:
    """The end. `who` ended it, None when the network did.

    `how`: "closed" in order (FIN), "reset" (RST: abortConnection, SO_LINGER 0),
    "crashed" (the served code raised, and Twisted dropped the connection),
    "stopped" (the lab stopped the server). `why` is Twisted's reason in words.
    """

    at: float
    who: Who | None
    how: How
    why: str = ""


Event = Opened | Said | LeftOut | HalfClosed | Closed


@frozen
class Conversation:
    """One connection of a server, as the server lived it.

    `number` counts the server's connections from 1. `layers` is how it came,
    outermost last: ("tcp",), ("tcp", "tls"), ("unix",), ("memory",). With "http" it is
    read as such when it is drawn; "h2" is HTTP/2. What is recorded under TLS is the plain text.
    `sends` are the sizes of the client program's own `send` calls, in order, known
    only for the lab's clients: compared with the pieces they show what TCP joined
    and split.
    """

    number: int
    layers: tuple[str, ...] = ("tcp",)
    events: tuple[Event, ...] = ()
    sends: tuple[int, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the connection still stood when this was recorded."""
        return not (self.events and isinstance(self.events[-1], Closed))

    @property
    def http(self) -> Conversation:
        """The same, read as HTTP: an arrow for each request and each response."""
        return evolve(self, layers=(*self.raw.layers, "http"))

    @property
    def raw(self) -> Conversation:
        """The same with an arrow for each piece, whatever was said in them."""
        return evolve(self, layers=tuple(layer for layer in self.layers if layer != "http"))

    def pieces(self, who: Who) -> tuple[bytes, ...]:
        """What one side said, piece by piece, as far as it was kept."""
        return tuple(e.data for e in self.events if isinstance(e, Said) and e.who == who)

    def said(self, who: Who) -> bytes:
        """All that one side said, as far as it was kept, in one piece."""
        return b"".join(self.pieces(who))


@frozen
class Wire:
    """All conversations of one server so far; a picture of a moment, never changed later.

    `forgotten` counts older conversations that were let go to bound memory.
    """

    server: str
    conversations: tuple[Conversation, ...] = ()
    forgotten: int = 0

    def __len__(self) -> int:
        return len(self.conversations)

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self.conversations)

    def __getitem__(self, index: int) -> Conversation:
        return self.conversations[index]

    @property
    def http(self) -> Wire:
        """The same talk read as HTTP: an arrow for each request and each response."""
        return evolve(self, conversations=tuple(talk.http for talk in self))

    @property
    def raw(self) -> Wire:
        """The same talk with an arrow for each piece, whatever was said in them."""
        return evolve(self, conversations=tuple(talk.raw for talk in self))

    @property
    def hex(self) -> View:
        """The same talk as a hex dump."""
        return View(self, "hex")

    @property
    def timed(self) -> View:
        """The same ladder with a column of times, in milliseconds."""
        return View(self, "timed")

    def last(self, count: int = 1) -> Wire:
        """The wire with only its newest `count` conversations."""
        kept = self.conversations[-count:]
        return Wire(self.server, kept, self.forgotten + len(self.conversations) - len(kept))

    def pcapng(self, path: str) -> str:
        """Write a capture file that Wireshark and tshark open; returns the path.

        Addresses, ports and TCP headers are made up for the file, the bytes,
        their order and their times are the recorded ones; TLS is shown as plain text.
        """
        from ._pcapng import write

        return write(self, path)


@frozen
class View:
    """A wire, with the wish to see it in another way: "hex" or "timed"."""

    wire: Wire
    style: Literal["hex", "timed"] = field(default="hex")
