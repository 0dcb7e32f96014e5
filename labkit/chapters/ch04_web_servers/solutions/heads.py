"""Right answers to c4-head."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import solves

__all__: list[str] = []


@solves("c4-head", style="one buffer, and a function that raises")
class Heads(Protocol):
    def connectionMade(self):
        self.kept = b""

    def dataReceived(self, data):
        self.kept += data
        while b"\r\n\r\n" in self.kept[:8192]:
            head, _, self.kept = self.kept.partition(b"\r\n\r\n")
            try:
                self.answer(b"200 OK", self.parse(head))
            except ValueError as error:
                return self.refuse(str(error))
        if len(self.kept) >= 8192:
            self.refuse("too long")

    def parse(self, head):
        first, *lines = head.split(b"\r\n")
        words = first.split(b" ")
        versions = (b"HTTP/1.0", b"HTTP/1.1")
        if len(words) != 3 or not all(words) or words[2] not in versions:
            raise ValueError("request line")
        found = [words[0] + b" " + words[1]]
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not name or b" " in name:
                raise ValueError("header")
            found.append(name.lower() + b": " + value.strip())
        return b"\n".join([*found, b""])

    def answer(self, status, body):
        size = b"Content-Length: %d\r\n\r\n" % len(body)
        self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + size + body)

    def refuse(self, error):
        self.kept = b""
        self.answer(b"400 Bad Request", error.encode())
        self.transport.loseConnection()


@solves("c4-head", style="LineReceiver, counting")
class HeadsOfLines(LineReceiver):
    MAX_LENGTH = 8192
    size, lines = 0, None

    def lineReceived(self, line):
        self.size += len(line) + 2
        if self.size + (2 if line else 0) > 8192:
            return self.refuse(b"too long")
        if self.lines is None:
            self.first(line)
        elif line:
            self.header(line)
        else:
            self.answer(b"200 OK", b"".join(self.lines))
            self.size, self.lines = 0, None

    def first(self, line):
        match line.split(b" "):
            case [a, b, b"HTTP/1.0" | b"HTTP/1.1"] if a and b:
                self.lines = [a + b" " + b + b"\n"]
            case _:
                self.refuse(b"request line")

    def header(self, line):
        name, colon, value = line.partition(b":")
        if colon and name and b" " not in name:
            value = value.strip(b" \t")
            self.lines.append(b"%s: %s\n" % (name.lower(), value))
        else:
            self.refuse(b"header")

    def lineLengthExceeded(self, line):
        self.refuse(b"too long")

    def answer(self, status, body):
        self.sendLine(b"HTTP/1.1 " + status)
        self.sendLine(b"Content-Length: %d" % len(body))
        self.sendLine(b"")
        self.transport.write(body)

    def refuse(self, error):
        self.answer(b"400 Bad Request", error)
        self.clearLineBuffer()
        self.transport.loseConnection()


@solves("c4-head", style="the shelf's core in a thin shell")
class HeadsByTheCore(Protocol):
    def connectionMade(self):
        from labkit.protocols.http_head import HeadSplitter

        self.heads = HeadSplitter()

    def dataReceived(self, data):
        for head in self.heads.receive(data):
            if hasattr(head, "error"):
                self.answer(b"400 Bad Request", head.error.encode())
                self.transport.loseConnection()
            else:
                told = [head.method + b" " + head.target]
                told += [name + b": " + v for name, v in head.headers]
                self.answer(b"200 OK", b"\n".join([*told, b""]))

    def answer(self, status, body):
        size = b"Content-Length: %d\r\n\r\n" % len(body)
        self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + size + body)
