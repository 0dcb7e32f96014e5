"""Wrong answers to c1-hello."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet.protocol import Protocol

from labkit.exercises import mistakes

__all__: list[str] = []

GREETING = b"hello from twisted\r\n"


@mistakes("c1-hello", finding="str-vs-bytes")
class HelloInText(Protocol):
    def connectionMade(self):
        self.transport.write("hello from twisted\r\n")
        self.transport.loseConnection()


@mistakes("c1-hello", finding="never-closes")
class HelloForEver(Protocol):
    def connectionMade(self):
        self.transport.write(GREETING)


@mistakes("c1-hello", finding="waits-for-data")
class HelloWhenSpokenTo(Protocol):
    def dataReceived(self, data):
        self.transport.write(GREETING)
        self.transport.loseConnection()


@mistakes("c1-hello", finding="blocks-reactor")
class HelloAfterAPause(Protocol):
    def connectionMade(self):
        time.sleep(0.3)
        self.transport.write(GREETING)
        self.transport.loseConnection()


@mistakes("c1-hello", finding="never-spoke")
class HelloToTheScreen(Protocol):
    def connectionMade(self):
        print(GREETING.decode(), end="")
        self.transport.loseConnection()


@mistakes("c1-hello", finding="lf-alone")
class HelloWithLf(Protocol):
    def connectionMade(self):
        self.transport.write(b"hello from twisted\n")
        self.transport.loseConnection()


@mistakes("c1-hello", finding="aborted")
class HelloAborted(Protocol):
    def connectionMade(self):
        self.transport.write(GREETING)
        self.transport.abortConnection()


@mistakes("c1-hello", finding="wrong-text")
class HelloTwice(Protocol):
    def connectionMade(self):
        self.transport.write(GREETING + GREETING)
        self.transport.loseConnection()


@mistakes("c1-hello", finding="wrong-text")
class HelloInTheWordsOfThePage(Protocol):
    def connectionMade(self):
        self.transport.write(b"ahoy\r\n")
        self.transport.loseConnection()


@mistakes("c1-hello", finding="never-spoke")
class HelloToNobody(Protocol):
    def connectionMade(self):
        self.greeting = GREETING


@mistakes("c1-hello", finding="never-spoke")
class HelloPrinted(Protocol):
    def connectionMade(self):
        print(GREETING.decode(), end="")


@mistakes("c1-hello", finding="never-spoke")
class HelloReturned(Protocol):
    def connectionMade(self):
        return GREETING


@mistakes("c1-hello", finding="never-spoke")
class HelloMisspelt(Protocol):
    def connection_made(self):
        self.transport.write(GREETING)
        self.transport.loseConnection()
