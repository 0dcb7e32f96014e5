"""A page of a live server, as a value: where a browser finds it, and what the bench got itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from attrs import frozen

from labkit.errors import LabError, ReactorThread

from ._client import _address, connect
from ._fetch import Fetched, fetch
from ._reactor import in_reactor_thread
from ._server import Server

TALLEST = 2000  # pixels
_KEPT = "/?:@!$&'()*+,;=-._~%[]"  # what stands for itself in a target (RFC 3986 section 3.3)


@frozen
class Page:
    """What show() gives. Its picture is the live page where a person can look, else a still one.

    `target` is the path with its query, as it was asked for; `fragment` is what only a
    browser sees of it. `address` is (host, port), or the path of a UNIX socket. `fetched`
    is the answer that the bench's own client got.
    """

    target: str
    fragment: str
    height: int
    address: tuple[str, int] | str
    tls: bool
    fetched: Fetched

    @property
    def place(self) -> str:
        """What follows the host in a browser's address."""
        return f"{self.target}#{self.fragment}" if self.fragment else self.target

    def __repr__(self) -> str:
        return f"<Page {self.target}: {self.fetched.status or self.fetched.outcome}>"


def show(server: Any, path: str = "/", height: int = 240) -> Page:
    """Show a page of a live server inside the notebook.

    `server` is what serve or link returned, or a port on this machine; `path` may
    have a query. `height` is the frame's, in pixels. The page is asked for once here, by the
    bench's own client, so that its status, type and length can be told; a browser
    that shows it asks again. Waits at most 2 s for an answer, and tells what is
    missing. Where no person looks, as in a run that is stored, what the bench's
    client got is shown. Raises ServerStopped, and LabError for what is no path.
    """
    if in_reactor_thread():
        raise ReactorThread(
            "show waits for a page, and was called in the reactor's thread", "Call it from a cell"
        )
    if not isinstance(height, int) or not 0 < height <= TALLEST:
        raise LabError(f"height was {height!r}", f"Give pixels: a number from 1 to {TALLEST}")
    target, fragment = split(path)
    address = _whereabouts(server)
    with connect(server, name="show") as client:
        fetched = fetch(client, target)
    tls = isinstance(server, Server) and server.tls
    return Page(target, fragment, height, address, tls, fetched)


def _whereabouts(server: Any) -> tuple[str, int] | str:
    if isinstance(server, str):
        raise LabError(
            f"show was given {server!r} in the place of a server",
            'The server comes first: show(server, "/")',
        )
    if isinstance(server, Server):
        server.require_listening()
    found: tuple[str, int] | str = _address(server)
    return found


def split(path: Any) -> tuple[str, str]:
    """The target to ask for, and the fragment; both in the characters that a URL may have.

    A slash that is missing at the start is put there, and a whole URL of this
    machine loses its front. Raises LabError for anything else.
    """
    if not isinstance(path, str):
        cure = f"Write it as text: {path.decode('latin-1')!r}" if isinstance(path, bytes) else ""
        raise LabError(f"path was {path!r}", cure or 'Write it as text, such as "/tides?day=2"')
    whole, _, fragment = path.partition("#")
    if whole.startswith(("http://", "https://", "//")):
        parts = urlsplit(whole)
        if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise LabError(
                f"{path!r} is a page of another machine", 'Give a path alone, such as "/tides"'
            )
        whole = parts.path + (f"?{parts.query}" if parts.query else "")
    target = whole if whole.startswith("/") else f"/{whole}"
    return quote(target, safe=_KEPT), quote(fragment, safe=_KEPT)
