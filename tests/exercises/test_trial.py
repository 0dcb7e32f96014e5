"""What a check can say, and that it only says what it saw."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from labkit.bench import connect, drain_failures, reactor, servers, settle, wait
from labkit.errors import BadAnswer, BadCourse
from labkit.exercises import CouldNotTell, Passed, Refused, Trial, Verdict, _deadline, _registry
from labkit.exercises._heartbeat import Heartbeat
from labkit.exercises._runner import run_check
from labkit.exercises._schedules import shrink, smallest_failing

pytestmark = pytest.mark.usefixtures("room")


class Shout(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())


def judged(check: Callable[[Trial], None], answer: Any = Shout, seed: int = 7) -> Verdict:
    from labkit.exercises import rooms

    rooms()[0].load()
    _registry.checks["c98-shout"] = check
    return run_check("c98-shout", answer, seed)


def talk(t: Trial, otherwise: Any = None, says: bytes = b"ho", due: bytes = b"HO") -> None:
    t.serve()
    with t.step("talk", otherwise=otherwise), t.connect() as c:
        c.send(says)
        c.expect(due)


def finding(verdict: Verdict) -> str:
    assert isinstance(verdict, Refused), verdict
    return verdict.finding.id


def test_a_check_without_a_step_proves_nothing() -> None:
    """Could not tell is never a pass."""
    assert isinstance(judged(lambda t: t.serve() and None), CouldNotTell)


def test_a_broken_check_is_an_exception_and_no_verdict() -> None:
    """The lab's own mistake is not charged to the reader."""

    def broken(t: Trial) -> None:
        with t.step("one"):
            {}["missing"]

    with pytest.raises(KeyError):
        judged(compiled(broken))


def compiled(function: Any) -> Any:
    """The same function, as if it stood in the lab and not with the reader."""
    code = function.__code__.replace(co_filename="<frozen lab>")
    return type(function)(code, function.__globals__)


class Slow(Protocol):
    """Says it 0.4 s later, or half a minute."""

    def dataReceived(self, data: bytes) -> None:
        self.later = reactor.callLater(
            30 if data == b"no haste" else 0.4, self.transport.write, data.upper()
        )

    def connectionLost(self, reason: Any = None) -> None:
        if self.later.active():
            self.later.cancel()


def test_timers_of_the_server_before_are_not_counted() -> None:
    """They end with it, and an answer that takes its time is still waited for."""

    def twice(t: Trial) -> None:
        t.serve()
        idle = [t.connect(), t.connect()]
        for client in idle:
            client.send(b"no haste")
        for _ in range(200):
            if t.heartbeat.pending >= 2:
                break
            time.sleep(0.005)
        talk(t)

    assert isinstance(judged(twice, Slow), Passed)


def test_silence_is_no_reply() -> None:
    """Bytes sent, nothing came, still open."""

    class Mute(Protocol):
        pass

    assert finding(judged(talk, Mute)) == "no-reply"


def test_half_an_answer_and_a_close_is_closes_early() -> None:
    """What came is the beginning of what was due."""

    class Brief(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(b"H")
            self.transport.loseConnection()

    assert finding(judged(talk, Brief)) == "closes-early"


def test_open_where_a_close_is_due_is_never_closes() -> None:
    """The contract says closed."""

    def closing(t: Trial) -> None:
        t.serve()
        with t.step("close"), t.connect() as c:
            c.expect_close()

    assert finding(judged(closing)) == "never-closes"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (TypeError("Data must be bytes"), "str-vs-bytes"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "bytes-as-text"),
        (ValueError("x"), "ValueError"),
        (ZeroDivisionError("x"), "crashed"),
    ],
)
def test_what_was_raised_names_the_finding(error: Exception, name: str) -> None:
    """By its kind, by its name when the catalogue has it, else crashed; whatever the step says."""

    class Raises(Protocol):
        def dataReceived(self, data: bytes) -> None:
            raise error

    verdict = judged(lambda t: talk(t, otherwise="quiet"), Raises)
    assert finding(verdict) == name
    assert isinstance(verdict, Refused) and "your dataReceived, line" in verdict.where


def test_what_a_function_raises_to_its_caller_is_not_told_of_the_reactor() -> None:
    """The same finding, in the words that fit where it was raised."""

    def call(t: Trial) -> None:
        with t.step("a call"):
            t.answer()

    def raises() -> None:
        raise ZeroDivisionError("x")

    verdict = judged(call, raises)
    assert finding(verdict) == "crashed"
    assert isinstance(verdict, Refused)
    assert verdict.finding.why.startswith("Your function raised this")
    assert "your raises, line" in verdict.where


def test_a_crash_after_a_right_answer_is_still_refused() -> None:
    """The dialogue was right; what was raised in connectionLost is seen."""

    class Late(Shout):
        def connectionLost(self, reason: Any = None) -> None:
            {}["nick"]

    assert finding(judged(talk, Late)) == "KeyError"


def test_a_right_answer_that_blocks_is_refused_with_its_line() -> None:
    """The reactor stood still, and the reader's line is named."""

    class Sleepy(Shout):
        def dataReceived(self, data: bytes) -> None:
            time.sleep(0.3)
            super().dataReceived(data)

    verdict = judged(talk, Sleepy)
    assert finding(verdict) == "blocks-reactor"
    assert isinstance(verdict, Refused) and "dataReceived" in verdict.where


def test_a_machine_that_stood_still_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reactor's beat came late, and no other thread ran meanwhile either."""
    monkeypatch.setattr(Heartbeat, "_watch", lambda self: None)

    class Starved(Shout):
        def dataReceived(self, data: bytes) -> None:
            time.sleep(0.3)
            super().dataReceived(data)

    assert isinstance(judged(talk, Starved), Passed)


def test_an_idle_reactor_whose_turn_comes_late_is_nobodys_fault() -> None:
    """It waits for events and is given no time; others are, and look on."""
    pulse = Heartbeat()
    pulse.start()
    try:
        wait(pulse._stop)
        threading.Event().wait(0.3)
        assert pulse.stale > 0.2 and pulse.standstill < 0.1
    finally:
        pulse.stop()


def test_a_computation_that_lets_no_thread_run_is_seen_all_the_same() -> None:
    """One call in C that keeps the interpreter: nobody can look, but it used the time."""

    class Counts(Shout):
        def dataReceived(self, data: bytes) -> None:
            end = time.thread_time() + 0.4
            while time.thread_time() < end:
                sum(range(10_000_000))
            super().dataReceived(data)

    assert finding(judged(talk, Counts)) == "blocks-reactor"


def test_an_answer_that_spins_is_freed_and_named() -> None:
    """No check hangs: the callback is broken out of, its line is named, and the lab goes on."""

    class Spinning(Shout):
        def dataReceived(self, data: bytes) -> None:
            while True:
                pass

    verdict = judged(talk, Spinning)
    assert finding(verdict) == "blocks-reactor"
    assert isinstance(verdict, Refused) and "dataReceived, line" in verdict.where
    assert isinstance(judged(talk), Passed)


def test_an_answer_that_waits_on_a_timer_is_waited_for() -> None:
    """Giving up early is for when nothing can come any more."""

    class Slow(Protocol):
        def dataReceived(self, data: bytes) -> None:
            reactor.callLater(0.4, self.transport.write, data.upper())

    assert isinstance(judged(talk, Slow), Passed)


def test_an_answer_from_a_thread_is_waited_for() -> None:
    """Likewise for the reactor's thread pool."""

    class Threaded(Protocol):
        def dataReceived(self, data: bytes) -> None:
            def work() -> None:
                threading.Event().wait(0.3)
                reactor.callFromThread(self.transport.write, data.upper())

            reactor.callInThread(work)

    assert isinstance(judged(talk, Threaded), Passed)


def test_failures_of_earlier_cells_are_not_charged_and_not_lost() -> None:
    """What was logged before belongs to somebody else, who still gets to see it."""
    from twisted.python import log

    wait(log.err, RuntimeError("old"))
    assert isinstance(judged(talk), Passed)
    assert [str(f.value) for f in drain_failures()] == ["old"]


def test_what_a_replaced_answer_raises_at_its_end_is_not_charged_to_the_new_one() -> None:
    """A visitor still stood on the refused answer when the mended one was checked."""

    class Whisper(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)

        def connectionLost(self, reason: Any = None) -> None:
            {}["nick"]

    def quietly(t: Trial) -> None:
        t.serve()
        with t.step("talk", otherwise="quiet"), t.connect() as c:
            c.send(b"ho")
            c.expect(b"HO")

    judged(quietly, Whisper)
    (standing,) = servers()
    with connect(standing):
        assert isinstance(judged(quietly), Passed)


def test_a_loop_without_end_in_the_readers_own_dialogue_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It runs in the notebook's thread, where no reactor can be freed; its line is named."""
    monkeypatch.setattr(_deadline, "SECONDS", 0.05)

    def hunt() -> None:
        while True:
            pass

    def dialogue(t: Trial) -> None:
        with t.step("talk"):
            hunt()

    verdict = judged(dialogue)
    assert finding(verdict) == "never-returns"
    assert isinstance(verdict, Refused) and "your hunt, line" in verdict.where


def test_a_loop_without_end_in_memory_blocks_the_reactor(monkeypatch: pytest.MonkeyPatch) -> None:
    """There the answer runs in this thread, in the reactor's place."""
    monkeypatch.setattr(_deadline, "SECONDS", 0.05)

    class Spins(Protocol):
        def dataReceived(self, data: bytes) -> None:
            while True:
                pass

    def in_memory(t: Trial) -> None:
        with t.memory() as lab, t.step("talk"), lab.connect(lab.serve(t.answer)) as c:
            c.send(b"ho")

    verdict = judged(in_memory, Spins)
    assert finding(verdict) == "blocks-reactor"
    assert isinstance(verdict, Refused) and "your dataReceived, line" in verdict.where


def test_a_deadline_that_is_over_strikes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's own waits inside the block are left alone, and so is what comes after it."""
    monkeypatch.setattr(_deadline, "SECONDS", 0.0)
    deadline = _deadline.Deadline()
    with deadline:
        wait(deferLater, reactor, 0.15, int)
    assert deadline.place == ""


def test_an_async_method_that_nobody_awaits_is_named() -> None:
    """Twisted calls it, and only a coroutine comes back; inside a factory too."""

    class Shouts(Protocol):
        async def dataReceived(self, data: bytes) -> None:  # type: ignore[override]
            self.transport.write(data.upper())

    for answer in (Shouts, Factory.forProtocol(Shouts)):
        with pytest.warns(RuntimeWarning, match="never awaited"):
            assert finding(judged(talk, answer)) == "async-callback"


def test_a_protocol_may_have_coroutines_of_its_own() -> None:
    """Only those in the place of a method that Twisted calls are wrong."""

    class Shouts(Protocol):
        def dataReceived(self, data: bytes) -> None:
            Deferred.fromCoroutine(self.shout(data))

        async def shout(self, data: bytes) -> None:
            self.transport.write(data)

    assert finding(judged(talk, Shouts)) == "wrong-reply"


def test_a_factory_that_cannot_be_made_is_told_how_it_is_made() -> None:
    """Before anything is judged."""

    class Room(Factory):
        def __init__(self, size: int) -> None:
            self.size = size

    with pytest.raises(BadAnswer, match=r"TypeError: .*'size'. The check makes one"):
        judged(talk, Room)


def test_a_failure_that_nobody_handled_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The talk was right; a Deferred failed on the way, without an errback."""

    class Forgetful(Shout):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            Deferred.fromCoroutine(self.note())

        async def note(self) -> None:
            int("x")

    verdict = judged(talk, Forgetful)
    assert finding(verdict) == "lost-failure"
    assert isinstance(verdict, Refused) and "your note, line" in verdict.where
    assert verdict.caret.startswith("ValueError")


def test_what_was_raised_is_said() -> None:
    """Its kind and its message, under the dialogue."""

    class Raises(Protocol):
        def dataReceived(self, data: bytes) -> None:
            int(data)

    verdict = judged(talk, Raises)
    assert isinstance(verdict, Refused)
    assert verdict.caret.startswith("ValueError: invalid literal for int()")


def test_a_finding_that_nobody_wrote_is_the_authors_mistake() -> None:
    """Named, with the exercise."""
    with pytest.raises(BadCourse, match="c98-shout names the finding 'loud'"):
        judged(lambda t: talk(t, otherwise="loud", due=b"no"))


def test_a_step_may_bring_its_own_line_to_try() -> None:
    """Where what one client sent does not show it."""

    def own(t: Trial) -> None:
        t.serve()
        with t.step("talk", replay="curl -v telnet://…"), t.connect() as c:
            c.expect(b"no")

    verdict = judged(own)
    assert isinstance(verdict, Refused) and verdict.replay == "curl -v telnet://…"


def test_the_seed_is_in_the_verdict_and_draws_the_same() -> None:
    """A failure can be replayed."""
    drawn = []

    def drawing(t: Trial) -> None:
        drawn.append(t.random.random())
        talk(t, due=b"no")

    verdicts = [judged(drawing, seed=11), judged(drawing, seed=11)]
    assert drawn[0] == drawn[1]
    assert all(isinstance(v, Refused) and v.seed == 11 for v in verdicts)


def test_a_schedule_that_fails_is_shrunk() -> None:
    """An answer that breaks when "ho" is cut in the middle: one cut is left, right there."""

    class Breaks(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(b"?" if data.endswith(b"h") else data.upper())

    import random

    sizes = smallest_failing(Breaks, b"ahoy, ahoy", b"AHOY, AHOY", random.Random(1))
    assert sizes is not None and len(sizes) == 2
    assert smallest_failing(Shout, b"ahoy", b"AHOY", random.Random(1)) is None


def test_shrinking_keeps_only_the_cuts_that_matter() -> None:
    """Fails whenever 3 and 7 are cut."""
    assert shrink(tuple(range(1, 12)), lambda cuts: {3, 7} <= set(cuts)) == (3, 7)


def test_a_connection_that_only_a_forgotten_deferred_remembers_is_nobodys_failure() -> None:
    """It may end long after the check of the answer that made it; a crash never is let go."""
    from twisted.internet.defer import fail
    from twisted.internet.error import ConnectionLost

    def forgets(error: Exception) -> Callable[[Trial], None]:
        def check(t: Trial) -> None:
            with t.step("an old connection ends"):
                wait(lambda: fail(error) and None)

        return check

    assert isinstance(judged(forgets(ConnectionLost())), Passed)
    assert finding(judged(forgets(RuntimeError("mine")))) == "lost-failure"


def test_what_a_refused_answer_left_half_done_is_no_news_later() -> None:
    """An endpoint gives up 0.3 s after its only address refused; by then the check is over."""
    from twisted.internet.endpoints import HostnameEndpoint

    class Hasty(Protocol):
        def dataReceived(self, data: bytes) -> None:
            nobody = HostnameEndpoint(reactor, "127.0.0.1", 1)
            nobody.connect(Factory.forProtocol(Protocol))
            self.transport.write(data)

    def quietly(t: Trial) -> None:
        talk(t, otherwise="quiet")

    drain_failures()  # those of the tests before
    assert finding(judged(quietly, Hasty)) == "quiet"
    time.sleep(0.4)
    settle()
    assert not drain_failures()
