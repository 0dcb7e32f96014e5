"""One HTTP exchange of a check: the request as bytes, the response read whole. RFC 9112."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import h11
from attrs import field, frozen

from labkit.bench._talker import Talker

from ._evidence import Refusal

ENTIRE = "a whole HTTP response"


@frozen
class Reply:
    """A response. `headers` are (name in lower case, value); `closed`: the server ended it too."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    closed: bool

    def get(self, name: str) -> str | None:
        """The first header of that name, in any case; None without one."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    @property
    def length(self) -> int | None:
        """The length that was announced, in bytes; None where none was."""
        said = self.get("Content-Length")
        return None if said is None else int(said)


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A request of HTTP/1.1. Host, and Content-Length where there is a body, are added."""
    known = {name.lower() for name in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [] if "host" in known else ["Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body and not known & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read_reply(client: Talker, method: str, within: float) -> Reply:
    """Take one response. Raises DialogueError, or a Refusal for what is no answer."""
    parser = _Parser(method)
    client.read_until(parser.measure, within, ENTIRE)
    assert parser.head is not None
    reply = Reply(
        parser.head.status_code,
        parser.head.reason.decode("latin-1"),
        tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in parser.head.headers),
        bytes(parser.body),
        client.end == "closed",
    )
    _refuse_no_bytes(reply)
    return reply


@frozen
class _Parser:
    """Feeds a response to h11, which never sees a byte twice."""

    method: str
    parts: list[h11.Event] = field(factory=list)
    body: bytearray = field(factory=bytearray)
    seen: list[int] = field(factory=lambda: [0])
    connection: h11.Connection = field(factory=lambda: h11.Connection(h11.CLIENT))

    def __attrs_post_init__(self) -> None:
        request = h11.Request(method=self.method, target="/", headers=[("Host", "localhost")])
        self.connection.send(request)
        self.connection.send(h11.EndOfMessage())

    @property
    def head(self) -> h11.Response | None:
        return next((part for part in self.parts if isinstance(part, h11.Response)), None)

    def measure(self, data: bytes, ended: bool) -> int:
        """How many of the bytes that came are the response; 0 while it is not whole."""
        if not self._whole:
            try:
                self._feed(data[self.seen[0] :], ended)
            except h11.RemoteProtocolError as e:
                # a response that was cut off is no other words: the dialogue shows it
                if not (ended and ("closed connection" in str(e) or "ConnectionClosed" in str(e))):
                    raise Refusal("unparseable", ENTIRE, data, str(e)) from None
            self.seen[0] = len(data)
        return len(data) - len(self.connection.trailing_data[0]) if self._whole else 0

    @property
    def _whole(self) -> bool:
        return bool(self.parts) and isinstance(self.parts[-1], h11.EndOfMessage)

    def _feed(self, new: bytes, ended: bool) -> None:
        if new:
            self.connection.receive_data(new)
            self._take_events()
        if ended and not self._whole:
            self.connection.receive_data(b"")
            self._take_events()

    def _take_events(self) -> None:
        while not self._whole:
            event = self.connection.next_event()
            if not isinstance(event, h11.Event) or isinstance(event, h11.ConnectionClosed):
                return
            self.parts.append(event)
            if isinstance(event, h11.Data):
                self.body.extend(event.data)


_VALUE = re.compile(rb"Value: <pre>(.*?)</pre>", re.DOTALL)
_KINDS = {
    r"['\"]": "returns-str",
    r"None$": "returns-none",
    r"<Deferred ": "returns-deferred",
    r"<coroutine ": "async-render",
}


def _refuse_no_bytes(reply: Reply) -> None:
    """Twisted's page for a render method without bytes is logged nowhere; its Value line tells."""
    if reply.status != 500 or b"Request did not return bytes" not in reply.body:
        return
    found = _VALUE.search(reply.body)
    value = unescape(found[1].decode("utf-8", "replace")) if found else ""
    kinds = (finding for start, finding in _KINDS.items() if re.match(start, value))
    raise Refusal(next(kinds, "returns-wrong-type"), "bytes from your render method", value)
