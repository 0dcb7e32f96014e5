"""Right answers to c4-mend and c4-raw."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import solves

__all__: list[str] = []

NOTICE = "Berth 7: Zoë, in at dawn\n\n"


@solves("c4-mend", style="own buffer")
class Office(Protocol):
    def connectionMade(self):
        self.head = b""

    def dataReceived(self, data):
        self.head += data
        if b"\r\n\r\n" not in self.head:
            return
        self.head = b""
        body = NOTICE.encode().rstrip()
        head = (
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n"
            "\r\n"
        )
        self.transport.write(head.encode() + body)


@solves("c4-mend", style="LineReceiver, closing")
class OfficeOfLines(LineReceiver):
    def lineReceived(self, line):
        if line:
            return
        body = NOTICE.encode()
        self.sendLine(b"HTTP/1.1 200 OK")
        self.sendLine(b"Content-Type: text/plain; charset=utf-8")
        self.sendLine(b"Content-Length: %d" % len(body))
        self.sendLine(b"")
        self.transport.write(body)
        self.transport.loseConnection()


@solves("c4-raw", style="LineReceiver")
class ByHand(LineReceiver):
    first = None

    def lineReceived(self, line):
        if self.first is None:
            self.first = line
        elif not line:
            self.answer(*self.judge(self.first.split(b" ")))

    def judge(self, words):
        if len(words) != 3 or not all(words) or words[2][:5] != b"HTTP/":
            return b"400 Bad Request", b"not a request"
        if words[0] != b"GET":
            return b"405 Method Not Allowed", b"only GET"
        return b"200 OK", b"You asked for " + words[1]

    def answer(self, status, body):
        self.sendLine(b"HTTP/1.1 " + status)
        self.sendLine(b"Content-Type: text/plain")
        self.sendLine(b"Content-Length: %d" % len(body))
        self.sendLine(b"")
        self.transport.write(body)
        self.transport.loseConnection()


@solves("c4-raw", style="own buffer")
class ByHandBuffered(Protocol):
    def connectionMade(self):
        self.heard = bytearray()

    def dataReceived(self, data):
        self.heard += data
        end = self.heard.find(b"\r\n\r\n")
        if end < 0:
            return
        line = bytes(self.heard[:end]).split(b"\r\n")[0]
        self.heard.clear()
        try:
            method, target, version = line.split(b" ")
            status = 200 if method == b"GET" else 405
            if not target or not version.startswith(b"HTTP/1."):
                status = 400
        except ValueError:
            status, target = 400, b""
        self.answer(status, b"You asked for " + target)

    def answer(self, status, body):
        if status != 200:
            body = b""
        self.transport.write(
            b"HTTP/1.1 %d Answer\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (status, len(body), body)
        )
        self.transport.loseConnection()
