"""A body is whole, too large, broken off, or given up: and the connection knows."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.web.client import Agent, ResponseFailed

from labkit.bench import ScriptedPeer, drain_failures, reactor, settle, wait
from labkit.protocols.web import TooLarge, collect

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\nConnection: close\r\n\r\n"


def page(*steps: Any) -> list[Any]:
    return [("read_head",), ("send", HEAD + b"~" * 100), *steps]


def fetched(peer: ScriptedPeer, limit: int | None = None, cancel: bool = False) -> bytes:
    async def fetch() -> bytes:
        url = f"http://127.0.0.1:{peer.port}/".encode()
        reading = collect(await Agent(reactor).request(b"GET", url), limit)
        if cancel:
            reactor.callLater(0.02, reading.cancel)
        return await reading

    result: bytes = wait(lambda: Deferred.fromCoroutine(fetch()))
    return result


def test_a_whole_body_is_its_bytes() -> None:
    """In two pieces here."""
    with ScriptedPeer(page(("send", b"~" * 100), ("close",))) as peer:
        assert fetched(peer) == b"~" * 200


def test_a_body_that_breaks_off_fails() -> None:
    """Half of it is not handed over."""
    with ScriptedPeer(page(("close",))) as peer, pytest.raises(ResponseFailed):
        fetched(peer)


def test_a_limit_ends_the_connection() -> None:
    """As soon as it is passed; the rest is not read."""
    with ScriptedPeer(page()) as peer:
        with pytest.raises(TooLarge):
            fetched(peer, limit=50)
        assert peer.wait_until_served()


def test_cancelled_it_closes_the_connection_and_logs_nothing() -> None:
    """What readBody does not do."""
    settle()
    drain_failures()
    with ScriptedPeer(page()) as peer:
        with pytest.raises(CancelledError):
            fetched(peer, cancel=True)
        assert peer.wait_until_served()
    settle()
    assert not drain_failures()
