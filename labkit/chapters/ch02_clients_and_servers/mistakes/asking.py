"""Wrong answers to c2-ask."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import socket

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.protocols.basic import LineReceiver

from labkit.exercises import mistakes

__all__: list[str] = []


class Talk(LineReceiver):
    """What the answers below share, and what is right about it."""

    def __init__(self, lines):
        self.lines, self.answers, self.finished = lines, [], Deferred()

    def connectionMade(self):
        for line in self.lines:
            self.sendLine(line)

    def lineReceived(self, line):
        self.answers.append(line)

    def connectionLost(self, reason):
        if reason.check(ConnectionDone):
            self.finished.callback(self.answers)
        else:
            self.finished.errback(reason)


def endpoint(port):
    return TCP4ClientEndpoint(reactor, "127.0.0.1", port)


@mistakes("c2-ask", finding="returns-none")
def ask_keeps_the_deferred(port, lines):
    d = connectProtocol(endpoint(port), Talk(lines))
    d.addCallback(lambda talk: talk.finished)


@mistakes("c2-ask", finding="returns-none")
def ask_forgets_to_return_in_a_callback(port, lines):
    def connected(talk):
        talk.finished.addCallback(lambda answers: answers)

    d = connectProtocol(endpoint(port), Talk(lines))
    d.addCallback(connected)
    return d


@mistakes("c2-ask", finding="before-the-close")
async def ask_stops_at_the_first_line(port, lines):
    class First(Talk):
        def lineReceived(self, line):
            self.transport.loseConnection()
            self.answers.append(line)

    talk = await connectProtocol(endpoint(port), First(lines))
    return await talk.finished


@mistakes("c2-ask", finding="wrong-result")
async def ask_decodes(port, lines):
    talk = await connectProtocol(endpoint(port), Talk(lines))
    return [line.decode() for line in await talk.finished]


@mistakes("c2-ask", finding="fragmented")
async def ask_takes_chunks_for_lines(port, lines):
    class Chunks(Protocol):
        def connectionMade(self):
            self.answers, self.finished = [], Deferred()
            self.transport.write(b"".join(x + b"\r\n" for x in lines))

        def dataReceived(self, data):
            self.answers.extend(data.splitlines())

        def connectionLost(self, reason):
            if reason.check(ConnectionDone):
                self.finished.callback(self.answers)
            else:
                self.finished.errback(reason)

    talk = await connectProtocol(endpoint(port), Chunks())
    return await talk.finished


@mistakes("c2-ask", finding="blocking-socket")
def ask_with_a_blocking_socket(port, lines):
    with socket.create_connection(("127.0.0.1", port)) as s:
        for line in lines:
            s.sendall(line + b"\r\n")
        heard = b""
        while data := s.recv(4096):
            heard += data
    return succeed(heard.split(b"\r\n")[:-1])


@mistakes("c2-ask", finding="swallows-refused")
async def ask_hides_a_refused_port(port, lines):
    try:
        talk = await connectProtocol(endpoint(port), Talk(lines))
    except Exception:
        return []
    return await talk.finished


@mistakes("c2-ask", finding="swallows-refused")
def ask_waits_for_client_connection_failed(port, lines):
    finished = Deferred()

    class Questions(ClientFactory):
        def buildProtocol(self, addr):
            talk = Talk(lines)
            talk.finished = finished
            return talk

        def clientConnectionFailed(self, connector, reason):
            finished.errback(reason)

    d = endpoint(port).connect(Questions())
    d.addErrback(lambda reason: None)
    return finished


@mistakes("c2-ask", finding="ignores-reset")
async def ask_ignores_the_reason(port, lines):
    class Any(Talk):
        def connectionLost(self, reason):
            self.finished.callback(self.answers)

    talk = await connectProtocol(endpoint(port), Any(lines))
    return await talk.finished


@mistakes("c2-ask", finding="str-vs-bytes")
async def ask_writes_text(port, lines):
    talk = await connectProtocol(endpoint(port), Talk([]))
    for line in lines:
        talk.transport.write(f"{line.decode()}\r\n")
    return await talk.finished


@mistakes("c2-ask", finding="no-line-ending")
async def ask_writes_bare_lines(port, lines):
    talk = await connectProtocol(endpoint(port), Talk([]))
    for line in lines:
        talk.transport.write(line)
    return await talk.finished


@mistakes("c2-ask", finding="trailing-empty")
async def ask_splits(port, lines):
    class Whole(Protocol):
        def connectionMade(self):
            self.heard, self.finished = b"", Deferred()
            self.transport.write(b"".join(x + b"\r\n" for x in lines))

        def dataReceived(self, data):
            self.heard += data

        def connectionLost(self, reason):
            self.finished.callback(self.heard.split(b"\r\n"))

    talk = await connectProtocol(endpoint(port), Whole())
    return await talk.finished


@mistakes("c2-ask", finding="not-awaited")
async def ask_hands_on_a_coroutine(port, lines):
    talk = await connectProtocol(endpoint(port), Talk(lines))

    async def told():
        return await talk.finished

    return told()


@mistakes("c2-ask", finding="not-awaited")
async def ask_hands_on_a_deferred(port, lines):
    talk = await connectProtocol(endpoint(port), Talk(lines))
    return talk.finished


@mistakes("c2-ask", finding="before-the-close")
async def ask_stops_at_as_many_lines_as_it_asked(port, lines):
    class Counted(Talk):
        def lineReceived(self, line):
            self.answers.append(line)
            if len(self.answers) == len(self.lines):
                self.finished.callback(self.answers[:])

        def connectionLost(self, reason):
            pass

    talk = await connectProtocol(endpoint(port), Counted(lines))
    return await talk.finished
