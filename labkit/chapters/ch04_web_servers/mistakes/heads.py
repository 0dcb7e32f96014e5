"""Wrong answers to c4-head."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Protocol

from labkit.exercises import mistakes

__all__: list[str] = []

VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")


class Cutter(Protocol):
    """What the answers below share, and what is right about it."""

    limit = 8192

    def connectionMade(self):
        self.kept = b""

    def dataReceived(self, data):
        self.kept += data
        while b"\r\n\r\n" in self.kept[: self.limit]:
            head, _, self.kept = self.kept.partition(b"\r\n\r\n")
            if not self.tried(head):
                return
        if len(self.kept) >= self.limit:
            self.refuse("too long")

    def tried(self, head):
        try:
            self.answer(b"200 OK", self.parse(head))
        except ValueError as error:
            self.refuse(str(error))
            return False
        return True

    def parse(self, head):
        first, *lines = head.split(b"\r\n")
        found = [self.first(first)]
        found += [self.header(line) for line in lines]
        return b"\n".join([*found, b""])

    def first(self, line):
        words = line.split(b" ")
        if len(words) != 3 or not all(words) or words[2] not in VERSIONS:
            raise ValueError("request line")
        return words[0] + b" " + words[1]

    def header(self, line):
        name, colon, value = line.partition(b":")
        if not colon or not name or b" " in name:
            raise ValueError("header")
        return name.lower() + b": " + value.strip()

    def answer(self, status, body):
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)

    def refuse(self, error):
        self.kept = b""
        self.answer(b"400 Bad Request", error.encode())
        self.transport.loseConnection()


@mistakes("c4-head", finding="fragmented")
class HeadsPieceIsHead(Cutter):
    def dataReceived(self, data):
        for head in data.split(b"\r\n\r\n")[:-1]:
            if not self.tried(head):
                return
        if len(data) > self.limit:
            self.refuse("too long")


@mistakes("c4-head", finding="coalesced")
class HeadsOneAPiece(Cutter):
    def dataReceived(self, data):
        self.kept += data
        if b"\r\n\r\n" in self.kept[: self.limit]:
            head, _, self.kept = self.kept.partition(b"\r\n\r\n")
            self.tried(head)
        elif len(self.kept) >= self.limit:
            self.refuse("too long")


@mistakes("c4-head", finding="accepts-malformed")
class HeadsAnyVersion(Cutter):
    def first(self, line):
        words = line.split(b" ")
        if len(words) != 3 or not all(words):
            raise ValueError("request line")
        return words[0] + b" " + words[1]


@mistakes("c4-head", finding="accepts-malformed")
class HeadsSplitsAnyBlanks(Cutter):
    def first(self, line):
        return super().first(b" ".join(line.split()))


@mistakes("c4-head", finding="accepts-malformed")
class HeadsStripsNames(Cutter):
    def header(self, line):
        name, colon, value = line.partition(b":")
        return super().header(name.strip() + colon + value)


@mistakes("c4-head", finding="names-another-error")
class HeadsBadRequestAlone(Cutter):
    def refuse(self, error):
        super().refuse("Bad Request")


@mistakes("c4-head", finding="accepts-malformed")
class HeadsInAnyCase(Cutter):
    def first(self, line):
        *words, version = line.split(b" ")
        return super().first(b" ".join([*words, version.upper()]))


@mistakes("c4-head", finding="accepts-malformed")
class HeadsOfWhatBeginsSo(Cutter):
    def first(self, line):
        words = line.split(b" ")
        if len(words) != 3 or not all(words) or not words[2].startswith(VERSIONS):
            raise ValueError("request line")
        return words[0] + b" " + words[1]


@mistakes("c4-head", finding="no-last-lf")
class HeadsWithoutTheLastEnd(Cutter):
    def parse(self, head):
        return super().parse(head)[:-1]


@mistakes("c4-head", finding="lost-header")
class HeadsInADict(Cutter):
    def parse(self, head):
        first, *lines = head.split(b"\r\n")
        found = dict(self.header(line).split(b": ", 1) for line in lines)
        kept = [name + b": " + value for name, value in found.items()]
        return b"\n".join([self.first(first), *kept, b""])


@mistakes("c4-head", finding="length-too-short")
class HeadsCountsLetters(Cutter):
    def answer(self, status, body):
        letters = len(body.decode("utf-8", "replace"))
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, letters)
        self.transport.write(head + body)


@mistakes("c4-head", finding="goes-on-after-400")
class HeadsGoesOn(Cutter):
    def tried(self, head):
        super().tried(head)
        return True

    def refuse(self, error):
        self.answer(b"400 Bad Request", error.encode())
        self.transport.loseConnection()


@mistakes("c4-head", finding="header-value")
class HeadsCutsAtEveryColon(Cutter):
    def header(self, line):
        name, value, *_ = [*line.split(b":"), b""]
        return super().header(name + b":" + value if b":" in line else line)


@mistakes("c4-head", finding="header-value")
class HeadsKeepsCase(Cutter):
    def header(self, line):
        return line.partition(b":")[0] + super().header(line)[line.find(b":") :]


@mistakes("c4-head", finding="header-value")
class HeadsKeepsBlanks(Cutter):
    def header(self, line):
        name, colon, value = line.partition(b":")
        super().header(line)
        return name.lower() + colon + value


@mistakes("c4-head", finding="no-limit")
class HeadsWithoutLimit(Cutter):
    limit = 10**9


@mistakes("c4-head", finding="no-limit")
class HeadsLimitsWholeHeads(Cutter):
    def dataReceived(self, data):
        self.kept += data
        while b"\r\n\r\n" in self.kept:
            head, _, self.kept = self.kept.partition(b"\r\n\r\n")
            if len(head) + 4 > 8192:
                return self.refuse("too long")
            if not self.tried(head):
                return


@mistakes("c4-head", finding="limit-too-low")
class HeadsLimitOffByFour(Cutter):
    limit = 8188


@mistakes("c4-head", finding="ValueError")
class HeadsUnpacks(Cutter):
    def tried(self, head):
        self.answer(b"200 OK", self.parse(head))
        return True

    def first(self, line):
        method, target, _version = line.split(b" ")
        return method + b" " + target


@mistakes("c4-head", finding="bytes-as-text")
class HeadsDecodes(Cutter):
    def tried(self, head):
        head.decode("ascii")
        return super().tried(head)


@mistakes("c4-head", finding="never-closes")
class HeadsStaysOpen(Cutter):
    def refuse(self, error):
        self.kept = b""
        self.answer(b"400 Bad Request", error.encode())


@mistakes("c4-head", finding="shared-buffer")
class HeadsOneBufferForAll(Cutter):
    heads = [b""]  # noqa: RUF012

    def connectionMade(self):
        pass

    @property
    def kept(self):
        return self.heads[0]

    @kept.setter
    def kept(self, data):
        self.heads[0] = data


@mistakes("c4-head", finding="unparseable")
class HeadsWithoutLength(Cutter):
    def answer(self, status, body):
        self.transport.write(b"HTTP/1.1 %s\r\n\r\n" % status + body)


@mistakes("c4-head", finding="crashed")
class HeadsLooksUpTheHost(Cutter):
    def first(self, line):
        return b" ".join([line.split(b" ")[n] for n in (0, 1)])

    def tried(self, head):
        if not head:
            raise IndexError("no line")
        return super().tried(head)


@mistakes("c4-head", finding="limit-too-low")
class HeadsLimitsAllOfThem(Cutter):
    def dataReceived(self, data):
        if len(self.kept) + len(data) > self.limit:
            return self.refuse("too long")
        super().dataReceived(data)


@mistakes("c4-head", finding="accepts-malformed")
class HeadsSplitsAnyLines(Cutter):
    def parse(self, head):
        return super().parse(b"\r\n".join(head.splitlines()))


@mistakes("c4-head", finding="accepts-malformed")
class HeadsTakesAnyLineEnd(Cutter):
    def dataReceived(self, data):
        super().dataReceived(data.replace(b"\r", b"").replace(b"\n", b"\r\n"))
