"""What stands in for socket and reactor when a server runs in memory.

The transport is Twisted's own TCP transport: flushing, half-close, abort and
producers behave as on a socket, because it is the same code. Only the socket
under it and the reactor that drives it are made here. All of it runs in the
thread that made the bench.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import ECONNRESET, EPIPE, EWOULDBLOCK
from time import perf_counter
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol
from twisted.internet.tcp import Server as TCPServer
from twisted.logger import Logger
from twisted.python.failure import Failure

from labkit.wire import End

from ._memory_time import MOST, MemoryClock, restless

HOST, PORT = "127.0.0.1", 50_000  # made up: no socket has them
WINDOW = 256 * 1024  # bytes on the way to a client that does not read, before writing must wait

_log = Logger()


class Pipe:
    """A socket without a network: what the server's transport believes to read and write."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.to_server = bytearray()
        self.to_client = bytearray()
        self.finished = False  # the client has sent FIN
        self.gone = False  # the client has closed: nobody reads what comes
        self.reset = False  # the client has sent RST
        self.closed = False  # the server's end is closed
        self.end: End = "open"  # what the client sees of the server
        self._lingers = True

    @property
    def readable(self) -> bool:
        """Whether a read would bring bytes, an end or an error."""
        return bool(self.reset or self.to_server or self.finished)

    @property
    def writable(self) -> bool:
        """Whether a write would be taken, or fail."""
        return self.reset or self.gone or len(self.to_client) < WINDOW

    def recv(self, size: int) -> bytes:
        """What has come; as on a socket, all of it at once."""
        if self.reset:
            raise ConnectionResetError(ECONNRESET, "reset by the client")
        if not self.to_server and not self.finished:
            raise BlockingIOError(EWOULDBLOCK, "nothing yet")
        data = bytes(self.to_server[:size])
        del self.to_server[:size]
        return data

    def send(self, data: bytes | memoryview) -> int:
        """Take as much as the window allows; how many bytes that were."""
        if self.reset or self.gone:
            raise BrokenPipeError(EPIPE, "the client is gone")
        room = WINDOW - len(self.to_client)
        if room <= 0:
            raise BlockingIOError(EWOULDBLOCK, "the client does not read")
        self.to_client += data[:room]
        return min(room, len(data))

    def shutdown(self, how: int) -> None:
        """The server sends no more."""
        if self.end == "open":
            self.end = "closed"

    def close(self) -> None:
        """The server's end is gone: in order, or with a reset when it must not linger."""
        self.closed = True
        if self.end == "open":
            self.end = "closed" if self._lingers else "reset"

    def setsockopt(self, level: int, option: int, value: object) -> None:
        """Options mean nothing here, but for the one by which Twisted asks for a reset."""
        if isinstance(value, bytes):
            self._lingers = False

    def getsockopt(self, level: int, option: int) -> int:
        return 0

    def getsockname(self) -> tuple[str, int]:
        return (HOST, PORT)

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""

    def fileno(self) -> int:
        return -1


class MemoryTransport(TCPServer):
    """Twisted's TCP transport on a Pipe."""

    def __init__(self, pipe: Any, protocol: Any, number: int, turns: Any) -> None:
        self.pipe: Pipe = pipe
        self.repstr = f"<memory connection {number}>"
        super().__init__(pipe, protocol, (HOST, pipe.port), None, number, turns)  # type: ignore[arg-type]

    # the next two let what they call raise, so that the failure is noted like any other

    def readConnectionLost(self, reason: Failure) -> None:
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.connectionLost(reason)
        else:
            half.readConnectionLost()

    def _closeWriteConnection(self) -> None:
        self.socket.shutdown(1)
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            half.writeConnectionLost()


class Turns:
    """The reactor of the transports in memory: runs events until nothing is left to do."""

    def __init__(self, log: bool, clock: type[MemoryClock] = MemoryClock) -> None:
        self.failures: list[Failure] = []
        self.slowest = 0.0
        self.held = False
        self.clock = clock(self._tick)
        self._log = log
        self._running = False
        self._readers: dict[MemoryTransport, None] = {}
        self._writers: dict[MemoryTransport, None] = {}

    # what a transport asks of its reactor

    def addReader(self, transport: MemoryTransport) -> None:
        self._readers[transport] = None

    def addWriter(self, transport: MemoryTransport) -> None:
        self._writers[transport] = None

    def removeReader(self, transport: MemoryTransport) -> None:
        self._readers.pop(transport, None)

    def removeWriter(self, transport: MemoryTransport) -> None:
        self._writers.pop(transport, None)

    def callLater(self, delay: float, call: Any, *args: Any, **kwargs: Any) -> IDelayedCall:
        return self.clock.callLater(delay, call, *args, **kwargs)

    def seconds(self) -> float:
        return self.clock.seconds()

    # turning

    def run(self) -> None:
        """Deliver events until everybody waits for the client or for time to pass."""
        if self._running:
            return
        self._running = True
        try:
            for _ in range(MOST):
                if not self._turn():
                    return
        finally:
            self._running = False
        raise restless()

    def _turn(self) -> bool:
        busy = False
        for transport in list(self._readers):
            if transport in self._readers and transport.pipe.readable and not self.held:
                self._deliver(transport, transport.doRead, reading=True)
                busy = True
        for transport in list(self._writers):
            if transport in self._writers and transport.pipe.writable:
                self._deliver(transport, transport.doWrite, reading=False)
                busy = True
        return self.clock.run_due() or busy

    def _deliver(self, transport: MemoryTransport, event: Callable[[], Any], reading: bool) -> None:
        """One event; what it raises or returns as an error ends that connection."""
        came = self.around(event)
        if isinstance(came, Failure):
            self._lose(transport, came)
        elif isinstance(came, ConnectionDone) and reading:
            self.removeReader(transport)
            came = self.around(lambda: transport.readConnectionLost(Failure(ConnectionDone())))
            if isinstance(came, Failure):
                self._lose(transport, came)
        elif isinstance(came, ConnectionDone | ConnectionLost):
            self._lose(transport, Failure(came))

    def _lose(self, transport: MemoryTransport, reason: Failure) -> None:
        self.removeReader(transport)
        self.removeWriter(transport)
        self.around(lambda: transport.connectionLost(reason))

    def around(self, call: Callable[[], Any]) -> Any:
        """Call it, and measure it; what it raises is noted and returned as a Failure."""
        began = perf_counter()
        try:
            return call()
        except Exception:
            return self._note(Failure())
        finally:
            self.slowest = max(self.slowest, perf_counter() - began)

    def _tick(self, call: Callable[[], Any]) -> None:
        """Time has passed: what is due runs, and then what came of it is delivered."""
        self.around(call)
        self.run()

    def _note(self, failure: Failure) -> Failure:
        self.failures.append(failure)
        if self._log:
            _log.failure("Unhandled error in a protocol in memory", failure)
        return failure
