"""Right answers to c2-vend and c2-room: protocols that remember where they are."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

from labkit.exercises import solves

__all__: list[str] = []


@solves("c2-vend", style="if-chain")
class Vend(LineReceiver):
    price = 100

    def __init__(self):
        self.credit = 0

    def lineReceived(self, line):
        word, _, rest = line.partition(b" ")
        if word == b"COIN" and rest.isdigit() and len(rest) <= 4:
            self.credit += int(rest)
            self.sendLine(b"CREDIT %d" % self.credit)
        elif line == b"PICK":
            self.pick()
        elif line == b"REFUND":
            self.sendLine(b"BACK %d" % self.credit)
            self.credit = 0
        else:
            self.sendLine(b"ERR bad command")

    def pick(self):
        if self.credit == 0:
            self.sendLine(b"ERR coin first")
        elif self.credit < self.price:
            self.sendLine(b"ERR need %d" % (self.price - self.credit))
        else:
            self.sendLine(b"VEND %d" % (self.credit - self.price))
            self.credit = 0


@solves("c2-vend", style="state methods, text inside")
class VendByState(LineReceiver):
    def connectionMade(self):
        self.state, self.credit = "idle", 0

    def lineReceived(self, line):
        text = line.decode("latin-1")
        word, _, rest = text.partition(" ")
        if word == "COIN" and rest.isdecimal() and len(rest) < 5:
            reply = self.coin(int(rest))
        elif text in ("PICK", "REFUND"):
            reply = getattr(self, f"{text.lower()}_{self.state}")()
        else:
            reply = "ERR bad command"
        self.sendLine(reply.encode("ascii"))

    def move(self, credit):
        self.credit = credit
        self.state = ("idle", "short", "paid")[(credit > 0) + (credit >= 100)]

    def coin(self, pence):
        self.move(self.credit + pence)
        return f"CREDIT {self.credit}"

    def pick_idle(self):
        return "ERR coin first"

    def pick_short(self):
        return f"ERR need {100 - self.credit}"

    def pick_paid(self):
        change = self.credit - 100
        self.move(0)
        return f"VEND {change}"

    def refund_idle(self):
        back = self.credit
        self.move(0)
        return f"BACK {back}"

    refund_short = refund_paid = refund_idle


@solves("c2-vend", style="Automat")
class VendByMachine(LineReceiver):
    from typing import Protocol as Inputs

    from automat import TypeMachineBuilder

    class Slot(Inputs):
        def coin(self, pence: int) -> None: ...
        def some(self) -> None: ...
        def enough(self) -> None: ...
        def pick(self) -> None: ...
        def refund(self) -> None: ...

    builder = TypeMachineBuilder(Slot, LineReceiver)
    empty = builder.state("empty")
    short = builder.state("short")
    paid = builder.state("paid")

    def count(slot, till, pence):
        till.credit += pence
        till.sendLine(b"CREDIT %d" % till.credit)
        if till.credit >= 100:
            slot.enough()
        elif till.credit:
            slot.some()

    def pay_back(slot, till):
        till.sendLine(b"BACK %d" % till.credit)
        till.credit = 0

    for state in (empty, short, paid):
        state.upon(Slot.coin).loop()(count)
        state.upon(Slot.refund).to(empty)(pay_back)
        state.upon(Slot.enough).to(paid).returns(None)
    for state in (empty, short):
        state.upon(Slot.some).to(short).returns(None)

    @empty.upon(Slot.pick).loop()
    def coin_first(slot, till):
        till.sendLine(b"ERR coin first")

    @short.upon(Slot.pick).loop()
    def need_more(slot, till):
        till.sendLine(b"ERR need %d" % (100 - till.credit))

    @paid.upon(Slot.pick).to(empty)
    def sell(slot, till):
        till.sendLine(b"VEND %d" % (till.credit - 100))
        till.credit = 0

    machine = builder.build()

    def connectionMade(self):
        self.credit = 0
        self.slot = self.machine(self)

    def lineReceived(self, line):
        word, _, rest = line.partition(b" ")
        if word == b"COIN" and rest.isdigit() and len(rest) < 5:
            self.slot.coin(int(rest))
        elif line == b"PICK":
            self.slot.pick()
        elif line == b"REFUND":
            self.slot.refund()
        else:
            self.sendLine(b"ERR bad command")


@solves("c2-room", style="dict, explicit table")
class Room(Factory):
    def __init__(self):
        self.users = {}

    class protocol(LineReceiver):
        transitions = (
            ("nameless", "taken nick", "nameless", "taken"),
            ("nameless", "free nick", "present", "hi, joined"),
            ("present", "line", "present", "text to others"),
            ("present", "lost", "gone", "left"),
            ("nameless", "lost", "gone", ""),
        )
        state = "nameless"

        def connectionMade(self):
            self.sendLine(b"nick?")

        def lineReceived(self, line):
            getattr(self, "line_" + self.state)(line)

        def line_nameless(self, nick):
            if nick in self.factory.users:
                self.sendLine(b"taken")
                return
            self.nick, self.state = nick, "present"
            self.sendLine(b"hi " + nick)
            self.factory.tell_others(nick, b"* %s joined" % nick)
            self.factory.users[nick] = self

        def line_present(self, text):
            line = b"<%s> %s" % (self.nick, text)
            self.factory.tell_others(self.nick, line)

        def connectionLost(self, reason):
            if self.state == "present":
                del self.factory.users[self.nick]
                line = b"* %s left" % self.nick
                self.factory.tell_others(self.nick, line)
            self.state = "gone"

    def tell_others(self, nick, line):
        for name, user in list(self.users.items()):
            if name != nick:
                user.sendLine(line)


@solves("c2-room", style="set, text inside")
class RoomOfText(Factory):
    class protocol(LineReceiver):
        nick = None

        def connectionMade(self):
            self.say("nick?")

        def say(self, text):
            self.sendLine(text.encode("utf-8", "surrogateescape"))

        def lineReceived(self, line):
            text = line.decode("utf-8", "surrogateescape")
            if self.nick is not None:
                self.factory.tell(self, f"<{self.nick}> {text}")
            elif any(p.nick == text for p in self.factory.present):
                self.say("taken")
            else:
                self.nick = text
                self.factory.present.add(self)
                self.say(f"hi {text}")
                self.factory.tell(self, f"* {text} joined")

        def connectionLost(self, reason):
            if self in self.factory.present:
                self.factory.present.remove(self)
                self.factory.tell(self, f"* {self.nick} left")

    def startFactory(self):
        self.present = set()

    def tell(self, speaker, text):
        for user in self.present - {speaker}:
            user.say(text)


@solves("c2-room", style="Automat")
class RoomByMachine(Factory):
    def __init__(self):
        self.users = {}

    class protocol(LineReceiver):
        from typing import Protocol as Inputs

        from automat import TypeMachineBuilder

        class Visit(Inputs):
            def line(self, text: bytes) -> None: ...
            def taken(self) -> None: ...
            def free(self, nick: bytes) -> None: ...
            def lost(self) -> None: ...

        builder = TypeMachineBuilder(Visit, LineReceiver)
        nameless = builder.state("nameless")
        present = builder.state("present")
        gone = builder.state("gone")
        nameless.upon(Visit.lost).to(gone).returns(None)

        @nameless.upon(Visit.line).loop()
        def look_up(visit, user, text):
            if text in user.factory.users:
                visit.taken()
            else:
                visit.free(text)

        @nameless.upon(Visit.taken).loop()
        def refuse(visit, user):
            user.sendLine(b"taken")

        @nameless.upon(Visit.free).to(present)
        def greet(visit, user, nick):
            user.nick = nick
            user.factory.users[nick] = user
            user.sendLine(b"hi " + nick)
            user.tell(b"* %s joined" % nick)

        @present.upon(Visit.line).loop()
        def pass_on(visit, user, text):
            user.tell(b"<%s> %s" % (user.nick, text))

        @present.upon(Visit.lost).to(gone)
        def leave(visit, user):
            del user.factory.users[user.nick]
            user.tell(b"* %s left" % user.nick)

        machine = builder.build()

        def connectionMade(self):
            self.visit = self.machine(self)
            self.sendLine(b"nick?")

        def lineReceived(self, line):
            self.visit.line(line)

        def connectionLost(self, reason):
            self.visit.lost()

        def tell(self, line):
            for user in list(self.factory.users.values()):
                if user is not self:
                    user.sendLine(line)
