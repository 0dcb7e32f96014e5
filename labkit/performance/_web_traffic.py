"""The client side of the web's figures: load, long deliveries, long polls, and a look at memory."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from urllib.request import urlopen

from ._traffic import BLOCK, HOST, Subject, allow_files

SIZE = 1 << 30  # bytes of a long delivery
ROUND = 1  # seconds that wrk runs at a time
REQUEST = b"GET %s HTTP/1.1\r\nHost: harbour\r\n\r\n"


@cache
def load_generator() -> str:
    """What the load comes from here: wrk when there is one, else a loop of our own."""
    return "wrk" if shutil.which("wrk") else "one connection"


def requests_a_second(port: int) -> float:
    """Answers of a small page, a second, in one short round."""
    return _by_wrk(port) if load_generator() == "wrk" else _by_hand(port)


def _by_wrk(port: int) -> float:
    command = ["wrk", "-t1", "-c8", f"-d{ROUND}s", f"http://{HOST}:{port}/?ship=Zoe"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert "Non-2xx" not in told, told
    found = re.search(r"Requests/sec:\s*([\d.]+)", told)
    assert found is not None, told
    return float(found[1])


def _by_hand(port: int, count: int = 1000) -> float:
    with socket.create_connection((HOST, port)) as s:
        begun = time.perf_counter()
        for _ in range(count):
            s.sendall(REQUEST % b"/?ship=Zoe")
            while not s.recv(4096).endswith(b"Zoe!\n"):
                pass
        return count / (time.perf_counter() - begun)


def fetch(port: int, path: bytes = b"/") -> int:
    """Fetch a page and let it go as it comes; bytes of its body."""
    with socket.create_connection((HOST, port)) as s:
        s.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path)
        reader = s.makefile("rb")
        while reader.readline() != b"\r\n":
            pass
        size = 0
        while data := reader.read(1 << 18):
            size += len(data)
        return size


def upload(port: int, size: int) -> None:
    """Send a body of zeros and wait for the answer, which must be 200."""
    with socket.create_connection((HOST, port)) as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: harbour\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(BLOCK)):
            s.sendall(BLOCK)
        assert s.recv(4096).startswith(b"HTTP/1.1 200 ")


def growth(child: Subject, call: Callable[[], object]) -> float:
    """By how many bytes a child grew at most while something went on, looked at all the time."""
    before, peak, over = child.memory(), [0], threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            peak[0] = max(peak[0], child.memory())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        call()
    finally:
        over.set()
        looking.join()
    return max(peak[0], child.memory()) - before


def long_polls(port: int, count: int) -> tuple[int, float]:
    """Hold so many long polls at once, then have something seen; those answered, and seconds."""
    allow_files(count + 200)
    held = [socket.create_connection((HOST, port), timeout=30) for _ in range(count)]
    try:
        for s in held:
            s.sendall(REQUEST % b"/next")
        until = time.monotonic() + 30
        while _word(port, b"/waiting") != b"%d" % count and time.monotonic() < until:
            time.sleep(0.01)
        begun = time.perf_counter()
        _word(port, b"/see")
        answered = sum(b"a sail" in s.recv(4096) for s in held)
        return answered, time.perf_counter() - begun
    finally:
        for s in held:
            s.close()


def _word(port: int, path: bytes) -> bytes:
    with urlopen(f"http://{HOST}:{port}{path.decode()}", timeout=10) as answer:
        return bytes(answer.read())


@contextmanager
def warehouse(size: int) -> Iterator[int]:
    """The port of a server without Twisted, until the block ends: /small, and /large of a size."""
    with socket.create_server((HOST, 0)) as listening:
        threading.Thread(target=_serve, args=(listening, size), daemon=True).start()
        yield listening.getsockname()[1]


def _serve(listening: socket.socket, size: int) -> None:
    with suppress(OSError):  # closed: the block has ended
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                blocks = size // len(BLOCK) if b"/large" in connection.recv(4096) else 1
                length = blocks * len(BLOCK)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
                for _ in range(blocks):
                    connection.sendall(BLOCK)
