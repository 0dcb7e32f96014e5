"""The smallest page: a welcome for a ship, from a Resource, from Klein, and by hand."""

from __future__ import annotations

from typing import Any

from klein import Klein
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

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
    """The same page without twisted.web: any head gets it, and the connection stays.

    It reads no body and no query, so that it is good for a measure of what HTTP
    costs, and for little else. RFC 9112, section 2.1: a head ends at an empty line.
    """

    transport: ITransport

    def __init__(self) -> None:
        self.buffer = b""

    def dataReceived(self, data: bytes) -> None:
        *heads, self.buffer = (self.buffer + data).split(b"\r\n\r\n")
        for _ in heads:
            self.transport.write(_answer(welcome()))
        if len(self.buffer) > 16384:
            self.transport.loseConnection()


def _answer(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {PLAIN}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
