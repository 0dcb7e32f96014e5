"""The time of a bench in memory: a clock that moves only when told to, for one thread."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock, Cooperator

from labkit.errors import LabError

from . import _seam

MOST = 1_000_000  # events, one after another, before the served code is called restless

reactor: Any = _reactor


class MemoryClock(Clock):
    """Time that passes only when told to, from one due call to the next.

    `around(call)` runs each due call, so that a failure is noted and does not
    keep time from passing.
    """

    def __init__(self, around: Callable[[Callable[[], object]], object]) -> None:
        super().__init__()
        self._around = around
        self._marks = [(perf_counter(), 0.0)]
        # Twisted's own one works for a length of real time, which is never the same
        self.cooperator = Cooperator(lambda: lambda: True, self.cooperate)

    def cooperate(self, work: Callable[[], None]) -> IDelayedCall:
        """Do a bit of what task.cooperate was given, in a later turn."""
        return self.callLater(0, work)

    def advance(self, amount: float) -> None:
        """Let `amount` seconds pass; each delayed call runs at its own time."""
        end = self.rightNow + amount
        for _ in range(MOST):
            due = min((call.getTime() for call in self.getDelayedCalls()), default=end + 1)
            if due > end:
                self._pass(end - self.rightNow)
                return
            self._pass(max(0.0, due - self.rightNow))
        raise restless()

    def run_due(self) -> bool:
        """Run the calls that are due now; whether there were any."""
        due: list[Any] = [call for call in self.calls if call.getTime() <= self.rightNow]
        # those only: what they ask for without delay is the next turn's, as in a reactor
        for call in sorted(due, key=lambda call: float(call.getTime())):
            if call.active():
                self.calls.remove(call)
                call.called = 1
                self._around(partial(call.func, *call.args, **call.kw))
        return bool(due)

    def _pass(self, amount: float) -> None:
        if amount:
            self.rightNow += amount
            self._marks.append((perf_counter(), self.rightNow))
        self.run_due()

    def at(self, moment: float) -> float:
        """What this clock showed at a moment of perf_counter."""
        found = bisect_right(self._marks, (moment, float("inf")))
        return self._marks[max(0, found - 1)][1]


def is_housekeeping(call: Any) -> bool:
    """Whether a delayed call is twisted.web's own, which only keeps a date for its log."""
    return "_updateLogDateTime" in repr(call.func)


def restless() -> LabError:
    return LabError(
        f"The served code was still busy after {MOST:,} events",
        "Look for a callLater(0, …) or a producer that calls itself for ever",
    )


# The time of a thread

_stand_ins: dict[int, Any] = {}
_own: dict[str, Any] = {}  # what stood on the reactor itself, to be put back
_lock = threading.Lock()
_REDIRECTED = ("callLater", "seconds", "connectTCP", "listenTCP", "getThreadPool")


def redirect(stand_in: Any) -> None:
    """Send this thread's reactor.callLater and reactor.seconds to a clock; others keep theirs.

    A stand-in that has connectTCP, listenTCP or getThreadPool gets those calls too.
    Raises LabError when this thread's time is on a clock already.
    """
    here = threading.get_ident()
    with _lock:
        if here in _stand_ins:
            raise LabError(
                "in_memory (or time_travel) was entered twice, one inside the other",
                "Serve both in the same one: lab.serve may be called many times",
            )
        if not _stand_ins:
            for name in _REDIRECTED:
                _own[name] = vars(reactor).get(name)
                setattr(reactor, name, _dispatching(name, getattr(reactor, name)))
            _cooperators.usual = _seam.cooperator()
            _seam.use_cooperator(_cooperators)
        _stand_ins[here] = stand_in


def restore() -> None:
    """Give this thread its real time back."""
    with _lock:
        _stand_ins.pop(threading.get_ident(), None)
        if not _stand_ins:
            for name, own in _own.items():
                delattr(reactor, name) if own is None else setattr(reactor, name, own)
            if _own:
                _seam.use_cooperator(_cooperators.usual)
            _own.clear()


class _Cooperators:
    """Sends task.cooperate to the one whose time the thread is on."""

    usual: Any = None

    def __getattr__(self, name: str) -> Any:
        stand_in = _stand_ins.get(threading.get_ident())
        return getattr(getattr(stand_in, "cooperator", self.usual), name)


_cooperators = _Cooperators()


def _dispatching(name: str, original: Any) -> Any:
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        stand_in = _stand_ins.get(threading.get_ident())
        return getattr(stand_in, name, original)(*args, **kwargs)

    return dispatch
