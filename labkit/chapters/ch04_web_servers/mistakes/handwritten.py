"""Wrong answers to c4-mend and c4-raw."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import mistakes

__all__: list[str] = []

NOTICE = "Berth 7: Zoë, in at dawn\n\n"


class Desk(Protocol):
    """What the answers to c4-mend share, and what is right about it."""

    def connectionMade(self):
        self.head = b""

    def dataReceived(self, data):
        self.head += data
        if b"\r\n\r\n" in self.head:
            self.head = b""
            self.answer()

    def answer(self):
        body = self.body()
        length = b"Content-Length: %d\r\n" % self.length(body)
        self.transport.write(b"HTTP/1.1 200 OK\r\n" + self.kind + length + self.empty + body)

    kind = b"Content-Type: text/plain; charset=utf-8\r\n"
    empty = b"\r\n"

    def body(self):
        return NOTICE.encode().rstrip()

    def length(self, body):
        return len(body)


@mistakes("c4-mend", finding="no-empty-line")
class OfficeNoEmptyLine(Desk):
    empty = b""


@mistakes("c4-mend", finding="length-too-long")
class OfficeLengthOfOtherText(Desk):
    def length(self, body):
        return len(NOTICE)


@mistakes("c4-mend", finding="length-too-short")
class OfficeCharacters(Desk):
    def length(self, body):
        return len(body.decode())


@mistakes("c4-mend", finding="fragmented")
class OfficePieceIsHead(Desk):
    def dataReceived(self, data):
        if data.endswith(b"\r\n\r\n"):
            self.answer()


@mistakes("c4-mend", finding="fragmented")
class OfficeAnswersAnything(Desk):
    def dataReceived(self, data):
        self.answer()


@mistakes("c4-mend", finding="unfinished")
class OfficeWithoutLength(Desk):
    def answer(self):
        self.transport.write(b"HTTP/1.1 200 OK\r\n" + self.kind + b"\r\n" + self.body())


@mistakes("c4-mend", finding="content-type")
class OfficeWithoutCharset(Desk):
    kind = b"Content-Type: text/plain\r\n"


@mistakes("c4-mend", finding="str-vs-bytes")
class OfficeOfText(Desk):
    def answer(self):
        self.transport.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@mistakes("c4-mend", finding="shared-buffer")
class OfficeOneHeadForAll(Desk):
    heads = bytearray()

    def dataReceived(self, data):
        self.heads += data
        if b"\r\n\r\n" in self.heads:
            self.heads.clear()
            self.answer()


@mistakes("c4-mend", finding="old-head")
class OfficeKeepsTheOldHead(Desk):
    def dataReceived(self, data):
        self.head += data
        if b"\r\n\r\n" in self.head:
            self.answer()


@mistakes("c4-mend", finding="no-reply")
class OfficeAnswersOnce(Desk):
    done = False

    def answer(self):
        if not self.done:
            super().answer()
        self.done = True


@mistakes("c4-mend", finding="closes-early")
class OfficeAborts(Desk):
    def answer(self):
        super().answer()
        self.transport.abortConnection()


@mistakes("c4-mend", finding="no-reply")
class OfficeSilent(Desk):
    def answer(self):
        return self.body()


class Hand(LineReceiver):
    """What the answers to c4-raw share, and what is right about it."""

    first = None

    def lineReceived(self, line):
        if self.first is None:
            self.first = line
        elif not line:
            self.answer(*self.judge(self.first.split(b" ")))

    def judge(self, words):
        if len(words) != 3 or not all(words) or not words[2].startswith(b"HTTP/"):
            return b"400 Bad Request", b""
        if words[0] != b"GET":
            return b"405 Method Not Allowed", b""
        return b"200 OK", b"You asked for " + words[1]

    def answer(self, status, body):
        self.write(status, body)
        self.transport.loseConnection()

    def write(self, status, body):
        head = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % (status, len(body)) + body)


@mistakes("c4-raw", finding="shared-state")
class HandWithOneListForAll(Hand):
    lines = []  # noqa: RUF012

    def lineReceived(self, line):
        if line:
            self.lines.append(line)
        else:
            self.answer(*self.judge(self.lines[0].split(b" ")))


@mistakes("c4-raw", finding="fragmented")
class HandWaitsForAPieceThatEnds(Hand):
    def dataReceived(self, data):
        if data.endswith(b"\r\n\r\n"):
            self.answer(*self.judge(data.split(b"\r\n")[0].split(b" ")))


@mistakes("c4-raw", finding="head-not-whole")
class HandChunkIsRequest(Hand):
    def dataReceived(self, data):
        self.answer(*self.judge(data.split(b"\r\n")[0].split(b" ")))


@mistakes("c4-raw", finding="head-not-whole")
class HandAnswersTheFirstLine(Hand):
    def lineReceived(self, line):
        if self.first is None:
            self.first = line
            self.answer(*self.judge(line.split(b" ")))


@mistakes("c4-raw", finding="unparseable")
class HandWithoutLengthOrClose(Hand):
    def answer(self, status, body):
        self.transport.write(b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n\r\n" % status + body)


@mistakes("c4-raw", finding="unparseable")
class HandWithoutEmptyLine(Hand):
    def answer(self, status, body):
        head = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
        self.transport.write(head % (status, len(body)) + body)


@mistakes("c4-raw", finding="unparseable")
class HandWithoutStatusLine(Hand):
    def write(self, status, body):
        self.transport.write(b"Content-Type: text/plain\r\n\r\n" + body)


@mistakes("c4-raw", finding="str-vs-bytes")
class HandOfText(Hand):
    def write(self, status, body):
        self.transport.write(f"HTTP/1.1 {status.decode()}\r\n\r\n{body.decode()}")


@mistakes("c4-raw", finding="ValueError")
class HandUnpacks(Hand):
    def judge(self, words):
        method, target, version = words
        return super().judge([method, target, version])


@mistakes("c4-raw", finding="body")
class HandEndsTheBodyWithALine(Hand):
    def write(self, status, body):
        super().write(status, body + b"\r\n")


@mistakes("c4-raw", finding="body")
class HandDecodesTheTarget(Hand):
    def judge(self, words):
        status, body = super().judge(words)
        return status, body.replace(b"%20", b" ").partition(b"?")[0]


@mistakes("c4-raw", finding="content-type")
class HandOfHtml(Hand):
    def write(self, status, body):
        head = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % (status, len(body)) + body)


@mistakes("c4-raw", finding="not-405")
class HandAnswersEveryMethod(Hand):
    def judge(self, words):
        return super().judge([b"GET", *words[1:]] if words[0].isalpha() else words)


@mistakes("c4-raw", finding="not-400")
class HandTakesAnyVersion(Hand):
    def judge(self, words):
        if len(words) != 3:
            return b"400 Bad Request", b""
        return super().judge([*words[:2], b"HTTP/1.1"])


@mistakes("c4-raw", finding="not-405")
class HandLooksAtTheBeginning(Hand):
    def judge(self, words):
        return super().judge([b"GET", *words[1:]] if words[0].startswith(b"GET") else words)


@mistakes("c4-raw", finding="not-405")
class HandInAnyCase(Hand):
    def judge(self, words):
        return super().judge([words[0].upper(), *words[1:]])


@mistakes("c4-raw", finding="not-400")
class HandCountsEmptyWords(Hand):
    def judge(self, words):
        return super().judge([word or b"/" for word in words])


@mistakes("c4-raw", finding="never-closes")
class HandKeepsOpen(Hand):
    def answer(self, status, body):
        self.first = None
        self.write(status, body)


@mistakes("c4-raw", finding="closes-early")
class HandAborts(Hand):
    def answer(self, status, body):
        self.write(status, body)
        self.transport.abortConnection()


@mistakes("c4-raw", finding="bytes-as-text")
class HandDecodes(Hand):
    def judge(self, words):
        return super().judge([word.decode().encode() for word in words])
