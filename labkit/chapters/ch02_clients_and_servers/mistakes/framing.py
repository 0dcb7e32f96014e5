"""Wrong answers to c2-upper, c2-lines and c2-frames."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import struct
import time

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import Int16StringReceiver, Int32StringReceiver, LineReceiver

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c2-upper", finding="str-vs-bytes")
class UpperText(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.decode("latin-1").upper())


@mistakes("c2-upper", finding="bytes-as-text")
class UpperReencodes(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.decode().upper().encode())


@mistakes("c2-upper", finding="bytes-as-text")
class UpperLatin(Protocol):
    def dataReceived(self, data):
        text = data.decode("latin-1").upper()
        self.transport.write(text.encode("latin-1"))


@mistakes("c2-upper", finding="bytes-as-text")
class UpperIgnoring(Protocol):
    def dataReceived(self, data):
        text = data.decode("ascii", errors="ignore")
        self.transport.write(text.upper().encode("ascii"))


@mistakes("c2-upper", finding="closes-early")
class UpperCloses(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())
        self.transport.loseConnection()


@mistakes("c2-upper", finding="no-reply")
class UpperLines(LineReceiver):
    def lineReceived(self, line):
        self.transport.write(line.upper())


@mistakes("c2-upper", finding="fragmented")
class UpperClassList(Protocol):
    seen = []  # noqa: RUF012

    def dataReceived(self, data):
        self.seen.append(data)
        self.transport.write(b"".join(self.seen).upper())


@mistakes("c2-upper", finding="blocks-reactor")
class UpperSleeps(Protocol):
    def dataReceived(self, data):
        time.sleep(0.3)
        self.transport.write(data.upper())


@mistakes("c2-upper", finding="no-reply")
class UpperNoReturn(Factory):
    def buildProtocol(self, addr):
        p = UpperTwin()
        p.factory = self


class UpperTwin(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())


@mistakes("c2-upper", finding="mixed-clients")
class UpperOneForAll(Factory):
    def __init__(self):
        self.only = UpperTwin()

    def buildProtocol(self, addr):
        return self.only


@mistakes("c2-upper", finding="crashed")
class UpperCrashes(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper()[len(data) // (len(data) - 5) :])


@mistakes("c2-lines", finding="coalesced")
class LinesChunkIsLine(Protocol):
    def dataReceived(self, data):
        self.transport.write(b"%d\r\n" % len(data.rstrip(b"\r\n")))


@mistakes("c2-lines", finding="fragmented")
class LinesSplitlinesPerChunk(Protocol):
    def dataReceived(self, data):
        for line in data.splitlines():
            self.transport.write(b"%d\r\n" % len(line))


@mistakes("c2-lines", finding="coalesced")
class LinesIfForWhile(Protocol):
    def __init__(self):
        self.buffer = b""

    def dataReceived(self, data):
        self.buffer += data
        if b"\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\n", 1)
            self.transport.write(b"%d\r\n" % len(line.removesuffix(b"\r")))


@mistakes("c2-lines", finding="bare-lf")
class LinesOnlyCrlf(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).split(b"\r\n")
        for line in lines:
            self.transport.write(b"%d\r\n" % len(line))


@mistakes("c2-lines", finding="chars-not-bytes")
class LinesCharacters(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).split(b"\n")
        for line in lines:
            text = line.decode().removesuffix("\r")
            self.transport.write(f"{len(text)}\r\n".encode())


@mistakes("c2-lines", finding="shared-buffer")
class LinesSharedBuffer(Protocol):
    buffer = bytearray()

    def dataReceived(self, data):
        self.buffer += data
        while b"\n" in self.buffer:
            end = self.buffer.index(b"\n")
            line = bytes(self.buffer[:end]).removesuffix(b"\r")
            del self.buffer[: end + 1]
            self.transport.write(b"%d\r\n" % len(line))


@mistakes("c2-lines", finding="str-vs-bytes")
class LinesWritesInt(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).split(b"\n")
        for line in lines:
            self.transport.write(len(line.removesuffix(b"\r")))


@mistakes("c2-lines", finding="inner-cr")
class LinesStripsAllReturns(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).split(b"\n")
        for line in lines:
            self.transport.write(b"%d\r\n" % len(line.replace(b"\r", b"")))


@mistakes("c2-lines", finding="empty-line")
class LinesSkipsEmpty(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).split(b"\n")
        for line in filter(None, (x.removesuffix(b"\r") for x in lines)):
            self.transport.write(b"%d\r\n" % len(line))


@mistakes("c2-lines", finding="ready-made")
class LinesReceiver(LineReceiver):
    delimiter = b"\n"

    def lineReceived(self, line):
        length = len(line.removesuffix(b"\r"))
        self.transport.write(b"%d\r\n" % length)


@mistakes("c2-frames", finding="coalesced")
class FramesFirstOfChunk(Protocol):
    def dataReceived(self, data):
        (size,) = struct.unpack("!H", data[:2])
        payload = data[2 : 2 + size]
        self.transport.write(data[:2] + payload[::-1])


@mistakes("c2-frames", finding="basic")
class FramesLittleEndian(Protocol):
    def __init__(self):
        self.buffer = b""

    def dataReceived(self, data):
        self.buffer += data
        while len(self.buffer) >= 2:
            (size,) = struct.unpack("<H", self.buffer[:2])
            if size > 4096:
                self.transport.loseConnection()
                return
            if len(self.buffer) < 2 + size:
                return
            payload = self.buffer[2 : 2 + size]
            self.buffer = self.buffer[2 + size :]
            self.transport.write(struct.pack("<H", size) + payload[::-1])


@mistakes("c2-frames", finding="basic")
class FramesFourBytes(Int32StringReceiver):
    MAX_LENGTH = 4096

    def stringReceived(self, payload):
        self.sendString(payload[::-1])


@mistakes("c2-frames", finding="no-limit")
class FramesNoLimit(Int16StringReceiver):
    def stringReceived(self, payload):
        self.sendString(payload[::-1])


@mistakes("c2-frames", finding="good-before-bad")
class FramesAborts(Int16StringReceiver):
    MAX_LENGTH = 4096

    def stringReceived(self, payload):
        self.sendString(payload[::-1])

    def lengthLimitExceeded(self, length):
        self.transport.abortConnection()


@mistakes("c2-frames", finding="limit-too-low")
class FramesLimitOffByOne(Int16StringReceiver):
    MAX_LENGTH = 4095

    def stringReceived(self, payload):
        self.sendString(payload[::-1])


@mistakes("c2-frames", finding="empty-frame")
class FramesZeroIsNothing(Protocol):
    def __init__(self):
        self.buffer = b""

    def dataReceived(self, data):
        self.buffer += data
        while len(self.buffer) >= 2:
            size = int.from_bytes(self.buffer[:2], "big")
            if not size:
                return
            if size > 4096:
                self.transport.loseConnection()
                return
            if len(self.buffer) < 2 + size:
                return
            payload = self.buffer[2 : 2 + size]
            self.buffer = self.buffer[2 + size :]
            self.transport.write(size.to_bytes(2, "big") + payload[::-1])


@mistakes("c2-frames", finding="fragmented")
class FramesLoopsOverChunk(Protocol):
    def dataReceived(self, data):
        while len(data) >= 2:
            size = int.from_bytes(data[:2], "big")
            if size > 4096:
                self.transport.loseConnection()
                return
            payload, rest = data[2 : 2 + size], data[2 + size :]
            self.transport.write(data[:2] + payload[::-1])
            data = rest


@mistakes("c2-frames", finding="shared-buffer")
class FramesSharedBuffer(Protocol):
    buffer = bytearray()

    def dataReceived(self, data):
        self.buffer += data
        while len(self.buffer) >= 2:
            size = int.from_bytes(self.buffer[:2], "big")
            if size > 4096:
                self.buffer.clear()
                self.transport.loseConnection()
                return
            if len(self.buffer) < 2 + size:
                return
            payload = bytes(self.buffer[2 : 2 + size])
            del self.buffer[: 2 + size]
            self.transport.write(size.to_bytes(2, "big") + payload[::-1])


@mistakes("c2-frames", finding="bare-payload")
class FramesWithoutSize(Int16StringReceiver):
    MAX_LENGTH = 4096

    def stringReceived(self, payload):
        self.transport.write(payload[::-1])


@mistakes("c2-frames", finding="answers-again")
class FramesKeepsTheBuffer(Protocol):
    def __init__(self):
        self.buffer = b""

    def dataReceived(self, data):
        self.buffer += data
        rest = self.buffer
        while len(rest) >= 2 and len(rest) >= 2 + (size := int.from_bytes(rest[:2], "big")):
            payload, rest = rest[2 : 2 + size], rest[2 + size :]
            self.transport.write(size.to_bytes(2, "big") + payload[::-1])


@mistakes("c2-lines", finding="answers-again")
class LinesKeepsTheBuffer(Protocol):
    def __init__(self):
        self.buffer = b""

    def dataReceived(self, data):
        self.buffer += data
        for line in self.buffer.split(b"\n")[:-1]:
            self.transport.write(b"%d\r\n" % len(line.removesuffix(b"\r")))


@mistakes("c2-lines", finding="whole-line-kept")
class LinesSplitlinesWithTail(Protocol):
    def __init__(self):
        self.tail = b""

    def dataReceived(self, data):
        *lines, self.tail = (self.tail + data).splitlines()
        for line in lines:
            self.transport.write(b"%d\r\n" % len(line))
