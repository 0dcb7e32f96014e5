"""What the reactor runs now and what it ran last: noted call by call, in its own thread.

The note of a call is a small tuple in a ring; names are looked up by whoever asks.
"""

from __future__ import annotations

import select
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter
from types import FrameType
from typing import Any

from labkit._frames import Where
from labkit.turns import Stall
from labkit.wire._tape import Tape

from . import _seam
from ._naming import (
    LISTENING,
    NOBODY,
    THREADS,
    TIMERS,
    Subject,
    client_of,
    lane_of,
    readers_code,
    subject_of,
)

MOST = 2000  # calls that are remembered
LONG = 0.05  # seconds; who was ready meanwhile had to wait

JUST_NOW = 8  # milliseconds; as fine as a kernel counts them
_LAST_DATA = 52  # where Linux's tcp_info says how many milliseconds ago data came

# turn, for whom, what, began, ended, ready since (0.0 where that is not known). What is
# a name, or the code of the reader's function.
Note = tuple[int, Any, Any, float, float, float]


# what an event came to, by whether the socket is connected after it
_LEFT = {True: "", False: "connectionLost"}
_REACHED = {True: "connectionMade", False: "clientConnectionFailed"}


class Turning:
    """The notes of one reactor. Written in its thread, read in any.

    `since` is when the present call began, in perf_counter's seconds, 0.0 while none is
    made. `now` is what runs: a transport, or a Call; `tape` is the transport's, which at its
    end no longer says whose it is.
    """

    __slots__ = (
        "_reactor", "count", "finished", "held", "look_ahead", "looped", "now", "places", "ring",
        "seconds", "since", "stalls", "tape", "turn",
    )  # fmt: skip

    def __init__(self) -> None:
        self.ring: deque[Note] = deque(maxlen=MOST)
        self.stalls: deque[Stall] = deque(maxlen=MOST)
        self.count = 0
        self.turn = 0
        self.since = 0.0
        self.now: Any = None
        self.tape: Tape | None = None
        self.looped = True
        self.places: dict[float, Where] = {}  # of calls that stood still: by their begin, the line
        self.finished: deque[Note] = deque(maxlen=100)  # long calls that the watch has not seen
        self.held: dict[
            float, list[Any]
        ] = {}  # by the begin of a long call: who had come meanwhile

    def install(self, reactor: Any) -> None:
        """Surround the reactor's calls. Once, in any thread, while it turns."""
        self._reactor, self.seconds = reactor, reactor.seconds
        self.look_ahead = _seam.due(reactor, self._due)
        self.looped = _seam.turning(reactor, self, self.look_ahead)
        _seam.dispatching(reactor, self._around)
        _seam.parting(reactor, self._parting)
        ask = reactor.callFromThread

        def call_from_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
            ask(Call(self, _THREADS, function, perf_counter()), *args, **kwargs)

        reactor.callFromThread = call_from_thread

    def clear(self) -> None:
        """Forget what ran so far: a new cell begins."""
        for notes in (self.ring, self.stalls, self.places, self.held):
            notes.clear()
        self.count = 0

    # in the reactor's thread

    def _due(self, call: Any) -> None:
        """A delayed call is noted when it runs; nothing else of it changes."""
        if type(call.func) is not Call:
            call.func = Call(self, _TIMERS, call.func, 0.0, call)

    def _around(self, real: Callable[..., Any], writable: int) -> Callable[..., Any]:
        """The hot path: each event of a connection goes through it."""
        note, clock, rest, kind, long = self.ring.append, perf_counter, self._unlike, Tape, LONG
        asks = _seam.asks

        def dispatch(selectable: Any, handle: Any, event: int) -> Any:
            try:
                tape = selectable.protocol.tape
            except AttributeError:
                tape = None
            if type(tape) is not kind:
                return rest(real, selectable, handle, event)
            if event == writable and not asks(selectable):
                return real(selectable, handle, event)
            self.now, self.tape = selectable, tape
            self.since = began = clock()
            try:
                return real(selectable, handle, event)
            finally:
                ended = clock()
                self.since = 0.0
                if ended - began >= long or not selectable.connected:
                    self._note(selectable, tape, event, began)
                elif event & 1:
                    note((self.turn, tape, "dataReceived", began, ended, 0.0))
                    self.count += 1

        return dispatch

    def _parting(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """The end of a connection, noted here when it comes in an event that is not."""

        def disconnect(selectable: Any, why: Any, read: Any) -> Any:
            if self.since:
                return real(selectable, why, read)
            return self._unlike(real, selectable, why, int(bool(read)))

        return disconnect

    def _unlike(self, real: Callable[..., Any], selectable: Any, handle: Any, event: int) -> Any:
        """The same for what has no tape, or has it under other layers."""
        subject, stood = subject_of(selectable), getattr(selectable, "connected", True)
        before = accepted(selectable) if subject is LISTENING else 0
        self.now, self.tape = selectable, subject if isinstance(subject, Tape) else None
        self.since = began = perf_counter()
        try:
            return real(selectable, handle, event)
        finally:
            self.since = 0.0
            if subject is LISTENING:
                self._welcome(selectable, before, began)
            elif not stood:  # who connects has its protocol only now
                self._note(selectable, subject_of(selectable), event, began, _REACHED)
            else:
                self._note(selectable, subject, event, began)

    def _note(
        self, selectable: Any, subject: Any, event: int, began: float, become: Any = _LEFT
    ) -> None:
        ended = perf_counter()
        what = become[bool(getattr(selectable, "connected", True))]
        what = what or ("dataReceived" if event & 1 else "")
        if subject is not NOBODY and (what or ended - began >= LONG):
            self.add((self.turn, subject, what or "resumeProducing", began, ended, 0.0))
        self._after(began, ended)

    def _welcome(self, port: Any, before: int, began: float) -> None:
        """A port's event made connections: each gets its note."""
        ended = perf_counter()
        taped = _taped(port)
        lane = "your server" if taped is None else taped.label or "server"
        kind = getattr(port.factory if taped is None else taped.wrappedFactory, "protocol", None)
        for number in range(before + 1, accepted(port) + 1):
            subject = Subject(client_of(lane, number), kind, LISTENING)
            self.add((self.turn, subject, "connectionMade", began, ended, 0.0))
        self._after(began, ended)

    def add(self, note: Note) -> None:
        """Put a note at the end."""
        self.ring.append(note)
        self.count += 1

    def _after(self, began: float, ended: float) -> None:
        if ended - began >= LONG:
            own = self.now
            came = [subject_of(r) for r in self.ready() if r is not own and _has_waited(r)]
            self.held.setdefault(began, []).extend(came)
            if self.ring and self.ring[-1][3] == began:
                self.finished.append(self.ring[-1])
        if not self.looped:
            self.turn += 1

    # in any thread

    def whose(self) -> str:
        """For whom the present call is, in words; empty for nobody."""
        now = self.now
        return lane_of(now.subject if isinstance(now, Call) else self.tape or subject_of(now))

    def turn_of(self, frame: FrameType | None) -> int | None:
        """The number of the turn, from one wait for news to the next, that its thread is in.

        None while it waits, and for a reactor without a main loop of its own.
        """
        stage = _seam.stage(self._reactor, frame) if self.looped else None
        return None if stage is None else self.turn + stage

    def notes_of(self, number: int) -> list[Note]:
        """What is noted of a turn so far: the events, then the calls that were due."""
        return [n for n in list(self.ring) if n[0] + (n[1] not in _CALLS) == number]

    def ready(self) -> Iterator[Any]:
        """The sockets that have something to be read; asked without reading it."""
        poller, known = select.poll(), {}
        try:
            for reader in list(self._reactor.getReaders()):
                known[reader.fileno()] = reader
                poller.register(reader.fileno(), select.POLLIN)
            for number, event in poller.poll(0):
                if event & select.POLLIN:
                    yield known[number]
        except Exception:
            # a socket was closed, or the set changed, while it was looked at from another
            # thread; or it is a reader of the reader's own, whose fileno raises what it likes
            return


def _has_waited(reader: Any) -> bool:
    """Whether a connection's unread bytes came some time ago, and not just now."""
    try:
        if not reader.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
            return False
        if not hasattr(socket, "TCP_INFO"):
            return True
        told = reader.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA + 4)
    except (AttributeError, OSError):
        return False
    return int.from_bytes(told[_LAST_DATA:], sys.byteorder) >= JUST_NOW


_TIMERS, _THREADS = Subject(TIMERS), Subject(THREADS)
_CALLS = (_TIMERS, _THREADS)


def _taped(port: Any) -> Any:
    """The recorder behind a port of the lab's; None behind another."""
    factory = getattr(port, "factory", None)
    factory = getattr(factory, "wrappedFactory", factory)  # under TLS
    taped = getattr(factory, "target", None)
    return taped if hasattr(taped, "tapes") else None


def accepted(port: Any) -> int:
    """How many connections a port has taken so far; 0 for what is no port."""
    taped = _taped(port)
    return int(getattr(port, "sessionno", 0) if taped is None else taped.count)


class Call:
    """A function that is noted when it runs: a timer's, or one from another thread."""

    __slots__ = ("delayed", "function", "ready", "subject", "turning")

    def __init__(
        self, turning: Turning, subject: Subject, function: Any, ready: float, delayed: Any = None
    ) -> None:
        self.turning, self.subject, self.function, self.ready = turning, subject, function, ready
        self.delayed = delayed

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        turning, what = self.turning, readers_code(self.function, args)
        if self.delayed is not None:
            self.ready = perf_counter() + self.delayed.time - turning.seconds()
            self.delayed = (
                None  # they know each other: what is done must not wait for the collector
            )
        turning.now = self
        turning.since = began = perf_counter()
        try:
            return self.function(*args, **kwargs)
        finally:
            ended = perf_counter()
            turning.since = 0.0
            if self.subject is _THREADS:
                turning.look_ahead()  # what it made due runs in this turn
            if what is not None or ended - began >= LONG:
                named: Any = what or getattr(self.function, "__qualname__", "")
                turning.add((turning.turn, self.subject, named, began, ended, self.ready))
            turning._after(began, ended)

    def __repr__(self) -> str:
        return repr(self.function)

    def __getattr__(self, name: str) -> Any:
        # who asks a pending call for its function's name is told that
        return getattr(object.__getattribute__(self, "function"), name)


turning = Turning()
