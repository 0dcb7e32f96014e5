"""Clients at a server's gate, and a look afterwards at whether it stands as it stood before."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from random import Random

from attrs import evolve, frozen
from twisted.python.failure import Failure

from labkit.bench import Server, drain_failures, reactor, settle, wait

from .explained import Explained
from .junk import Attempt, attempt

GLANCE, GLANCES = 0.05, 200  # seconds, and how often, that a client waits for what may come
ENDLESS = b"text/event-stream"  # an answer that is not over when it has come
TRIES, LIMIT = 400, 60.0  # how often, and for how many seconds, smaller inputs are tried


@frozen
class Gate:
    """A server under siege: how to ask it something right, and what that must contain.

    `wake` has happen what a server with slow answers waits for.
    """

    server: Server
    good: bytes
    answer: bytes
    explained: tuple[Explained, ...] = ()
    wake: Callable[[], object] = lambda: None


class Broken(AssertionError):
    """What was wrong with the server afterwards, and of which kind, to know it again."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


def besiege(
    gate: Gate, seed: int, size: int, count: int, batch: int = 16
) -> tuple[int, Counter[str]]:
    """Attempts from a seed, a batch at once, until `size` bytes and `count` attempts were made.

    Gives the bytes sent, and how often each explained failure came. Raises Broken,
    with the smallest input found that does it.
    """
    random, sent, made, seen = Random(seed), 0, 0, Counter[str]()
    while sent < size or made < count:
        made += batch
        attempts = [attempt(random) for _ in range(batch)]
        try:
            seen += storm(gate, attempts)
        except Broken as broken:
            raise Broken(broken.kind, _report(gate, seed, attempts, broken)) from None
        sent += sum(a.size for a in attempts)
    return sent, seen


def storm(gate: Gate, attempts: Sequence[Attempt]) -> Counter[str]:
    """Make the attempts at once, then look. Raises Broken."""
    before = _standing()
    clients = [Client(gate, a) for a in attempts]
    while sum(client.send() for client in clients):  # a piece of each in turn
        pass
    faults = [fault for client in clients if (fault := client.end())]
    return _look(gate, before, faults)


class Client:
    """One attempt on a socket of its own."""

    def __init__(self, gate: Gate, attempt: Attempt) -> None:
        self.pieces = list(attempt.pieces)
        self.ending = attempt.ending
        self.wake = gate.wake
        self.socket = socket.create_connection(("127.0.0.1", gate.server.port), timeout=10)

    def send(self) -> bool:
        """Send the next piece; False when there is none, or nobody to take it."""
        if not self.pieces:
            return False
        try:
            # without waiting: a server that does not read is left with what it has
            self.socket.setblocking(False)
            self.socket.send(self.pieces.pop(0))
            return True
        except BlockingIOError:
            return bool(self.pieces)
        except OSError:
            self.pieces = []
            return False

    def end(self) -> str:
        """Go, in the attempt's way; a word about what was wrong with the answers, if anything."""
        with self.socket as s:
            if self.ending == "reset":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if self.ending != "half":
                return ""
            return _judged(self._rest())

    def _rest(self) -> bytes | None:
        heard, left = b"", GLANCES
        self.socket.settimeout(GLANCE)
        with suppress(OSError):  # a reset is an end, too
            self.socket.shutdown(socket.SHUT_WR)
            while left:
                try:
                    piece = self.socket.recv(65536)
                    heard += piece
                    if not piece:
                        return heard
                except TimeoutError:
                    if ENDLESS in heard:
                        return heard
                    self.wake()
                    left -= 1
        return heard if left else None


def _judged(heard: bytes | None) -> str:
    if heard is None:
        return "the connection was neither answered nor closed"
    if heard and not heard.startswith(b"HTTP/1."):
        return f"an answer that is none: {heard[:60]!r}"
    # its own page for a render method that failed to answer is logged nowhere
    return "no bytes were returned" if b"Request did not return bytes" in heard else ""


def _look(gate: Gate, before: Standing, faults: Iterable[str]) -> Counter[str]:
    # asked first: what is accepted in turn has then been accepted
    heard = ask(gate)
    _until_alone(gate)
    settle()
    for fault in faults:
        raise Broken("answer", fault)
    seen = _failures(gate)
    after = _standing()
    if gate.answer not in heard:
        raise Broken("stopped", f"a good request got {heard[:200]!r}")
    if after.calls - before.calls:
        raise Broken("calls", f"left waiting: {after.calls - before.calls}")
    if len(after.files) > len(before.files):
        raise Broken("files", f"left open: {after.files - before.files}")
    return seen


def _failures(gate: Gate) -> Counter[str]:
    seen = Counter(_explained(gate, failure) for failure in drain_failures())
    if seen:
        # A request that drops its connection while it is parsed, right behind a file in a
        # pipeline, does so within the file's finish(): the file is closed by the collector.
        settle()
    return seen


def _explained(gate: Gate, failure: Failure) -> str:
    for known in gate.explained:
        if known.covers(failure):
            return known.reason
    where = failure.frames[-1][:3] if failure.frames else ""
    raise Broken(f"{failure.type}{where}", f"logged: {failure.getTraceback()[-900:]}")


def ask(gate: Gate) -> bytes:
    """The good request, on a connection of its own; what came until its answer, or the end."""
    with socket.create_connection(("127.0.0.1", gate.server.port), timeout=10) as s:
        s.sendall(gate.good)
        heard = b""
        with suppress(OSError):
            while gate.answer not in heard and (piece := s.recv(65536)):
                heard += piece
        return heard


def _until_alone(gate: Gate) -> None:
    for turn in range(2000):
        if not gate.server.connections:
            return
        if turn % 100 == 99:
            gate.wake()
        settle(collect=False)
    raise Broken("open", f"{len(gate.server.connections)} connections were left open")


@frozen
class Standing:
    """What the process holds: calls that wait in the reactor, and open file descriptors."""

    calls: Counter[str]
    files: frozenset[str]


def _standing() -> Standing:
    return Standing(Counter(wait(_calls)), frozenset(_files()))


def _files() -> Iterator[str]:
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the listing's own is gone by now
            place = os.readlink(f"/proc/self/fd/{number}")
            if not place.startswith(("/proc/", "/dev/")):  # the stall watch looks there
                yield f"{number} {place}"


def _calls() -> list[str]:
    return [getattr(call.func, "__qualname__", "?") for call in reactor.getDelayedCalls()]


# When something broke: the smallest input that does it.


def _report(gate: Gate, seed: int, attempts: Sequence[Attempt], broken: Broken) -> str:
    small = smallest(lambda few: _breaks(gate, few, broken.kind), attempts)
    lines = [f"{gate.server.name}, seed {seed}: {broken}", f"smallest input found, {len(small)}:"]
    lines += [f"  {a.ending}: {[p[:300] for p in a.pieces]!r} ({a.size} bytes)" for a in small]
    return "\n".join(lines)


def _breaks(gate: Gate, attempts: Sequence[Attempt], kind: str) -> bool:
    wait(gate.server.drop)  # what the last one left
    drain_failures()
    try:
        storm(gate, attempts)
    except Broken as broken:
        return broken.kind == kind
    return False


def smallest(
    breaks: Callable[[Sequence[Attempt]], bool], attempts: Sequence[Attempt]
) -> Sequence[Attempt]:
    """Fewer attempts, fewer pieces, fewer bytes, as long as it still breaks."""
    tries, until = iter(range(TRIES)), time.monotonic() + LIMIT

    def still(few: Sequence[Attempt]) -> bool:
        return next(tries, None) is not None and time.monotonic() < until and breaks(few)

    alone = next((one for one in attempts if still([one])), None)
    if alone is None:
        return attempts  # it takes several, or does not happen twice
    whole = evolve(alone, pieces=(b"".join(alone.pieces),))
    return [_cut(lambda one: still([one]), whole if still([whole]) else alone)]


def _cut(breaks: Callable[[Attempt], bool], one: Attempt) -> Attempt:
    """Leave out halves, quarters, … of the bytes, while it still breaks; again while that helps."""
    before = one.size + 1
    while one.size < before and len(one.pieces) == 1:
        before, step = one.size, one.size // 2
        while step:
            one = _without(breaks, one, step)
            step //= 2
    return one


def _without(breaks: Callable[[Attempt], bool], one: Attempt, step: int) -> Attempt:
    at = 0
    while at < one.size:
        data = one.pieces[0]
        shorter = evolve(one, pieces=(data[:at] + data[at + step :],))
        if shorter.size and breaks(shorter):
            one = shorter
        else:
            at += step
    return one
