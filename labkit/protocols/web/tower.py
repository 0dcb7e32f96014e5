"""The lookout's tower: what is seen is told at once, by server-sent events or by long polls.

The core is the list of sightings and of those who listen. The format of events is
that of the HTML standard, section 9.2.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import asdict, frozen
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import LoopingCall
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

__all__ = ["EventStream", "Lookout", "NextSighting", "Sighting", "encode_event"]

EVENTS = "text/event-stream"


@frozen
class Sighting:
    """Something seen; numbers count from 1."""

    id: int
    text: str


def encode_event(sighting: Sighting) -> bytes:
    """A sighting as one event: its number, its lines, an empty line."""
    lines = sighting.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fields = [f"id: {sighting.id}", *(f"data: {line}" for line in lines)]
    return "\n".join([*fields, "", ""]).encode()


Listener = Callable[[], object]


class Lookout:
    """The last `keep` sightings, and whom to call when there is a new one. Reactor thread."""

    def __init__(self, keep: int = 100) -> None:
        self.seen: deque[Sighting] = deque(maxlen=keep)
        self.count = 0
        self.listeners: list[Listener] = []

    def see(self, text: str) -> Sighting:
        """Note something, and tell all who listen."""
        self.count += 1
        sighting = Sighting(self.count, text)
        self.seen.append(sighting)
        for listener in tuple(self.listeners):  # who is told may leave
            listener()
        return sighting

    def after(self, number: int) -> list[Sighting]:
        """Those that came after a number and are still kept."""
        return [sighting for sighting in self.seen if sighting.id > number]


class EventStream(Resource):
    """Never-ending: each sighting is an event. Who comes back says what it heard last.

    Every `beat` seconds a comment goes out: a client that vanished without a word is
    only noticed when something is sent to it.
    """

    isLeaf = True

    def __init__(self, lookout: Lookout, beat: float = 15.0, clock: Any = None) -> None:
        super().__init__()
        self.lookout, self.beat, self.clock = lookout, beat, clock

    def render_GET(self, request: Any) -> int:
        _head(request, EVENTS)
        request.write(b": hello\n\n")  # a comment, so that the head goes out now
        heard = _number(request.getHeader(b"Last-Event-ID"), self.lookout.count)
        Listening(request, self.lookout, heard).begin(_clock(self.clock), self.beat)
        return NOT_DONE_YET

    def render_HEAD(self, request: Any) -> int:
        return _head_alone(request, EVENTS)


@implementer(IPushProducer)
class Listening:
    """One listener of the stream. While its connection is full it is sent nothing.

    What it missed meanwhile follows, as far as the lookout has kept it: a client
    that reads slowly costs no memory.
    """

    def __init__(self, request: Any, lookout: Lookout, heard: int) -> None:
        self.request, self.lookout, self.heard = request, lookout, heard
        self.paused = False

    def begin(self, clock: Any, beat: float) -> None:
        """Listen from now on, until the connection is gone."""
        self.lookout.listeners.append(self.tell)
        beating = LoopingCall(self.request.write, b":\n\n")
        beating.clock = clock
        beating.start(beat, now=False)
        self.request.notifyFinish().addBoth(lambda _: self._over(beating))
        self.request.registerProducer(self, True)
        self.tell()

    def _over(self, beating: LoopingCall) -> None:
        self.lookout.listeners.remove(self.tell)
        beating.stop()

    def tell(self) -> None:
        """Send what it has not heard yet."""
        for sighting in () if self.paused else self.lookout.after(self.heard):
            self.heard = sighting.id
            self.request.write(encode_event(sighting))

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False
        self.tell()

    def stopProducing(self) -> None:
        self.paused = True


class NextSighting(Resource):
    """A long poll: /?after=N answers with all after N, as soon as there is one.

    After `patience` seconds without any it answers 204, and the client asks again.
    """

    isLeaf = True

    def __init__(self, lookout: Lookout, patience: float = 25.0, clock: Any = None) -> None:
        super().__init__()
        self.lookout, self.patience = lookout, patience
        self.clock = clock

    def render_GET(self, request: Any) -> int:
        _head(request, "application/json")
        number = _number(request.args.get(b"after", [None])[0], self.lookout.count)
        Waiting(request, self.lookout, number).begin(_clock(self.clock), self.patience)
        return NOT_DONE_YET

    def render_HEAD(self, request: Any) -> int:
        return _head_alone(request, "application/json")


class Waiting:
    """One long poll: waits for a sighting, for its time to be over, or for its client to go."""

    def __init__(self, request: Any, lookout: Lookout, number: int) -> None:
        self.request, self.lookout, self.number = request, lookout, number

    def begin(self, clock: Any, patience: float) -> None:
        """Answer at once when there is something; else wait."""
        self.limit = clock.callLater(patience, self.give_up)
        self.lookout.listeners.append(self.tell)
        self.request.notifyFinish().addBoth(self._over)
        self.tell()

    def tell(self) -> None:
        """Answer, if there is something to tell."""
        found = self.lookout.after(self.number)
        if found:
            self.request.write(json.dumps([asdict(one) for one in found]).encode() + b"\n")
            self.request.finish()

    def give_up(self) -> None:
        self.request.setResponseCode(204)
        self.request.finish()

    def _over(self, _: object) -> None:
        # answered or gone: either way nobody waits here any more
        self.lookout.listeners.remove(self.tell)
        if self.limit.active():
            self.limit.cancel()


def _clock(given: Any) -> Any:
    """The clock that was handed over, or the reactor: imported late, because that chooses it."""
    if given is not None:
        return given
    from twisted.internet import reactor

    return reactor


def _head(request: Any, kind: str) -> None:
    request.setHeader("Content-Type", kind)
    request.setHeader("Cache-Control", "no-store")


def _head_alone(request: Any, kind: str) -> int:
    """To HEAD: at once, and without a length, which nobody knows yet."""
    _head(request, kind)
    request.finish()
    return NOT_DONE_YET


def _number(said: bytes | None, otherwise: int) -> int:
    """A number that a client named; without one, or with nonsense, the one given."""
    return int(said) if said is not None and said.isdigit() and len(said) < 10 else otherwise
