"""A story on a clock: forward, step by step, to a moment, and back by telling it anew."""

# mypy: allow-untyped-calls
from __future__ import annotations

import random
import threading
import time
from typing import Any

import pytest
from twisted.application.internet import ClientService
from twisted.internet import reactor, task
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    clientFromString,
    serverFromString,
)
from twisted.internet.error import ConnectionLost, ConnectionRefusedError
from twisted.internet.error import TimeoutError as ConnectTimeout
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.threads import deferToThread
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site

from labkit.bench._memory import in_memory
from labkit.bench._travel import time_travel
from labkit.errors import LabError

REACTOR: Any = reactor
HERE = __file__


class Echo(Protocol):
    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Caller(Protocol):
    """A client that says hello and notes what it hears and how it ended."""

    transport: Any

    def __init__(self) -> None:
        self.heard = b""
        self.ended: Failure | None = None

    def connectionMade(self) -> None:
        self.transport.write(b"ahoy")

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended = reason


class Idle(LineReceiver, TimeoutMixin):
    """Gives up after thirty seconds of silence."""

    def connectionMade(self) -> None:
        self.setTimeout(30)

    def lineReceived(self, line: bytes) -> None:
        self.resetTimeout()


def tides(lab: Any) -> list[str]:
    """Three calls, of which one asks for a fourth."""
    log: list[str] = []

    def flood() -> None:
        log.append("flood")
        lab.clock.callLater(6, log.append, "slack")

    lab.clock.callLater(6, flood)
    lab.clock.callLater(12, log.append, "ebb")
    lab.clock.callLater(3, log.append, "dawn")
    return log


def caller(lab: Any, host: str = "127.0.0.1", port: int = 8000) -> Deferred[Any]:
    endpoint = TCP4ClientEndpoint(lab.reactor, host, port)
    return endpoint.connect(Factory.forProtocol(Caller))


# Forward


def test_a_step_runs_the_next_call_and_stands_at_its_time() -> None:
    """One call a step, in the order of their times, each with the line that asked for it."""
    trip = time_travel(tides)
    assert (trip.now, trip.result, [p.at for p in trip.pending]) == (0.0, [], [3.0, 6.0, 12.0])
    assert trip.step() is trip
    assert (trip.now, trip.result) == (3.0, ["dawn"])
    trip.step()
    assert (trip.now, trip.result) == (6.0, ["dawn", "flood"])
    done = trip.steps[-1]
    assert (done.step, done.at, done.what) == (2, 6.0, ["tides", "<locals>", "flood"][-1])
    assert done.where is not None and done.where.file == HERE
    line = tides.__code__.co_firstlineno
    assert done.where.line == line + 8


def test_calls_of_one_moment_run_as_they_were_asked_for() -> None:
    """As the reactor does: and what they ask for without delay comes after them."""

    def story(lab: Any) -> list[str]:
        log: list[str] = []
        lab.clock.callLater(6, lambda: lab.clock.callLater(0, log.append, "last"))
        lab.clock.callLater(6, log.append, "second")
        return log

    trip = time_travel(story).advance(6)
    assert trip.result == ["second", "last"]
    assert [d.at for d in trip.steps] == [6.0, 6.0, 6.0]


def test_advance_runs_what_is_due_and_no_more() -> None:
    """Up to that moment and including it."""
    trip = time_travel(tides).advance(11.9)
    assert (trip.now, trip.result) == (11.9, ["dawn", "flood"])
    assert time_travel(tides).advance(12).result == ["dawn", "flood", "ebb", "slack"]


def test_many_small_parts_of_a_second_add_up() -> None:
    """A clock that drifts would miss what is due at a whole second."""
    trip, other = time_travel(tides), time_travel(tides)
    for tenth in range(1, 31):
        assert trip.jump(tenth / 10).now == tenth / 10
        assert other.advance(0.1).now == tenth / 10
    assert trip.result == other.result == ["dawn"]
    assert time_travel(tides).jump(0.2).jump(0.9).now == 0.9  # 0.2 + (0.9 - 0.2) is not


@pytest.mark.parametrize("by", ["clock", "reactor", "global"])
def test_loops_delays_and_timeouts_live_on_the_clock(by: str) -> None:
    """Whether they are handed the clock, the lab's reactor, or take the global one."""

    def story(lab: Any) -> list[Any]:
        clock = {"clock": lab.clock, "reactor": lab.reactor, "global": reactor}[by]
        log: list[Any] = []
        loop = task.LoopingCall(lambda: log.append(clock.seconds()))
        loop.clock = clock
        loop.start(10, now=False)
        task.deferLater(clock, 15, log.append, "later")
        Deferred().addTimeout(17, clock).addErrback(lambda f: log.append(f.type))
        return log

    trip = time_travel(story).advance(20)
    assert trip.result == [10.0, "later", TimeoutError, 20.0]
    names = ["LoopingCall of lambda", "deferLater", "addTimeout", "LoopingCall of lambda"]
    assert [d.what for d in trip.steps] == names
    line = story.__code__.co_firstlineno
    assert [d.where.line - line for d in trip.steps if d.where] == [5, 6, 7, 5]


def test_work_in_small_parts_lives_on_the_clock() -> None:
    """One part a step; and a trip that was left does not keep it from later ones."""

    def story(lab: Any) -> list[int]:
        done: list[int] = []
        task.cooperate(done.append(n) for n in range(3))
        return done

    trip = time_travel(story)
    assert trip.step().step().result == [0, 1]
    assert [d.what for d in trip.steps] == ["cooperate", "cooperate"]
    assert trip.back().step().step().result == [0, 1, 2]
    assert time_travel(story).advance(0).result == [0, 1, 2]


def test_a_protocols_own_timeout_lives_on_the_clock() -> None:
    """TimeoutMixin takes the global reactor; the client by hand sees the end."""

    def story(lab: Any) -> Any:
        client = lab.connect(lab.serve(Idle))
        client.send(b"anyone\r\n")
        return client

    trip = time_travel(story).advance(29)
    assert trip.result.end == "open"
    trip.step()
    trip.result.expect_close()
    assert trip.now == 30.0 and trip.steps[-1].what == "setTimeout"


def test_an_hour_of_reconnects() -> None:
    """Each attempt is refused; without jitter the waits are those of the policy."""
    tried: list[float] = []

    def story(lab: Any) -> Any:
        tried.clear()
        endpoint = TCP4ClientEndpoint(lab.reactor, "127.0.0.1", 8000)

        def policy(attempt: int) -> float:
            tried.append(lab.clock.seconds())
            return min(60.0, 2.0**attempt)

        service = ClientService(endpoint, Factory.forProtocol(Echo), policy, clock=lab.clock)
        service.startService()
        return service

    trip = time_travel(story).advance(3600)
    assert tried[:7] == [0.0, 2.0, 6.0, 14.0, 30.0, 62.0, 122.0]
    assert len(tried) == 6 + (3600 - 62) // 60
    assert trip.failures == ()
    assert {d.where.function for d in trip.steps if d.where} == {story.__qualname__}


def test_a_service_finds_the_server_that_came_late() -> None:
    """The whole way: refused, refused, connected; both ends are Twisted's."""

    def story(lab: Any) -> Any:
        endpoint = clientFromString(lab.reactor, "tcp:127.0.0.1:8000")
        service = ClientService(
            endpoint, Factory.forProtocol(Caller), lambda attempt: 4.0, clock=lab.clock
        )
        service.startService()
        lab.clock.callLater(5, lambda: lab.serve(Echo, port=8000))
        return service.whenConnected()

    trip = time_travel(story).advance(7)
    assert not trip.result.called
    trip.advance(1)
    assert trip.result.result.heard == b"ahoy"


# The network of a story


def test_nobody_there_refuses() -> None:
    """In a later turn, as a socket would."""
    trip = time_travel(caller)
    assert not trip.result.called
    trip.step()
    trip.result.addErrback(lambda f: f.type)
    assert trip.result.result is ConnectionRefusedError


@pytest.mark.parametrize("name", ["192.0.2.7", "harbour.example"])
def test_a_host_elsewhere_never_answers(name: str) -> None:
    """So that the time-out of the endpoint comes; nothing leaves the process."""

    def story(lab: Any) -> Any:
        found: list[Any] = []
        endpoint = HostnameEndpoint(lab.reactor, name, 80, timeout=30)
        connecting = endpoint.connect(Factory.forProtocol(Caller))
        connecting.addErrback(lambda f: found.append(f.type))
        return found

    assert time_travel(story).advance(29.9).result == []
    assert time_travel(story).advance(30).result == [ConnectTimeout]


def test_the_global_reactor_makes_no_real_connection() -> None:
    """Neither as a client nor as a server."""

    def story(lab: Any) -> Any:
        heard = Factory.forProtocol(Echo)
        serverFromString(reactor, "tcp:8000:interface=127.0.0.1").listen(heard)
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", 8000)
        return endpoint.connect(Factory.forProtocol(Caller))

    trip = time_travel(story).step()
    assert trip.result.result.heard == b"ahoy"
    assert trip.result.result.transport.getPeer().port == 8000


def test_each_end_learns_of_the_others_end() -> None:
    """In order and not in order."""

    def story(lab: Any) -> tuple[Any, Any]:
        server = lab.serve(Echo)
        return server, [caller(lab, port=server.port) for _ in "ab"]

    trip = time_travel(story).advance(0)
    server, (first, second) = trip.result
    server.connections[0].transport.loseConnection()
    server.connections[1].transport.abortConnection()
    trip.advance(0)
    trip.lab._turns.run()
    assert first.result.ended.type.__name__ == "ConnectionDone"
    assert second.result.ended.type is ConnectionLost


def test_a_stopped_server_refuses() -> None:
    """As its port would."""

    def story(lab: Any) -> Any:
        server = lab.serve(Echo)
        server.stop()
        return caller(lab, port=server.port)

    trip = time_travel(story).step()
    assert trip.result.result.type is ConnectionRefusedError
    trip.result.addErrback(lambda f: None)


def test_what_twisted_web_does_for_its_log_is_no_step() -> None:
    """It keeps a date up to the second; the reader never asked for it."""
    trip = time_travel(lambda lab: lab.serve(Site(Resource()))).advance(100)
    assert (trip.steps, trip.pending) == ((), ())
    with pytest.raises(LabError, match="Nothing is pending at 100 s"):
        trip.step()


# What goes wrong


def test_a_call_that_raises_is_kept_and_time_goes_on() -> None:
    """With the line that raised, which is another than the line that asked."""

    def story(lab: Any) -> None:
        def moor() -> None:
            raise KeyError("anchor")

        lab.clock.callLater(1, moor)
        lab.clock.callLater(2, moor)

    trip = time_travel(story).advance(5)
    assert [d.raised for d in trip.steps] == ["KeyError: 'anchor'"] * 2
    done, line = trip.steps[0], story.__code__.co_firstlineno
    assert done.where is not None and done.raised_at is not None
    assert (done.where.line - line, done.raised_at.line - line) == (4, 2)
    assert len(trip.failures) == 2


def test_what_served_code_raises_is_the_steps() -> None:
    """A connection in memory raises while a step delivers to it."""

    class Grumpy(Protocol):
        def dataReceived(self, data: bytes) -> None:
            raise ValueError("not now")

    def story(lab: Any) -> Any:
        return caller(lab, port=lab.serve(Grumpy).port)

    trip = time_travel(story).step()
    assert trip.steps[0].raised == "ValueError: not now"


def test_a_story_that_raises_is_no_trip() -> None:
    """The error comes where the story was handed over, with its own line."""

    def story(lab: Any) -> None:
        raise KeyError("anchor")

    async def later(lab: Any) -> None:
        raise KeyError("anchor")

    for told in (story, later):
        with pytest.raises(KeyError, match="anchor") as caught:
            time_travel(told)
        assert caught.traceback[-1].name == told.__name__
    assert REACTOR.seconds() > 1e6


def test_a_story_that_raises_the_second_time_is_shown() -> None:
    """The trip goes on from what it had asked for until then."""
    told: list[int] = []

    def story(lab: Any) -> None:
        told.append(1)
        lab.clock.callLater(1, int)
        if len(told) == 2:
            raise KeyError("anchor")

    trip = time_travel(story).step().back()
    assert trip.schedule.raised == "KeyError: 'anchor'"
    assert trip.schedule.raised_at is not None
    assert trip.schedule.raised_at.line == story.__code__.co_firstlineno + 4
    assert (trip.result, len(trip.pending)) == (None, 1)


def test_what_served_code_raises_while_the_story_is_set_up_is_kept() -> None:
    """It ends its connection and not the story."""

    class Grumpy(Protocol):
        def connectionMade(self) -> None:
            raise ValueError("not now")

    trip = time_travel(lambda lab: lab.connect(lab.serve(Grumpy)))
    assert trip.schedule.raised == "ValueError: not now"


def test_a_coroutine_may_tell_the_story() -> None:
    """What it raises later belongs to the step."""

    async def story(lab: Any) -> None:
        await task.deferLater(lab.clock, 5)
        raise KeyError("anchor")

    trip = time_travel(story)
    assert trip.schedule.raised == ""
    assert trip.step().steps[0].raised == "KeyError: 'anchor'"


def test_calls_without_end_are_stopped() -> None:
    """A callLater(0, …) that asks for itself again, with its name."""

    def story(lab: Any) -> None:
        def spin() -> None:
            lab.clock.callLater(0, spin)

        spin()

    trip = time_travel(story)
    with pytest.raises(LabError, match=r"no end of calls; spin is next\. .*give it a delay"):
        trip.advance(1)


def test_time_does_not_pass_inside_a_call() -> None:
    """A step within a step could not be gone back to."""

    def story(lab: Any) -> None:
        lab.clock.callLater(1, lambda: lab.advance(5))

    trip = time_travel(story).step()
    assert "cannot itself make time pass" in trip.steps[0].raised


def test_a_thread_is_refused_with_the_cure() -> None:
    """Its work takes real time."""
    with pytest.raises(LabError, match="which no clock can turn back"):
        time_travel(lambda lab: deferToThread(time.sleep, 1))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (7, "was given int, not a function"),
        (Echo, "was given type, not a function"),
        (lambda: None, "with one argument, the lab"),
        (lambda lab, tide: None, "with one argument, the lab"),
    ],
)
def test_no_story_is_refused(given: Any, said: str) -> None:
    """In one sentence with the cure."""
    with pytest.raises(LabError, match=said) as caught:
        time_travel(given)
    assert "def story(lab)" in caught.value.cure


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None, True])
def test_time_is_a_number_of_seconds(bad: Any) -> None:
    """Neither back by advance, nor for ever."""
    trip = time_travel(tides)
    for verb in (trip.advance, trip.jump):
        with pytest.raises(LabError, match="was given"):
            verb(bad)
    assert trip.now == 0.0


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "1"])
def test_steps_are_counted(bad: Any) -> None:
    """Going back by no step, or by half of one, means nothing."""
    with pytest.raises(LabError, match="back was given"):
        time_travel(tides).step().back(bad)


def test_nothing_lies_before_the_story() -> None:
    """Said with how far back it goes."""
    with pytest.raises(LabError, match=r"2 steps were taken\. Go back by at most 2"):
        time_travel(tides).advance(6).back(3)


# Back


def test_going_back_is_the_story_anew_up_to_there() -> None:
    """The same moment as it was then; and forward again is the same way."""
    trip = time_travel(tides).advance(12)
    whole = trip.steps
    old = trip.result
    trip.back(2)
    assert (trip.now, len(trip.steps), trip.result) == (6.0, 2, ["dawn", "flood"])
    assert trip.result is not old
    assert trip.schedule.differs == 0
    trip.advance(100)
    assert (trip.steps, trip.schedule.differs) == (whole, 0)


def test_an_earlier_moment_is_reached_by_jump() -> None:
    """Between two steps too, and the very beginning."""
    trip = time_travel(tides).advance(12).jump(4.5)
    assert (trip.now, trip.result) == (4.5, ["dawn"])
    assert trip.jump(0).result == []
    assert [p.at for p in trip.pending] == [3.0, 6.0, 12.0]


def test_back_to_each_step_and_forward_gives_the_same() -> None:
    """A law: whatever the way, a step is what it was."""
    trip = time_travel(tides).advance(20)
    whole, last = trip.steps, trip.schedule.pending
    for steps in (1, 2, 3, 4):
        trip.back(steps)
        assert trip.steps == whole[: 4 - steps]
        trip.advance(20)
        assert (trip.steps, trip.schedule.pending, trip.schedule.differs) == (whole, last, 0)


def test_chance_is_noticed() -> None:
    """The step before was the same; the one that it asked for was not."""
    dice = iter([5.0, 7.0, 7.0])

    def story(lab: Any) -> None:
        lab.clock.callLater(1, lambda: lab.clock.callLater(next(dice), int))

    trip = time_travel(story).advance(10).back(1)
    assert trip.schedule.differs == 2
    assert trip.schedule.instead is not None and trip.schedule.instead.at == 6.0
    assert trip.step().now == 8.0
    assert trip.schedule.differs == 0  # said once
    assert trip.back(1).schedule.differs == 0  # the new way is known now


def test_a_global_that_was_changed_is_noticed() -> None:
    """The story's first call comes at another time, in step 1."""
    delays = [3.0]
    trip = time_travel(lambda lab: lab.clock.callLater(delays[0], int)).advance(10)
    delays[0] = 4.0
    trip.jump(5)
    assert (trip.schedule.differs, trip.steps[0].at) == (1, 4.0)


def test_a_step_that_is_missing_the_second_time_is_noticed() -> None:
    """What ran the first time and is no more."""
    told: list[int] = []

    def story(lab: Any) -> None:
        told.append(1)
        if len(told) == 1:
            lab.clock.callLater(3, int)
        lab.clock.callLater(9, int)

    trip = time_travel(story).advance(5).back(1)
    assert trip.schedule.differs == 1


def test_with_a_seed_chance_is_the_same_each_time() -> None:
    """In the story, in each step, and in each replay; the reader's own draws go on as they were."""

    def story(lab: Any) -> list[float]:
        drawn = [random.random()]
        lab.clock.callLater(random.random(), lambda: drawn.append(random.random()))
        return drawn

    random.seed(5)
    expected = [random.random() for _ in range(4)]
    random.seed(5)
    own = [random.random()]
    trip = time_travel(story, seed=3)
    own.append(random.random())
    first = list(trip.advance(2).result)
    own.append(random.random())
    trip.back(1).step()
    own.append(random.random())
    assert (trip.result, trip.schedule.differs, own) == (first, 0, expected)
    assert time_travel(story, seed=3).advance(2).result == first


# Beside other things


def test_outside_its_verbs_time_is_real() -> None:
    """In this thread too; and a trip may be taken up again."""
    trip = time_travel(tides).step()
    assert REACTOR.seconds() > 1e6
    with in_memory(), pytest.raises(LabError, match="entered twice"):
        trip.step()
    assert trip.step().now == 6.0


def test_the_live_reactor_still_works_in_small_parts() -> None:
    """A story that was left in the middle of such work is no hindrance to it."""
    from labkit.bench import wait

    time_travel(lambda lab: task.cooperate(iter(range(9)))).step()
    done: list[int] = []
    wait(lambda: task.coiterate(done.append(n) for n in range(3)))
    assert done == [0, 1, 2]


def test_two_trips_do_not_mix() -> None:
    """Each has its own clock, also for those who take the global reactor."""

    def story(lab: Any) -> None:
        REACTOR.callLater(5, int)

    one, other = time_travel(story), time_travel(story)
    one.advance(5)
    assert (len(one.steps), len(other.steps), len(other.pending)) == (1, 0, 1)


def test_another_thread_is_refused() -> None:
    """A trip belongs to the thread that made it."""
    trip, said = time_travel(tides), []

    def elsewhere() -> None:
        try:
            trip.step()
        except LabError as error:
            said.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "another thread" in said[0]


def test_a_story_interrupted_leaves_time_real() -> None:
    """Stop in the middle of a long trip."""

    def story(lab: Any) -> None:
        def stopped() -> None:
            raise KeyboardInterrupt

        lab.clock.callLater(1, stopped)
        lab.clock.callLater(2, int)

    trip = time_travel(story)
    with pytest.raises(KeyboardInterrupt):
        trip.advance(5)
    assert REACTOR.seconds() > 1e6
    assert trip.advance(5).now == 6.0


def test_many_steps_are_kept_and_the_last_are_shown() -> None:
    """A day of seconds is a schedule that can be drawn."""

    def story(lab: Any) -> None:
        task.LoopingCall(int).start(1)

    trip = time_travel(story).advance(3000)
    assert (len(trip.steps), len(trip.schedule.done)) == (3000, 1000)
    assert (trip.schedule.left_out, trip.schedule.done[-1].step) == (2000, 3000)


def test_a_trip_has_a_repr_without_address() -> None:
    """In a list, or at a terminal."""
    assert repr(time_travel(tides).step()) == "<Travel at 3 s, step 1, 2 pending>"
