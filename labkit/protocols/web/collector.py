"""Bodies of responses, collected: with a limit, and with an end that closes the connection.

Twisted 26.10's readBody, when it is cancelled, leaves the connection open and the server sending.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone

__all__ = ["Collector", "TooLarge", "collect"]


class TooLarge(ValueError):
    """The body is larger than was allowed."""


class Collector(Protocol):
    """Collects a body of at most `limit` bytes, None for any. Reactor thread.

    `done` fires with the bytes, or fails: with TooLarge, or with what Twisted says of a
    body that is not whole (ResponseFailed, PotentialDataLoss). Cancelled, it closes the
    connection.
    """

    transport: Any

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.body = bytearray()
        self.done: Deferred[bytes] = Deferred(self._leave)

    def dataReceived(self, data: bytes) -> None:
        self.body += data
        if self.limit is not None and len(self.body) > self.limit and not self.done.called:
            self.done.errback(TooLarge(f"more than {self.limit:,} bytes"))
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = ResponseDone) -> None:  # type: ignore[assignment]
        if self.done.called:
            return
        if reason.check(ResponseDone):
            self.done.callback(bytes(self.body))
        else:
            self.done.errback(reason)

    def _leave(self, done: Deferred[bytes]) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def collect(response: Any, limit: int | None = None) -> Deferred[bytes]:
    """The body of a response, as bytes; cancelled, it closes the connection. Reactor thread."""
    collector = Collector(limit)
    response.deliverBody(collector)
    return collector.done
