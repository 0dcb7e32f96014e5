"""A server that plays a script on plain sockets, for trying out clients. No Twisted here."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self

from labkit.errors import LabError

__all__ = ["Outcome", "ScriptedPeer", "Step"]

Step = tuple[str | bytes | int | float, ...]
Outcome = Literal["played", "left", "late"]

HOST = "127.0.0.1"
PATIENCE = 5.0  # seconds that one step may take
PAUSE = 0.004  # seconds between dripped bytes where the system does not say what was read
TAKEN = 0.5  # seconds that a client may take to read one dripped byte
GOODBYE = 0.5  # seconds to wait for the client's own end after ours

_TAKES: dict[str, type | tuple[type, ...] | None] = {
    "read_head": None,
    "read_line": None,
    "read": int,
    "send": bytes,
    "drip": bytes,
    "wait": (int, float),
    "close": None,
    "reset": None,
    "half_close": None,
}


class _Left(Exception):
    """The client went away in the middle of the script."""


class _Late(Exception):
    """A step took longer than the peer's patience."""


class ScriptedPeer:
    """Plays one script to every client that connects, one client after the other.

    A script is a sequence of steps: ("read_line",), ("read_head",), ("read", n),
    ("send", data), ("drip", data), ("wait", seconds), ("half_close",), and at the end
    ("close",) or ("reset",). A head ends with an empty line. "drip" sends one byte
    a segment, each after the client has read the one before. A script without an end
    holds the connection until the client leaves. It listens on 127.0.0.1, from a
    daemon thread of its own; every step is given up after `patience` seconds. Raises
    LabError for a script that makes no sense.
    """

    def __init__(self, script: Sequence[Step], *, patience: float = PATIENCE) -> None:
        self._script = tuple(_checked(step, at) for at, step in enumerate(script, 1))
        self._patience = patience
        self._closing = threading.Event()
        self._turn = threading.Condition()
        self._received: list[bytearray] = []
        self._outcomes: list[Outcome] = []
        self._error: BaseException | None = None
        self._talking: socket.socket | None = None
        self._listening = socket.create_server((HOST, 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="ScriptedPeer", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where a client connects to."""
        return (HOST, self.port)

    @property
    def received(self) -> tuple[bytes, ...]:
        """What each client has sent so far, as far as it was read, oldest client first."""
        with self._turn:
            return tuple(bytes(r) for r in self._received)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How each talk went that is over: "played" to the end, the client "left", or "late"."""
        with self._turn:
            return tuple(self._outcomes)

    def wait_until_served(self, count: int = 1, within: float = 2.0) -> bool:
        """Wait until `count` talks are over; False when that took longer than `within` seconds."""
        with self._turn:
            return self._turn.wait_for(lambda: len(self._outcomes) >= count, within)

    def close(self) -> None:
        """Take no more clients, break off the talk that goes on, and end the thread.

        Raises what the thread died of, if it did. Twice is harmless.
        """
        self._closing.set()
        # without the shutdown a thread in accept() would answer one more client
        for sock in (self._listening, self._talking):
            if sock is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(self._patience + 1)
        self._listening.close()
        error, self._error = self._error, None
        if error is not None:
            raise error
        if self._thread.is_alive():
            raise LabError(
                "The scripted peer did not end in time", "Restart the kernel to be rid of it"
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

    # in the peer's thread

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    sock, _ = self._listening.accept()
                except OSError:
                    if self._closing.is_set():
                        return
                    raise
                self._serve(sock)
        except BaseException as e:
            self._error = e
            self._listening.close()

    def _serve(self, sock: socket.socket) -> None:
        talk = _Talk(sock, self._patience, self._closing)
        with self._turn:
            self._received.append(talk.heard)
        self._talking = sock
        outcome: Outcome = "played"
        try:
            talk.play(self._script)
        except _Late:
            outcome = "late"
        except (_Left, OSError):
            outcome = "left"
        finally:
            self._talking = None
            sock.close()
        with self._turn:
            self._outcomes.append(outcome)
            self._turn.notify_all()


class _Talk:
    """One client, and where the script stands."""

    def __init__(self, sock: socket.socket, patience: float, closing: threading.Event) -> None:
        self.heard = bytearray()
        self._sock = sock
        self._patience = patience
        self._closing = closing
        self._used = 0
        with suppress(OSError):  # the client may be gone already
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def play(self, script: Sequence[Step]) -> None:
        """Every step in order; then, unless the script has ended the talk, wait for the client."""
        for verb, *rest in script:
            if self._closing.is_set():
                raise _Left
            self._sock.settimeout(self._patience)
            try:
                getattr(self, "_" + str(verb))(*rest)
            except TimeoutError:
                raise _Late from None
        if not script or script[-1][0] not in ("close", "reset"):
            self._until_it_leaves(self._patience)

    def _hear(self) -> None:
        data = self._sock.recv(65536)
        if not data:
            raise _Left
        self.heard += data

    def _read(self, count: int) -> None:
        while len(self.heard) - self._used < count:
            self._hear()
        self._used += count

    def _read_line(self) -> None:
        while (end := self.heard.find(b"\n", self._used)) < 0:
            self._hear()
        self._used = end + 1

    def _read_head(self) -> None:
        while (end := self.heard.find(b"\r\n\r\n", self._used)) < 0:
            self._hear()
        self._used = end + 4

    def _send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def _drip(self, data: bytes) -> None:
        here, there = self._sock.getsockname()[1], self._sock.getpeername()[1]
        for at in range(len(data)):
            if self._closing.is_set():
                raise _Left
            self._sock.sendall(data[at : at + 1])
            _until_read(there, here)

    def _wait(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def _half_close(self) -> None:
        self._sock.shutdown(socket.SHUT_WR)

    def _close(self) -> None:
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        # closing with bytes unread would send a reset in place of the FIN
        self._until_it_leaves(GOODBYE)

    def _reset(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def _until_it_leaves(self, within: float) -> None:
        deadline = time.monotonic() + within
        with suppress(OSError, _Left):
            while (left := deadline - time.monotonic()) > 0:
                self._sock.settimeout(left)
                self._hear()


def _until_read(local: int, remote: int) -> None:
    """Wait until the program behind a local TCP port has read what came from a remote one."""
    deadline = time.monotonic() + TAKEN
    while (queued := unread(local, remote)) and time.monotonic() < deadline:
        time.sleep(0.0002)
    if queued is None:
        time.sleep(PAUSE)


def unread(local: int, remote: int) -> int | None:
    """Bytes that wait in the system for a connection's reader; None where it does not tell."""
    ends = (f":{local:04X}", f":{remote:04X}")
    try:
        with open("/proc/net/tcp") as table:
            for line in table:
                fields = line.split(maxsplit=5)
                if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
                    return int(fields[4].partition(":")[2], 16)
    except OSError:
        return None
    return 0  # the connection is gone, and its reader with it


def _checked(step: Any, number: int) -> Step:
    """The step, if it is one; otherwise a LabError that names it."""
    known = ", ".join(_TAKES)
    if not isinstance(step, tuple) or not step or step[0] not in _TAKES:
        raise LabError(f"Step {number} of the script is {step!r}", f"A step is one of: {known}")
    wanted = _TAKES[step[0]]
    if wanted is None:
        fits = len(step) == 1
    else:
        fits = len(step) == 2 and isinstance(step[1], wanted) and not isinstance(step[1], bool)
    if fits and not isinstance(step[-1], bytes | str):
        fits = step[1] >= 0
    if not fits:
        form = f'("{step[0]}",)' if wanted is None else f'("{step[0]}", {_example(step[0])})'
        raise LabError(f"Step {number} of the script is {step!r}", f"Write it as {form}")
    return step


def _example(verb: str) -> str:
    return {"read": "5", "wait": "0.1"}.get(verb, 'b"tea\\r\\n"')
