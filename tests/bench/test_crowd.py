"""A turn of many calls: none of them is long, and still nobody is served meanwhile."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from twisted.internet import reactor as _reactor
from twisted.internet.protocol import Protocol

from labkit.bench import connect, serve, settle, start, stop_all
from labkit.bench._crowd import CROWD
from labkit.bench._looks import LIMIT
from labkit.bench._rescue import rescue
from labkit.bench._timeline import timeline
from labkit.bench._turning import turning
from labkit.bench._watch import drain_stalls, on_stall, stall_now, watch
from labkit.turns import Stall
from labkit.views import picture

SHORT = 0.02  # seconds that each call takes
ENOUGH = int((LIMIT + 0.2) / SHORT)  # calls that are too many for one turn
reactor = _reactor


@pytest.fixture(autouse=True)
def nothing_before() -> Iterator[None]:
    """A turning reactor, and no stall of an earlier test."""
    start()
    settle()
    drain_stalls()
    yield
    settle(timeout=10)
    stop_all()


def sip() -> None:
    """Keeps the reactor for a moment."""
    time.sleep(SHORT)


def compute() -> None:
    """The same, by computing."""
    until = time.thread_time() + SHORT
    while time.thread_time() < until:
        pass


def plan(call: Callable[[], None], times: int) -> None:
    """Have it called so often in one turn: all are due at once. Any thread."""

    def due() -> None:
        for _ in range(times):
            reactor.callLater(0, call)  # type: ignore[attr-defined]

    reactor.callFromThread(due)  # type: ignore[attr-defined]
    settle(timeout=10)
    settle(timeout=10)


@pytest.mark.parametrize("call", [sip, compute])
def test_many_short_calls_in_one_turn_are_one_stall(call: Callable[[], None]) -> None:
    """With the line of one of them, for whom they were, and as what they are."""
    plan(call, ENOUGH)
    (stall,) = drain_stalls()
    assert stall.many and stall.over and not stall.in_c
    assert (stall.lane, stall.what) == ("timers", CROWD)
    assert stall.where is not None and stall.where.function == call.__name__
    assert stall.seconds >= ENOUGH * SHORT * 0.9
    assert drain_stalls() == () and stall_now() is None


def test_very_short_calls_count_too() -> None:
    """Some looks meet the code that makes the calls, and not the reader's."""

    def touch() -> None:
        for _ in range(500):
            str(SHORT)

    plan(touch, 10_000)
    assert [(stall.many, stall.what) for stall in drain_stalls()] == [(True, CROWD)]


def test_who_waited_is_told() -> None:
    """Bytes that came during the turn were read after it."""
    harbour = serve(Echo, name="harbour")
    with connect(harbour) as one:
        reactor.callFromThread(due_at_once, sip, ENOUGH)  # type: ignore[attr-defined]
        time.sleep(3 * SHORT)
        one.send(b"ahoy")
        one.expect(b"ahoy", within=10)
    settle()
    (stall,) = drain_stalls()
    assert stall.waited == ("harbour · client 1",)


class Echo(Protocol):
    """Says everything again."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)  # type: ignore[union-attr]


def due_at_once(call: Callable[[], None], times: int) -> None:
    """In the reactor's thread."""
    for _ in range(times):
        reactor.callLater(0, call)  # type: ignore[attr-defined]


class Sipper(Protocol):
    """Takes its time with everybody, a little."""

    def dataReceived(self, data: bytes) -> None:
        sip()
        self.transport.write(data)  # type: ignore[union-attr]


def test_many_clients_that_are_answered_in_one_turn_are_one_too() -> None:
    """Each was ready when the reactor looked: it does not look again before the last."""
    office = serve(Sipper, name="office")
    clients = [socket.create_connection(("127.0.0.1", office.port)) for _ in range(ENOUGH)]
    settle()
    held = threading.Event()
    reactor.callFromThread(held.wait, 5)  # type: ignore[attr-defined]
    for client in clients:
        client.sendall(b"ahoy")
    held.set()
    for client in clients:
        assert client.recv(4) == b"ahoy"
        client.close()
    settle()
    (stall,) = drain_stalls()
    assert stall.many and stall.lane.startswith("office · client ")
    assert stall.where is not None and stall.where.file == __file__


def test_the_same_calls_in_turns_of_their_own_are_nobodys_stall() -> None:
    """Each turn is short, though there are as many."""
    left = [ENOUGH]

    def again() -> None:
        sip()
        left[0] -= 1
        if left[0]:
            reactor.callLater(0, again)  # type: ignore[attr-defined]

    reactor.callFromThread(again)  # type: ignore[attr-defined]
    while left[0]:
        settle(timeout=10)
    assert drain_stalls() == ()


def test_one_long_call_among_short_ones_is_the_one_that_is_told() -> None:
    """Once: the turn is not told beside it."""

    def long() -> None:
        time.sleep(LIMIT + 0.2)

    def due() -> None:
        due_at_once(sip, 4)
        reactor.callLater(0, long)  # type: ignore[attr-defined]

    reactor.callFromThread(due)  # type: ignore[attr-defined]
    settle(timeout=10)
    settle(timeout=10)
    (stall,) = drain_stalls()
    assert not stall.many
    assert stall.where is not None and stall.where.function.endswith("long")


def test_a_listener_hears_of_it_while_it_lasts_and_when_it_is_over() -> None:
    """As of any other stall, soon after the limit."""
    heard: list[tuple[bool, bool]] = []

    def listen(stall: Stall) -> None:
        heard.append((stall.many, stall.over))

    on_stall(listen)
    try:
        plan(sip, 2 * ENOUGH)
        drain_stalls()
        time.sleep(0.15)
    finally:
        watch().ignore(listen)
    assert heard == [(True, False), (True, True)]


def test_calls_that_are_not_noted_have_an_end_too() -> None:
    """The reader's code, run by what hides it: seen while it lasts, in no note of a call."""
    heard: list[tuple[str, bool]] = []

    def listen(stall: Stall) -> None:
        heard.append((stall.lane, stall.over))

    code = compile("sip()", "<string>", "exec")

    def due() -> None:
        for _ in range(2 * ENOUGH):
            reactor.callLater(0, exec, code, {"sip": sip})  # type: ignore[attr-defined]

    on_stall(listen)
    try:
        reactor.callFromThread(due)  # type: ignore[attr-defined]
        settle(timeout=10)
        settle(timeout=10)
        (stall,) = drain_stalls()
        time.sleep(0.15)
    finally:
        watch().ignore(listen)
    assert stall.many and stall.over and stall_now() is None
    assert heard == [("timers", False), ("timers", True)]


def test_its_picture_has_one_row_for_the_turn() -> None:
    """After the calls that it was, before what came later."""
    turning.clear()
    plan(sip, ENOUGH)
    drain_stalls()
    plan(compute, 1)
    lines = picture(timeline()).text.splitlines()
    # on a loaded machine one of them takes long and has a row of its own
    *_, calls = (n for n, line in enumerate(lines) if "sip" in line)
    (row,), (after,) = (
        [n for n, line in enumerate(lines) if t in line] for t in (CROWD, "compute")
    )
    assert calls < row < after
    assert "time.sleep(SHORT)" in lines[row] and "more than 0.25 s" in lines[row]


def test_a_rescue_says_that_there_are_many() -> None:
    """No call is ended: none of them is the one that keeps the reactor."""
    reactor.callFromThread(due_at_once, sip, 5 * ENOUGH)  # type: ignore[attr-defined]
    time.sleep(3 * SHORT)
    done = rescue(within=0.5)
    assert (done.needed, done.freed, done.in_c, done.tries) == (True, False, False, 0)


PROGRAM = f"""
from twisted.internet import {{install}}
{{install}}.install()
import time
from twisted.internet import reactor
from labkit.bench import settle, start
from labkit.bench._watch import drain_stalls

def sip():
    time.sleep({SHORT})

def due():
    for _ in range({ENOUGH}):
        reactor.callLater(0, sip)

start()
reactor.callFromThread(due)
settle(timeout=10)
settle(timeout=10)
print([(stall.many, stall.lane) for stall in drain_stalls()])
"""


@pytest.mark.parametrize(
    ("install", "told"),
    [
        ("selectreactor", [(True, "timers")]),
        ("pollreactor", [(True, "timers")]),
        ("asyncioreactor", []),  # its loop is asyncio's: there is no turn to see
    ],
)
def test_other_reactors_have_turns_too(install: str, told: list[tuple[bool, str]]) -> None:
    """But for the one whose loop is not Twisted's."""
    program = PROGRAM.format(install=install)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.returncode) == (str(told), 0), done.stderr
