"""The smallest page: a welcome for a ship, from a Resource, from Klein, and by hand."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from klein import Klein
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

from ..http_head import Head, HeadSplitter, Malformed

__all__ = ["Welcome", "WelcomeByHand", "welcome", "welcome_app"]

PLAIN = "text/plain; charset=utf-8"


def welcome(ship: bytes = b"") -> bytes:
    """The text for a ship's name as it came: UTF-8, or what can be read of it."""
    name = ship.decode("utf-8", "replace") or "stranger"
    return f"Welcome to the harbour, {name}!\n".encode()


class Welcome(Resource):
    """Answers every path with the welcome; the ship is in the query: ?ship=Zoë."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        request.setHeader("Content-Type", PLAIN)
        return welcome(request.args.get(b"ship", [b""])[0])


def welcome_app() -> Klein:
    """The same page at /, as a Klein app."""
    app = Klein()

    @app.route("/", methods=["GET"])
    def page(request: IRequest) -> bytes:
        request.setHeader(b"Content-Type", PLAIN.encode())
        ship: list[bytes] = request.args.get(b"ship", [b""])
        return welcome(ship[0])

    return app


class WelcomeByHand(Protocol):
    """The same page without twisted.web, on a connection that stays. It takes no bodies."""

    transport: ITransport

    def __init__(self) -> None:
        self.heads = HeadSplitter()

    def dataReceived(self, data: bytes) -> None:
        for head in self.heads.receive(data):
            status, body = reply(head)
            self.transport.write(_encoded(status, body, head))
            if _is_last(status, head):
                # what follows is the body that was not wanted, or nobody knows what
                self.heads.ended = True
                self.transport.loseConnection()
                return


def reply(head: Head | Malformed) -> tuple[str, bytes]:
    """The status and the body for a head."""
    if isinstance(head, Malformed):
        return "400 Bad Request", f"This is no request: {head.error}.\n".encode()
    if head.get(b"transfer-encoding") or head.get(b"content-length") not in (None, b"0"):
        return "413 Content Too Large", b"Nothing is taken here.\n"
    if head.method not in (b"GET", b"HEAD"):
        return "405 Method Not Allowed", b"Ask with GET.\n"
    return "200 OK", welcome(_ship(head.target))


def _ship(target: bytes) -> bytes:
    # as bytes: urllib's own parse_qs decodes, and raises for what is no ASCII
    fields = (field.partition(b"=") for field in target.partition(b"?")[2].split(b"&"))
    said = (value for name, _, value in fields if name == b"ship")
    return unquote_to_bytes(next(said, b"").replace(b"+", b" "))


def _is_last(status: str, head: Head | Malformed) -> bool:
    """Whether the connection ends with this answer: RFC 9112, section 9.3."""
    if isinstance(head, Malformed) or status.startswith("413") or head.version == b"HTTP/1.0":
        return True
    return (head.get(b"connection") or b"").lower() == b"close"


def _encoded(status: str, body: bytes, head: Head | Malformed) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {PLAIN}", f"Content-Length: {len(body)}"]
    lines += ["Allow: GET, HEAD"] * status.startswith("405")
    lines += ["Connection: close"] * _is_last(status, head)
    bare = isinstance(head, Head) and head.method == b"HEAD"
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if bare else body)
