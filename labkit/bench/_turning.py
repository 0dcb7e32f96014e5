"""What the reactor runs now and what it ran last: noted call by call, in its own thread.

The note of a call is a small tuple in a ring; names are looked up by whoever asks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter
from types import CodeType
from typing import Any

from twisted.internet.task import LoopingCall

from labkit._frames import Where, is_readers
from labkit.turns import Ran, Timeline

from . import _seam

MOST = 2000  # calls that are remembered
LONG = 0.05  # seconds; who came right after such a call had to wait for it
TIMERS, THREADS = "timers", "calls from threads"

Note = tuple[int, Any, str, float, float]  # turn, subject, what, began, seconds


class Turning:
    """The notes of one reactor. Written in its thread, read in any.

    `began` is when the present turn began, in perf_counter's seconds, 0.0 while the
    reactor sleeps. `now` is what runs: a tape, a transport, or a timer's name.
    """

    def __init__(self) -> None:
        self.ring: deque[Note] = deque(maxlen=MOST)
        self.count = 0
        self.turn = 0
        self.began = 0.0
        self.now: Any = None
        self.looped = True
        self.stood: tuple[int, float] | None = None  # a turn that is watched, and how long it took
        self.watched = 0
        self.places: dict[int, Where] = {}  # of turns that stood still: the line

    def install(self, reactor: Any) -> None:
        """Surround the reactor's calls. Once, in any thread, while it turns."""
        self._reactor = reactor
        self.looped = _seam.turning(reactor, self._begins, self._ends)
        _seam.dispatching(reactor, self._around)
        _seam.before_timers(reactor, self._due)

    def clear(self) -> None:
        """Forget what ran so far: a new cell begins."""
        self.ring.clear()
        self.places.clear()
        self.count = 0

    # in the reactor's thread

    def _begins(self) -> None:
        queue = _seam.queued(self._reactor)
        if queue or not self.began:
            self._wake()
            for place, (function, args, kwargs) in enumerate(queue):
                if not isinstance(function, _Call):
                    queue[place] = (_Call(self, THREADS, function, args), args, kwargs)

    def _wake(self) -> None:
        if not self.began:
            self.turn += 1
            self.began = perf_counter()

    def _ends(self) -> None:
        if self.watched == self.turn and self.began:
            self.stood = (self.turn, perf_counter() - self.began)
        self.began = 0.0

    def _due(self, calls: list[Any]) -> None:
        for call in calls:
            if not isinstance(call.func, _Call):
                call.func = _Call(self, TIMERS, call.func, call.args)

    def _note(self, selectable: Any, subject: Any, rest: tuple[Any, ...], began: float) -> None:
        seconds = perf_counter() - began
        if _seam.reads(rest) or seconds >= LONG or not selectable.connected:
            what = "dataReceived" if selectable.connected else "connectionLost"
            self.ring.append((self.turn, subject, what, began, seconds))
            self.count += 1

    def _around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def dispatch(selectable: Any, *rest: Any) -> Any:
            if not self.began:
                self.turn += 1
                self.began = perf_counter()
            self.now = selectable
            try:
                subject = selectable.protocol.tape  # it is gone when the connection is lost
            except AttributeError:
                subject = _subject(selectable)
            began = perf_counter()
            try:
                return real(selectable, *rest)
            finally:
                if subject is not None:
                    self._note(selectable, subject, rest, began)
                self.now = None
                if not self.looped:
                    self._ends()

        return dispatch


class _Call:
    """A function that is noted when it runs."""

    __slots__ = ("args", "function", "lane", "turning")

    def __init__(self, turning: Turning, lane: str, function: Any, args: Any) -> None:
        self.turning, self.lane, self.function, self.args = turning, lane, function, args

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        turning = self.turning
        turning._wake()
        turning.now = self
        began = perf_counter()
        try:
            return self.function(*args, **kwargs)
        finally:
            seconds = perf_counter() - began
            called = called_by(self.function, self.args)
            if called is not None:
                note = (turning.turn, (self.lane, called[1]), called[0], began, seconds)
                turning.ring.append(note)
                turning.count += 1
            turning.now = None
            if not turning.looped:
                turning._ends()


def called_by(function: Any, args: tuple[Any, ...]) -> tuple[str, CodeType | None] | None:
    """The name and the code of the reader's that is called at last; None when there is none."""
    for given in args[1:3] if getattr(function, "__name__", "") == "run" else ():
        found = called_by(given, ())
        if found is not None:
            return found
    looped = getattr(function, "f", None) if isinstance(function, LoopingCall) else None
    function = looped or getattr(function, "func", function)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    code = code or getattr(function, "cr_code", None)
    if code is None or not is_readers(code.co_filename):
        return None
    name = code.co_qualname.rpartition("<locals>.")[2].replace("<lambda>", "lambda")
    return name, code


def _subject(selectable: Any) -> Any:
    """The tape of a connection inside TLS; else what kind of thing it is, None for a waker."""
    if not hasattr(selectable, "connected"):
        return None
    inner = getattr(selectable, "protocol", None)
    for _ in range(3):
        inner = getattr(inner, "wrappedProtocol", None)
        tape = getattr(inner, "tape", None)
        if tape is not None:
            return tape
    return type(selectable).__name__


def lane_of(subject: Any) -> str:
    """Whom a call was for, in words; empty for what is nobody's."""
    if isinstance(subject, _Call):
        return subject.lane
    if isinstance(subject, tuple):
        return str(subject[0])
    if not hasattr(subject, "number"):
        subject = subject if isinstance(subject, str) else getattr(
            getattr(subject, "protocol", None), "tape", None) or _subject(subject)  # fmt: skip
    if subject is None or isinstance(subject, str):
        ports = {"Port": "new connections", "Client": "your client"}
        return ports.get(subject or "", "")
    name = getattr(subject.owner, "label", "") or "server"
    return f"{name} · client {subject.number}"


turning = Turning()


def timeline() -> Timeline:
    """What the reactor called since the present cell began: the reader's code, in order.

    Connections of the lab's servers, your own clients, timers and calls from other
    threads; of what else runs only what took long. The last 2,000 calls are kept.
    """
    notes, left = list(turning.ring), max(0, turning.count - len(turning.ring))
    start = notes[0][3] if notes else 0.0
    ran: list[Ran] = []
    held: tuple[int, int] | None = None  # index and turn of the last long call
    for turn, subject, what, began, seconds in notes:
        lane = lane_of(subject)
        if not lane or (lane == "new connections" and seconds < LONG):
            continue
        behind = (held[0],) if held is not None and turn - held[1] <= 1 else ()
        code = subject[1] if isinstance(subject, tuple) else None
        where = Where(code.co_filename, code.co_firstlineno, what) if code else None
        where = turning.places.get(turn, where) if seconds >= LONG else where
        ran.append(Ran(turn, lane, what, began - start, seconds, where, behind))
        if seconds >= LONG:
            held = (len(ran) - 1, turn)
    return Timeline(tuple(ran), left_out=left)
