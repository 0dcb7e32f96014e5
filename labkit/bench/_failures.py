"""What went wrong in the reactor, collected there, shown elsewhere. Nothing here prints."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError
from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

MOST = 1000  # events kept until somebody drains them


@frozen
class LogLine:
    """A warning or an error that was logged without a failure."""

    level: str
    text: str


@implementer(ILogObserver)
class Collector:
    """A log observer that keeps failures and warnings, of both shapes that Twisted logs."""

    def __init__(self) -> None:
        self.failures: deque[Failure] = deque(maxlen=MOST)
        self.lines: deque[LogLine] = deque(maxlen=MOST)
        self.listener: Callable[[], None] | None = None

    def __call__(self, event: Any) -> None:
        """Called by Twisted's log publisher, in whichever thread logged."""
        failure = event.get("log_failure") or (event.get("isError") and event.get("failure"))
        if failure:
            if not _late_cancel(event, failure):
                # who asks what went wrong wants to know that no errback was there
                failure.lost = event.get("log_namespace") == "twisted.internet.defer"
                self.failures.append(failure)
        elif event.get("log_level", LogLevel.info) >= LogLevel.warn and _worth(event):
            self.lines.append(LogLine(event["log_level"].name, formatEvent(event)))

    def drain(self) -> tuple[Failure, ...]:
        """The failures since the last call, oldest first; once. Any thread."""
        return tuple(_take(self.failures))

    def drain_lines(self) -> tuple[LogLine, ...]:
        """The log lines since the last call, oldest first; once. Any thread."""
        return tuple(_take(self.lines))


def _late_cancel(event: Any, failure: Failure) -> bool:
    # crochet logs the cancellation that follows its own time-out: that was raised already
    why = f"{event.get('why') or event.get('log_format')}"
    return "EventualResult" in why and failure.check(CancelledError) is not None


def _take(queue: deque[Any]) -> list[Any]:
    taken = []
    while queue:
        taken.append(queue.popleft())
    return taken


def _worth(event: Any) -> bool:
    # the head line of an unhandled Deferred: its failure follows in an event of its own
    return not event.get("log_text", "").startswith("Unhandled error in Deferred") and not str(
        event.get("log_format", "")
    ).startswith("Unhandled error in Deferred")


collector = Collector()
globalLogPublisher.addObserver(collector)
