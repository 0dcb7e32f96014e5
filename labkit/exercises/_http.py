"""One HTTP exchange of a check: the request as bytes, the response read whole. RFC 9112."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from math import inf

from attrs import frozen

from labkit.bench._fetch import Reading
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
    reading = Reading(method, most=inf)

    def measure(data: bytes, ended: bool) -> int:
        count = reading.measure(data, ended)
        if reading.error:
            raise Refusal("unparseable", ENTIRE, data, reading.error)
        return count

    client.read_until(measure, within, ENTIRE)
    assert reading.head is not None
    reply = Reply(
        reading.head.status_code,
        reading.head.reason.decode("latin-1"),
        tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in reading.head.headers),
        bytes(reading.body),
        client.end == "closed",
    )
    _refuse_no_bytes(reply)
    return reply


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
