"""The servers that the chapter's answers talk to: scripts on plain sockets, and live sites."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.web.iweb import IResponse

from labkit.bench import Server
from labkit.bench._bench import aside
from labkit.bench._peer import Step
from labkit.exercises import Trial


def response(
    body: bytes, *headers: str, status: str = "200 OK", length: int | None = None
) -> bytes:
    """A response that ends with the connection, and says how long it is (or `length`)."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*pieces: bytes, whole: bool = True) -> bytes:
    """A response whose length nobody says; its last chunk is there if it is whole.

    RFC 9112, section 7.1.
    """
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return head + b"".join(chunks) + b"0\r\n\r\n" * whole


def page(said: bytes, *before: Step) -> list[Step]:
    """A script: a whole head is read, perhaps something else done, and this said."""
    return [("read_head",), *before, ("send", said), ("close",)]


def url(port: int, path: str = "/tide") -> str:
    """Where a peer is found."""
    return f"http://127.0.0.1:{port}{path}"


def at_once(
    t: Trial, said: tuple[bytes, bytes], due: tuple[Any, Any], *more: Any,
    read: Callable[[Any], Any] = lambda got: got,
) -> None:  # fmt: skip
    """A slow server and a quick one, asked together: neither call minds the other."""
    step = t.step(
        "a slow server and a quick one, together",
        cites="at once.", otherwise="not-at-once", shows="several clients",
    )  # fmt: skip
    slow, quick = page(said[0], ("wait", 0.2)), page(said[1])
    with step, t.peer(slow) as first, t.peer(quick) as second:
        asks = [(url(peer.port), *more) for peer in (first, second)]
        ends = t.call(_together, t.answer, asks, timeout=1.5)
        told = ["slow", "quick"][ends[0][0]]
        t.require(told == "quick", "not-at-once", expected="quick first", got=f"{told} first")
        t.expect_equal(due, tuple(read(got) for _, got in sorted(ends, key=lambda end: end[0])))


def _together(answer: Any, asks: Sequence[Any]) -> Deferred[list[tuple[int, Any]]]:
    """Calls begun at once: the number and the result of each, in the order of their ends."""
    ends: list[tuple[int, Any]] = []
    calls = [maybeDeferred(answer, *ask) for ask in asks]
    for n, call in enumerate(calls):
        call.addCallback(_note, n, ends)
    return gatherResults(calls, consumeErrors=True).addCallback(lambda _: ends)


def _note(got: Any, number: int, ends: list[tuple[int, Any]]) -> None:
    ends.append((number, got))


@contextmanager
def site(resource: Any, name: str) -> Iterator[Server]:
    """A live site for one step, out of reach of what an earlier answer still asks."""
    server = aside(resource, name)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that is taken, so that nobody else gets it, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def full_port() -> Iterator[int]:
    """A port whose queue is full, so that nobody who connects hears anything.

    Where a system takes whoever comes, it is a server that says nothing.
    """
    with ExitStack() as held:
        taken = held.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        taken.listen(0)
        held.enter_context(socket.create_connection(taken.getsockname()))
        yield taken.getsockname()[1]


def require_value(t: Trial, got: Any, due: str) -> None:
    """What was handed over must be a value, and not what leads to one."""
    if got is None:
        t.refuse("returns-none", expected=due, got="None")
    if isinstance(got, Deferred) or iscoroutine(got):
        if not isinstance(got, Deferred):
            got.close()  # a coroutine that nobody awaits would say so in a place of its own
        t.refuse("not-awaited", expected=due, got=f"a {type(got).__name__}")
    if IResponse.providedBy(got) or hasattr(got, "original"):
        t.refuse("returns-response", expected=due, got=f"a {type(got).__name__}")
