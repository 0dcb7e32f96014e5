"""Right answers to c2-ask: a client that gives its answer later."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import solves

__all__: list[str] = []


@solves("c2-ask", style="async")
async def ask(port, lines):
    class Asking(LineReceiver):
        def connectionMade(self):
            self.answers, self.finished = [], Deferred()
            for line in lines:
                self.sendLine(line)

        def lineReceived(self, line):
            self.answers.append(line)

        def connectionLost(self, reason):
            if reason.check(ConnectionDone):
                self.finished.callback(self.answers)
            else:
                self.finished.errback(reason)

    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    asking = await connectProtocol(endpoint, Asking())
    return await asking.finished


@solves("c2-ask", style="callbacks, hand-buffered")
def ask_with_callbacks(port, lines):
    class Asking(Protocol):
        def connectionMade(self):
            self.heard, self.finished = b"", Deferred()
            self.transport.write(b"".join(line + b"\r\n" for line in lines))

        def dataReceived(self, data):
            self.heard += data

        def connectionLost(self, reason):
            if reason.check(ConnectionDone):
                self.finished.callback(self.heard.split(b"\r\n")[:-1])
            else:
                self.finished.errback(reason)

    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    d = connectProtocol(endpoint, Asking())
    d.addCallback(lambda asking: asking.finished)
    return d


@solves("c2-ask", style="inlineCallbacks")
def ask_with_inline_callbacks(port, lines):
    class Asking(LineReceiver):
        def __init__(self):
            self.answers, self.finished = [], Deferred()

        def lineReceived(self, line):
            self.answers.append(line)

        def connectionLost(self, reason):
            self.finished.errback(reason)

    @inlineCallbacks
    def steps():
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        asking = yield connectProtocol(endpoint, Asking())
        for line in lines:
            asking.sendLine(line)
        try:
            yield asking.finished
        except ConnectionDone:
            return asking.answers

    return steps()


@solves("c2-ask", style="ClientFactory")
def ask_with_client_factory(port, lines):
    finished = Deferred()

    class Asking(LineReceiver):
        def connectionMade(self):
            for line in lines:
                self.sendLine(line)

        def lineReceived(self, line):
            self.factory.answers.append(line)

    class Questions(ClientFactory):
        protocol = Asking

        def __init__(self):
            self.answers = []

        def clientConnectionFailed(self, connector, reason):
            finished.errback(reason)

        def clientConnectionLost(self, connector, reason):
            if reason.check(ConnectionDone):
                finished.callback(self.answers)
            else:
                finished.errback(reason)

    reactor.connectTCP("127.0.0.1", port, Questions())
    return finished
