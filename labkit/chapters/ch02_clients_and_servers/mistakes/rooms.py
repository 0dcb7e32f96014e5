"""Wrong answers to c2-vend and c2-room."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import mistakes

__all__: list[str] = []


class Till(LineReceiver):
    """What the answers to c2-vend share, and what is right about it."""

    credit = 0

    def lineReceived(self, line):
        word, _, rest = line.partition(b" ")
        if word == b"COIN" and self.good(rest):
            self.credit += int(rest)
            self.sendLine(b"CREDIT %d" % self.credit)
        elif line == b"PICK":
            self.pick()
        elif line == b"REFUND":
            self.refund()
        else:
            self.junk()

    def good(self, rest):
        return rest.isdigit() and len(rest) <= 4

    def pick(self):
        if self.credit == 0:
            self.sendLine(b"ERR coin first")
        elif self.credit < 100:
            self.need()
        else:
            self.vend()

    def need(self):
        self.sendLine(b"ERR need %d" % (100 - self.credit))

    def vend(self):
        self.sendLine(b"VEND %d" % (self.credit - 100))
        self.credit = 0

    def refund(self):
        self.sendLine(b"BACK %d" % self.credit)
        self.credit = 0

    def junk(self):
        self.sendLine(b"ERR bad command")


@mistakes("c2-vend", finding="state-not-reset")
class VendKeepsCredit(Till):
    def vend(self):
        self.sendLine(b"VEND %d" % (self.credit - 100))


@mistakes("c2-vend", finding="state-not-reset")
class VendKeepsChange(Till):
    def vend(self):
        self.credit -= 100
        self.sendLine(b"VEND %d" % self.credit)


@mistakes("c2-vend", finding="state-not-reset")
class VendRefundsTwice(Till):
    def refund(self):
        self.sendLine(b"BACK %d" % self.credit)


@mistakes("c2-vend", finding="ValueError")
class VendConvertsFirst(Till):
    def good(self, rest):
        return int(rest) <= 9999


@mistakes("c2-vend", finding="state-lost-on-error")
class VendErrorTakesCredit(Till):
    def need(self):
        super().need()
        self.credit = 0


@mistakes("c2-vend", finding="state-lost-on-error")
class VendJunkTakesCredit(Till):
    def junk(self):
        super().junk()
        self.credit = 0


@mistakes("c2-vend", finding="bad-input")
class VendClosesOnJunk(Till):
    def junk(self):
        super().junk()
        self.transport.loseConnection()


@mistakes("c2-vend", finding="bad-input")
class VendUpperCases(Till):
    def lineReceived(self, line):
        super().lineReceived(line.upper())


@mistakes("c2-vend", finding="bad-input")
class VendTakesWhatIntTakes(Till):
    def good(self, rest):
        try:
            return int(rest) <= 9999
        except ValueError:
            return False


@mistakes("c2-vend", finding="bad-input")
class VendSilentOnJunk(Till):
    def junk(self):
        pass


@mistakes("c2-vend", finding="shared-state")
class VendOneTill(Factory):
    credit = 0

    class protocol(Till):
        @property
        def credit(self):
            return self.factory.credit

        @credit.setter
        def credit(self, pence):
            self.factory.credit = pence


@mistakes("c2-vend", finding="shared-state")
class VendClassCredit(Till):
    till = [0]  # noqa: RUF012

    @property
    def credit(self):
        return self.till[0]

    @credit.setter
    def credit(self, pence):
        self.till[0] = pence


@mistakes("c2-vend", finding="str-vs-bytes")
class VendText(Till):
    def sendLine(self, line):
        self.transport.write(line.decode() + "\r\n")


@mistakes("c2-vend", finding="fragmented")
class VendChunks(Till):
    def dataReceived(self, data):
        for line in data.splitlines():
            self.lineReceived(line)


class Chat(LineReceiver):
    """What the answers to c2-room share, and what is right about it."""

    nick = None

    def connectionMade(self):
        self.sendLine(b"nick?")

    def lineReceived(self, line):
        if self.nick is not None:
            self.said(line)
        elif line in self.factory.users:
            self.taken(line)
        else:
            self.join(line)

    def join(self, nick):
        self.nick = nick
        self.sendLine(b"hi " + nick)
        self.factory.users[nick] = self
        self.tell(b"* %s joined" % nick)

    def taken(self, nick):
        self.sendLine(b"taken")

    def said(self, text):
        self.tell(b"<%s> %s" % (self.nick, text))

    def connectionLost(self, reason):
        if self.nick is not None:
            del self.factory.users[self.nick]
            self.tell(b"* %s left" % self.nick)

    def tell(self, line):
        for user in list(self.factory.users.values()):
            if user is not self:
                user.sendLine(line)

    def tell_all(self, line):
        for user in list(self.factory.users.values()):
            user.sendLine(line)


class House(Factory):
    """The factory of all of them; `protocol` is what differs."""

    def startFactory(self):
        self.users = {}


@mistakes("c2-room", finding="left-notice")
class RoomWithoutFarewell(House):
    class protocol(Chat):
        def connectionLost(self, reason):
            pass


@mistakes("c2-room", finding="left-notice")
class RoomLeavesSilently(House):
    class protocol(Chat):
        def connectionLost(self, reason):
            self.factory.users.pop(self.nick, None)


@mistakes("c2-room", finding="own-join")
class RoomTellsEverybody(House):
    class protocol(Chat):
        def tell(self, line):
            self.tell_all(line)


@mistakes("c2-room", finding="own-join")
class RoomTellsEverybodyBeforeHi(House):
    class protocol(Chat):
        def join(self, nick):
            self.nick = nick
            self.factory.users[nick] = self
            self.tell_all(b"* %s joined" % nick)
            self.sendLine(b"hi " + nick)


@mistakes("c2-room", finding="own-text")
class RoomEchoes(House):
    class protocol(Chat):
        def said(self, text):
            self.tell_all(b"<%s> %s" % (self.nick, text))


@mistakes("c2-room", finding="KeyError")
class RoomDeletesTheNameless(House):
    class protocol(Chat):
        def connectionLost(self, reason):
            del self.factory.users[self.nick]
            self.tell(b"* %s left" % self.nick)


@mistakes("c2-room", finding="left-without-joining")
class RoomAnnouncesTheNameless(House):
    class protocol(Chat):
        def connectionLost(self, reason):
            self.factory.users.pop(self.nick, None)
            self.tell(b"* %s left" % (self.nick or b"None"))


@mistakes("c2-room", finding="str-vs-bytes")
class RoomOfStrings(House):
    class protocol(Chat):
        def connectionMade(self):
            self.sendLine("nick?")


@mistakes("c2-room", finding="str-vs-bytes")
class RoomWritesStrings(House):
    class protocol(Chat):
        def join(self, nick):
            self.transport.write(f"hi {nick.decode()}\r\n")


@mistakes("c2-room", finding="retry-nick")
class RoomClosesOnDuplicate(House):
    class protocol(Chat):
        def taken(self, nick):
            self.sendLine(b"taken")
            self.transport.loseConnection()


@mistakes("c2-room", finding="dup-nick")
class RoomOfNamesakes(House):
    class protocol(Chat):
        def taken(self, nick):
            self.join(nick)


@mistakes("c2-room", finding="nick-not-freed")
class RoomKeepsNicks(House):
    class protocol(Chat):
        def connectionLost(self, reason):
            if self.nick is not None:
                self.tell(b"* %s left" % self.nick)


@mistakes("c2-room", finding="fragmented")
class RoomOfChunks(House):
    class protocol(Chat):
        def dataReceived(self, data):
            for line in data.splitlines():
                self.lineReceived(line)


@mistakes("c2-room", finding="coalesced")
class RoomOneLineAChunk(House):
    class protocol(Chat):
        waiting = b""

        def dataReceived(self, data):
            self.waiting += data
            if b"\r\n" in self.waiting:
                line, _, self.waiting = self.waiting.partition(b"\r\n")
                self.lineReceived(line)


@mistakes("c2-room", finding="no-reply")
class RoomWithoutGreeting(House):
    class protocol(Chat):
        def connectionMade(self):
            pass


@mistakes("c2-room", finding="no-reply")
class RoomOfSilence(House):
    protocol = Protocol


@mistakes("c2-room", finding="asks-again")
class RoomAsksTwice(House):
    class protocol(Chat):
        def taken(self, nick):
            self.sendLine(b"taken")
            self.sendLine(b"nick?")


@mistakes("c2-room", finding="tells-the-nameless")
class RoomTellsTheNameless(House):
    class protocol(Chat):
        def connectionMade(self):
            self.factory.everybody = [*getattr(self.factory, "everybody", []), self]
            super().connectionMade()

        def tell(self, line):
            for user in self.factory.everybody:
                if user is not self:
                    user.sendLine(line)

        def connectionLost(self, reason):
            self.factory.everybody.remove(self)
            super().connectionLost(reason)


@mistakes("c2-room", finding="none-value")
class RoomSpellsTheNameless(House):
    class protocol(Chat):
        def connectionLost(self, reason):
            self.factory.users.pop(self.nick, None)
            self.tell(b"* " + self.nick + b" left")


@mistakes("c2-room", finding="AttributeError")
class RoomIsNoFactory(Chat):
    def taken(self, nick):
        self.sendLine(b"taken")
