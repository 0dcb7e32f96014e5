"""Gets the reactor out of Python code that does not return. Called from another thread."""

from __future__ import annotations

import ctypes
import linecache
import sys
import threading
import time
from functools import partial
from types import FrameType

from attrs import frozen
from twisted.python import threadable

from labkit._frames import Where, readers_place
from labkit.errors import ReactorThread

from ._reactor import in_reactor_thread, reactor, running
from ._turning import turning
from ._watch import watch

PATIENCE = 0.2  # seconds in which a reactor that turns answers
GENTLE = 3  # tries with an Exception, before one that an except Exception lets through
FEW = 3  # calls that are seen one after the other, before it is said that there are many
PAUSE, BRISK = 0.1, 0.01  # seconds between two tries, and later, when it was caught each time


class _Struck:
    """Counts how often the exception came up, which a call into C puts off."""

    count = 0


class Rescued(Exception):
    """Raised by the lab inside code that kept the reactor from turning."""

    def __init__(self) -> None:
        super().__init__("the lab ended this call, which kept the reactor from turning")
        _Struck.count += 1


class RescuedAtLast(BaseException):
    """The same for code that goes on after an except Exception."""

    def __init__(self) -> None:
        super().__init__("the lab ended this call, which kept the reactor from turning")
        _Struck.count += 1


@frozen
class Rescue:
    """What came of a rescue.

    `needed`: the reactor did not turn. `freed`: it turns now. `where` and `source` are
    the reader's line it stood in, `lane` for whom. `in_c`: it is in a call into C,
    which nothing can break off; the exception waits there for its return. `tries`
    counts the exceptions that were sent; where they were not enough and `in_c` is
    False, the code catches even what is no Exception. None is sent while many short
    calls follow each other in one turn: each would have to be ended.
    """

    needed: bool
    freed: bool = False
    where: Where | None = None
    source: str = ""
    lane: str = ""
    in_c: bool = False
    tries: int = 0


def turns(within: float = 0.5) -> bool:
    """Whether the reactor answers within so many seconds."""
    if not running():
        return False
    answered = threading.Event()
    reactor.callFromThread(answered.set)
    return answered.wait(within)


def break_out(within: float = 1.0) -> bool:
    """End the callback that spins, by an exception in it; whether the reactor turns again."""
    done = rescue(within)
    return done.freed or (not done.needed and turns())


def rescue(within: float = 3.0) -> Rescue:
    """Free the reactor from code that does not return, without a restart of the kernel.

    The callback that runs is ended by an exception, tried again for `within` seconds.
    Twisted logs it and drops that one connection; all others go on. A call into C,
    such as time.sleep, cannot be broken off: then `freed` is False and `in_c` True.
    When the reactor turns, nothing is done. In the reactor's thread it raises ReactorThread.
    """
    if in_reactor_thread():
        raise ReactorThread(
            "rescue was called in the reactor's thread, which cannot be stuck while it asks",
            "Call it from a cell, outside of callbacks",
        )
    since = turning.since
    if not running() or turns(PATIENCE):
        return Rescue(False)
    return _Attempt(since).go(time.perf_counter() + within)


class _Attempt:
    """One rescue: what is struck, and how often it was."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._where: Where | None = None
        self._lane = ""
        self._tries = 0
        self._calls = 0
        self._before = _Struck.count

    def go(self, until: float) -> Rescue:
        """Try until the reactor turns, or the time is over."""
        answered = threading.Event()
        reactor.callFromThread(answered.set)
        while not answered.is_set() and time.perf_counter() < until:
            self._strike()
            answered.wait(PAUSE if self._tries <= GENTLE else BRISK)
        freed = answered.wait(BRISK)
        struck = _Struck.count > self._before
        if freed or struck:
            _take_back()  # nothing may strike later what has done no harm
        source = (
            linecache.getline(self._where.file, self._where.line).strip() if self._where else ""
        )
        in_c = not freed and not struck and self._calls < FEW
        return Rescue(True, freed, self._where, source, self._lane, in_c, self._tries)

    def _strike(self) -> None:
        """Send the exception, only into a call that goes on and where the reader's code runs."""
        since = turning.since
        place = readers_place(_frame())
        if since and since == self._since and self._where is None:
            self._where, self._lane = place, turning.whose()
        if not since or since != self._since or place is None:
            self._calls += bool(since and since != self._since)
            self._since = since  # another call by now: it gets its time too
            return
        ident = threadable.ioThread or 0
        thread, what = ctypes.c_ulong(ident), ctypes.py_object(self._kind(ident))
        if self._tries == 0:
            watch().rescued()
        self._tries += 1
        # no other thread can run between the question and the call
        if turning.since == since:
            _SET(thread, what)
        if turning.since != since:  # it ended by itself: what was sent must not strike the next
            _take_back()

    def _kind(self, ident: int) -> type[BaseException]:
        """What to send: stronger, when what was sent came up and was caught each time."""
        if self._tries < GENTLE:
            return Rescued
        if self._tries < 2 * GENTLE or _Struck.count - self._before < 2 * GENTLE:
            return RescuedAtLast
        return _followed(ident)


def _followed(ident: int) -> type[BaseException]:
    """An exception that sends another right after itself, for code that catches every one.

    The second comes up when the first has been caught, outside of the try. Its
    making is C alone: in Python the second would come up there.
    """
    send = partial(_SEND, ident, RescuedAtLast)
    return type("RescuedAtLast", (RescuedAtLast,), {"__init__": send})


_SEND = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)
_SET = ctypes.pythonapi.PyThreadState_SetAsyncExc


def _frame() -> FrameType | None:
    return sys._current_frames().get(threadable.ioThread or 0)


def _take_back() -> None:
    """What the reactor's thread was to raise and has not yet, it raises no more."""
    _SET(ctypes.c_ulong(threadable.ioThread or 0), None)
