"""What the reactor called, in order: connections, timers, calls from threads, who held up whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from twisted.internet import reactor as _reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import LoopingCall, deferLater
from twisted.internet.threads import deferToThread

from labkit.bench import connect, serve, settle, start, stop_all, wait
from labkit.bench._looks import LIMIT
from labkit.bench._naming import TIMERS, Subject
from labkit.bench._timeline import timeline
from labkit.bench._turning import LONG, MOST, turning
from labkit.bench._watch import drain_stalls

reactor = _reactor


class Tug(Protocol):
    """Echoes; on "tow" works for a while, a moment later."""

    def dataReceived(self, data: bytes) -> None:
        if data == b"tow":
            reactor.callLater(0.01, self.tow)  # type: ignore[attr-defined]
        self.transport.write(data)  # type: ignore[union-attr]

    def tow(self) -> None:
        """Keeps the reactor."""
        time.sleep(2 * LONG)


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """A timeline that begins here."""
    start()
    settle()
    turning.clear()
    yield
    stop_all()


def told() -> list[tuple[str, str]]:
    """Lanes and calls."""
    return [(r.lane, r.what) for r in timeline().ran]


def test_each_connection_has_a_lane_and_its_calls_in_order() -> None:
    """As the tape numbers the clients."""
    harbour = serve(Tug, name="harbour")
    with connect(harbour) as one, connect(harbour) as two:
        for client in (one, two, one):
            client.send(b"ahoy")
            client.expect(b"ahoy")
    settle()
    said = [lane for lane, what in told() if what == "dataReceived"]
    assert said == [f"harbour · client {n}" for n in (1, 2, 1)]
    assert ("harbour · client 1", "connectionLost") in told()


def test_the_same_in_tls() -> None:
    """The tape lies under the encryption."""
    harbour = serve(Tug, name="harbour", tls=True)
    with connect(harbour) as one:
        one.send(b"ahoy")
        one.expect(b"ahoy")
    assert ("harbour · client 1", "dataReceived") in told()


def test_who_came_right_after_a_long_call_had_to_wait_for_it() -> None:
    """The long call is named by its index."""
    harbour = serve(Tug, name="harbour")
    with connect(harbour) as one, connect(harbour) as two:
        one.send(b"tow")
        one.expect(b"tow")
        time.sleep(0.03)
        two.send(b"ahoy")
        two.expect(b"ahoy", within=5)
    ran = timeline().ran
    (long,) = [i for i, r in enumerate(ran) if r.what == "Tug.tow"]
    assert ran[long].seconds >= 2 * LONG and ran[long].lane == "timers"
    said = [r.behind for r in ran if r.lane.endswith("client 2") and r.what == "dataReceived"]
    assert said == [(long,)]
    assert all(r.behind == () for r in ran[: long + 1])


def test_timers_loops_and_calls_from_threads_are_named_by_the_readers_function() -> None:
    """Twisted's and the lab's own calls in between are left out."""
    count = [0]

    def tick() -> None:
        count[0] += 1

    loop = LoopingCall(tick)

    def plan() -> object:
        loop.start(60)
        return deferLater(reactor, 0.01, tick)  # type: ignore[arg-type]

    wait(plan)
    wait(deferToThread, tick)
    names = told()
    wait(loop.stop)
    assert ("calls from threads", "plan") in names
    assert {lane for lane, _ in names} <= {"calls from threads", "timers"}
    assert not any("Deferred" in what or "reap" in what for _, what in names)


def test_a_call_that_raises_is_noted_too() -> None:
    """And the next one runs as ever."""

    def capsize() -> None:
        raise ValueError("rolled over")

    with pytest.raises(ValueError):
        wait(capsize)
    assert ("calls from threads", "capsize") in told()
    assert wait(lambda: 7) == 7


def test_old_calls_are_let_go_and_counted() -> None:
    """The memory of it is bounded."""
    for n in range(MOST + 5):
        turning.ring.append((n, Subject(TIMERS), "tick", float(n), float(n), 0.0))
        turning.count += 1
    assert timeline().left_out == 5
    assert len(timeline().ran) == MOST
    turning.clear()
    assert timeline().ran == ()


def test_nobodys_protocol_is_kept_alive_by_the_notes() -> None:
    """A note holds the tape of a connection, not the connection."""
    harbour = serve(Tug)
    with connect(harbour) as one:
        one.send(b"ahoy")
        one.expect(b"ahoy")
    assert {type(note[1]).__name__ for note in turning.ring} <= {"Tape", "Subject"}


def test_a_connection_begins_with_connection_made_and_what_is_only_written_is_not_told() -> None:
    """A megabyte goes out in many events; none of them ran the reader's code."""
    harbour = serve(Tug, name="harbour")
    with connect(harbour) as one:
        one.send(b"ahoy")
        one.expect(b"ahoy")
        wait(lambda: harbour.connections[0].transport.write(bytes(5_000_000)))
        one.expect(bytes(5_000_000), within=10)
    lane = [what for lane, what in told() if lane == "harbour · client 1"]
    assert lane == ["connectionMade", "dataReceived", "connectionLost"]


def test_the_readers_own_server_and_client_have_lanes() -> None:
    """Made by hand, without serve: no tape stands between, and no port is in the name."""
    port = wait(lambda: reactor.listenTCP(0, Factory.forProtocol(Tug), interface="127.0.0.1"))  # type: ignore[attr-defined]
    where = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
    turning.clear()
    mine = wait(connectProtocol, where, Tug())
    wait(lambda: mine.transport.loseConnection())
    settle()
    settle()
    wait(port.stopListening)
    names = [name for name in told() if name[0].startswith("your")]
    # who of the two hears first is the system's business
    assert sorted(names) == [
        ("your client", "connectionLost"),
        ("your client", "connectionMade"),
        ("your server · client 1", "connectionLost"),
        ("your server · client 1", "connectionMade"),
    ]


def test_who_came_after_a_long_call_did_not_wait_for_it() -> None:
    """A client that speaks when it has the answer was not there before."""
    harbour = serve(Tug, name="harbour")
    with connect(harbour) as one, connect(harbour) as two:
        wait(Tug().tow)
        two.send(b"ahoy")
        two.expect(b"ahoy")
        one.send(b"ahoy")
        one.expect(b"ahoy")
    assert all(ran.behind == () for ran in timeline().ran)


def test_a_timer_that_was_due_meanwhile_waited() -> None:
    """And one that was due later did not."""

    def early() -> None:
        pass

    def late() -> None:
        pass

    def plan() -> None:
        reactor.callLater(0.01, early)  # type: ignore[attr-defined]
        reactor.callLater(4 * LONG, late)  # type: ignore[attr-defined]
        Tug().tow()

    wait(plan)
    wait(deferLater, reactor, 5 * LONG)
    behind = {ran.what: ran.behind for ran in timeline().ran}
    assert (behind["early"], behind["late"]) == ((0,), ())


@pytest.mark.parametrize("first", [b"leave", b"stay"])
def test_the_end_of_a_connection_is_noted_and_watched_by_its_name(first: bytes) -> None:
    """Whoever ends it: with the last write, which is no call of anybody's, or with a read."""

    class Curt(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)  # type: ignore[union-attr]
            if data == b"leave":
                self.transport.loseConnection()  # type: ignore[union-attr]

        def connectionLost(self, reason: object = None) -> None:
            time.sleep(2 * LIMIT)

    drain_stalls()
    with connect(serve(Curt, name="harbour")) as client:
        client.send(first)
        client.expect(first)
    settle()
    (end,) = [entry for entry in timeline().ran if entry.what == "connectionLost"]
    assert end.lane == "harbour · client 1"
    assert [(s.lane, s.what) for s in drain_stalls()] == [(end.lane, "connectionLost")]


def test_what_a_call_from_a_thread_makes_due_is_noted_in_the_same_turn() -> None:
    """A call of its own without delay, and another's whose time comes while it blocks."""

    def soon() -> None:
        pass

    def meanwhile() -> None:
        pass

    def block() -> None:
        reactor.callLater(0, soon)  # type: ignore[attr-defined]
        time.sleep(0.1)

    wait(lambda: reactor.callLater(0.05, meanwhile))  # type: ignore[attr-defined]
    wait(block)
    settle()
    ran = {entry.what: entry.turn for entry in timeline().ran}
    assert ran["soon"] == ran["meanwhile"] == ran["block"]


def test_a_coroutine_that_a_timer_goes_on_with_is_named() -> None:
    """What Twisted calls is a Deferred's callback; what runs is the reader's coroutine."""

    async def crossing() -> str:
        await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        return "there"

    assert wait(crossing) == "there"
    assert told() == [("calls from threads", "crossing"), ("timers", "crossing")]


@pytest.mark.parametrize("trouble", [KeyError, RuntimeError, OSError, AttributeError])
def test_readers_that_go_while_they_are_looked_at_are_none(
    trouble: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread looks: a set that changes meanwhile must not end the watch."""

    class Gone:
        def fileno(self) -> int:
            raise trouble

    monkeypatch.setattr(reactor, "getReaders", lambda: [Gone()])
    assert list(turning.ready()) == []


def test_the_same_cell_gives_the_same_timeline() -> None:
    """Lanes, calls, turns in order from 1, places: all but the times."""

    def cell() -> list[object]:
        turning.clear()
        harbour = serve(Tug, name="harbour")
        with connect(harbour) as one, connect(harbour) as two:
            for client in (one, two, one):
                client.send(b"ahoy")
                client.expect(b"ahoy")
            wait(Tug().tow)
        ran = timeline().ran
        harbour.stop()
        assert ran[0].turn == 1
        return [(r.lane, r.what, r.where, r.behind) for r in ran]

    first = cell()
    assert len(first) == 8
    assert [cell() for _ in range(5)] == [first] * 5


def test_a_pending_call_is_still_what_it_was() -> None:
    """Who looks at the reactor's delayed calls finds the function that was asked for."""

    def tick() -> None:
        pass

    call = wait(lambda: reactor.callLater(60, tick))  # type: ignore[attr-defined]
    settle()
    assert call.func is tick
    wait(call.cancel)


def test_a_stopped_reactor_has_a_timeline_still(kernel: Callable[[str], str]) -> None:
    """And no stall, whatever it did last."""
    out = kernel("""
        import time
        from labkit import rescue, timeline, wait
        from labkit.bench import reactor
        from labkit.bench._watch import stall_now
        wait(lambda: 1)
        reactor.callFromThread(type(reactor).stop, reactor)
        time.sleep(1.5)
        print(len(timeline().ran), stall_now(), rescue().needed)
    """)
    assert out == "1 None False\n"


def test_a_stall_that_has_only_just_ended_is_told_with_its_line() -> None:
    """The watch's next look is not waited for: the picture is the same each time."""

    def haul() -> None:
        time.sleep(LIMIT + 0.05)

    for _ in range(3):
        turning.clear()
        wait(haul)
        (stall,) = timeline().stalls
        assert stall.over and stall.source == "time.sleep(LIMIT + 0.05)"
