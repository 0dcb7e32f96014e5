"""Which connection of a server of this process is a client's own: known by the client's port."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

from labkit.wire._tape import Tape

from ._server import Server

ARRIVAL = 0.5  # seconds that are waited for the server to have accepted, or read


class Meeting:
    """Learns which tape belongs to the connection that is about to be made."""

    def __init__(self, server: Server | None) -> None:
        self._came = threading.Event()
        self._tape: Tape | None = None
        self._client: Any = None
        self._server = server
        self._known: Any = None

    def arrange(self, sock: socket.socket, address: Any) -> None:
        """Give the socket a name of its own, by which the server's side will know it."""
        if self._server is None:
            return
        if not isinstance(address, str):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.bind((address[0], 0))
            self._known = sock.getsockname()[1]
        elif sys.platform == "linux":
            sock.bind("")  # the system makes up a name without a file
            self._known = sock.getsockname()
        self._server.front.target.awaited[self._known] = self._met

    def forget(self) -> None:
        """The connection failed."""
        if self._server is not None:
            self._server.front.target.awaited.pop(self._known, None)

    def _met(self, tape: Tape) -> None:
        self._tape = tape
        if self._client is not None:
            self._client.tape = tape
        self._came.set()

    def wait(self, client: Any) -> None:
        """Hand the tape to the client, at once or as soon as the server has accepted."""
        self._client = client
        if self._server is not None:
            self._came.wait(ARRIVAL)
        client.tape = self._tape
