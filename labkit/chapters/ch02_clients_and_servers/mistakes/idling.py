"""Wrong answers to c2-idle."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin

from labkit.exercises import mistakes

__all__: list[str] = []


class Pong(LineReceiver):
    """What the answers below share, and what is right about it."""

    limit = 0.5

    def connectionMade(self):
        self.end = reactor.callLater(self.limit, self.transport.loseConnection)

    def lineReceived(self, line):
        self.end.reset(self.limit)
        self.sendLine(b"pong")

    def connectionLost(self, reason):
        if self.end.active():
            self.end.cancel()


@mistakes("c2-idle", finding="not-reset")
class IdleNeverResets(Pong):
    def lineReceived(self, line):
        self.sendLine(b"pong")


@mistakes("c2-idle", finding="blocks-reactor")
class IdleSleeps(LineReceiver):
    def lineReceived(self, line):
        self.sendLine(b"pong")
        time.sleep(0.5)
        self.transport.loseConnection()


@mistakes("c2-idle", finding="AlreadyCalled")
class IdleCancelsAfterFiring(Pong):
    def connectionLost(self, reason):
        self.end.cancel()


@mistakes("c2-idle", finding="leaks-delayed-call")
class IdleLeavesTheTimer(Pong):
    def connectionLost(self, reason):
        pass


@mistakes("c2-idle", finding="never-times-out")
class IdleInMilliseconds(Pong):
    limit = 500


@mistakes("c2-idle", finding="never-times-out")
class IdleWithoutTimer(LineReceiver):
    def lineReceived(self, line):
        self.sendLine(b"pong")


@mistakes("c2-idle", finding="wrong-delay")
class IdleCallsAtOnce(LineReceiver):
    def connectionMade(self):
        reactor.callLater(0.5, self.transport.loseConnection())

    def lineReceived(self, line):
        self.sendLine(b"pong")


@mistakes("c2-idle", finding="wrong-delay")
class IdleTooSoon(Pong):
    limit = 0.05


@mistakes("c2-idle", finding="no-reply")
class IdleSilent(Pong):
    def lineReceived(self, line):
        self.end.reset(self.limit)


@mistakes("c2-idle", finding="not-reset")
class IdleAddsTimers(Pong):
    def lineReceived(self, line):
        self.end = reactor.callLater(self.limit, self.transport.loseConnection)
        self.sendLine(b"pong")


@mistakes("c2-idle", finding="shared-state")
class IdleOneTimer(Pong):
    timers = []  # noqa: RUF012

    def connectionMade(self):
        super().connectionMade()
        self.timers.append(self.end)

    def lineReceived(self, line):
        for end in self.timers:
            if end.active():
                end.reset(self.limit)
        self.sendLine(b"pong")


@mistakes("c2-idle", finding="reset-by-bytes")
class IdleResetByAnyByte(Pong):
    def dataReceived(self, data):
        self.end.reset(self.limit)
        super().dataReceived(data)


@mistakes("c2-idle", finding="reset-by-bytes")
class IdleMixinResetByAnyByte(LineReceiver, TimeoutMixin):
    def connectionMade(self):
        self.setTimeout(0.5)

    def dataReceived(self, data):
        self.resetTimeout()
        super().dataReceived(data)

    def lineReceived(self, line):
        self.sendLine(b"pong")

    def connectionLost(self, reason):
        self.setTimeout(None)
