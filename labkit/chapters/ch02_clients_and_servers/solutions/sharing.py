"""Right answers to c2-relay: what outlives a connection lives in the factory."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import solves

__all__: list[str] = []


@solves("c2-relay", style="factory attribute, LineReceiver")
class Relay(Factory):
    def __init__(self):
        self.last = b"(empty)"

    class protocol(LineReceiver):
        def lineReceived(self, line):
            self.sendLine(self.factory.last)
            self.factory.last = line


@solves("c2-relay", style="constructor injection")
class RelayInjected(Factory):
    class Talk(LineReceiver):
        def __init__(self, shelf):
            self.shelf = shelf

        def lineReceived(self, line):
            self.sendLine(self.shelf.pop())
            self.shelf.append(line)

    def __init__(self):
        self.shelf = [b"(empty)"]

    def buildProtocol(self, addr):
        return self.Talk(self.shelf)


@solves("c2-relay", style="hand-buffered")
class RelayBuffered(Factory):
    last = b"(empty)"

    class protocol(Protocol):
        tail = b""

        def dataReceived(self, data):
            *lines, self.tail = (self.tail + data).split(b"\r\n")
            for line in lines:
                self.transport.write(self.factory.last + b"\r\n")
                self.factory.last = line
