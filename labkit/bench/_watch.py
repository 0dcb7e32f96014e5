"""Notices a reactor that stands still, and names the line it stands in. A thread of its own.

The thread looks ten times a second while the reactor sleeps, which is as often as
crochet itself wakes it, and more often while a call lasts.
"""

from __future__ import annotations

import linecache
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any

from attrs import evolve
from twisted.python import threadable

from labkit._frames import Where, is_readers
from labkit.turns import Stall

from ._crowd import CROWD, Crowd
from ._looks import BUSY, LIMIT, Looks, came_during
from ._naming import name_of, note_place
from ._pulse import Pulse, pulse
from ._turning import Call, Note, turning

LATE = 5.0  # seconds after which the listeners are told once more
IDLE = 0.1  # seconds between two looks at a reactor that sleeps, or is known to stand still
YOUNG = 0.02  # seconds; a call that began so lately is not looked at
KEPT = 100  # stalls that are kept until somebody asks

Listener = Callable[[Stall], object]


class Watch:
    """Looks at one reactor. `drain` and `now` may be called in any thread."""

    def __init__(self) -> None:
        self._call: Stall | None = None
        self._past: deque[Stall] = deque(maxlen=KEPT)
        self._untold: deque[tuple[Stall, tuple[Listener, ...]]] = deque(maxlen=KEPT)
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._last = pulse()
        self._looks = Looks(0.0)
        self._crowd = Crowd()

    @property
    def now(self) -> Stall | None:
        """The stall that goes on at this moment."""
        return self._call or self._crowd.told

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._look_on, name="labkit-watch", daemon=True).start()

    def listen(self, listener: Listener) -> None:
        """Have it called, in this watch's thread, at the notice, after 5 s, and when it is over."""
        self._listeners.append(listener)

    def ignore(self, listener: Listener) -> None:
        """Call it no more."""
        self._listeners.remove(listener)

    def drain(self) -> tuple[Stall, ...]:
        """The stalls that have ended since the last call, oldest first, each once."""
        with self._lock:
            past = tuple(self._past)
            self._past.clear()
            return past

    def rescued(self) -> None:
        """Note that the lab itself ends the present call."""
        self._looks.rescued = True

    def settle(self) -> None:
        """Note the end of a stall that has just ended, without waiting for the next look."""
        with self._lock:
            if turning.finished or turning.since != self._looks.since or self._crowd.looks.seen:
                self._look()
        if self._untold:
            self._news.set()

    # in the watch's own thread

    def _look_on(self) -> None:
        while True:
            self._news.wait(self._pause())
            self._news.clear()
            with self._lock:
                self._look()
            while self._untold:
                told, listeners = self._untold.popleft()
                for listener in listeners:
                    listener(told)

    def _pause(self) -> float:
        """Seconds until the next look: soon enough for the limit, and no sooner."""
        seen = [looks for looks in (self._looks, self._crowd.looks) if looks.seen]
        if not seen or self.now is not None:
            return IDLE
        return min(BUSY, *(max(looks.left, 0.0) + 0.002 for looks in seen))

    def _look(self) -> None:
        before, at = self._last, pulse()
        step, self._last = at.since(before), at
        since = turning.since
        if since != self._looks.since or turning.finished:
            self._end(step)
        if since != self._looks.since:
            if self._call is not None:  # its end was not noted
                self._over(evolve(self._call, rescued=self._looks.rescued, over=True))
            self._looks, self._call = Looks(since), None
        frame = sys._current_frames().get(threadable.ioThread or 0)
        if since and turning.since != since:  # over by now: a look at another call is none
            self._last = before
            return
        if since and at.at - since > YOUNG and frame is not None:
            self._looks.add(frame, step, at.at - since)
            self._judge(frame)
        self._look_at_turn(frame, step, at.at)

    def _judge(self, frame: FrameType) -> None:
        looks = self._looks
        if self._call is not None:
            self._call = self._later(self._call, looks)
        elif looks.blames():
            self._call = _stall(*_running(frame), looks, waiting=True)
            self._tell(self._call)
        if self._call is not None:
            self._crowd.forget(self._last.at)

    def _look_at_turn(self, frame: FrameType | None, step: Pulse, at: float) -> None:
        crowd = self._crowd
        if crowd.gone(frame):
            seconds = crowd.end(step)
            if seconds:
                stall = crowd.told or _stall(crowd.lane(), CROWD, crowd.looks)
                self._over_by(stall, crowd.looks, seconds)
            crowd.begin(frame, at)
        crowd.add(frame, step, at)
        if crowd.told is not None:
            crowd.told = self._later(crowd.told, crowd.looks)
        elif self._call is None and crowd.blames(self._looks):
            crowd.told = _stall(crowd.lane(), CROWD, crowd.looks, waiting=True)
            self._tell(crowd.told)

    def _later(self, stall: Stall, looks: Looks) -> Stall:
        """The same stall by now; told once more when it lasts."""
        stall = evolve(stall, seconds=looks.lasted, in_c=looks.in_c, waited=looks.waiting())
        if looks.lasted > LATE and not looks.told_late:
            looks.told_late = True
            self._tell(stall)
        return stall

    def _tell(self, stall: Stall) -> None:
        self._untold.append((stall, tuple(self._listeners)))

    def _end(self, step: Pulse) -> None:
        """What ended since the last look: the call that was looked at, and others unseen."""
        while turning.finished:
            note = turning.finished.popleft()
            seconds = note[4] - note[3]
            if note[3] == self._looks.since:
                self._end_of(note, step)
            elif min(seconds, step.computed) >= LIMIT and step.alone and step.filled(seconds):
                # it let no other thread run, the watch's neither, until it was over
                lane, what, place = note_place(note[1], note[2])
                waited = came_during(note[3])
                told = _source(place), waited, True
                self._over(Stall(lane, what, seconds, place, *told, began=note[3]))

    def _end_of(self, note: Note, step: Pulse) -> None:
        """The end of a call that was looked at, noticed or not."""
        looks, seconds = self._looks, note[4] - note[3]
        stall, self._call = self._call, None
        if stall is None:
            looks.count(step, max(0.0, seconds - looks.lasted))  # since the last look, if any
            if seconds < LIMIT or not looks.blames():
                return
            lane, what, place = note_place(note[1], note[2])
            stall = _stall(lane, what, looks, place)
        self._over_by(stall, looks, seconds)

    def _over_by(self, stall: Stall, looks: Looks, seconds: float) -> None:
        waited, rescued = came_during(looks.since), looks.rescued
        self._over(evolve(stall, seconds=seconds, waited=waited, rescued=rescued, over=True))

    def _over(self, stall: Stall) -> None:
        self._crowd.forget(self._last.at)
        self._past.append(stall)
        turning.stalls.append(stall)
        self._tell(stall)


def _stall(
    lane: str, what: str, looks: Looks, place: Where | None = None, waiting: bool = False
) -> Stall:
    """What was looked at, as a stall; `place` where no line was seen, `waiting` while it lasts."""
    place = looks.place or place
    if place is not None:
        turning.places[looks.since] = place
    waited = looks.waiting() if waiting else came_during(looks.since)
    told = _source(place), waited, looks.in_c
    seen = Stall(lane, what, looks.lasted, place, *told, over=False)
    return evolve(seen, many=looks.many, began=looks.since)


def _source(place: Where | None) -> str:
    return linecache.getline(place.file, place.line).strip() if place else ""


def _running(frame: FrameType | None) -> tuple[str, str]:
    """For whom the present call is, and which function of the reader's it came to first."""
    first = None
    while frame is not None:
        first = frame.f_code if is_readers(frame.f_code.co_filename) else first
        frame = frame.f_back
    if isinstance(turning.now, Call):
        return turning.whose(), name_of(first) if first else ""
    return turning.whose(), first.co_name if first else ""


_watch: list[Watch] = []


def install(reactor: Any) -> None:
    """Begin to watch the reactor. Once, right after it was started."""
    turning.install(reactor)
    _watch.append(Watch())
    _watch[0].start()


def watch() -> Watch:
    """The watch of this process. The reactor must have been started."""
    return _watch[0]


def note_ends() -> None:
    """Have the stalls noted that have ended by now. Any thread."""
    if _watch:
        _watch[0].settle()


def drain_stalls() -> tuple[Stall, ...]:
    """Stalls that ended since the last call, oldest first, each once. Any thread."""
    note_ends()
    return _watch[0].drain() if _watch else ()


def stall_now() -> Stall | None:
    """The stall that goes on at this moment, None when the reactor turns. Any thread."""
    return _watch[0].now if _watch else None


def on_stall(listener: Listener) -> None:
    """Have `listener` called in the watch's thread when a stall is noticed, late, and over."""
    _watch[0].listen(listener)
