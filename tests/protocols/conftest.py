"""A web server in memory, asked in bytes; the standard library reads what it answers."""

from __future__ import annotations

import http.client
import io
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import frozen

from labkit.bench import MemoryBench, MemoryClient, in_memory


@frozen
class Answer:
    """One response, its body taken out of its chunks."""

    status: int
    headers: Any
    body: bytes


class Web:
    """Serves one thing and asks it, each time on a connection of its own unless told."""

    def __init__(self, lab: MemoryBench) -> None:
        self.lab = lab
        self.server: Any = None

    def serve(self, what: Any) -> Any:
        """From now on this is asked; it comes back."""
        self.server = self.lab.serve(what)
        return what

    def connect(self) -> MemoryClient:
        """A client that has said nothing yet."""
        return self.lab.connect(self.server)

    def begin(self, method: str, target: str, body: bytes = b"", **headers: str) -> MemoryClient:
        """Send a request, and leave the answer where it is."""
        client = self.connect()
        said = {"Host": "harbour"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if body:
            said.setdefault("Content-Length", str(len(body)))
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in said.items()), "", ""]
        client.send("\r\n".join(lines).encode() + body)
        return client

    def heard(self) -> bytes:
        """All that the server has said on the newest connection."""
        return bytes(self.server.wire[-1].said("server"))

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request and take its whole answer."""
        self.begin(method, target, body, **headers)
        return self.answer(method)

    def answer(self, method: str = "GET") -> Answer:
        """What was answered on the newest connection, read by the standard library."""
        response = http.client.HTTPResponse(_Heard(self.heard()), method=method)  # type: ignore[arg-type]
        response.begin()
        return Answer(response.status, response.headers, response.read())


class _Heard:
    """What HTTPResponse wants of a socket."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)


@pytest.fixture
def web() -> Iterator[Web]:
    """A web in memory; nothing may have been raised, and nothing may wait, at the end."""
    with in_memory() as lab:
        made = Web(lab)
        yield made
        lab.stop_all()
        assert [str(f) for f in lab.failures] == []
        assert lab.pending() == ()
