"""Right answers to c1-hello: a server that speaks first."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from labkit.exercises import solves

__all__: list[str] = []


@solves("c1-hello", style="one write")
class Hello(Protocol):
    def connectionMade(self):
        self.transport.write(b"hello from twisted\r\n")
        self.transport.loseConnection()


@solves("c1-hello", style="writeSequence")
class HelloInWords(Protocol):
    words = ("hello", "from", "twisted")

    def connectionMade(self):
        line = " ".join(self.words).encode("ascii")
        self.transport.writeSequence([line, b"\r\n"])
        self.transport.loseConnection()


@solves("c1-hello", style="in the next turn")
class HelloNextTurn(Protocol):
    def connectionMade(self):
        reactor.callLater(0, self.greet)

    def greet(self):
        self.transport.write(b"hello from twisted\r\n")
        self.transport.loseConnection()


@solves("c1-hello", style="a factory that knows the words")
class HelloFactory(Factory):
    greeting = b"hello from twisted\r\n"

    class protocol(Protocol):
        def connectionMade(self):
            self.transport.write(self.factory.greeting)
            self.transport.loseConnection()
