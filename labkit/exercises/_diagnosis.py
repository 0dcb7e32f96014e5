"""From what was seen to the finding that names it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from types import TracebackType

from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.python.failure import Failure

from labkit._frames import is_readers
from labkit.bench._rescue import Rescued, RescuedAtLast

from ._evidence import Evidence
from ._verdict import Finding

STANDSTILL = 0.15  # seconds; an idle reactor stands still for 1 ms, one on a loaded machine for 11

Otherwise = str | Callable[[Evidence], str | None] | None


def diagnose(seen: Evidence, otherwise: Otherwise, known: Mapping[str, Finding]) -> str:
    """The id of the finding, by what is most certain first.

    What the answer raised; what the step makes of the facts; a reactor that
    stood still; what the step says in any case; the state of the connection.
    """
    if seen.failures:
        return of_failure(seen.failures[0], known)
    named = otherwise(seen) if callable(otherwise) else None
    if named:
        return named
    if seen.blocked > STANDSTILL:
        return "blocks-reactor"
    if isinstance(otherwise, str):
        return otherwise
    return _by_the_end(seen)


def of_failure(failure: Failure, known: Mapping[str, Finding]) -> str:
    """The finding for an exception of the answer's: by its kind, by its name, or crashed."""
    value, said = failure.value, failure.getErrorMessage()
    if isinstance(value, UnicodeError):
        return "bytes-as-text"
    if "NoneType" in said and isinstance(value, TypeError | AttributeError):
        return "none-attribute" if isinstance(value, AttributeError) else "none-value"
    unawaited = said.startswith(("'Deferred' object", "'coroutine' object"))
    if unawaited and isinstance(value, AttributeError) and "not-awaited" in known:
        return "not-awaited"
    lookup = "indices must be" in said  # [...] with a key of the wrong kind
    if isinstance(value, TypeError) and not lookup and any(w in said for w in ("bytes", "str")):
        return "str-vs-bytes"
    if "Request.finish called on a request after" in said and "finish-after-disconnect" in known:
        return "finish-after-disconnect"
    if getattr(failure, "lost", False):
        return "lost-failure"
    name = type(value).__name__
    return name if name in known else "crashed"


def _by_the_end(seen: Evidence) -> str:
    if seen.wanted == "close" and seen.end == "open" and not seen.got:
        return "never-closes"
    if seen.wanted == "silence":
        return "closes-early" if not seen.got else "talks-too-early"
    if seen.wanted == "response" and seen.got:
        return "unfinished" if seen.end == "open" else "closes-early"
    if seen.wanted in ("bytes", "line", "response"):
        if seen.end != "open" and _begins(seen):
            return "closes-early"
        if not seen.got:
            return "no-reply"
    return "wrong-reply"


def _begins(seen: Evidence) -> bool:
    """Whether what came is the beginning of what was due."""
    if not isinstance(seen.expected, bytes) or seen.wanted == "line":
        return True
    return seen.expected.startswith(seen.got)


def is_evidence(failure: Failure) -> bool:
    """Whether a logged failure can be laid to the answer that is being checked.

    The end of a connection that only a forgotten Deferred remembers, and no line
    of the reader's, may have come from a check long before this one.
    """
    if failure.check(Rescued, RescuedAtLast):
        return False
    stray = getattr(failure, "lost", False) and failure.check(ConnectionClosed, ConnectError)
    return not stray or bool(line_of(failure))


def line_of(failure: Failure) -> str:
    """Where in the reader's own code an exception came from, in words; empty when not there."""
    return line_in(failure.getTracebackObject())


def line_in(tb: TracebackType | None) -> str:
    """The innermost line of the reader's in a traceback, in words."""
    for frame in reversed(traceback.extract_tb(tb)):
        if is_readers(frame.filename):
            return in_words(frame.lineno or 0, frame.name)
    return ""


def in_words(line: int, function: str) -> str:
    """A place in the reader's code, such as: your dataReceived, line 6."""
    return f"your {function}, line {line}"
