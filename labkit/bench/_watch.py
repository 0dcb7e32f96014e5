"""Notices a reactor that stands still, and names the line it stands in. A thread of its own.

The thread looks ten times a second while the reactor sleeps, which is as often as
crochet itself wakes it, and 25 times a second while a turn lasts.
"""

from __future__ import annotations

import dis
import linecache
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any

from attrs import evolve
from twisted.python import threadable

from labkit._frames import Where, readers_place
from labkit.turns import Stall

from ._turning import lane_of, turning

LIMIT = 0.18  # seconds in the reader's code, from which a turn stands still
NOBODYS = 1.0  # the same where no line of the reader's is seen
LATE = 5.0  # seconds after which the listeners are told once more
IDLE, BUSY = 0.1, 0.04  # seconds between two looks
KEPT = 100  # stalls that are kept until somebody asks

Listener = Callable[[Stall], object]


class Watch:
    """Looks at one reactor. `drain` and `now` may be called in any thread."""

    now: Stall | None
    _turn: int
    _seen: int
    _mine: int
    _same: int
    _at: tuple[object, ...] | None
    _told_late: bool
    _rescued: bool
    _waiters: dict[str, None]
    _waited_before: float
    _worked: float

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._past: deque[Stall] = deque(maxlen=KEPT)
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self.now = None
        self._forget()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._look_on, name="labkit-watch", daemon=True).start()

    def listen(self, listener: Listener) -> None:
        """Have it called, in this watch's thread, at the notice, after 5 s, and when it is over."""
        self._listeners.append(listener)

    def drain(self) -> tuple[Stall, ...]:
        """The stalls that have ended since the last call, oldest first, each once."""
        with self._lock:
            past = tuple(self._past)
            self._past.clear()
            return past

    def rescued(self) -> None:
        """Note that the lab itself ended the present stall."""
        self._rescued = True

    def settle(self) -> None:
        """Note the end of a stall that has just ended, without waiting for the next look."""
        with self._lock:
            self._look()

    # in the watch's own thread

    def _look_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(BUSY if turning.began else IDLE):
            with self._lock:
                told = self._look()
            for listener in self._listeners if told is not None else ():
                listener(told)  # type: ignore[arg-type]

    def _look(self) -> Stall | None:
        """One look; the stall, when there is something new to tell of it."""
        turn, began = turning.turn, turning.began
        ended = self._end() if turn != self._turn or not began else None
        if not began:
            return ended
        if turn != self._turn:
            self._forget()
            self._turn = turning.watched = turn
            self._waited_before = schedule()[1]
        frame = sys._current_frames().get(threadable.ioThread or 0)
        place = readers_place(frame)
        self._seen += 1
        self._mine += place is not None
        self._note_instruction(frame)
        lasted = perf_counter() - began - max(0.0, schedule()[1] - self._waited_before)
        if self.now is None:
            return ended or self._notice(lasted, place)
        self.now = evolve(self.now, seconds=lasted, in_c=self.in_c, waited=self._waiting())
        if lasted > LATE and not self._told_late:
            self._told_late = True
            return self.now
        return ended

    def _notice(self, lasted: float, place: Where | None) -> Stall | None:
        readers = place is not None and self._mine == self._seen
        if lasted < (LIMIT if readers else NOBODYS):
            return None
        running = turning.now
        lane = lane_of(running) if running is not None else ""
        source = linecache.getline(place.file, place.line).strip() if place else ""
        self.now = Stall(
            lane, getattr(place, "function", ""), lasted, place, source, in_c=self.in_c, over=False
        )
        if place is not None:
            turning.places[self._turn] = place
        self.now = evolve(self.now, waited=self._waiting())
        return self.now

    def _end(self) -> Stall | None:
        stall, self.now = self.now, None
        if stall is None:
            return None
        stood = turning.stood
        seconds = stood[1] if stood is not None and stood[0] == self._turn else stall.seconds
        stall = evolve(stall, seconds=seconds, over=True, rescued=self._rescued)
        self._past.append(stall)
        self._forget()
        return stall

    def _forget(self) -> None:
        self._turn = self._seen = self._mine = self._same = 0
        self._at = None
        self._told_late = self._rescued = False
        self._waiters = {}
        self._waited_before = self._worked = 0.0

    def _note_instruction(self, frame: FrameType | None) -> None:
        at = (id(frame), frame.f_lasti) if frame is not None else None
        worked = schedule()[0]
        idle = worked - self._worked < BUSY / 5
        self._same = self._same + 1 if at == self._at and idle and _calls(frame) else 0
        self._at, self._worked = at, worked

    @property
    def in_c(self) -> bool:
        """Whether the thread waits in a call into C: the same instruction, and nothing computed."""
        return self._same >= 2

    def _waiting(self) -> tuple[str, ...]:
        """Who has said something that nobody has read; asked without reading it."""
        poller, names = select.poll(), {}
        try:
            for reader in list(self._reactor.getReaders()):
                lane = lane_of(reader)
                if lane and reader is not turning.now:
                    names[reader.fileno()] = lane
                    poller.register(reader.fileno(), select.POLLIN)
            for number, event in poller.poll(0):
                if event & select.POLLIN:
                    self._waiters[names[number]] = None
        except (OSError, RuntimeError, ValueError):
            pass  # a socket was closed, or the set changed, while it was looked at
        return tuple(sorted(self._waiters))


def _calls(frame: FrameType | None) -> bool:
    """Whether a frame stands at no jump: an empty loop of Python stays at one instruction."""
    if frame is None:
        return False
    code, at = frame.f_code.co_code, frame.f_lasti
    return at >= 0 and "JUMP" not in dis.opname[code[at]]


def schedule() -> tuple[float, float]:
    """Seconds that the reactor's thread computed, and that it was ready to and was not let.

    From /proc on Linux; zeros where that is not known.
    """
    for thread in threading.enumerate():
        if thread.ident == threadable.ioThread and thread.native_id is not None:
            try:
                with open(f"/proc/self/task/{thread.native_id}/schedstat") as file:
                    computed, queued, _ = map(int, file.read().split())
                    return computed / 1e9, queued / 1e9
            except (OSError, ValueError):
                break
    return 0.0, 0.0


_watch: list[Watch] = []


def install(reactor: Any) -> None:
    """Begin to watch the reactor. Once, right after it was started."""
    turning.install(reactor)
    _watch.append(Watch(reactor))
    _watch[0].start()


def watch() -> Watch:
    """The watch of this process. The reactor must have been started."""
    return _watch[0]


def drain_stalls() -> tuple[Stall, ...]:
    """Stalls that ended since the last call, oldest first, each once. Any thread."""
    if not _watch:
        return ()
    _watch[0].settle()
    return _watch[0].drain()


def stall_now() -> Stall | None:
    """The stall that goes on at this moment, None when the reactor turns. Any thread."""
    return _watch[0].now if _watch else None


def on_stall(listener: Listener) -> None:
    """Have `listener` called in the watch's thread when a stall is noticed, late, and over."""
    _watch[0].listen(listener)
