"""Feels the reactor's pulse during a check, and names the line that stops it."""

from __future__ import annotations

import math
import sys
import threading
import time
from types import FrameType
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.python import threadable

from labkit._frames import is_readers
from labkit.bench import reactor, wait

from ._diagnosis import in_words

BEAT = 0.01  # seconds
STALE = 0.1  # seconds without a beat after which the reactor's line is looked up
LOOK = 0.03  # seconds between two looks of the watching thread
LOOKS = 3  # in vain, after which it is the reactor that stands and not the whole machine

SLOWEST = 4.0  # times that a loaded machine is waited for longer, at most

# where a reactor waits for events: a thread that stands there is idle, or not given any time
_IDLE = ("doPoll", "doSelect", "doKEvent")
_OWN_TIMERS = ("reapAllProcesses", "_updateLogDateTime", "Heartbeat")


class Heartbeat:
    """A short timer in the reactor, and a thread that notices when it is late.

    `worst` is the longest standstill in seconds since `reset`, `place` the
    reader's line seen then, `pending` the delayed calls that are not the lab's.
    A gap counts as a standstill when the reactor's thread was computing most of
    it, or when another thread found it at work again and again: on a machine that
    is short of time neither is so, and nobody's code is to blame.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self.place = ""
        self.pending = 0
        self._last = time.perf_counter()
        self._worked = 0.0
        self._looks = 0
        self._beats = 0
        self._begun = 0.0
        self._call = LoopingCall(self._beat)
        self._over = threading.Event()

    def start(self) -> None:
        """Begin, with the reactor answering."""
        wait(self._start)
        threading.Thread(target=self._watch, name="labkit-heartbeat", daemon=True).start()

    def _start(self) -> None:
        self._begun = self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._call.start(BEAT)

    def stop(self) -> None:
        """End; a reactor that does not answer is left alone."""
        self._over.set()
        reactor.callFromThread(self._stop)

    def _stop(self) -> None:
        if self._call.running:
            self._call.stop()

    def reset(self) -> None:
        """Forget the worst standstill so far."""
        self.worst, self.place = 0.0, ""

    @property
    def stale(self) -> float:
        """Seconds since the last beat."""
        return time.perf_counter() - self._last

    @property
    def standstill(self) -> float:
        """The longest standstill, the present one included."""
        return max(self.worst, self.stale if self._looks >= LOOKS else 0.0)

    @property
    def slowness(self) -> float:
        """How many times longer than due the beats take so far: 1 on a machine at leisure."""
        due = max(self._beats, 1) * BEAT
        return min(max((self._last - self._begun) / due, 1.0), SLOWEST)

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        gap = now - self._last
        if self._looks >= LOOKS or worked - self._worked > gap / 2:
            self.worst = max(self.worst, gap)
        self._last, self._worked, self._looks = now, worked, 0
        self._beats += 1
        self.pending = timers()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            frame = reactor_frame()
            self._looks += frame is not None and frame.f_code.co_name not in _IDLE
            if self.stale > STALE and not self.place:
                self.place = readers_line(frame)
            del frame  # it would keep alive what a function holds that is over


def timers(within: float = math.inf) -> int:
    """How many delayed calls, due within so many seconds, are not the lab's. Reactor thread."""
    due = reactor.seconds() + within
    return sum(call.getTime() < due and not _own(call) for call in reactor.getDelayedCalls())


def _own(call: Any) -> bool:
    function = call.func
    looped = getattr(function, "f", None)  # of a LoopingCall, which is called itself
    names = [getattr(f, "__qualname__", "") for f in (function, looped)]
    return any(own in name for own in _OWN_TIMERS for name in names)


def reactor_frame() -> FrameType | None:
    """Where the reactor's thread stands now."""
    return sys._current_frames().get(threadable.ioThread or 0)


def readers_line(frame: FrameType | None, until: FrameType | None = None) -> str:
    """The innermost line of the reader's on a stack, in words; looked for up to `until`."""
    while frame is not None and frame is not until:
        if is_readers(frame.f_code.co_filename):
            return in_words(frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return ""
