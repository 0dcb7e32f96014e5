"""Gets the reactor out of Python code that does not return. Called from another thread."""

from __future__ import annotations

import ctypes
import linecache
import sys
import threading
from types import FrameType

from attrs import frozen
from twisted.python import threadable

from labkit._frames import Where, readers_place

from ._reactor import reactor, running
from ._turning import lane_of, turning
from ._watch import watch

TRIES = 6


class Rescued(Exception):
    """Raised by the lab inside code that kept the reactor from turning."""


class RescuedAtLast(BaseException):
    """The same for code that goes on after an except Exception."""


@frozen
class Rescue:
    """What came of a rescue.

    `needed`: the reactor did not turn. `freed`: it turns now. `where` and `source` are
    the reader's line it stood in, `lane` for whom. `in_c`: it is in a call into C,
    which nothing can break off; the exception waits there for its return.
    """

    needed: bool
    freed: bool = False
    where: Where | None = None
    source: str = ""
    lane: str = ""
    in_c: bool = False


def turns(within: float = 0.5) -> bool:
    """Whether the reactor answers within so many seconds."""
    if not running():
        return False
    answered = threading.Event()
    reactor.callFromThread(answered.set)
    return answered.wait(within)


def break_out(within: float = 1.0) -> bool:
    """End the callback that spins, by an exception in it; whether the reactor turns again."""
    return rescue(within).freed or turns(0.05)


def rescue(within: float = 1.0) -> Rescue:
    """Free the reactor from code that does not return, without a restart of the kernel.

    The callback that runs is ended by an exception, tried for `within` seconds. Twisted
    logs it and drops that one connection; all others go on. A call into C, such
    as time.sleep, cannot be broken off: then `freed` is False and `in_c` True.
    Never call it in the reactor's thread.
    """
    if not running() or turns(0.1):
        return Rescue(False)
    stall = watch().now
    where = readers_place(_frame()) or (stall.where if stall else None)
    source = linecache.getline(where.file, where.line).strip() if where else ""
    lane = lane_of(turning.now) if turning.now is not None else ""
    freed = _break(within)
    return Rescue(True, freed, where, source, lane, not freed)


def _break(within: float) -> bool:
    for number in range(TRIES):
        turn = turning.turn
        if turning.began and readers_place(_frame()) is not None:
            watch().rescued()
            _raise(Rescued if number < TRIES // 2 else RescuedAtLast)
        if turns(within / TRIES):
            _raise(None)
            return True
        if turning.turn != turn:
            _raise(None)  # it came to an end by itself: what was sent must not strike the next
    return turns(0.05)


def _frame() -> FrameType | None:
    return sys._current_frames().get(threadable.ioThread or 0)


def _raise(error: type[BaseException] | None) -> None:
    """Have the reactor's thread raise at its next line of Python; with None, take that back."""
    what = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threadable.ioThread or 0), what)
