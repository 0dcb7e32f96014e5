"""The bench in memory behaves as the one on sockets, but for the wire and the time."""

# mypy: allow-untyped-calls
from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from twisted.internet import error, reactor, task
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from zope.interface import implementer

from labkit.bench import connect, serve
from labkit.bench._memory import MemoryBench, in_memory
from labkit.bench._memory_wire import WINDOW
from labkit.errors import CannotServe, DialogueError, LabError, ServerStopped
from labkit.wire import Closed, HalfClosed, Said

REACTOR: Any = reactor


class Shout(Protocol):
    """Answers each piece in capitals; words of command end the talk in several ways."""

    transport: Any
    lost: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())
        if data == b"bye":
            self.transport.loseConnection()
        if data == b"out":
            self.transport.abortConnection()
        if data == b"oops":
            raise ValueError("no such word")
        if data == b"half":
            self.transport.loseWriteConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason


class Idle(LineReceiver, TimeoutMixin):
    """Answers lines, and gives up after half a second of silence."""

    def connectionMade(self) -> None:
        self.setTimeout(0.5)

    def lineReceived(self, line: bytes) -> None:
        self.resetTimeout()
        self.sendLine(b"pong")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.setTimeout(None)


@implementer(IHalfCloseableProtocol)
class Polite(Protocol):
    """Answers with everything once the client has finished, as RFC 862's echo never does."""

    transport: Any
    heard = b""

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def readConnectionLost(self) -> None:
        self.transport.write(self.heard[::-1])
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Nothing to do."""


@pytest.fixture
def lab() -> MemoryBench:
    """A bench in memory whose failures are not logged."""
    return in_memory(log=False)


# What a client sees


def test_an_answer_is_there_when_send_returns(lab: MemoryBench) -> None:
    """No waiting: one send, one piece, one answer."""
    with lab.connect(lab.serve(Shout)) as client:
        client.send(b"tea")
        assert client.received == b"TEA"
        assert client.expect(b"TEA") == b"TEA"
        client.expect_nothing()


def test_each_piece_arrives_alone(lab: MemoryBench) -> None:
    """pieces=1 calls dataReceived once a byte; sizes cut as they say."""
    server = lab.serve(Shout)
    client = lab.connect(server)
    client.send(b"abc", pieces=1)
    client.send(b"defgh", pieces=[2, 1])
    assert server.wire[0].pieces("client") == (b"a", b"b", b"c", b"de", b"f", b"gh")
    client.expect(b"ABCDEFGH")


def test_a_busy_server_finds_sends_joined(lab: MemoryBench) -> None:
    """What piles up while nobody reads comes as one piece, as from a kernel."""
    server = lab.serve(Shout)
    client = lab.connect(server)
    with server.busy():
        client.send(b"one")
        client.send(b"two")
        assert client.received == b""
    assert server.wire[0].pieces("client") == (b"onetwo",)
    assert server.wire[0].sends == (3, 3)


def test_lines_patterns_and_the_rest_are_read_as_on_a_socket(lab: MemoryBench) -> None:
    """The verbs of Client all work."""
    client = lab.connect(lab.serve(Shout))
    client.send(b"first\r\nroom 17 ")
    assert client.read_line() == b"FIRST"
    assert client.expect(re.compile(rb"ROOM \d+ ")) == b"ROOM 17 "
    client.send(b"bye")
    assert client.read_rest() == b"BYE"


def test_what_did_not_come_is_an_error_with_the_dialogue(lab: MemoryBench) -> None:
    """The error carries expected, got and end, and shows who said what."""
    client = lab.connect(lab.serve(Shout), name="Ada")
    client.send(b"tea")
    with pytest.raises(DialogueError) as caught:
        client.expect(b"COFFEE")
    assert caught.value.facts["got"] == b"TEA"
    assert caught.value.facts["end"] == "open"
    assert "Ada → server   b'tea'" in str(caught.value)


def test_silence_that_is_broken_is_an_error(lab: MemoryBench) -> None:
    """expect_nothing sees both words and an end."""
    client = lab.connect(lab.serve(Shout))
    client.send(b"tea")
    with pytest.raises(DialogueError, match="silence"):
        client.expect_nothing()


@pytest.mark.parametrize(("word", "end"), [(b"bye", "closed"), (b"out", "reset")])
def test_the_server_closes_or_resets(lab: MemoryBench, word: bytes, end: str) -> None:
    """loseConnection flushes and closes in order; abortConnection resets and loses the reply."""
    server = lab.serve(Shout)
    client = lab.connect(server)
    client.send(word)
    if end == "closed":
        client.expect(word.upper())
        client.expect_close()
    assert client.received == b""
    assert client.end == end
    last = server.wire[0].events[-1]
    assert isinstance(last, Closed)
    assert (last.who, last.how) == ("server", end)
    with pytest.raises(DialogueError):
        client.send(b"more")


def test_buildprotocol_that_returns_none_closes_at_once(lab: MemoryBench) -> None:
    """As a listening port does."""

    class Full(Factory):
        def buildProtocol(self, addr: object) -> None:
            return None

    lab.connect(lab.serve(Full())).expect_close()


# What a protocol sees


@pytest.mark.parametrize(
    ("leave", "reason", "how"),
    [
        ("close", error.ConnectionDone, ("client", "closed")),
        ("half_close", error.ConnectionDone, ("client", "closed")),
        ("reset", error.ConnectionLost, ("client", "reset")),
    ],
)
def test_the_protocol_learns_how_the_client_left(
    lab: MemoryBench, leave: str, reason: type[Exception], how: tuple[str, str]
) -> None:
    """connectionLost gets the reason that a socket gives, and the tape says the same."""
    server = lab.serve(Shout)
    client = lab.connect(server)
    (protocol,) = server.connections
    getattr(client, leave)()
    assert protocol.lost is not None
    assert protocol.lost.check(reason)
    assert server.connections == ()
    last = server.wire[0].events[-1]
    assert isinstance(last, Closed)
    assert (last.who, last.how) == how


def test_a_protocol_that_knows_half_close_answers_after_it(lab: MemoryBench) -> None:
    """IHalfCloseableProtocol hears readConnectionLost and may still write."""
    server = lab.serve(Polite)
    client = lab.connect(server)
    client.send(b"stressed")
    client.half_close()
    assert client.read_rest() == b"desserts"
    assert HalfClosed(0.0, "client") in server.wire[0].events


def test_a_server_may_close_its_half(lab: MemoryBench) -> None:
    """loseWriteConnection ends what the client hears, and the server still listens."""
    server = lab.serve(Shout)
    client = lab.connect(server)
    client.send(b"half")
    assert client.read_rest() == b"HALF"
    client.send(b"still here")
    assert server.wire[0].said("client") == b"halfstill here"
    assert len(server.connections) == 1


def test_a_crash_costs_that_connection_and_is_kept(lab: MemoryBench) -> None:
    """The failure is the reason of connectionLost, and stands in lab.failures once."""
    server = lab.serve(Shout)
    client, other = lab.connect(server), lab.connect(server)
    protocol = server.connections[0]
    client.send(b"oops")
    (failure,) = lab.failures
    assert failure.check(ValueError)
    assert protocol.lost is failure
    assert client.end == "closed"
    other.send(b"tea")
    other.expect(b"TEA")


def test_a_crash_in_connectionmade_leaves_the_connection_open(lab: MemoryBench) -> None:
    """As on a socket: noted, and nobody hangs up."""

    class Late(Protocol):
        def connectionMade(self) -> None:
            raise KeyError("greeting")

    client = lab.connect(lab.serve(Late))
    assert [f.type for f in lab.failures] == [KeyError]
    client.expect_nothing()


def test_a_crash_in_buildprotocol_leaves_the_connection_open(lab: MemoryBench) -> None:
    """As on a socket: noted, and nobody hangs up."""

    class Broken(Factory):
        def buildProtocol(self, addr: object) -> Any:
            raise AttributeError("protocol")

    client = lab.connect(lab.serve(Broken()))
    assert [f.type for f in lab.failures] == [AttributeError]
    client.expect_nothing()


def test_failures_are_logged_unless_told_otherwise() -> None:
    """The same channel as the reactor's own failures, once."""
    from labkit.bench import drain_failures

    drain_failures()
    for log, count in ((True, 1), (False, 0)):
        bench = in_memory(log)
        bench.connect(bench.serve(Shout)).send(b"oops")
        assert len(drain_failures()) == count


def test_writing_text_is_refused_as_on_a_socket(lab: MemoryBench) -> None:
    """The transport is Twisted's own: Data must be bytes."""

    class Text(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.write("hello")

    lab.connect(lab.serve(Text))
    assert lab.failures[0].getErrorMessage() == "Data must be bytes"


def test_a_producer_is_paused_while_the_client_does_not_read(lab: MemoryBench) -> None:
    """A pull producer without end fills one window, and goes on when the client reads."""

    class Endless(Protocol):
        transport: Any
        made = 0

        def connectionMade(self) -> None:
            self.transport.registerProducer(self, False)

        def resumeProducing(self) -> None:
            self.made += 1000
            self.transport.write(b"z" * 1000)

        def stopProducing(self) -> None:
            """The connection is gone."""

    server = lab.serve(Endless)
    client = lab.connect(server)
    made = server.connections[0].made
    assert made <= 3 * WINDOW
    client.expect(b"z" * (4 * WINDOW))
    assert server.connections[0].made > made
    client.reset()


def test_a_large_answer_comes_whole(lab: MemoryBench) -> None:
    """More than a window arrives while the client reads."""
    client = lab.connect(lab.serve(Shout))
    client.send(b"tea " * 300_000)
    assert client.expect(b"TEA " * 300_000) == b"TEA " * 300_000


# Time


def test_time_passes_only_when_told_to(lab: MemoryBench) -> None:
    """A time-out happens at its time, and not before."""
    with lab:
        server = lab.serve(Idle)
        client = lab.connect(server)
        for _ in range(4):
            client.send(b"ping\r\n")
            client.expect(b"pong\r\n")
            lab.advance(0.4)
        client.expect_nothing()
        lab.advance(0.2)
        client.expect_close()
        assert lab.pending() == ()
    assert server.wire[0].events[-1].at == pytest.approx(1.7)


def test_pending_names_what_waits(lab: MemoryBench) -> None:
    """A timer that outlives its connection is seen."""

    class Leaky(Protocol):
        def connectionMade(self) -> None:
            REACTOR.callLater(3, lambda: None)

    with lab:
        lab.connect(lab.serve(Leaky)).close()
        assert [call.getTime() for call in lab.pending()] == [3]


def test_each_delayed_call_runs_at_its_own_time(lab: MemoryBench) -> None:
    """One large advance equals many small ones: a LoopingCall skips nothing."""
    seen = []
    with lab:
        loop = task.LoopingCall(lambda: seen.append(REACTOR.seconds()))
        loop.start(1.0)
        lab.advance(3.5)
    assert seen == [0.0, 1.0, 2.0, 3.0]


def test_a_delayed_call_that_raises_is_noted_and_time_goes_on(lab: MemoryBench) -> None:
    """As in a reactor: the next call still runs."""
    seen: list[str] = []
    with lab:
        REACTOR.callLater(1, lambda: 1 // 0)
        REACTOR.callLater(1, seen.append, "after")
        lab.advance(1)
    assert [f.type for f in lab.failures] == [ZeroDivisionError]
    assert seen == ["after"]


def test_a_call_without_delay_runs_before_send_returns(lab: MemoryBench) -> None:
    """callLater(0, f) is the reactor's next turn, which is now."""

    class Soon(Protocol):
        transport: Any

        def dataReceived(self, data: bytes) -> None:
            REACTOR.callLater(0, self.transport.write, data)

    with lab:
        client = lab.connect(lab.serve(Soon))
        client.send(b"tea")
        client.expect(b"tea")


def test_other_threads_keep_the_real_time(lab: MemoryBench) -> None:
    """The clock is this thread's alone."""
    there: list[float] = []
    with lab:
        thread = threading.Thread(target=lambda: there.append(REACTOR.seconds()))
        thread.start()
        thread.join()
        assert REACTOR.seconds() == 0.0
    assert there[0] > 1e6


def test_the_real_time_is_back_afterwards(lab: MemoryBench) -> None:
    """Also when the block raises; and nothing of the detour stays on the reactor."""
    with pytest.raises(KeyError), lab:
        raise KeyError("inside")
    assert REACTOR.seconds() > 1e6
    assert not {"callLater", "seconds"} & set(vars(REACTOR))


def test_two_threads_have_a_bench_each(lab: MemoryBench) -> None:
    """One leaves, the other keeps its clock."""
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with in_memory():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with lab:
        thread.start()
        assert inside.wait(10)
        leave.set()
        thread.join()
        assert REACTOR.seconds() == 0.0
    assert REACTOR.seconds() > 1e6


def test_one_inside_the_other_is_refused(lab: MemoryBench) -> None:
    """With the cure; and the outer one goes on."""
    with lab:
        with pytest.raises(LabError, match="entered twice"), in_memory():
            pass
        assert REACTOR.seconds() == 0.0


@pytest.mark.parametrize("bad", [-1, "2", None, float("inf"), float("nan")])
def test_time_that_is_none_is_refused(lab: MemoryBench, bad: Any) -> None:
    """advance takes seconds, 0 or more."""
    with pytest.raises(LabError, match="number of seconds"):
        lab.advance(bad)


def test_an_endless_chain_of_calls_is_noticed(
    lab: MemoryBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A callLater(0) that calls itself for ever is named, not obeyed."""
    monkeypatch.setattr("labkit.bench._memory_wire.MOST", 100)

    def again() -> None:
        REACTOR.callLater(0, again)

    class Restless(Protocol):
        def connectionMade(self) -> None:
            again()

    with pytest.raises(LabError, match="still busy"), lab:
        lab.connect(lab.serve(Restless))


def test_the_slowest_event_is_measured(lab: MemoryBench) -> None:
    """Real seconds of the longest single event, for telling who blocks."""
    lab.connect(lab.serve(Shout)).send(b"tea")
    assert 0 < lab.slowest < float("inf")


# Around it


def test_web_pages_are_served_too(lab: MemoryBench) -> None:
    """A Resource answers a request; twisted.web's own timer is not shown as pending."""

    class Page(Resource):
        isLeaf = True

        def render_GET(self, request: object) -> bytes:
            return b"in memory"

    with lab:
        client = lab.connect(lab.serve(Page()))
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert client.read_rest().endswith(b"\r\n\r\nin memory")
        assert lab.pending() == ()


def test_a_stopped_server_drops_its_clients_and_takes_no_more(lab: MemoryBench) -> None:
    """The talk ends as stopped by the lab."""
    server = lab.serve(Shout)
    client = lab.connect(server)
    server.stop()
    server.stop()
    assert client.received == b""
    assert client.end == "reset"
    last = server.wire[0].events[-1]
    assert isinstance(last, Closed)
    assert last.how == "stopped"
    with pytest.raises(ServerStopped):
        lab.connect(server)


def test_leaving_the_block_stops_the_servers() -> None:
    """No connection outlives its bench."""
    with in_memory() as lab:
        server = lab.serve(Shout)
        lab.connect(server)
    assert server.connections == ()


def test_wrong_things_are_refused_with_the_cure(lab: MemoryBench) -> None:
    """What is not a protocol, what is not a server, and the wrong thread."""
    with pytest.raises(CannotServe):
        lab.serve(Shout())
    with pytest.raises(LabError, match="own serve"):
        lab.connect(8080)  # type: ignore[arg-type]
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            lab.serve(Shout)
        except LabError as e:
            caught.append(e)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "another thread" in str(caught[0])


def test_memory_and_sockets_give_the_same_wire(lab: MemoryBench) -> None:
    """One script, both benches: the same pieces, the same order, the same end."""
    live = serve(Shout, name="memory-twin")
    twin = lab.serve(Shout)
    for client in (connect(live), lab.connect(twin)):
        client.send(b"one")
        client.expect(b"ONE")
        client.send(b"two three", pieces=[3, 3])
        client.expect(b"TWO THREE")
        client.send(b"bye")
        client.expect(b"BYE")
        client.expect_close()
        client.close()
    said = [[e for e in s.wire[0].events if isinstance(e, Said)] for s in (live, twin)]
    assert [(e.who, e.data) for e in said[0]] == [(e.who, e.data) for e in said[1]]
    ends = [s.wire[0].events[-1] for s in (live, twin)]
    live.stop()
    assert all(isinstance(e, Closed) and (e.who, e.how) == ("server", "closed") for e in ends)
