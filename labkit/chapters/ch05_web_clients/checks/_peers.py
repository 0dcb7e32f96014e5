"""The servers that the chapter's answers talk to: scripts on plain sockets, and live sites."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred
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


def page(said: bytes, *before: Step) -> list[Step]:
    """A script: a whole head is read, perhaps something else done, and this said."""
    return [("read_head",), *before, ("send", said), ("close",)]


def url(port: int, path: str = "/tide") -> str:
    """Where a peer is found."""
    return f"http://127.0.0.1:{port}{path}"


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
