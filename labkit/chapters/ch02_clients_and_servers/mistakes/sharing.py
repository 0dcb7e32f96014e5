"""Wrong answers to c2-relay."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c2-relay", finding="per-connection-state")
class RelayOnProtocol(Factory):
    class protocol(LineReceiver):
        last = b"(empty)"

        def lineReceived(self, line):
            self.sendLine(self.last)
            self.last = line


@mistakes("c2-relay", finding="class-attribute-state")
class RelayOnClass(Factory):
    class protocol(LineReceiver):
        last = b"(empty)"

        def lineReceived(self, line):
            self.sendLine(self.last)
            type(self).last = line


@mistakes("c2-relay", finding="class-attribute-state")
class RelayListOnClass(Factory):
    said = [b"(empty)"]  # noqa: RUF012

    class protocol(LineReceiver):
        def lineReceived(self, line):
            self.sendLine(self.factory.said[-1])
            self.factory.said.append(line)


@mistakes("c2-relay", finding="none-attribute")
class RelayForgetsFactory(Factory):
    def __init__(self):
        self.last = b"(empty)"

    def buildProtocol(self, addr):
        return RelayTalk()


class RelayTalk(LineReceiver):
    def lineReceived(self, line):
        self.sendLine(self.factory.last)
        self.factory.last = line


@mistakes("c2-relay", finding="first")
class RelayStoresFirst(Factory):
    last = b"(empty)"

    class protocol(LineReceiver):
        def lineReceived(self, line):
            self.factory.last = line
            self.sendLine(self.factory.last)


@mistakes("c2-relay", finding="bytes-as-text")
class RelayDecodes(Factory):
    last = "(empty)"

    class protocol(LineReceiver):
        def lineReceived(self, line):
            self.sendLine(self.factory.last.encode())
            self.factory.last = line.decode()


@mistakes("c2-relay", finding="coalesced")
class RelayRawChunks(Factory):
    last = b"(empty)"

    class protocol(Protocol):
        def dataReceived(self, data):
            self.transport.write(self.factory.last + b"\r\n")
            self.factory.last = data.strip()


@mistakes("c2-relay", finding="fragmented")
class RelaySplitsChunks(Factory):
    last = b"(empty)"

    class protocol(Protocol):
        def dataReceived(self, data):
            for line in data.splitlines():
                self.transport.write(self.factory.last + b"\r\n")
                self.factory.last = line


@mistakes("c2-relay", finding="forgets-on-leave")
class RelayForgetsOnLeave(Factory):
    last = b"(empty)"

    class protocol(LineReceiver):
        def lineReceived(self, line):
            self.sendLine(self.factory.last)
            self.factory.last = line

        def connectionLost(self, reason):
            self.factory.last = b"(empty)"
