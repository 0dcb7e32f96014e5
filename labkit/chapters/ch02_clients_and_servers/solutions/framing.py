"""Right answers to c2-upper, c2-lines and c2-frames: bytes in pieces, messages out."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import Int16StringReceiver

from labkit.exercises import solves

__all__: list[str] = []


@solves("c2-upper", style="callbacks")
class Upper(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())


@solves("c2-upper", style="own table, in a factory")
class UpperFactory(Factory):
    table = bytes(b - 32 if 97 <= b <= 122 else b for b in range(256))

    class protocol(Protocol):
        def dataReceived(self, data):
            changed = data.translate(self.factory.table)
            self.transport.writeSequence([changed])


@solves("c2-lines", style="hand-buffered, split")
class Lines(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).split(b"\n")
        for line in lines:
            length = len(line.removesuffix(b"\r"))
            self.transport.write(b"%d\r\n" % length)


@solves("c2-lines", style="hand-buffered, find in a bytearray")
class LinesByFind(Protocol):
    def connectionMade(self):
        self.buffer = bytearray()

    def dataReceived(self, data):
        self.buffer += data
        start = 0
        while (end := self.buffer.find(b"\n", start)) >= 0:
            length = len(self.buffer[start:end].removesuffix(b"\r"))
            self.transport.write(str(length).encode("ascii") + b"\r\n")
            start = end + 1
        del self.buffer[:start]


@solves("c2-lines", style="state machine, byte by byte")
class LinesByState(Protocol):
    def connectionMade(self):
        self.length, self.after_cr = 0, False

    def dataReceived(self, data):
        replies = []
        for value in data:
            if value == 10:
                replies.append(b"%d\r\n" % (self.length - self.after_cr))
                self.length, self.after_cr = 0, False
            else:
                self.length, self.after_cr = self.length + 1, value == 13
        self.transport.writeSequence(replies)


@solves("c2-frames", style="hand-buffered")
class Frames(Protocol):
    limit = 4096

    def __init__(self):
        self.buffer = b""

    def dataReceived(self, data):
        self.buffer += data
        while len(self.buffer) >= 2:
            size = int.from_bytes(self.buffer[:2], "big")
            if size > self.limit:
                self.transport.loseConnection()
                return
            if len(self.buffer) < 2 + size:
                return
            payload = self.buffer[2 : 2 + size]
            self.buffer = self.buffer[2 + size :]
            self.transport.write(size.to_bytes(2, "big") + payload[::-1])


@solves("c2-frames", style="Int16StringReceiver")
class FramesReceiver(Int16StringReceiver):
    MAX_LENGTH = 4096

    def stringReceived(self, payload):
        self.sendString(payload[::-1])


@solves("c2-frames", style="state machine")
class FramesByState(Protocol):
    def __init__(self):
        self.buffer = b""
        self.state, self.wanted = self.header, 2

    def dataReceived(self, data):
        self.buffer += data
        while len(self.buffer) >= self.wanted:
            part = self.buffer[: self.wanted]
            self.buffer = self.buffer[self.wanted :]
            self.state, self.wanted = self.state(part)

    def header(self, part):
        size = int.from_bytes(part, "big")
        if size > 4096:
            self.transport.loseConnection()
            return self.deaf, 1
        return self.payload, size

    def payload(self, part):
        self.transport.write(len(part).to_bytes(2, "big") + part[::-1])
        return self.header, 2

    def deaf(self, part):
        return self.deaf, 1
