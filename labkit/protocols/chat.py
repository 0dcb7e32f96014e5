"""A chat room. Where a visitor stands is a state machine; the room is a set of nicks.

The core takes bytes and returns what is to be said, and to whom, as values. The
shell has the transports. Lines end in CR LF, are bytes, and are not decoded.
"""

from __future__ import annotations

from typing import Any
from typing import Protocol as Inputs

from attrs import frozen
from automat import TypeMachineBuilder
from twisted.internet.interfaces import IAddress, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from ._machine import state_of
from .lines import LineSplitter

__all__ = ["Chat", "ChatFactory", "Effect", "ToOthers", "ToSelf", "Visitor"]


@frozen
class ToSelf:
    """A line for the visitor who caused it."""

    line: bytes


@frozen
class ToOthers:
    """A line for everybody else who has a nick."""

    line: bytes


Effect = ToSelf | ToOthers


class Visit(Inputs):
    """What can happen to a visitor: the machine's inputs."""

    def line(self, text: bytes) -> None: ...
    def taken(self) -> None: ...
    def free(self, nick: bytes) -> None: ...
    def lost(self) -> None: ...


class Visitor:
    """One visitor of a room: bytes in, effects out. Knows no transport and no other visitor.

    `nicks` are those in the room, shared by all its visitors.
    """

    def __init__(self, nicks: set[bytes]) -> None:
        self.nicks = nicks
        self.nick: bytes | None = None
        self.effects: list[Effect] = []
        self._lines = LineSplitter()
        self._visit = visiting(self)

    @property
    def state(self) -> str:
        """Where the visitor stands: "nameless", "present" or "gone"."""
        return state_of(self._visit)

    @property
    def too_long(self) -> bool:
        """Whether a line came that is longer than a line may be."""
        return self._lines.too_long

    def arrive(self) -> tuple[Effect, ...]:
        """The connection stands."""
        return (ToSelf(b"nick?"),)

    def receive(self, data: bytes) -> tuple[Effect, ...]:
        """Some bytes came, in whatever pieces."""
        for text in self._lines.receive(data):
            self._visit.line(text)
        return self._flush()

    def leave(self) -> tuple[Effect, ...]:
        """The connection is gone."""
        self._visit.lost()
        return self._flush()

    def _flush(self) -> tuple[Effect, ...]:
        effects, self.effects = tuple(self.effects), []
        return effects


_builder = TypeMachineBuilder(Visit, Visitor)
nameless = _builder.state("nameless")
present = _builder.state("present")
gone = _builder.state("gone")


@nameless.upon(Visit.line).loop()
def look_up(visit: Visit, visitor: Visitor, text: bytes) -> None:
    if text in visitor.nicks:
        visit.taken()
    else:
        visit.free(text)


@nameless.upon(Visit.taken).loop()
def refuse(visit: Visit, visitor: Visitor) -> None:
    visitor.effects.append(ToSelf(b"taken"))


@nameless.upon(Visit.free).to(present)
def greet(visit: Visit, visitor: Visitor, nick: bytes) -> None:
    visitor.nick = nick
    visitor.nicks.add(nick)
    visitor.effects += [ToSelf(b"hi " + nick), ToOthers(b"* %s joined" % nick)]


@present.upon(Visit.line).loop()
def pass_on(visit: Visit, visitor: Visitor, text: bytes) -> None:
    visitor.effects.append(ToOthers(b"<%s> %s" % (visitor.nick or b"", text)))


@present.upon(Visit.lost).to(gone)
def say_farewell(visit: Visit, visitor: Visitor) -> None:
    visitor.nicks.discard(visitor.nick or b"")
    visitor.effects.append(ToOthers(b"* %s left" % (visitor.nick or b"")))


nameless.upon(Visit.lost).to(gone).returns(None)
visiting = _builder.build()


class Chat(Protocol):
    """The shell of one visitor: carries bytes in, and effects to the transports they are for."""

    transport: ITransport
    machine = visiting

    def __init__(self, room: ChatFactory) -> None:
        self.room = room
        self.visitor = Visitor(room.nicks)

    def connectionMade(self) -> None:
        self.room.visits.append(self)
        self.carry_out(self.visitor.arrive())

    def dataReceived(self, data: bytes) -> None:
        self.carry_out(self.visitor.receive(data))
        if self.visitor.too_long:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.room.visits.remove(self)
        self.carry_out(self.visitor.leave())

    def carry_out(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            for chat in [self] if isinstance(effect, ToSelf) else self.others():
                chat.transport.write(effect.line + b"\r\n")

    def others(self) -> list[Chat]:
        return [c for c in self.room.visits if c is not self and c.state == "present"]

    @property
    def state(self) -> str:
        return self.visitor.state

    @property
    def nick(self) -> str:
        return (self.visitor.nick or b"").decode("utf-8", "replace")


class ChatFactory(Factory):
    """One room. `visits` are its open connections, `nicks` the names in use."""

    protocol: Any = Chat

    def __init__(self) -> None:
        self.nicks: set[bytes] = set()
        self.visits: list[Chat] = []

    def buildProtocol(self, addr: IAddress | None) -> Chat:
        chat = Chat(self)
        chat.factory = self
        return chat
