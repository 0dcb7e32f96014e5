"""An independent client: a plain blocking socket, no Twisted, in the caller's own thread.

It tells nothing that the network does not, with one exception that makes
pictures repeatable: talking to a server of this process, `send` returns when the
server's protocol has dealt with the bytes (or 0.5 s later), so that one send
arrives as one piece. `server.busy()` takes that comfort away.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from labkit.errors import LabError, ReactorThread, WaitTimeout
from labkit.wire import Remark
from labkit.wire._tape import Tape

from ._bench import also_stop
from ._meeting import ARRIVAL, Meeting
from ._reactor import in_reactor_thread, running, settle
from ._server import HOST, Server, is_loopback
from ._talker import ENDS, Talker

GAP = 0.004  # seconds between pieces towards a server that cannot be watched
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
SENDS = 2000  # sizes of sends kept for the picture
ONE_LOOK = 1 << 20  # bytes read before the caller looks at the time again

_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_lock = threading.Lock()


class Client(Talker):
    """One end of a connection, spoken by hand. Made by connect; use it in one thread."""

    def __init__(self, sock: socket.socket, name: str, server: Server | None) -> None:
        super().__init__(name)
        self.server = server
        self._sock = sock
        own = sock.getsockname()
        self._port = int(own[1]) if isinstance(own, tuple) else 0
        sock.setblocking(False)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._finished = False
        also_stop(_close_all)
        with _lock:
            _clients.add(self)

    @property
    def port(self) -> int:
        """The client's own TCP port, also when closed; 0 on a UNIX socket."""
        return self._port

    def _push(self, piece: bytes) -> None:
        """Hand all to the operating system, reading meanwhile, because an echo would fill up."""
        self._require_own_end()
        if self.tape is not None:
            self.tape.sends = [*(self.tape.sends or ()), len(piece)][-SENDS:]
        view = memoryview(piece)
        self._poll.modify(self._sock, select.POLLIN | select.POLLOUT)
        try:
            while view and self._is_heard():
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

    def _require_own_end(self) -> None:
        if self._done or self._finished:
            how = "was closed" if self._done else "has half-closed"
            raise LabError(
                f"{self.name} {how}, and says nothing more", "Make a new one: connect(server)"
            )

    def _is_heard(self) -> bool:
        """Whether the server may still read, also after it has said its own last word."""
        if self.end == "open":
            return True
        if self.end == "reset" or self.tape is None:
            return False
        _let_it_turn()  # it closes its socket a moment before it says so
        return not self.tape.closed

    def _pause(self) -> None:
        time.sleep(GAP)

    def _wait_until_handled(self) -> None:
        tape, deadline = self.tape, time.monotonic() + ARRIVAL
        if tape is None or _does_not_read(tape):
            return
        woken = threading.Event()
        tape.waiter = (self.sent, woken.set)
        while tape.received < self.sent and not tape.closed and time.monotonic() < deadline:
            if not woken.wait(0.002):
                self._drain()
                if _does_not_read(tape):
                    break
        tape.waiter = None

    def half_close(self) -> None:
        """Say that nothing more will be sent (FIN), and go on reading. Not over TLS."""
        if isinstance(self._sock, ssl.SSLSocket):
            raise LabError(
                "A TLS connection closes as a whole", "Use close(), or a server without tls"
            )
        self._require_own_end()
        self._finished = True
        self._note(Remark(self.name, "server", note="half-closes"))
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        self._wait_for(lambda tape: tape.closed or tape.half_closed)

    def reset(self) -> None:
        """Drop the connection without a goodbye (RST)."""
        if self._done:
            return
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
        elif isinstance(self._sock, ssl.SSLSocket):
            with suppress(OSError):  # TLS asks for an answer to the server's goodbye
                self._goodbye()
        self._shut()
        if self.tape is not None and self.tape.half_closed:
            _let_it_turn()  # who reads the half-close may stay, and is not waited for
        else:
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
            if not running() or _does_not_read(self.tape):
                return
            time.sleep(0.0002)

    def expect_nothing(self) -> None:
        """The server must have nothing more to say now, and keep the connection open.

        Exact for a server of this process whose protocol uses no timers or
        threads; towards others it listens for 0.1 s.
        """
        if self.tape is not None and running():
            settle(collect=False)
            self._acknowledge()
            self._fill(0.01)
        else:
            self._fill(0.1)
        if self._buffer or self.end != "open":
            raise self._error("Expected silence", b"", "silence")

    def _look_once_more(self) -> None:
        # a close may follow the last bytes by a moment, and the same talk is to end the same way
        if self.tape is not None:
            _let_it_turn()
            self._acknowledge()
        self._fill(0)

    def _fill(self, timeout: float) -> bool:
        """Wait for something to read, and read all there is; whether anything came."""
        deadline = time.monotonic() + timeout
        while not self._done and self.end == "open":
            left = max(deadline - time.monotonic(), 0.0)
            if not getattr(self._sock, "pending", int)() and not self._poll.poll(left * 1000):
                return False
            # TLS reads things that are not the server's words: more may follow
            if self._drain():
                return True
        return False

    def _drain(self) -> bool:
        came = bytearray()
        # bounded, because a server that never stops writing would keep us here for ever
        while self.end == "open" and not self._done and len(came) < ONE_LOOK:
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
            self._note(Remark("server", self.name, note=ENDS[self.end]))
        return bool(came)

    def _acknowledge(self) -> None:
        """Acknowledge at once what was read: the server's system holds its next piece until then.

        Without this a second short answer comes up to 40 ms late (Nagle's algorithm),
        and silence could not be told from a delay. Linux alone has the option.
        """
        if _QUICKACK is not None and not self._done and self._sock.family != socket.AF_UNIX:
            with suppress(OSError):
                self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _ended(self, error: OSError) -> None:
        self.end = "closed" if isinstance(error, ssl.SSLEOFError) else "reset"


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
    met = Meeting(known)
    try:
        met.arrange(sock, address)
        sock.settimeout(timeout)
        end = _connected(sock, address)
        client = Client(sock if end else _secured(sock, tls, known), name, known)
    except (OSError, OverflowError, TypeError) as e:
        sock.close()
        met.forget()
        raise _refused(address, e) from None
    met.wait(client)
    if end is not None:
        client._ended(end)
    return client


def _connected(sock: socket.socket, address: Any) -> OSError | None:
    """Connect; the reset, if the server took the connection and broke it off at once."""
    try:
        sock.connect(address)
    except ConnectionResetError as e:
        return e
    return None


def _let_it_turn() -> None:
    """Give the reactor two turns; one that is blocked is not waited for."""
    if running():
        with suppress(WaitTimeout):
            settle(collect=False, timeout=0.1)


def _does_not_read(tape: Tape) -> bool:
    """Whether waiting for the server to notice is in vain: it is busy, or paused itself."""
    wrapper = tape.owner.open.get(tape)
    return bool(tape.owner.paused or (wrapper is not None and wrapper.held))


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
        if not is_loopback(server[0]):
            raise LabError(
                f"{server[0]} is not this machine", "The bench talks to 127.0.0.1 and ::1 only"
            )
        return server
    if isinstance(server, str):
        return server
    for found in (getattr(server, "address", None), getattr(server, "port", None)):
        if found:
            return (HOST, found) if isinstance(found, int) else found
    raise LabError(f"connect was given {server!r}", "Give what serve(…) returned, or a port number")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _refused(address: Any, error: Exception) -> LabError:
    where = address if isinstance(address, str) else f"{address[0]}:{address[1]}"
    return LabError(
        f"No connection to {where} ({getattr(error, 'strerror', None) or error})",
        "Is the server running? servers() lists those of this notebook",
    )


def _close_all() -> None:
    with _lock:
        clients = list(_clients)
        _clients.clear()
    for client in clients:
        client.close()


__all__ = ["Client", "connect"]
