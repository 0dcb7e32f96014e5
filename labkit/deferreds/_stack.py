"""What a stack tells: the reader's line on it, and what was going on."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any

from labkit._frames import Where, is_readers

from . import _seam

Place = tuple[CodeType, int]  # a line that is worked out when somebody asks
OTHERS, READERS, LABS = 0, 1, 2

_GOING_ON = {
    "advance": "a timer",
    "dataReceived": "bytes that came",
    "_dataReceived": "bytes that came",
    "datagramReceived": "a datagram that came",
    "doConnect": "a connection that was made",
    "connectionMade": "a connection that was made",
    "failIfNotConnected": "a connection that was not made",
    "connectionLost": "a connection that ended",
    "readConnectionLost": "a connection that ended",
    "processEnded": "a process that ended",
    "maybeCallProcessEnded": "a process that ended",
}
FILES: dict[str, int] = {}
READERS_FILES: set[str] = set()


def whose(file: str) -> int:
    """Whether a file is the reader's, the lab's own, or another's."""
    found = FILES.get(file)
    if found is None:
        found = READERS if is_readers(file) else LABS if f"{'labkit'}/" in file else OTHERS
        FILES[file] = found
        if found == READERS:
            READERS_FILES.add(file)
    return found


def where(place: Place | None) -> Where | None:
    """The line itself."""
    if place is None:
        return None
    code, at = place
    line = next((n for a, b, n in code.co_lines() if a <= at < b and n), code.co_firstlineno)
    return Where(code.co_filename, line, code.co_qualname)


def readers(frame: FrameType | None) -> Place | None:
    """The innermost line of the reader's, outwards from `frame`."""
    while frame is not None:
        if whose(frame.f_code.co_filename) == READERS:
            return frame.f_code, frame.f_lasti
        frame = frame.f_back
    return None


def beneath(frame: FrameType) -> tuple[Place | None, str, int, bool]:
    """The reader's line, what they called there, how many frames deep, and whether the lab did."""
    step: FrameType | None = frame
    called, deep, lab = "", 0, False
    while step is not None:
        code = step.f_code
        owner = whose(code.co_filename)
        if owner == READERS:
            return (code, step.f_lasti), called, deep, lab
        lab = lab or owner == LABS
        called = code.co_qualname
        # defer's and task's own little functions do not count: succeed in maybeDeferred
        deep += not code.co_filename.endswith(("defer.py", "task.py", "threads.py"))
        step = step.f_back
    return None, frame.f_code.co_qualname, deep, lab


def going_on(frame: FrameType | None) -> tuple[Place | None, str, Any]:
    """The reader's line, what was going on in words, and the Deferred whose link ran there."""
    place: Place | None = None
    files = READERS_FILES
    while frame is not None:
        code = frame.f_code
        if code.co_filename in files:
            if place is None:
                place = code, frame.f_lasti
            if code.co_name == "<module>":
                return place, "your code", None
        elif whose(code.co_filename) == READERS:
            continue  # the first time that this file is met: once more
        else:
            found = _words(frame, code, whose(code.co_filename), place is not None)
            if found is not None:
                return place, *found
        frame = frame.f_back
    return place, "your code" if place else "Twisted", None


def _words(frame: FrameType, code: CodeType, owner: int, seen: bool) -> tuple[str, Any] | None:
    name = code.co_name
    if name in _GOING_ON:
        return _GOING_ON[name], None
    if name == "runUntilCurrent":
        timer = "call" in frame.f_locals
        return "a timer" if timer else "a call from another thread", None
    if code.co_filename == _seam.FILE:
        if name == "_runCallbacks":
            return ("your code", None) if seen else ("end", frame.f_locals.get("current"))
        if name == "_inlineCallbacks" and seen:
            return "your code", None
    if owner == LABS and name == "_cancel":
        return "wait, which gave up", None
    return ("your code", None) if owner == LABS and seen else None


def out_of_errback(frame: FrameType) -> FrameType:
    """Who called it: not the lab's own errback, which a kernel puts around Twisted's."""
    code = frame.f_code
    own = code.co_name == "errback" and whose(code.co_filename) == LABS
    return frame.f_back or frame if own else frame


def out_of_cancelling(frame: FrameType | None) -> tuple[FrameType | None, bool]:
    """The caller of the outermost cancel in a row, and whether it is addTimeout's timer."""
    while frame is not None and frame.f_code.co_filename == _seam.FILE:
        name = frame.f_code.co_name
        if name == "timeItOut":
            return frame.f_back, True
        if name == "cancel" or frame.f_code is _seam.CANCELLED.__code__ or _within_cancel(frame):
            frame = frame.f_back
        else:
            break
    return frame, False


def _within_cancel(frame: FrameType) -> bool:
    """Whether Twisted is on its way from a coroutine's cancel to what it awaits."""
    step: FrameType | None = frame
    while step is not None and step.f_code.co_filename == _seam.FILE:
        if step.f_code is _seam.CANCELLED.__code__ or step.f_code.co_name == "cancel":
            return True
        step = step.f_back
    return False
