"""A reactor that stands still is noticed and named by its line, with those who waited."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.protocol import Protocol

from labkit.bench import connect, run, serve, settle, start, stop_all
from labkit.bench._looks import LIMIT, ordered, own_part
from labkit.bench._pulse import Pulse, pulse
from labkit.bench._watch import Watch, drain_stalls, on_stall, stall_now, watch
from labkit.turns import Stall

LONG = LIMIT + 0.15  # seconds that the clerk is away


class Clerk(Protocol):
    """Echoes; on "coffee" away for a while, with the reactor."""

    def dataReceived(self, data: bytes) -> None:
        if data == b"coffee":
            reactor.callLater(0.01, self.away)  # type: ignore[attr-defined]
        self.transport.write(data)  # type: ignore[union-attr]

    def away(self) -> None:
        """Blocks the reactor."""
        time.sleep(LONG)

    def busy(self) -> None:
        """Blocks it by computing, however much the machine has to do beside."""
        until = time.thread_time() + LONG
        while time.thread_time() < until:
            pass


@pytest.fixture(autouse=True)
def nothing_before() -> Iterator[None]:
    """A turning reactor, no stall of an earlier test, and no look of its made-up pulse."""
    start()
    settle()
    with watch()._lock:
        watch()._look()
    drain_stalls()
    yield
    stop_all()


def coffee_break() -> tuple[Stall, ...]:
    """Ada sends for coffee; Bo speaks while the clerk is away."""
    office = serve(Clerk)
    with connect(office) as ada, connect(office) as bo:
        ada.send(b"coffee")
        ada.expect(b"coffee")
        time.sleep(0.03)
        bo.send(b"ahoy")
        bo.expect(b"ahoy", within=5)
    return drain_stalls()


def test_a_stall_names_the_line_and_who_waited() -> None:
    """Where it stood, for whom it ran, in what, and who had something to be read."""
    (stall,) = coffee_break()
    assert stall.where is not None and stall.where.file == __file__
    assert (stall.where.function, stall.source) == ("Clerk.away", "time.sleep(LONG)")
    assert (stall.lane, stall.waited) == ("timers", ("Clerk · client 2",))
    assert stall.over and stall.in_c and stall.seconds >= LONG


def test_each_stall_is_told_once() -> None:
    """What was drained does not come again."""
    assert len(coffee_break()) == 1
    assert drain_stalls() == ()
    assert stall_now() is None


def test_a_listener_hears_of_it_while_it_lasts_and_when_it_is_over() -> None:
    """Told in the watch's thread, first with over unset."""
    heard: list[Stall] = []
    over = threading.Event()

    def listen(stall: Stall) -> None:
        heard.append(stall)
        if stall.over:
            over.set()

    on_stall(listen)
    try:
        coffee_break()
        settle()
    finally:
        watch().ignore(listen)
    assert [stall.over for stall in heard[:1]] == [False]
    assert heard[0].seconds < LONG


def test_python_that_computes_is_no_call_into_c() -> None:
    """A rescue can end the one and not the other."""
    settle()
    reactor.callFromThread(Clerk().busy)  # type: ignore[attr-defined]
    settle(timeout=5)
    (stall,) = drain_stalls()
    assert not stall.in_c
    assert stall.lane == "calls from threads"


def test_short_turns_are_nobodys_stall() -> None:
    """Many calls, none of them long."""
    office = serve(Clerk)
    with connect(office) as ada:
        for _ in range(200):
            ada.send(b"ahoy")
            ada.expect(b"ahoy")
    assert drain_stalls() == ()


def test_code_that_is_not_the_readers_is_blamed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's own garbage collection and Twisted's start-up may take a moment."""
    monkeypatch.setattr("labkit.bench._looks.readers_place", lambda frame: None)
    assert coffee_break() == ()


def test_a_machine_that_is_short_of_time_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which the thread was ready and was not let run does not count."""

    def busy_machine() -> Pulse:
        now = time.perf_counter()
        return Pulse(now, 0.0, queued=now, slices=0, others=0.0)

    monkeypatch.setattr("labkit.bench._watch.pulse", busy_machine)
    assert coffee_break() == ()


def test_without_a_reactor_there_is_nothing_to_tell() -> None:
    """The watch may be asked before anything was started."""
    quiet = Watch()
    assert (quiet.now, quiet.drain()) == (None, ())


class Mill(Protocol):
    """Grinds in one call into C, which lets no other thread run."""

    def dataReceived(self, data: bytes) -> None:
        if data == b"grind":
            sum(range(100_000_000))
        self.transport.write(data)  # type: ignore[union-attr]


def test_a_call_that_keeps_the_interpreter_is_told_when_it_is_over() -> None:
    """The watch could not look meanwhile; it names whose call it was."""
    mill = serve(Mill)
    with connect(mill) as ada, connect(mill) as bo:
        ada.send(b"grind")
        bo.send(b"ahoy")
        bo.expect(b"ahoy", within=20)
    settle()
    (stall,) = drain_stalls()
    assert (stall.lane, stall.what) == ("Mill · client 1", "dataReceived")
    assert stall.where is not None and stall.where.function == "Mill.dataReceived"
    assert stall.in_c and stall.over


def test_what_a_call_kept_after_the_last_look_counts() -> None:
    """A watch that saw it begin, and then got no turn until it was over."""
    begun, late = threading.Event(), Watch()

    def grind() -> None:
        begun.set()
        until = time.thread_time() + LIMIT / 4
        while time.thread_time() < until:
            pass
        sum(range(40_000_000))

    with watch()._lock:  # the other watch sees nothing of it
        result = run(grind)
        begun.wait()
        late._look()
        result.wait(timeout=20)
        settle()
        late.settle()
    (stall,) = late.drain()
    assert stall.what == "grind" and stall.in_c and stall.over


def test_a_call_that_keeps_the_interpreter_is_told_on_a_machine_short_of_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other programs have half of the processor: that is no other thread of this one."""

    def shared() -> Pulse:
        now = pulse()
        return evolve(now, computed=now.computed / 2, queued=now.queued + now.computed / 2)

    monkeypatch.setattr("labkit.bench._watch.pulse", shared)
    late = Watch()
    with watch()._lock:  # the other watch sees nothing of it
        run(sum, range(60_000_000)).wait(timeout=20)
        settle()
        late.settle()
    (stall,) = late.drain()
    assert stall.in_c and stall.over


def test_other_threads_that_keep_the_interpreter_are_not_the_calls_fault() -> None:
    """A short call, while the cell computes in C for long."""

    def short() -> None:
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass

    for _ in range(3):
        result = run(short)
        sum(range(20_000_000))
        result.wait()
    settle()
    assert drain_stalls() == ()


@pytest.mark.parametrize(
    ("step", "own"),
    [
        (Pulse(0.04, 0.04, 0.0, 9, 0.0), 0.04),  # computes
        (Pulse(0.04, 0.0, 0.0, 0, 0.0), 0.04),  # sleeps
        (Pulse(0.04, 0.01, 0.03, 9, 0.0), 0.01),  # other programs run
        (Pulse(0.04, 0.01, 0.0, 8, 0.03), 0.01),  # another thread has the interpreter
        (Pulse(0.04, 0.0, 0.0, 0, 0.04), 0.04),  # sleeps while another thread computes
        (Pulse(2.0, 0.0, 0.0, 0, 0.0), 0.12),  # nobody could look
        (Pulse(2.0, 1.9, 0.1, 9, 0.0), 1.9),  # nobody could look, because it computed
    ],
)
def test_of_a_step_counts_what_the_call_did_itself(step: Pulse, own: float) -> None:
    """Seconds that are its own doing."""
    assert own_part(step) == pytest.approx(own)


def test_names_with_numbers_are_in_order() -> None:
    """Client 10 comes after client 2; who has no name is left out."""
    lanes = ("a · client 10", "timers", "", "a · client 2", "a · client 2")
    assert ordered(lanes) == ("a · client 2", "a · client 10", "timers")
