"""Cargo: a body of any size, made as fast as it is taken away and held nowhere."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IPullProducer
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

__all__ = ["Cargo", "cargo_bytes"]

BLOCK = bytes(range(256)) * 256  # 64 KiB


def cargo_bytes(start: int, size: int) -> bytes:
    """At most one block of the cargo from a place on: byte n is n modulo 256."""
    begin = start % 256
    return BLOCK[begin : begin + size]


class Cargo(Resource):
    """Sends `size` bytes. The transport asks for each block when it has room for it."""

    isLeaf = True

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def render_GET(self, request: Any) -> int:
        self._head(request)
        request.registerProducer(Unloading(request, self.size), False)
        return NOT_DONE_YET

    def render_HEAD(self, request: Any) -> int:
        # without a body to measure, Twisted would announce a length of 0
        self._head(request)
        request.finish()
        return NOT_DONE_YET

    def _head(self, request: Any) -> None:
        request.setHeader("Content-Type", "application/octet-stream")
        request.setHeader("Content-Length", b"%d" % self.size)


@implementer(IPullProducer)
class Unloading:
    """One delivery: a block each time that it is asked."""

    def __init__(self, request: Any, size: int) -> None:
        self.request, self.size, self.sent = request, size, 0

    def resumeProducing(self) -> None:
        block = cargo_bytes(self.sent, self.size - self.sent)
        self.sent += len(block)
        self.request.write(block)
        if self.sent == self.size:
            self.request.unregisterProducer()
            self.request.finish()

    def stopProducing(self) -> None:
        """The client left; nothing is held that would have to be let go."""
