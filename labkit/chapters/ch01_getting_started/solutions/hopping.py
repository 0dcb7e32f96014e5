"""Right answers to c1-hop: into the reactor's thread and back."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from queue import Queue

from crochet import run_in_reactor, wait_for
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import blockingCallFromThread
from twisted.python.failure import Failure

from labkit.exercises import solves

__all__: list[str] = []


@solves("c1-hop", style="run_in_reactor and wait")
def in_reactor(f, *args):
    return run_in_reactor(f)(*args).wait(5)


@solves("c1-hop", style="wait_for")
def in_reactor_waited_for(f, *args):
    @wait_for(timeout=5)
    def hop():
        return f(*args)

    return hop()


@solves("c1-hop", style="blockingCallFromThread")
def in_reactor_blocking(f, *args):
    return blockingCallFromThread(reactor, f, *args)


@solves("c1-hop", style="a queue of its own")
def in_reactor_by_hand(f, *args):
    results = Queue()

    def hop():
        maybeDeferred(f, *args).addBoth(results.put)

    reactor.callFromThread(hop)
    result = results.get(timeout=5)
    if isinstance(result, Failure):
        result.raiseException()
    return result
