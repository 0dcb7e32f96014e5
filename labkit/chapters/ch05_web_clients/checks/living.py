"""The truth behind the predictions of chapter 5: each is found out by running it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.web.client import Agent, HTTPConnectionPool, readBody
from twisted.web.error import Error
from twisted.web.http_headers import Headers

from labkit.bench import ScriptedPeer, drain_failures, reactor, settle, wait
from labkit.exercises import truth

from ._peers import page, response, site, url
from ._sites import Slips


def _get(port: int, agent: Any = None, headers: Headers | None = None) -> Any:
    return (agent or Agent(reactor)).request(b"GET", url(port, "/ada-20").encode(), headers)


@truth("c5-body")
def body() -> str:
    """Whether the body has come when the response is there."""
    said = response(b"~" * 200)
    with ScriptedPeer(page(said[-100:], ("send", said[:-100]), ("wait", 0.1))) as peer:
        began: list[Any] = []

        async def fetch() -> bytes:
            got = await _get(peer.port)
            began.append(len(peer.outcomes))
            return bytes(await readBody(got))

        whole = wait(lambda: Deferred.fromCoroutine(fetch()))
    if not began:
        return "c"
    return "b" if began == [0] and len(whole) == 200 else "a"


@truth("c5-missing")
def missing() -> str:
    """What becomes of a request for a page that is not there."""
    with ScriptedPeer(page(response(b"", status="404 Not Found"))) as peer:
        try:
            got = wait(_get, peer.port, timeout=1.0)
        except Error:
            return "b"
        except TimeoutError:
            return "c"
    return "a" if got.code == 404 else f"none of them: {got.code}"


@truth("c5-letters")
def letters() -> str:
    """What goes over the wire for a text in the place of a list."""
    with ScriptedPeer(page(response(b""))) as peer:
        try:
            wait(_get, peer.port, None, Headers({"X-Ship": "Bo"}))
        except TypeError:
            return "b"
        heard = peer.received[0]
    return "c" if b"X-Ship: B\r\nX-Ship: o\r\n" in heard else "a"


@truth("c5-pool")
def pool() -> str:
    """How many connections six requests make."""
    kept = HTTPConnectionPool(reactor)
    kept.maxPersistentPerHost = 2
    agent = Agent(reactor, pool=kept)

    async def fetch(port: int) -> bytes:
        return bytes(await readBody(await _get(port, agent)))

    def six(port: int) -> Any:
        return gatherResults([Deferred.fromCoroutine(fetch(port)) for _ in range(6)])

    slips = Slips()
    with site(slips, "a truth of chapter 5") as server:
        wait(six, server.port)
        count = len(server.wire)
        wait(kept.closeCachedConnections)
    return {1: "a", 2: "b", 6: "c"}.get(count, f"none of them: {count}")


@truth("c5-silent")
def silent() -> str:
    """Whether connectTimeout limits the answer."""
    with ScriptedPeer([("read_head",)]) as peer:
        asked = wait(lambda: [_get(peer.port, Agent(reactor, connectTimeout=0.1))])[0]
        ended: list[Any] = []
        asked.addBoth(ended.append)
        waits = wait(lambda: deferLater(reactor, 0.25, lambda: not ended))
        wait(asked.cancel)
    return "c" if waits else "a"


@truth("c5-cancel")
def cancel() -> str:
    """What becomes of the connection when readBody is cancelled."""
    half = response(b"~" * 200)
    with ScriptedPeer([("read_head",), ("send", half[:-100])]) as peer:

        async def fetch() -> None:
            reading = readBody(await _get(peer.port))
            reactor.callLater(0.02, reading.cancel)
            try:
                await reading
            except CancelledError:
                return

        wait(lambda: Deferred.fromCoroutine(fetch()))
        left = peer.wait_until_served(within=0.2)
    settle()
    drain_failures()  # Twisted logs the end of that body
    return "a" if left else "b"
