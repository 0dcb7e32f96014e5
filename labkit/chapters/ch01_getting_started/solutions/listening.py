"""Right answers to c1-listen: a port of one's own."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from crochet import run_in_reactor, wait_for
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.threads import blockingCallFromThread

from labkit.exercises import solves

__all__: list[str] = []


@solves("c1-listen", style="endpoint, wait_for")
def start(factory):
    @wait_for(timeout=5)
    def listen():
        where = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        return where.listen(factory)

    return listen()


@solves("c1-listen", style="endpoint as a string")
def start_from_string(factory):
    where = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    return run_in_reactor(where.listen)(factory).wait(5)


@solves("c1-listen", style="listenTCP in the reactor")
def start_listen_tcp(factory):
    def listen():
        return reactor.listenTCP(0, factory, interface="127.0.0.1")

    return blockingCallFromThread(reactor, listen)


@solves("c1-listen", style="async")
async def start_async(factory):
    where = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    return await where.listen(factory)
