"""The x-ray on the live bench: what Twisted made, threads, and what belongs to the lab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.web.client import Agent, readBody
from twisted.web.resource import Resource

from labkit import run, serve, stop_all, trace, tracing, wait
from labkit.errors import WaitTimeout


class Hello(Protocol):
    """Says one word and closes."""

    def connectionMade(self) -> None:
        """As soon as somebody is there."""
        assert self.transport is not None
        self.transport.write(b"hello")
        self.transport.loseConnection()


class Listener(Protocol):
    """Has a Deferred for the first bytes."""

    def __init__(self) -> None:
        self.first: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Fires it."""
        self.first.callback(data)


class Page(Resource):
    """One short page."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        """Always the same."""
        return b"page"


# Twisted, #8227
pytestmark = pytest.mark.filterwarnings("ignore:Using readBody with a transport")


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """No server stays."""
    yield
    stop_all()


def ask(port: int) -> Deferred[bytes]:
    point = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    d: Deferred[Any] = point.connect(Factory.forProtocol(Listener))
    d.addCallback(lambda listener: listener.first)
    d.addCallback(bytes.upper)
    return d


def test_an_endpoint_s_connect_in_a_block() -> None:
    """Who made it, what fired it, and the bytes that fired the inner one."""
    port = serve(Hello).port
    with tracing() as seen:
        assert wait(ask, port) == b"HELLO"
    outer, inner = seen.history
    assert outer.name == "TCP4ClientEndpoint.connect"
    assert outer.fired and outer.fired.who == "a connection that was made"
    assert inner.fired and inner.fired.who == "bytes that came"
    assert inner.fired.by and inner.fired.by.function == "Listener.dataReceived"
    assert outer.links[0].waits_for == inner.number
    assert outer.links[0].callback.startswith("lambda, line ")
    assert outer.links[1].callback == "bytes.upper"
    assert outer.holds and outer.holds.text == "b'HELLO'"


def test_an_endpoint_s_connect_that_is_traced_afterwards() -> None:
    """trace reads the callbacks that the reader added before."""
    port = serve(Hello).port
    kept: list[Deferred[bytes]] = []

    def go() -> Deferred[bytes]:
        kept.append(ask(port))
        assert [k.outcome for k in trace(kept[0])[0].links] == ["pending", "pending"]
        return kept[0]

    wait(go)
    chain = trace(kept[0])[0]
    assert chain.made is None
    assert [k.outcome for k in chain.links] == ["returned", "returned"]
    assert chain.fired and chain.fired.who == "a connection that was made"


def test_an_agent_s_request_names_twisted_s_links() -> None:
    """The reader's links are theirs; what only Twisted's lead to stays out."""
    url = serve(Page()).url.encode()
    with tracing() as seen:
        assert wait(lambda: Agent(reactor).request(b"GET", url).addCallback(readBody)) == b"page"
    request = seen.history[0]
    assert request.name == "Agent.request"
    assert request.links[-1].callback == "readBody"
    assert all("Twisted's" in k.callback + k.errback for k in request.links[:-1])
    assert len(seen.history) == 2


def test_a_thread_s_result_is_a_call_from_another_thread() -> None:
    """deferToThread, fired in the reactor's thread."""
    with tracing() as seen:
        wait(lambda: deferToThread(int, "3"))
    (chain,) = seen.history
    assert chain.fired
    assert (chain.fired.who, chain.fired.thread) == (
        "a call from another thread",
        "the reactor's",
    )


def test_the_lab_s_own_links_are_not_drawn() -> None:
    """wait adds a pair; what it took to the cell is no lost failure."""
    with tracing() as seen:
        assert wait(lambda: succeed(4)) == 4
        with pytest.raises(ValueError, match="no"):
            wait(lambda: fail(ValueError("no")))
    good, bad = seen.history
    assert (good.links, bad.links) == ((), ())
    assert good.holds and good.holds.text == "4"
    assert (bad.state, bad.holds and bad.holds.text) == ("failed", "ValueError: no")


def test_what_wait_gave_up_was_cancelled_by_it() -> None:
    """Seen in the same cell, without a race: the history is read after it."""
    with tracing() as seen:
        d: Deferred[None] = Deferred()
        with pytest.raises(WaitTimeout):
            wait(d, timeout=0.01)
        (chain,) = seen.history
    assert chain.fired and (chain.fired.how, chain.fired.who) == ("cancel", "wait, which gave up")


def test_a_coroutine_started_by_the_lab_is_the_reader_s() -> None:
    """run starts it in the reactor; its line is where it is defined."""

    async def page(url: str) -> bytes:
        response = await Agent(reactor).request(b"GET", url.encode())
        return bytes(await readBody(response))

    with tracing() as seen:
        assert run(page, serve(Page()).url).wait(5) == b"page"
    chain = next(c for c in seen.history if c.sort == "coroutine")
    assert (chain.name, len(chain.links)) == ("page", 2)
    assert chain.made and chain.made.function.endswith("page")
    assert chain.links[1].callback == "await readBody(response)"
