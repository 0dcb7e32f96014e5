"""c1-round, and what the predictions are about: recorded here and now."""

from __future__ import annotations

import threading

from twisted.internet.defer import Deferred

from labkit.bench import connect, reactor, serve, wait
from labkit.bench._reactor import in_reactor_thread
from labkit.exercises import truth

from .listening import GREETING, Greeter


@truth("c1-round")
def recorded_round() -> list[str]:
    """One wait, as it went, told by the two threads."""
    told: list[str] = []

    def other() -> None:
        told.append("the reactor's thread serves others")
        reactor.callLater(0.01, fire)

    def fire() -> None:
        told.append("the Deferred gets its result")
        later.callback("made fast")

    def fetch() -> Deferred[str]:
        told.append("the reactor's thread begins fetch")
        reactor.callLater(0, other)
        told.append("fetch returns a Deferred without a result")
        return later

    later: Deferred[str] = Deferred()
    told.append("the cell's thread asks for fetch, and stands still")
    wait(fetch)
    told.append("the cell's thread has the result and goes on")
    return told


@truth("c1-ends")
def seen_after_the_cell() -> str:
    """A server that was asked for greets, with nobody waiting for it."""
    server = serve(Greeter, name="after the cell")
    try:
        with connect(server.port) as client:
            client.expect(GREETING)
        return "c"
    finally:
        server.stop()


@truth("c1-thread")
def seen_threads() -> str:
    """The cell's thread and the reactor's, and the reactor's again."""
    here = threading.current_thread().name
    first, second = (wait(lambda: threading.current_thread().name) for _ in range(2))
    return {(True, False): "b", (False, False): "a", (True, True): "c"}[
        (here != first, first != second)
    ]


@truth("c1-direct")
def seen_directly() -> str:
    """A Deferred made in the reactor's thread, fired in this one."""
    there: list[bool] = []
    d: Deferred[str] = wait(lambda: [Deferred()])[0]
    d.addCallback(lambda _: there.append(in_reactor_thread()))
    d.callback("ahoy")
    return "b" if there == [True] else "d" if there == [False] else "c"


@truth("c1-zero")
def seen_port() -> str:
    """Port 0 is never what a port says of itself."""
    server = serve(Greeter, name="port 0")
    try:
        return "a" if server.port == 0 else "c"
    finally:
        server.stop()
