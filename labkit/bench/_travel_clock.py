"""A clock that runs one call at a time, and keeps who asked for each and what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache, partial
from types import FrameType
from typing import Any

from attrs import frozen
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from labkit._frames import Where, is_readers
from labkit.errors import LabError
from labkit.turns import Done, Pending

from ._memory_time import MOST, MemoryClock, is_housekeeping

AT_ONE_TIME = 10_000  # calls without any time between them, before they are called endless

_is_readers = cache(is_readers)
_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OURS = {"answered": "answer to connect", "failIfNotConnected": "time-out of connect"}


@frozen
class Moment:
    """A step, and the call that was to be next when it was over."""

    done: Done
    then: Pending | None


class TripClock(MemoryClock):
    """Time for time_travel: each due call is a step of its own. For one thread.

    What the network brings never runs a call that is due: only a step does, so
    that a count of steps names the same moment in every replay.
    """

    def __init__(self, around: Callable[[Callable[[], object]], object]) -> None:
        super().__init__(around)
        self.moments: list[Moment] = []
        self.noted: list[Failure] = []  # what calls and served code raised; the bench's own list
        self.setting_up = True
        self._running: Any = None

    def callLater(self, delay: float, callable: Any, *args: Any, **kw: Any) -> IDelayedCall:
        asked: Any = super().callLater(delay, callable, *args, **kw)
        frame = _asking(sys._getframe(1))
        asked.what = _name(callable, frame)
        asked.where = self._place(frame)
        return asked  # type: ignore[no-any-return]

    def run_due(self) -> bool:
        """Nothing: what is due waits for its step."""
        return False

    @property
    def next(self) -> Pending | None:
        """The call that comes next."""
        self._sortCalls()
        waiting = (c for c in self.calls if not is_housekeeping(c))
        return next((_pending(call) for call in waiting), None)

    @property
    def pending(self) -> tuple[Pending, ...]:
        """Every call that waits, soonest first."""
        self._sortCalls()
        return tuple(_pending(call) for call in self.calls if not is_housekeeping(call))

    def advance(self, amount: float) -> None:
        """Let `amount` seconds pass, step by step."""
        self.run_until(self.rightNow + amount)

    def run_until(self, end: float) -> None:
        """Run all that is due by then, each at its own time, and stand there."""
        self._refuse_inside()
        since, first = self.rightNow, 0
        for count in range(MOST):
            if self._due() > end:
                self._move(end)
                return
            self.step()
            if self.rightNow > since:
                since, first = self.rightNow, count
            elif count - first > AT_ONE_TIME:
                raise _endless(self.rightNow, self.calls)
        raise LabError(
            f"After {MOST:,} steps the clock stands at {self.rightNow:g} s",
            "Go on from there, in smaller parts",
        )

    def step(self) -> None:
        """Run the call that is due next, at its time. Raises IndexError when there is none."""
        self._refuse_inside()
        self._sortCalls()
        call: Any = self.calls.pop(0)
        self._move(max(self.rightNow, call.getTime()))
        call.called = 1
        noted = len(self.noted)
        self._running = call
        try:
            self._around(partial(call.func, *call.args, **call.kw))
        finally:
            self._running = None
            if not (self.setting_up or is_housekeeping(call)):
                self._keep(call, self.noted[noted:])

    def _keep(self, call: Any, failures: list[Failure]) -> None:
        done = Done(
            len(self.moments) + 1,
            self.rightNow,
            call.what,
            call.where,
            "; ".join(words(f) for f in failures),
            raiser(failures[0]) if failures else None,
        )
        self.moments.append(Moment(done, self.next))

    def _due(self) -> float:
        return min((call.getTime() for call in self.calls), default=float("inf"))

    def _move(self, to: float) -> None:
        self._pass(to - self.rightNow)
        self.rightNow = to  # a sum of differences drifts

    def _refuse_inside(self) -> None:
        if self._running is not None:
            raise LabError(
                "A call that the clock runs cannot itself make time pass",
                "Ask for what comes later: lab.clock.callLater(seconds, function)",
            )

    def _place(self, frame: FrameType | None) -> Where | None:
        """The reader's line that asked, or that began what asks now."""
        while frame is not None and frame.f_code is not _STEP:
            code = frame.f_code
            if _is_readers(code.co_filename):
                return Where(code.co_filename, frame.f_lineno, code.co_qualname)
            frame = frame.f_back
        return getattr(self._running, "where", None)


_STEP = TripClock.step.__code__


def raiser(failure: Failure) -> Where | None:
    """The reader's line in which it was raised."""
    found, tb = None, failure.tb
    while tb is not None:
        code = tb.tb_frame.f_code
        if _is_readers(code.co_filename):
            found = Where(code.co_filename, tb.tb_lineno, code.co_qualname)
        tb = tb.tb_next
    return found


def words(failure: Failure) -> str:
    """The exception's type and message."""
    text = failure.getErrorMessage()
    kind = failure.type.__name__ if failure.type else "Failure"
    return f"{kind}: {text}" if text else kind


def _pending(call: Any) -> Pending:
    return Pending(call.what, call.getTime(), call.where)


def _name(call: Any, frame: FrameType | None) -> str:
    """What the reader calls it: their function, or the function of Twisted's that asked."""
    if isinstance(call, LoopingCall):
        return f"LoopingCall of {_own_name(call.f)}"
    while isinstance(call, partial):
        call = call.func
    code = getattr(getattr(call, "__func__", call), "__code__", None)
    if code is not None and code.co_filename.startswith(_HERE):
        return _OURS.get(code.co_name, str(code.co_name))
    if frame is None or code is None or _is_readers(code.co_filename):
        return _own_name(call)
    return _own_name(call) if _is_readers(frame.f_code.co_filename) else frame.f_code.co_name


def _asking(frame: FrameType | None) -> FrameType | None:
    """Who called callLater, past the lab's own hands that pass it on."""
    while frame is not None and frame.f_code.co_name in ("dispatch", "callLater"):
        frame = frame.f_back
    return frame


def _own_name(call: Any) -> str:
    while isinstance(call, partial):
        call = call.func
    name = getattr(call, "__qualname__", None) or type(call).__qualname__
    short = name.rpartition("<locals>.")[2]
    return "lambda" if short == "<lambda>" else short


def _endless(now: float, calls: list[Any]) -> LabError:
    name = calls[0].what if calls else "a call"
    return LabError(
        f"At {now:g} s there is no end of calls; {name} is next",
        "Look for a callLater(0, …) that asks for itself again, and give it a delay",
    )
