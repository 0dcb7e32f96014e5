"""Right answers to c2-idle: a time limit that every line starts afresh."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet import reactor
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin

from labkit.exercises import solves

__all__: list[str] = []


@solves("c2-idle", style="own DelayedCall")
class Idle(LineReceiver):
    limit = 0.5

    def connectionMade(self):
        bye = self.transport.loseConnection
        self.end = reactor.callLater(self.limit, bye)

    def lineReceived(self, line):
        self.end.reset(self.limit)
        self.sendLine(b"pong")

    def connectionLost(self, reason):
        if self.end.active():
            self.end.cancel()


@solves("c2-idle", style="TimeoutMixin")
class IdleByMixin(LineReceiver, TimeoutMixin):
    def connectionMade(self):
        self.setTimeout(0.5)

    def lineReceived(self, line):
        self.resetTimeout()
        self.sendLine(b"pong")

    def connectionLost(self, reason):
        self.setTimeout(None)


@solves("c2-idle", style="a new DelayedCall a line")
class IdleByNewCall(LineReceiver):
    timer = None

    def connectionMade(self):
        self.wind()

    def lineReceived(self, line):
        self.wind()
        self.sendLine(b"pong")

    def connectionLost(self, reason):
        self.unwind()

    def wind(self):
        self.unwind()
        self.timer = reactor.callLater(0.5, self.give_up)

    def unwind(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def give_up(self):
        self.timer = None
        self.transport.abortConnection()
