"""c1-listen: a port that only this machine reaches, and that nobody else has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction, isroutine
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory, Protocol

from labkit.bench import Server, drain_failures, reactor, settle, wait
from labkit.bench._reactor import in_reactor_thread
from labkit.errors import DialogueError, LabError
from labkit.exercises import Trial, judge

from ._calling import in_a_thread_of_its_own

GREETING = b"ahoy\r\n"
ITSELF = "an IListeningPort that listens: the port itself, not a promise."
ALONE = "reachable from this machine alone, at any free port: every call gives another."
SERVED = "Whoever connects there is served by that factory."
THERE = "start is called in a cell, and the listening begins in the reactor's thread."


class Greeter(Protocol):
    """Says one word, so that a client knows who is there."""

    greeting = GREETING

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.greeting)
        self.transport.loseConnection()


class Watched(Factory):
    """Greets in words of its own; notes in which thread it is told that a port begins to listen."""

    noisy = False

    def __init__(self, greeting: bytes) -> None:
        self.greeting = greeting
        self.there: list[bool] = []
        self.visits = 0

    def buildProtocol(self, address: Any) -> Greeter:
        """One that greets in this factory's words."""
        self.visits += 1
        greeter = Greeter()
        greeter.greeting = self.greeting
        return greeter

    def doStart(self) -> None:
        """Called by the port, at the beginning of listening."""
        self.there.append(in_reactor_thread())
        super().doStart()


@judge("c1-listen")
def start(t: Trial) -> None:
    """A port, its interface, a second one beside it, and both serve."""
    factory = Watched(f"berth {t.random.randrange(100, 1000)}\r\n".encode())
    with _stopped_afterwards(factory) as ports:
        with t.step("a call", cites=ITSELF, shows="a port"):
            one = _started(t, factory, ports)
        with t.step("who can reach it", cites=ALONE, shows="this machine alone"):
            _local(t, one)
        with t.step("the thread it listens in", cites=THERE, shows="the reactor's thread"):
            got = "the caller's thread"
            t.require(all(factory.there), "wrong-thread", expected="the reactor's thread", got=got)
        with t.step("a second call", cites=ALONE, shows="called twice"):
            two = _started(t, factory, ports)
            _local(t, two)
            same = one is two or one.getHost() == two.getHost()
            t.require(not same, "fixed-port", expected="another port", got="the same again")
        with t.step("both serve", cites=SERVED, shows="both serve the factory"):
            for port in (one, two):
                _greets(t, port, factory)


def _started(t: Trial, factory: Watched, ports: list[Any]) -> Any:
    """What start returned, if that is a port that listens."""
    try:
        if iscoroutinefunction(t.answer):
            port = t.call(t.answer, factory)
        else:
            port = in_a_thread_of_its_own(t, t.answer, factory)
    except CannotListenError as e:
        t.refuse("fixed-port", expected="a free port", got=f"CannotListenError: {e}")
    t.require(port is not None, "returns-none", expected="an IListeningPort", got="None")
    if not IListeningPort.providedBy(port):
        t.refuse(_instead(port), expected="an IListeningPort", got=_named(port))
    ports.append(port)
    return port


def _instead(port: Any) -> str:
    """The finding for what is no port."""
    if isinstance(port, Server):
        port.stop()
        return "the-labs-server"
    if hasattr(port, "wait") or hasattr(port, "__await__") or isinstance(port, Deferred):
        return "not-waited"
    return "not-called" if isroutine(port) else "not-a-port"


def _local(t: Trial, port: Any) -> None:
    try:
        host = port.getHost()
    except Exception:  # a port of Twisted's forgets its socket when it is stopped
        t.refuse("wrong-reply", expected="a port that listens", got="one that does not")
    host = getattr(host, "host", None) or type(host).__name__
    anywhere = host in ("0.0.0.0", "::")
    t.require(not anywhere, "all-interfaces", expected="127.0.0.1", got=host)
    t.expect_equal("127.0.0.1", host)


def _greets(t: Trial, port: Any, factory: Watched) -> None:
    made = getattr(getattr(port, "factory", None), "protocol", None)
    if made is factory:  # no visit: Twisted leaves the socket of a protocol that it cannot make
        t.refuse("other-factory", expected="your factory", got="one that has it for a protocol")
    try:
        client = t.connect(port.getHost().port)
    except DialogueError:
        raise
    except LabError:
        t.refuse("wrong-reply", expected="a port that listens", got="nobody is there")
    before = factory.visits
    with client:
        try:
            client.expect(factory.greeting)
        except DialogueError as e:
            if factory.visits > before:
                raise
            settle()
            drain_failures()  # of a factory that is not the check's
            t.refuse("other-factory", expected=factory.greeting, got=e.facts["got"])


def _named(port: Any) -> str:
    if isroutine(port):
        return f"the function {port.__name__}"
    return "a number" if isinstance(port, int) else f"an object of the class {type(port).__name__}"


@contextmanager
def _stopped_afterwards(factory: Watched) -> Iterator[list[Any]]:
    """Stop the ports in the list, and whatever else listens for this factory."""
    ports: list[Any] = []
    try:
        yield ports
    finally:
        wait(_stop, factory, ports)


def _stop(factory: Watched, ports: list[Any]) -> Deferred[Any]:
    kept = [r for r in reactor.getReaders() if getattr(r, "factory", None) is factory]
    open_ = {p for p in [*kept, *ports] if IListeningPort.providedBy(p)}
    return gatherResults([maybeDeferred(p.stopListening) for p in open_])
