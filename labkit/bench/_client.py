"""An independent client: a plain blocking socket, no Twisted, in the caller's own thread.

It tells nothing that the network does not, with one exception that makes
pictures repeatable: talking to a server of this process, `send` returns when the
server's protocol has dealt with the bytes (or 0.5 s later), so that one send
arrives as one piece. `server.busy()` takes that comfort away.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import struct
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from labkit.errors import DialogueError, LabError, ReactorThread
from labkit.wire import End, Remark, as_text, shorten
from labkit.wire._tape import Tape

from ._bench import also_stop
from ._reactor import in_reactor_thread, running, settle
from ._server import HOST, Server

ARRIVAL = 0.5  # seconds that send waits for the server to have read
SLICE = 0.02  # seconds between two looks at whether waiting still makes sense
GAP = 0.004  # seconds between pieces towards a server that cannot be watched
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
MOST = 2000  # remarks kept of one client's talk

_clients: weakref.WeakSet[Client] = weakref.WeakSet()


class Client:
    """One end of a connection, spoken by hand. Made by connect; use it in one thread."""

    def __init__(self, sock: socket.socket, name: str, server: Server | None) -> None:
        self.name = name
        self.server = server
        self.tape: Tape | None = None
        self.end: End = "open"
        self.transcript: list[Remark] = []
        self.give_up: Callable[[], bool] | None = None
        self._sock = sock
        self._buffer = bytearray()
        self.sent = 0  # bytes so far
        self._done = False
        sock.setblocking(False)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        if not _clients:
            also_stop(_close_all)
        _clients.add(self)

    @property
    def port(self) -> int:
        """The client's own TCP port; 0 on a UNIX socket."""
        name = self._sock.getsockname()
        return int(name[1]) if isinstance(name, tuple) else 0

    @property
    def received(self) -> bytes:
        """What has come and was not yet taken by an expect or a read."""
        self._fill(0)
        return bytes(self._buffer)

    # speaking

    def send(self, data: bytes, pieces: int | Sequence[int] | None = None) -> None:
        """Send bytes, at once or in pieces that each arrive alone.

        `pieces` is a size in bytes (1: one byte at a time) or a sequence of
        sizes; what is left over goes last, in one piece. Raises DialogueError
        when the server no longer takes them.
        """
        for piece in _cut(_as_bytes(data, "send"), pieces):
            self._note(Remark(self.name, "server", piece))
            self._push(piece)
            if self.tape is not None:
                self._wait_until_handled()
            elif pieces is not None:
                time.sleep(GAP)

    def _push(self, piece: bytes) -> None:
        """Hand all to the operating system, reading meanwhile, because an echo would fill up."""
        if self.tape is not None:
            self.tape.sends = [*(self.tape.sends or ()), len(piece)][-MOST:]
        view = memoryview(piece)
        self._poll.modify(self._sock, select.POLLIN | select.POLLOUT)
        try:
            while view and self.end == "open":
                if not self._poll.poll(2000):
                    raise self._error("The server takes no more bytes")
                with suppress(BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    view = view[self._sock.send(view) :]
                self._drain()
        except OSError as e:
            self._ended(e)
        finally:
            self._poll.modify(self._sock, select.POLLIN)
        if view:
            raise self._error("The server ended the connection while you were sending")
        self.sent += len(piece)

    def _wait_until_handled(self) -> None:
        tape, deadline = self.tape, time.monotonic() + ARRIVAL
        if tape is None or (self.server and self.server.taped.paused):
            return
        woken = threading.Event()
        tape.waiter = (self.sent, woken.set)
        while tape.received < self.sent and not tape.closed and time.monotonic() < deadline:
            if not woken.wait(0.002):
                self._drain()
        tape.waiter = None

    def half_close(self) -> None:
        """Say that nothing more will be sent (FIN), and go on reading. Not over TLS."""
        if isinstance(self._sock, ssl.SSLSocket):
            raise LabError(
                "A TLS connection closes as a whole", "Use close(), or a server without tls"
            )
        self._note(Remark(self.name, "server", note="half-closes"))
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        self._wait_for(lambda tape: tape.closed or tape.half_closed)

    def reset(self) -> None:
        """Drop the connection without a goodbye (RST)."""
        self._note(Remark(self.name, "server", note="resets"))
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._shut()
        self._wait_for(lambda tape: tape.closed)

    def close(self) -> None:
        """End the connection in order (FIN); twice is harmless."""
        if self._done:
            return
        if self.end == "open":
            self._drain()
        if self.end == "open":
            self._note(Remark(self.name, "server", note="closes"))
            with suppress(OSError):
                self._goodbye()
                self._wait_for(lambda tape: tape.closed or tape.half_closed)
        self._shut()
        self._wait_for(lambda tape: tape.closed)

    def _goodbye(self) -> None:
        if isinstance(self._sock, ssl.SSLSocket):
            with suppress(ssl.SSLError, ValueError):
                self._sock.unwrap()
        else:
            self._sock.shutdown(socket.SHUT_WR)

    def _shut(self) -> None:
        self._done = True
        with suppress(KeyError, ValueError):
            self._poll.unregister(self._sock)
        self._sock.close()

    def _wait_for(self, ended: Callable[[Tape], bool]) -> None:
        """Wait until the server has noticed, so that what follows is in order."""
        deadline = time.monotonic() + ARRIVAL
        while self.tape is not None and not ended(self.tape) and time.monotonic() < deadline:
            if not self._done:
                self._drain()
            if not running() or (self.server and self.server.taped.paused):
                return
            time.sleep(0.0002)

    # listening

    def expect(self, wanted: bytes | re.Pattern[bytes], within: float = 2.0) -> bytes:
        """Take what the server says next; it must be these bytes, or match the pattern.

        `within` is in seconds. Returns what was taken; anything after it stays
        for the next call. Raises DialogueError, which shows the talk so far.
        """
        if isinstance(wanted, re.Pattern):
            return self._expect_like(wanted, within)
        wanted = _as_bytes(wanted, "expect")
        size = len(wanted)
        self._read_until(lambda: len(self._buffer) >= size or self._differs(wanted), within)
        if bytes(self._buffer[:size]) != wanted:
            self._fill(SLICE)
            raise self._error(f"Expected {shorten(wanted)}", wanted)
        return self._take(size)

    def _expect_like(self, wanted: re.Pattern[bytes], within: float) -> bytes:
        self._read_until(lambda: wanted.match(self._buffer) is not None, within)
        match = wanted.match(self._buffer)
        if match is None:
            raise self._error(f"Expected something like {wanted.pattern!r}", wanted.pattern)
        return self._take(match.end())

    def _differs(self, wanted: bytes) -> bool:
        return not wanted.startswith(bytes(self._buffer[: len(wanted)]))

    def read_line(self, within: float = 2.0) -> bytes:
        """Take the next line, without its ending (LF, or CR LF)."""
        self._read_until(lambda: b"\n" in self._buffer, within)
        at = self._buffer.find(b"\n")
        if at < 0:
            raise self._error("Expected a whole line", b"\n", "line")
        line = self._take(at + 1)[:-1]
        return line.removesuffix(b"\r")

    def read_rest(self, within: float = 2.0) -> bytes:
        """Take all that comes until the server closes."""
        self._read_until(lambda: False, within)
        if self.end != "closed":
            raise self._error("Expected the server to close", b"", "close")
        return self._take(len(self._buffer))

    def expect_close(self, within: float = 2.0) -> None:
        """The server must close in order (FIN), without another byte."""
        self._read_until(lambda: bool(self._buffer), within)
        if self._buffer or self.end != "closed":
            raise self._error("Expected the server to close", b"", "close")

    def expect_nothing(self) -> None:
        """The server must have nothing more to say now, and keep the connection open.

        Exact for a server of this process whose protocol uses no timers or
        threads; towards others it listens for 0.1 s.
        """
        if self.tape is not None and running():
            settle(collect=False)
            self._fill(0.01)
        else:
            self._fill(0.1)
        if self._buffer or self.end != "open":
            raise self._error("Expected silence", b"", "silence")

    def _read_until(self, enough: Callable[[], bool], within: float) -> None:
        deadline = time.monotonic() + within
        while not enough() and self.end == "open":
            left = deadline - time.monotonic()
            if left <= 0:
                return
            if not self._fill(min(left, SLICE)) and self.give_up is not None and self.give_up():
                self._fill(0)
                return

    def _fill(self, timeout: float) -> bool:
        """Wait for something to read, and read all there is; whether anything came."""
        if self._done or self.end != "open":
            return False
        if not getattr(self._sock, "pending", int)() and not self._poll.poll(timeout * 1000):
            return False
        return self._drain()

    def _drain(self) -> bool:
        came = bytearray()
        while self.end == "open" and not self._done:
            try:
                data = self._sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError as e:
                self._ended(e)
            else:
                came += data
                if not data:
                    self.end = "closed"
        if came:
            self._buffer += came
            self._note(Remark("server", self.name, bytes(came)))
            self._acknowledge()
        if self.end != "open":
            self._note(Remark("server", self.name, note=_ENDS[self.end]))
        return bool(came)

    def _acknowledge(self) -> None:
        """Acknowledge at once what was read: the server's system holds its next piece until then.

        Without this a second short answer comes up to 40 ms late (Nagle's algorithm),
        and silence could not be told from a delay. Linux alone has the option.
        """
        if _QUICKACK is not None and self.end == "open" and self._sock.family != socket.AF_UNIX:
            with suppress(OSError):
                self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _ended(self, error: OSError) -> None:
        self.end = "closed" if isinstance(error, ssl.SSLEOFError) else "reset"

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _note(self, remark: Remark) -> None:
        if not self.transcript or remark.data or self.transcript[-1] != remark:
            self.transcript.append(remark)
        del self.transcript[:-MOST]

    def _error(
        self, what: str, expected: bytes | None = None, wanted: str = "bytes"
    ) -> DialogueError:
        seen = bytes(self._buffer)
        text = f"{what}, got {shorten(seen)}" if seen else f"{what}, got nothing"
        return DialogueError(
            f"{text}; {_STATES[self.end]}",
            _CURES[self.end],
            dialogue=as_text(self.transcript),
            expected=expected,
            got=seen,
            end=self.end,
            wanted=wanted,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.name}: {'closed' if self._done else self.end}>"


_ENDS = {"closed": "closes", "reset": "resets"}
_STATES = {
    "open": "the connection is still open",
    "closed": "the server has closed the connection",
    "reset": "the connection was reset",
}
_CURES = {
    "open": "Look at server.wire: what arrived there, and what was written back?",
    "closed": "A server that raises is closed by Twisted: look for an error under the cell",
    "reset": "A reset comes from abortConnection, or from writing to a peer that is gone",
}


def connect(
    server: Any,
    *,
    tls: bool | ssl.SSLContext | None = None,
    timeout: float = 2.0,
    name: str = "client",
) -> Client:
    """Connect to a server of the bench, a link, a port, or (host, port); loopback only.

    `tls` follows the server; give True or an SSLContext for others. `timeout`
    is in seconds, for the connection. `name` is what dialogues call the client.
    Raises ServerStopped, or LabError when nobody listens there.
    """
    if in_reactor_thread():
        raise ReactorThread(
            "connect blocks, and was called in the reactor's thread",
            "Call it from a cell; in reactor code use an endpoint",
        )
    known = server if isinstance(server, Server) else None
    if known is not None:
        known.require_listening()
    address = _address(server)
    sock = socket.socket(socket.AF_UNIX if isinstance(address, str) else _family(address[0]))
    met = _Meeting(sock, known, address)
    try:
        sock.settimeout(timeout)
        sock.connect(address)
        client = Client(_secured(sock, tls, known), name, known)
    except OSError as e:
        sock.close()
        raise _refused(address, e) from None
    met.wait(client)
    return client


class _Meeting:
    """Learns which tape belongs to the connection that is about to be made."""

    def __init__(self, sock: socket.socket, server: Server | None, address: Any) -> None:
        self._came = threading.Event()
        self._tape: Tape | None = None
        self._client: Client | None = None
        self._server = server
        if server is None:
            return
        port = None
        if not isinstance(address, str):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.bind((HOST, 0))
            port = sock.getsockname()[1]
        server.front.target.awaited[port] = self._met

    def _met(self, tape: Tape) -> None:
        self._tape = tape
        if self._client is not None:
            self._client.tape = tape
        self._came.set()

    def wait(self, client: Client) -> None:
        self._client = client
        if self._server is not None and not self._server.taped.paused:
            self._came.wait(ARRIVAL)
        client.tape = self._tape


def _secured(sock: socket.socket, tls: Any, server: Server | None) -> socket.socket:
    wished = server.tls if tls is None and server is not None else tls
    if not wished:
        return sock
    if isinstance(wished, ssl.SSLContext):
        context = wished
    else:
        from ._credentials import client_context

        context = client_context()
    return context.wrap_socket(sock, server_hostname="localhost")


def _address(server: Any) -> Any:
    if isinstance(server, bool):
        server = None
    if isinstance(server, int):
        return (HOST, server)
    if isinstance(server, tuple) and len(server) == 2:
        if not str(server[0]).startswith(("127.", "::1", "localhost")):
            raise LabError(
                f"{server[0]} is not this machine", "The bench talks to 127.0.0.1 and ::1 only"
            )
        return server
    if isinstance(server, str):
        return server
    for found in (getattr(server, "address", None), getattr(server, "port", None)):
        if found:
            return (HOST, found) if isinstance(found, int) else found
    raise LabError(
        f"connect was given {server!r}", "Give what serve(…) returned, or a port number"
    )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _refused(address: Any, error: OSError) -> LabError:
    where = address if isinstance(address, str) else f"{address[0]}:{address[1]}"
    return LabError(
        f"No connection to {where} ({error.strerror or error})",
        "Is the server running? servers() lists those of this notebook",
    )


def _as_bytes(data: Any, verb: str) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    kind = type(data).__name__
    shown = f"b{data!r}" if isinstance(data, str) and data.isascii() else "…encode('utf-8')"
    raise LabError(f"{verb} takes bytes, and was given {kind}", f"A network carries bytes: {shown}")


def _cut(data: bytes, pieces: int | Sequence[int] | None) -> list[bytes]:
    if pieces is None:
        return [data]
    asked = [pieces] if isinstance(pieces, int) else list(pieces)
    if not all(isinstance(size, int) and size > 0 for size in asked):
        raise LabError(f"pieces was {pieces!r}", "Give a size of 1 or more, or a list of sizes")
    sizes = asked * (len(data) // asked[0]) if isinstance(pieces, int) else asked
    cut, at = [], 0
    for size in sizes:
        cut.append(data[at : at + size])
        at += size
    return [c for c in [*cut, data[at:]] if c]


def _close_all() -> None:
    for client in list(_clients):
        client.close()


__all__ = ["Client", "connect"]
