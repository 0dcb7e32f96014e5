"""Ends a check in which the reader's code, in the notebook's own thread, does not return."""

from __future__ import annotations

import ctypes
import sys
import threading
from types import FrameType, TracebackType
from typing import Self

from labkit.bench._rescue import break_out
from labkit.bench._watch import stall_now

from ._heartbeat import readers_line

SECONDS = 5.0  # that one check may take before it is looked at


class Overdue(BaseException):
    """Raised by the lab inside code that runs on for ever.

    Not an Exception, so that an except in that code lets it through.
    """


class Deadline:
    """While the block runs, a second thread looks at the clock.

    When the time is over and the reactor stands still, it is freed first. When a line of
    the reader's runs inside the block, that line is noted in `place` and broken out
    of. The lab's own waits are left alone: each has an end of its own. A call into C, such as
    time.sleep, is broken when it returns; the notebook's Stop ends it sooner.
    """

    def __init__(self) -> None:
        self.place = ""
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = 0
        self._outside: FrameType | None = None

    def __enter__(self) -> Self:
        self._outside = sys._getframe(1)
        self._thread = threading.get_ident()
        threading.Thread(target=self._watch, name="labkit-deadline", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        try:
            self._disarm()
        except Overdue:  # it struck at the last moment: the check has ended by itself
            self._disarm()

    def _disarm(self) -> None:
        with self._lock:
            self._over.set()
            self._outside = None
            raise_in(self._thread, None)

    def _watch(self) -> None:
        wait = SECONDS
        while not self._over.wait(wait):
            wait = 0.05
            if stall_now() is not None and break_out():
                continue  # it waited for the reactor
            if self._strike():
                return

    def _strike(self) -> bool:
        with self._lock:
            if self._over.is_set():
                return True
            self.place = readers_line(sys._current_frames().get(self._thread), self._outside)
            if self.place:
                raise_in(self._thread, Overdue)
            return bool(self.place)


def raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise at its next line of Python; with None, take that back."""
    what = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
