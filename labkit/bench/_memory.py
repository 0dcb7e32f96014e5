"""The bench without sockets: the same verbs, in the caller's own thread, on a clock of its own.

Every event is delivered before the verb returns, so nothing waits and nothing
races: the fastest and the most repeatable way to talk to a protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from attrs import evolve
from twisted.internet.address import IPv4Address
from twisted.internet.base import DelayedCall
from twisted.python.failure import Failure

from labkit.errors import LabError, ServerStopped
from labkit.wire import Conversation, Wire
from labkit.wire._tape import Tape
from labkit.wire._taped import TapedFactory

from ._memory_client import MemoryClient
from ._memory_time import MemoryClock, is_housekeeping, redirect, restore
from ._memory_wire import HOST, MemoryTransport, Pipe, Turns
from ._served import as_factory, name_of

__all__ = ["MemoryBench", "MemoryClient", "MemoryServer", "in_memory"]

FIRST_PORT = 40_000  # made-up client ports count on from here


class MemoryServer:
    """A factory that is served in memory. Made by MemoryBench.serve."""

    port = 0  # made up, and only in a story that time_travel runs

    def __init__(self, name: str, factory: Any, turns: Turns) -> None:
        self.name = name
        self.taped = TapedFactory(factory, ("memory",))
        self.stopped = False
        self._turns = turns
        turns.around(self.taped.doStart)

    @property
    def factory(self) -> Any:
        """The factory that answers: yours, or the one made for your Protocol class."""
        return self.taped.wrappedFactory

    @property
    def connections(self) -> tuple[Any, ...]:
        """The protocols of the connections that are open now, oldest first."""
        stand = sorted(self.taped.open.items(), key=lambda item: item[0].number)
        return tuple(wrapper.wrappedProtocol for _, wrapper in stand)

    @property
    def wire(self) -> Wire:
        """All that was said so far; times are those of the bench's clock, in seconds."""
        talks = tuple(self._on_the_clock(tape) for tape in self.taped.tapes())
        return Wire(self.name, talks, self.taped.forgotten)

    def _on_the_clock(self, tape: Tape) -> Conversation:
        talk, at = tape.snapshot(), self._turns.clock.at
        began = at(tape.opened)
        events = (evolve(e, at=round(at(tape.opened + e.at) - began, 9)) for e in talk.events)
        return evolve(talk, events=tuple(events))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While the block runs, the server does not read; what clients send is joined."""
        self._turns.held = self.taped.paused = True
        try:
            yield
        finally:
            self._turns.held = self.taped.paused = False
            self._turns.run()

    def stop(self) -> None:
        """Drop every connection and take no more. Twice is harmless."""
        if self.stopped:
            return
        self.stopped = True
        for wrapper in list(self.taped.open.values()):
            wrapper.tape.closing = "lab"
            wrapper.transport.abortConnection()
        self._turns.run()
        self._turns.around(self.taped.doStop)

    def __repr__(self) -> str:
        return f"<MemoryServer {self.name}: {'stopped' if self.stopped else 'serving'}>"


class MemoryBench:
    """Servers and clients in memory. Use it in the thread that made it.

    As a context manager (`with in_memory() as lab:`) it also takes over time:
    until the end of the block, reactor.callLater and reactor.seconds, called in
    this thread, go to `clock`, which moves by `advance` alone. Protocols that use
    no time need no `with`. What the served code raises ends its connection, as on
    a socket, and is kept in `failures`; with `log` it is logged as well.
    """

    def __init__(self, log: bool = True, clock: type[MemoryClock] = MemoryClock) -> None:
        self._turns = Turns(log, clock)
        self._thread = threading.get_ident()
        self._servers: list[MemoryServer] = []
        self._count = 0

    @property
    def clock(self) -> MemoryClock:
        """The clock, for code that takes one as an argument."""
        return self._turns.clock

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What the served code raised, oldest first."""
        return tuple(self._turns.failures)

    @property
    def slowest(self) -> float:
        """Seconds of real time that the slowest single event took: who blocks a reactor shows."""
        return self._turns.slowest

    def serve(self, what: Any, *, name: str | None = None) -> MemoryServer:
        """Serve a Protocol class, a Factory, a web Resource, a Site or a Klein app in memory.

        Raises CannotServe for anything else.
        """
        self._check_thread()
        server = MemoryServer(name or name_of(what), as_factory(what), self._turns)
        self._servers.append(server)
        return server

    def connect(self, server: MemoryServer, *, name: str = "client") -> MemoryClient:
        """A new client of a server in memory. Raises ServerStopped when it no longer serves."""
        self._check_thread()
        if not isinstance(server, MemoryServer):
            raise LabError(
                f"connect in memory was given {type(server).__name__}",
                "Give what this bench's own serve(…) returned",
            )
        if server.stopped:
            raise ServerStopped(f"The server {server.name} was stopped", "Call lab.serve(…) again")
        self._count += 1
        pipe = Pipe(FIRST_PORT + self._count)
        client = MemoryClient(pipe, self._turns, name, self._accept(server, pipe))
        self._turns.run()
        client._drain()
        return client

    def _accept(self, server: MemoryServer, pipe: Pipe) -> Tape | None:
        """What a listening port does with a new socket, and with code that raises there."""
        address = IPv4Address("TCP", HOST, pipe.port)
        came = self._turns.around(lambda: server.taped.buildProtocol(address))
        if came is None:
            pipe.close()
        if came is None or isinstance(came, Failure):
            return server.taped.past[-1]
        tape: Tape = came.tape
        transport = MemoryTransport(pipe, came, tape.number, self._turns)
        self._turns.around(lambda: came.makeConnection(transport))
        return tape

    def advance(self, seconds: float) -> None:
        """Let time pass on the clock; everything due meanwhile happens, each at its own time."""
        self._check_thread()
        if not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
            raise LabError(f"advance was given {seconds!r}", "Give a number of seconds, 0 or more")
        self.clock.advance(seconds)

    def pending(self) -> tuple[DelayedCall, ...]:
        """The delayed calls that wait on the clock, soonest first, but for twisted.web's own."""
        waiting: Any = self.clock.getDelayedCalls()
        calls = sorted(waiting, key=DelayedCall.getTime)
        return tuple(c for c in calls if not is_housekeeping(c))

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise LabError(
                "A bench in memory was used in another thread than the one that made it",
                "Make one in each thread",
            )

    def stop_all(self) -> None:
        """Stop every server of this bench."""
        for server in self._servers:
            server.stop()

    def __enter__(self) -> Self:
        self._check_thread()
        redirect(self.clock)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        try:
            self.stop_all()
        finally:
            restore()


def in_memory(log: bool = True) -> MemoryBench:
    """A bench without sockets, in this thread: with in_memory() as lab: lab.serve(Echo) …"""
    return MemoryBench(log)
