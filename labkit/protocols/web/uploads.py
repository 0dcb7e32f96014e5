"""Uploads with a limit: refused before they are read whole, and weighed while they pass.

RFC 9110, section 15.5.14: 413, Content Too Large.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request, Site

__all__ = ["LimitedRequest", "LimitedSite", "Scales", "Weighbridge"]

LINGER = 2.0  # seconds that a refused client has to read the answer
SPILL = 1 << 20  # bytes that it may send meanwhile


class Weighbridge:
    """Looks like the file that a body is written to, and keeps its size and digest alone.

    Raises Overweight as soon as more than `limit` bytes were written.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise Overweight(self.size)
        self.digest.update(data)

    def tell(self) -> int:
        return self.size

    def seek(self, place: int, whence: int = 0) -> int:
        """There is nothing to go back to: whoever reads finds the end."""
        return self.size

    def read(self, size: int = -1) -> bytes:
        return b""

    def close(self) -> None:
        """Nothing is open."""


class Overweight(ValueError):
    """More bytes came than were allowed."""


class LimitedSite(Site):
    """A Site whose requests may bring `limit` bytes each.

    Forms are not parsed: that would need the body, which is not kept.
    """

    def __init__(self, resource: Resource, limit: int) -> None:
        super().__init__(resource, LimitedRequest, parsePOSTFormSubmission=False)
        self.limit = limit

    def acceptableProtocols(self) -> list[bytes]:
        """HTTP/1.1 alone: a refusal is written to the connection itself."""
        return [b"http/1.1"]


class LimitedRequest(Request):
    """A request whose body may have `site.limit` bytes. A longer one is answered 413.

    An announced length is enough to refuse; a chunked body is, when it passes the limit.
    """

    channel: Any
    content: Any
    transport: Any
    refused = False
    spilt = 0

    def gotLength(self, length: int | None) -> None:
        self.content = Weighbridge(self.channel.site.limit)
        if (length or 0) > self.content.limit:
            self.refuse()

    def handleContentChunk(self, data: bytes) -> None:
        if self.refused:
            self.spill(len(data))
            return
        try:
            self.content.write(data)
        except Overweight:
            self.refuse()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if not self.refused:
            super().requestReceived(command, path, version)

    def spill(self, size: int) -> None:
        """Let go by what a refused client sends, up to a point."""
        self.spilt += size
        if self.spilt > SPILL:
            self.transport.abortConnection()

    def refuse(self) -> None:
        """Answer at once, and let the client read it: to close on unread bytes is to reset."""
        self.refused = True
        self.requestHeaders.removeHeader(b"Expect")  # or 100 Continue would follow the answer
        self.transport.write(
            b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        if not self.isSecure():  # TLS has no half of an end
            self.transport.loseWriteConnection()
        limit = self.channel.callLater(LINGER, self.transport.abortConnection)
        self.notifyFinish().addBoth(lambda _: limit.active() and limit.cancel())


class Scales(Resource):
    """POST or PUT: answers with the size and the SHA-256 of the body, as JSON."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        # without one, Twisted's own answer to HEAD would look for it, and fail
        request.setHeader("Content-Type", "text/plain; charset=utf-8")
        return b"Send what is to be weighed.\n"

    def render_POST(self, request: Any) -> bytes:
        weighed: Weighbridge = request.content
        request.setHeader("Content-Type", "application/json")
        found = {"bytes": weighed.size, "sha256": weighed.digest.hexdigest()}
        return json.dumps(found).encode() + b"\n"

    render_PUT = render_POST
