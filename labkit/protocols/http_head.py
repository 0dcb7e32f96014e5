"""Heads of HTTP/1 requests, cut out of a stream: a core that knows no network. RFC 9112."""

from __future__ import annotations

import re
from typing import Literal

from attrs import frozen

__all__ = ["Head", "HeadSplitter", "Malformed"]

Error = Literal["request line", "header", "too long"]
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2
_LINE = re.compile(rb"(%s) ([^\s\0]+) (HTTP/1\.[01])" % _TOKEN)
_HEADER = re.compile(rb"(%s):[ \t]*([^\r\n\0]*)" % _TOKEN)


@frozen
class Head:
    """A request without its body. Names are in lower case, values without blanks around them."""

    method: bytes
    target: bytes
    version: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def get(self, name: bytes) -> bytes | None:
        """The first header of that name, given in lower case; None without one."""
        return next((value for key, value in self.headers if key == name), None)


@frozen
class Malformed:
    """What came instead of a head; `error` says which rule it breaks. To be answered with 400."""

    error: Error


class HeadSplitter:
    """Takes bytes in any pieces and returns whole heads.

    Lines end in CR LF (RFC 9112, section 2.2, allows more; this is strict, because two
    programs that read one head differently can be played against each other). `limit`
    is the longest head in bytes, with its empty line. After a Malformed nothing more
    comes out: where the next head would begin is not known.
    """

    def __init__(self, limit: int = 8192) -> None:
        self.limit = limit
        self.ended = False
        self._kept = bytearray()

    def receive(self, data: bytes) -> tuple[Head | Malformed, ...]:
        """The heads that these bytes complete, in order; what is unfinished is kept."""
        found: list[Head | Malformed] = []
        if not self.ended:
            self._kept += data
        while not self.ended and (head := self._next()) is not None:
            found.append(head)
            self.ended = isinstance(head, Malformed)
        return tuple(found)

    def _next(self) -> Head | Malformed | None:
        end = self._kept.find(b"\r\n\r\n", 0, self.limit)
        if end < 0:
            return Malformed("too long") if len(self._kept) >= self.limit else None
        text = bytes(self._kept[:end])
        del self._kept[: end + 4]
        return _parsed(text)


def _parsed(text: bytes) -> Head | Malformed:
    first, *lines = text.split(b"\r\n")
    request = _LINE.fullmatch(first)
    if request is None:
        return Malformed("request line")
    headers = [_HEADER.fullmatch(line) for line in lines]
    pairs = tuple((h[1].lower(), h[2].rstrip(b" \t")) for h in headers if h is not None)
    if len(pairs) < len(lines):
        return Malformed("header")
    return Head(request[1], request[2], request[3], pairs)
