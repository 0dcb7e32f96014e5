"""One connection over a rough road: two ends and the two lanes between them. Reactor thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, Literal

from twisted.internet import error
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from labkit.wire import Who

from ._lane import End, Hop, Lane, Rough
from ._peer import PAUSE, unread

_OTHER: dict[Who, Who] = {"client": "server", "server": "client"}
LOOKS = (0.0005, 0.02)  # seconds between two looks at whether a piece was read: first, at most


@implementer(IHalfCloseableProtocol)
class RoadEnd(Protocol):
    """The road's own end towards the client, or towards the server."""

    transport: Any

    def __init__(self, road: Road, who: Who) -> None:
        self._road, self._who = road, who

    def connectionMade(self) -> None:
        with suppress(AttributeError):  # a UNIX socket has no such option
            self.transport.setTcpNoDelay(True)
        self._road.stands(self._who, self.transport)

    def dataReceived(self, data: bytes) -> None:
        self._road.lanes[self._who].take(data)

    def readConnectionLost(self) -> None:
        self._road.finished(self._who)

    def writeConnectionLost(self) -> None:
        """What we asked for."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._road.lost(self._who, reason)


class Road:
    """Carries one connection. `over(road)` is told when both ends are gone.

    `tapes` is the taped factory of the server when its tape counts the bytes that
    the road carries, else None: then the system is asked what was read.
    """

    def __init__(
        self,
        number: int,
        rough: Rough,
        clock: Any,
        tapes: Any,
        note: Callable[[Hop], object],
        over: Callable[[Road], object],
    ) -> None:
        self.number = number
        self._clock, self._tapes, self._over, self._note = clock, tapes, over, note
        self._tape: Any = None
        self._begun = False
        self._ends: dict[Who, Any] = {}
        self._gone: set[Who] = set()
        self._silent: set[Who] = set()  # whose last word has come
        self._told: set[Who] = set()  # whom the other's last word has reached
        self.lanes: dict[Who, Lane] = {who: self._lane(who, rough) for who in _OTHER}

    def _lane(self, who: Who, rough: Rough) -> Lane:
        return Lane(
            rough,
            Random(f"{rough.seed} {self.number} {who}"),
            self._clock,
            arrive=partial(self._arrived, who),
            taken=partial(self._when_taken, who),
            note=partial(self._noted, who),
            last=rough.last if who == "client" else None,
        )

    def _noted(self, who: Who, size: int, held: float, end: End | Literal[""]) -> None:
        self._note(Hop(self.number, who, size, held, end))

    def stands(self, who: Who, transport: Any) -> None:
        """One end is connected; with both, and the server's tape known, the talk begins."""
        self._ends[who] = transport
        if self._gone:
            transport.abortConnection()
        elif who == "server" and self._tapes is not None and self._tape is None:
            self._find_tape(_port(transport.getHost()))
        self._begin()

    def _find_tape(self, port: int) -> None:
        for tape, wrapper in self._tapes.open.items():
            if port and _port(wrapper.transport.getPeer()) == port:
                self._tape = tape
                return
        # not accepted yet; a UNIX client has no port, and is known as None
        self._tapes.awaited[port or None] = self._know

    def await_unix(self) -> None:
        """Before connecting to a UNIX socket, whose clients have no port to be known by."""
        self._tapes.awaited[None] = self._know

    def _know(self, tape: Any) -> None:
        self._tape = tape
        self._begin()

    def _begin(self) -> None:
        ready = self._tapes is None or self._tape is not None
        if ready and len(self._ends) == 2 and not self._gone and not self._begun:
            self._begun = True
            for who, lane in self.lanes.items():
                lane.begin(self._ends[who], self._ends[_OTHER[who]])

    def refused(self) -> None:
        """The server did not take the connection: the client is reset."""
        self._gone.add("server")
        for lane in self.lanes.values():
            lane.drop()
        if self._tapes is not None:
            self._tapes.awaited.pop(None, None)
        self.abort()
        self._look_whether_over()

    def finished(self, who: Who) -> None:
        """One end has said its last word, and still listens."""
        self._silent.add(who)
        self.lanes[who].finish("half-closes")
        if who in self._told:
            self._ends[who].loseConnection()

    def lost(self, who: Who, reason: Failure) -> None:
        """One end is gone; what it said before still arrives, what was meant for it does not."""
        self._gone.add(who)
        self.lanes[_OTHER[who]].drop()
        if who not in self._silent:
            self._silent.add(who)
            orderly = reason.check(error.ConnectionDone)
            self.lanes[who].finish("half-closes" if orderly else "resets")
        elif not reason.check(error.ConnectionDone):
            self.lanes[who].finish("resets")
            if self.lanes[who].ended:
                self.abort()
        self._look_whether_over()

    def _look_whether_over(self) -> None:
        if len(self._gone) == 2:
            self._over(self)

    def _arrived(self, who: Who, end: End) -> None:
        """An end of `who` has travelled the road."""
        other = _OTHER[who]
        if end == "resets":
            self.abort()
        elif other not in self._gone:
            self._told.add(other)
            transport = self._ends[other]
            both = other in self._silent
            transport.loseConnection() if both else transport.loseWriteConnection()

    def abort(self) -> None:
        """Reset both ends."""
        for who, transport in list(self._ends.items()):
            if who not in self._gone:
                transport.abortConnection()

    # whether a piece was read

    def _when_taken(self, who: Who, count: int, then: Callable[[], object]) -> None:
        """Call `then` once the far end has read the `count` bytes that `who` has said."""
        if who == "client" and self._tape is not None:
            if self._tape.closed or self._tape.received >= count:
                self._clock.callLater(0, then)
            else:
                self._tape.waiter = (count, then)
            return
        goal = self._ends[_OTHER[who]]
        self._look(_port(goal.getPeer()), _port(goal.getHost()), then, LOOKS[0])

    def _look(self, far: int, near: int, then: Callable[[], object], pause: float) -> None:
        waiting = unread(far, near) if far else None
        if waiting is None:
            self._clock.callLater(PAUSE, then)
        elif not waiting and pause > LOOKS[0]:
            then()
        else:
            # never at the first look: what was written has not left this process yet
            longer = min(2 * pause, LOOKS[1])
            self._clock.callLater(pause, self._look, far, near, then, longer)


def _port(address: Any) -> int:
    return int(getattr(address, "port", 0))
