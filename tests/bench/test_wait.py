"""wait, run and await: what the reactor comes to, in the notebook's thread."""

from __future__ import annotations

import _thread
import asyncio
import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    fail,
    inlineCallbacks,
    succeed,
)
from twisted.internet.task import deferLater
from twisted.python.threadable import isInIOThread

from labkit.bench import drain_failures, reactor, run, settle, wait
from labkit.errors import ReactorThread, WaitTimeout

pytestmark = pytest.mark.usefixtures("bench")


def brew(leaf: str, milk: bool = False) -> str:
    """A plain function."""
    return f"{leaf}, {'white' if milk else 'black'}"


async def slow_brew(leaf: str) -> str:
    """A coroutine on Twisted's loop."""
    await deferLater(reactor, 0)
    return leaf.upper()


@inlineCallbacks
def old_brew(leaf: str) -> Any:
    """The same in the older style."""
    yield deferLater(reactor, 0)
    return leaf.upper()


class Spilt(Exception):
    """The reader's own error."""


def spill() -> None:
    """Raises it."""
    raise Spilt("on the floor")


def test_every_kind_of_thing_comes_to_its_value() -> None:
    """A function, a Deferred, a coroutine, made or to be made; a plain value is itself."""
    assert wait(brew, "assam", milk=True) == "assam, white"
    assert wait(slow_brew, "assam") == "ASSAM"
    assert wait(slow_brew("assam")) == "ASSAM"
    assert wait(old_brew, "assam") == "ASSAM"
    assert wait(old_brew("assam")) == "ASSAM"
    assert wait(succeed(3)) == 3
    assert wait(lambda: succeed(3)) == 3
    assert wait(7) == 7
    assert wait(lambda: None) is None


def test_it_runs_in_the_reactors_thread() -> None:
    """And not in the cell's."""
    assert wait(isInIOThread) is True
    assert isInIOThread() is False


def test_a_deferred_can_be_waited_for_again() -> None:
    """Its value stays its value, for callbacks that are added later too."""
    d: Deferred[int] = Deferred()
    reactor.callFromThread(d.callback, 5)
    assert (wait(d), wait(d)) == (5, 5)
    got: list[int] = []
    wait(lambda: d.addCallback(got.append) and None)
    assert got == [5]


def frames(error: BaseException) -> list[str]:
    """The functions of a traceback that a notebook shows: those that do not hide themselves."""
    steps = traceback.walk_tb(error.__traceback__)
    return [f.f_code.co_name for f, _ in steps if "__tracebackhide__" not in f.f_locals]


@pytest.mark.parametrize("how", ["plain", "coroutine", "old", "deferred"])
def test_a_failure_is_raised_here_with_the_readers_frames_alone(how: str) -> None:
    """No frame of Twisted's, of crochet's, of the bench's."""

    async def trip() -> None:
        await deferLater(reactor, 0)
        spill()

    @inlineCallbacks
    def stumble() -> Any:
        yield deferLater(reactor, 0)
        spill()

    kinds: dict[str, tuple[Callable[[], Any], list[str]]] = {
        "plain": (spill, ["spill"]),
        "coroutine": (trip, ["trip", "spill"]),
        "old": (stumble, ["stumble", "spill"]),
        "deferred": (lambda: deferLater(reactor, 0, spill), ["spill"]),
    }
    function, expected = kinds[how]
    me = "test_a_failure_is_raised_here_with_the_readers_frames_alone"
    with pytest.raises(Spilt, match="on the floor") as caught:
        wait(function)
    assert frames(caught.value) == [me, *expected]
    settle()
    assert drain_failures() == ()


def test_a_failure_without_the_readers_frames_keeps_its_own() -> None:
    """Better Twisted's frames than none."""
    with pytest.raises(Spilt):
        wait(fail(Spilt()))
    with pytest.raises(TypeError) as caught:
        wait(int, "3", "4", "5")
    assert caught.value.__traceback__ is not None


def test_too_late_cancels_and_says_so() -> None:
    """WaitTimeout, which is a builtin TimeoutError too; the canceller ran, nothing is logged."""
    cancelled: list[Deferred[None]] = []
    d: Deferred[None] = Deferred(cancelled.append)
    with pytest.raises(
        TimeoutError, match=r"Nothing came within 0\.01 s, so it was cancelled"
    ) as e:
        wait(d, timeout=0.01)
    assert isinstance(e.value, WaitTimeout)
    settle()
    assert cancelled == [d]
    assert drain_failures() == ()


def test_what_a_blocked_reactor_has_not_begun_never_begins() -> None:
    """A port that was given up is not opened later, behind the reader's back."""
    entered, leave = threading.Event(), threading.Event()
    done: list[str] = []
    given: Deferred[None] = Deferred(lambda d: done.append("canceller"))

    def block() -> None:
        entered.set()
        leave.wait(20)

    async def brewing() -> None:
        done.append("coroutine")

    blocked = run(block)
    assert entered.wait(20)
    for late in (lambda: done.append("function"), brewing(), given):
        with pytest.raises(WaitTimeout):
            wait(late, timeout=0.01)
    leave.set()
    blocked.wait()
    settle()
    assert done == ["canceller"]


def test_too_late_cancels_a_coroutine_where_it_waits() -> None:
    """Its finally clause runs, in the reactor's thread."""
    ends: list[bool] = []

    async def hang() -> None:
        try:
            await Deferred()
        finally:
            ends.append(isInIOThread())

    with pytest.raises(WaitTimeout):
        wait(hang, timeout=0.01)
    settle()
    assert ends == [True]


@pytest.mark.parametrize("timeout", [0, -1])
def test_no_time_at_all_is_too_late(timeout: float) -> None:
    """And no error of threading's."""
    with pytest.raises(WaitTimeout):
        wait(Deferred(), timeout=timeout)


def test_without_a_timeout_it_waits() -> None:
    """None means as long as it takes."""
    assert wait(deferLater, reactor, 0, brew, "assam", timeout=None) == "assam, black"


def test_waiting_in_the_reactors_thread_is_refused_at_once() -> None:
    """wait and Result.wait alike; a Result that is there already may be read."""
    with pytest.raises(ReactorThread, match="stand still"):
        wait(lambda: wait(brew, "assam"))
    with pytest.raises(ReactorThread, match="stand still"):
        wait(lambda: run(brew, "assam").wait())
    ready = run(brew, "assam")
    assert ready.wait() == "assam, black"
    assert wait(ready.wait) == "assam, black"


# run


def test_run_returns_at_once_and_its_result_says_how_it_stands() -> None:
    """Waiting, done, failed; a value may be asked for twice."""
    d: Deferred[str] = Deferred()
    result = run(d)
    assert repr(result) == "<Result, waiting>"
    reactor.callFromThread(d.callback, "tea")
    assert (result.wait(), result.wait(), repr(result)) == ("tea", "tea", "<Result, done>")
    bad = run(spill)
    for _ in range(2):
        with pytest.raises(Spilt):
            bad.wait()
    assert repr(bad) == "<Result, failed>"


def test_cancel_ends_what_waits() -> None:
    """And the one who waits for it learns that."""
    result = run(Deferred())
    result.cancel()
    with pytest.raises(CancelledError):
        result.wait()


def test_a_failure_that_nobody_asked_for_is_reported_once() -> None:
    """Dropping a Result does not drop its error; reading it does."""
    run(spill)
    settle()
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == ["on the floor"]
    read = run(spill)
    with pytest.raises(Spilt):
        read.wait()
    del read
    settle()
    assert drain_failures() == ()


def test_the_context_of_the_cell_goes_along() -> None:
    """What a cell set in a context variable is seen by what it starts."""
    from contextvars import ContextVar

    cell: ContextVar[int] = ContextVar("cell")
    cell.set(12)
    assert wait(cell.get) == 12


# await


def test_a_result_is_awaited() -> None:
    """Value and failure, in an asyncio loop of the notebook's kind."""

    async def cell() -> tuple[Any, Any]:
        tea = await run(slow_brew, "assam")
        with pytest.raises(Spilt) as caught:
            await run(spill)
        return tea, frames(caught.value)

    tea, seen = asyncio.run(cell())
    assert (tea, seen) == ("ASSAM", ["cell", "spill"])


def test_two_results_are_gathered() -> None:
    """Neither waits for the other; a shared one is given to both."""

    async def cell() -> Any:
        one, two = Deferred[str](), Deferred[str]()
        reactor.callFromThread(two.addCallback, lambda v: one.callback("first") or v)  # type: ignore[func-returns-value]
        shared = run(brew, "assam")
        waiting = asyncio.gather(run(one), run(two), shared, shared)
        reactor.callFromThread(two.callback, "second")
        return await waiting

    assert asyncio.run(cell()) == ["first", "second", "assam, black", "assam, black"]


def test_a_cancelled_task_cancels_the_deferred_and_leaves_nothing() -> None:
    """No pending task, no log, no failure, also when the loop is closed by then."""
    cancelled = threading.Event()
    d: Deferred[None] = Deferred(lambda d: cancelled.set())

    async def cell() -> int:
        task = asyncio.ensure_future(_await(run(d)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(cell()) == 1
    assert cancelled.wait(10)
    settle()
    settle()
    assert drain_failures() == ()


async def _await(result: Any) -> Any:
    return await result


def test_a_time_limit_of_asyncios_cancels_too() -> None:
    """asyncio.wait_for is as good as wait's own timeout."""
    cancelled = threading.Event()
    d: Deferred[None] = Deferred(lambda d: cancelled.set())

    async def cell() -> None:
        await asyncio.wait_for(_await(run(d)), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(cell())
    assert cancelled.wait(10)


def test_an_interrupt_that_wakes_nobody_is_noticed_too() -> None:
    """A signal right before a lock is waited for only leaves a note, as interrupt_main does."""
    ends: list[str] = []

    def interrupted() -> Deferred[None]:
        reactor.callLater(0.05, _thread.interrupt_main)
        answer: Deferred[None] = Deferred(lambda _: ends.append("cancelled"))
        late = reactor.callLater(5, ends.append, "too late")
        return answer.addErrback(lambda _: late.active() and late.cancel())

    with pytest.raises(KeyboardInterrupt):
        run(interrupted).wait(6)
    settle()
    assert ends == ["cancelled"]


def test_an_interrupt_cancels_and_gives_the_prompt_back(kernel: Callable[[str], str]) -> None:
    """SIGINT during wait and during await: KeyboardInterrupt here, the canceller there."""
    said = kernel(
        """
        import asyncio, os, signal, threading
        from twisted.internet.defer import Deferred
        from labkit.bench import run, wait, settle, drain_failures, reactor
        signal.signal(signal.SIGINT, signal.default_int_handler)
        def interrupt():
            os.kill(os.getpid(), signal.SIGINT)
        gone = threading.Event()
        def once_waiting():
            reactor.callLater(0.05, interrupt)
            return Deferred(lambda d: gone.set())
        try:
            wait(once_waiting, timeout=30)
        except KeyboardInterrupt:
            print("wait", gone.wait(10))
        gone.clear()
        async def cell():
            await run(once_waiting)
        try:
            asyncio.run(cell())
        except KeyboardInterrupt:
            print("await", gone.wait(10))
        settle()
        print(drain_failures(), wait(lambda: "alive"))
        """
    )
    assert said == "wait True\nawait True\n() alive\n"


def test_after_a_real_stop_the_cure_is_a_restart(kernel: Callable[[str], str]) -> None:
    """Every verb says so at once, a wait that hangs then included; the wire stays readable."""
    said = kernel(
        """
        from twisted.internet.base import ReactorBase
        from twisted.internet.defer import Deferred
        from twisted.internet.protocol import Protocol
        from labkit.bench import connect, doctor, reactor, run, serve, servers, stop_all, wait
        from labkit.errors import LabError, ReactorGone
        server = serve(Protocol)
        with connect(server) as client:
            client.send(b"tea")
        hanging = run(Deferred())
        import threading
        stopped = threading.Event()
        def stop():
            reactor.addSystemEventTrigger("after", "shutdown", stopped.set)
            ReactorBase.stop(reactor)  # past the guard
        reactor.callFromThread(stop)
        assert stopped.wait(10)
        for verb in (lambda: wait(int), lambda: run(int), lambda: serve(Protocol),
                     lambda: hanging.wait(0.2)):
            try:
                verb()
            except ReactorGone as e:
                print("Restart the kernel" in str(e))
        try:
            connect(server)
        except LabError as e:
            print(type(e).__name__)
        stop_all()
        print(server.wire[0].said("client"), servers(), server.state)
        print([r.value for r in doctor().rows if r.name == "reactor"][0].split()[-1], doctor().fit)
        """
    )
    assert said.split("\n") == [
        *["True"] * 4,
        "ServerStopped",
        "b'tea' () stopped",
        "stopped False",
        "",
    ]
