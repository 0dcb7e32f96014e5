"""Wrong answers to c1-listen."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import socket

from crochet import run_in_reactor, wait_for
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.protocol import Factory, Protocol

from labkit import serve
from labkit.exercises import mistakes

__all__: list[str] = []


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@wait_for(timeout=5)
def listen(description, factory):
    return serverFromString(reactor, description).listen(factory)


FIXED = free_port()


@mistakes("c1-listen", finding="fixed-port")
def start_at_a_fixed_port(factory):
    return listen(f"tcp:{FIXED}:interface=127.0.0.1", factory)


opened = {}


@mistakes("c1-listen", finding="fixed-port")
def start_once(factory):
    if factory not in opened:
        opened.clear()
        opened[factory] = listen("tcp:0:interface=127.0.0.1", factory)
    return opened[factory]


@mistakes("c1-listen", finding="all-interfaces")
def start_for_everybody(factory):
    return listen("tcp:0", factory)


@mistakes("c1-listen", finding="all-interfaces")
def start_for_everybody_by_number(factory):
    return listen("tcp:0:interface=0.0.0.0", factory)


@mistakes("c1-listen", finding="not-waited")
def start_without_wait(factory):
    endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    return run_in_reactor(endpoint.listen)(factory)


@mistakes("c1-listen", finding="not-waited")
def start_with_a_deferred(factory):
    endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    return endpoint.listen(factory)


@mistakes("c1-listen", finding="returns-none")
def start_without_return(factory):
    listen("tcp:0:interface=127.0.0.1", factory)


@mistakes("c1-listen", finding="not-a-port")
def start_with_a_number(factory):
    return listen("tcp:0:interface=127.0.0.1", factory).getHost().port


@mistakes("c1-listen", finding="not-a-port")
def start_with_an_address(factory):
    return listen("tcp:0:interface=127.0.0.1", factory).getHost()


@mistakes("c1-listen", finding="not-called")
def start_without_brackets(factory):
    @wait_for(timeout=5)
    def listening():
        return serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)

    return listening


@mistakes("c1-listen", finding="the-labs-server")
def start_with_serve(factory):
    return serve(factory)


class Greeter(Protocol):
    def connectionMade(self):
        self.transport.write(b"ahoy\r\n")
        self.transport.loseConnection()


@mistakes("c1-listen", finding="other-factory")
def start_with_the_greeter_of_the_page(factory):
    return listen("tcp:0:interface=127.0.0.1", Factory.forProtocol(Greeter))


@mistakes("c1-listen", finding="other-factory")
def start_with_the_factory_as_a_protocol(factory):
    return listen("tcp:0:interface=127.0.0.1", Factory.forProtocol(factory))


@mistakes("c1-listen", finding="wrong-thread")
def start_from_the_cell(factory):
    return reactor.listenTCP(0, factory, interface="127.0.0.1")
