"""The client side of the figures: plain sockets against a subject in a child process."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen

HOST = "127.0.0.1"
BLOCK = bytes(65536)


@frozen
class Subject:
    """A running child: its port, and its process for looking at memory."""

    port: int
    process: subprocess.Popen[str]

    def memory(self) -> int:
        """Resident bytes of the child now."""
        import psutil

        return int(psutil.Process(self.process.pid).memory_info().rss)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and the children it starts, on one processor, where the system can.

    A round trip between two processors takes up to three times as long as on one, and
    which it is is chance: the system would be measured instead of the child.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def subject(kind: str, module: str = "_subject") -> Iterator[Subject]:
    """A child that serves something of one kind until the block ends."""
    process = child(kind, module=module)
    try:
        assert process.stdout is not None
        yield Subject(int(process.stdout.readline()), process)
    finally:
        process.communicate(timeout=20)


def child(kind: str, *arguments: str, module: str = "_subject") -> subprocess.Popen[str]:
    """A child of one kind, to be read and written to."""
    return subprocess.Popen(
        [sys.executable, "-m", f"labkit.performance.{module}", kind, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def seconds_of(kind: str) -> float:
    """What a start-up child measured of itself."""
    out, _ = child(kind).communicate(timeout=60)
    return float(out)


def round_trips(port: int, count: int) -> float:
    """Small messages there and back, a second."""
    with socket.create_connection((HOST, port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        for _ in range(count):
            s.sendall(b"ahoy, harbour radio, over")
            s.recv(100)
        return count / (time.perf_counter() - begun)


def bulk(port: int, blocks: int) -> float:
    """Bytes echoed a second, 64 KiB at a time, written and read at once."""
    with socket.create_connection((HOST, port)) as s:
        writer = threading.Thread(target=_pour, args=(s, blocks))
        begun = time.perf_counter()
        writer.start()
        left = blocks * len(BLOCK)
        while left:
            left -= len(s.recv(262144))
        writer.join()
        return blocks * len(BLOCK) / (time.perf_counter() - begun)


def _pour(s: socket.socket, blocks: int) -> None:
    for _ in range(blocks):
        s.sendall(BLOCK)


def ratio(
    measure: Callable[[int, int], float], ours: int, theirs: int, size: int, rounds: int = 40
) -> float:
    """Our best by their best, of many short rounds measured in turn.

    The best round is the one that other programs disturbed least.
    """
    best = {ours: 0.0, theirs: 0.0}
    for turn in range(rounds):
        for port in (ours, theirs) if turn % 2 else (theirs, ours):
            best[port] = max(best[port], measure(port, size))
    return best[ours] / best[theirs]


def crowd(port: int, count: int) -> int:
    """Hold `count` connections at once, send on each, and count those that answered."""
    allow_files(count + 200)
    held = [socket.create_connection((HOST, port), timeout=30) for _ in range(count)]
    try:
        for s in held:
            s.sendall(b"ahoy")
        return sum(s.recv(4, socket.MSG_WAITALL) == b"ahoy" for s in held)
    finally:
        _memory_at_peak(port)
        for s in held:
            s.close()


_peaks: dict[int, Callable[[], None]] = {}


def at_peak(port: int, look: Callable[[], None]) -> None:
    """Call `look` while the next crowd at that port is still connected."""
    _peaks[port] = look


def _memory_at_peak(port: int) -> None:
    look = _peaks.pop(port, None)
    if look is not None:
        look()


def allow_files(count: int) -> None:
    """Have this process open so many files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
