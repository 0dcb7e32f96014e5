"""One page asked for over a connection of the bench's own client, and what came of it. RFC 9112."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import h11
from attrs import define, field, frozen

from labkit.errors import DialogueError

from ._talker import Talker

PATIENCE = 2.0  # seconds for the whole answer
_START = b"HTTP/"
MOST = 1 << 20  # bytes of a body; the rest is left where it is

Outcome = Literal["whole", "silent", "cut", "unfinished", "long", "no HTTP"]


@frozen
class Fetched:
    """An answer, or how much of one came.

    `outcome` is "whole", or why it is not: nothing came ("silent"), the server
    ended the connection too early ("cut"), it stayed open and no more came
    ("unfinished"), a body above the limit ("long"), or bytes that h11 cannot
    read ("no HTTP", with its words in `error`). `status` is 0 without a head.
    """

    outcome: Outcome
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""

    def get(self, name: str) -> str:
        """The values of a header, in any case, joined with commas; empty without one."""
        return ", ".join(value for key, value in self.headers if key == name.lower())

    @property
    def kind(self) -> str:
        """The type of the content, without its parameters; empty where none was said."""
        return self.get("Content-Type").partition(";")[0].strip().lower()


def fetch(client: Talker, target: str, within: float = PATIENCE) -> Fetched:
    """Ask for a target with GET, once, and take what comes within that many seconds."""
    reading = Reading()
    asked = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    try:
        client.send(asked.encode("ascii"))
        client.read_until(reading.measure, within)
    except DialogueError:  # not whole: what there is says why
        pass
    return reading.fetched(ended=client.end != "open")


@define
class Reading:
    """Feeds the bytes of one response to h11, none of them twice.

    `error` is h11's complaint about what is no response; a response that was cut
    off has none, and is not `whole`. `most` bytes of a body are waited for.
    """

    method: str = "GET"
    most: float = MOST
    head: h11.Response | None = None
    body: bytearray = field(factory=bytearray)
    whole: bool = False
    error: str = ""
    seen: int = 0
    connection: h11.Connection = field(factory=lambda: h11.Connection(h11.CLIENT))

    def __attrs_post_init__(self) -> None:
        asked = h11.Request(method=self.method, target="/", headers=[("Host", "localhost")])
        self.connection.send(asked)
        self.connection.send(h11.EndOfMessage())

    def measure(self, data: bytes, ended: bool) -> int:
        """How many of the bytes that came are the response; 0 to wait for more."""
        new, self.seen = data[self.seen :], len(data)
        try:
            if new:
                self._feed(new)
        except h11.RemoteProtocolError as e:
            self.error = str(e)
        # h11 waits for the end of a line that cannot become a status line (RFC 9112 section 4)
        if not self.error and not data.startswith(_START[: len(data)]):
            self.error = f"illegal status line: {data[:80]!r}"
        if ended and not self.error:
            with suppress(h11.RemoteProtocolError):  # an end in the middle is no other language
                self._feed(b"")
        if self.whole:
            return len(data) - len(self.connection.trailing_data[0])
        return len(data) if self.error or len(self.body) > self.most else 0

    def _feed(self, new: bytes) -> None:
        if not self.whole:
            self.connection.receive_data(new)
            self._take()

    def _take(self) -> None:
        while not self.whole:
            event = self.connection.next_event()
            if isinstance(event, h11.Response):
                self.head = event
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self.whole = True
            elif not isinstance(event, h11.InformationalResponse):
                return

    def fetched(self, ended: bool) -> Fetched:
        """What came so far; `ended`: nothing more will."""
        if self.head is None:
            return Fetched(self._outcome(ended), error=self.error)
        return Fetched(
            self._outcome(ended),
            self.head.status_code,
            self.head.reason.decode("latin-1"),
            tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in self.head.headers),
            bytes(self.body[:MOST]),
            self.error,
        )

    def _outcome(self, ended: bool) -> Outcome:
        if self.error:
            return "no HTTP"
        if len(self.body) > MOST:
            return "long"
        if self.whole:
            return "whole"
        if ended:
            return "cut"
        return "unfinished" if self.seen else "silent"
