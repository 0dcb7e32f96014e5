"""What a live kernel does to Twisted, trap by trap: each handled or guarded, or shown elsewhere.

Numbers are those of the two lists of runtime traps: R for the lab, K for the kernel.
Shown elsewhere:

    R10        a peer that is reset early            tests/bench/test_client.py
    R11, R26   leftovers and lazy diagnosis          tests/exercises (the judge)
    R15, K10   prints of callbacks                   tests/notebook (under the cell that ran)
    R18, K5    calls from the wrong thread           taught in chapter 10, judged by thread names
    R21, R22   names that clash, star imports        taught
    R25        stdlib test servers                   tests/bench/test_peer.py
    K4         reactor.run with signals in a thread  taught: a log to read
    K9         a Deferred kept in Out                tests/notebook
    K11, K12   children: interrupts and pipes        with the chapters that start children

R12 and R13 (a blocked reactor is named and freed) come with the stall watch.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import os
import threading
import weakref
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger
from twisted.python import log
from twisted.web.resource import Resource

from labkit.bench import _result as result_module
from labkit.bench import (
    connect,
    drain_failures,
    drain_log,
    reactor,
    run,
    serve,
    servers,
    settle,
    wait,
)
from labkit.errors import DialogueError, PortTaken, ReactorThread, WaitTimeout

pytestmark = pytest.mark.usefixtures("bench")


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


@pytest.fixture(scope="module")
def scripts(kernel: Callable[[str], str]) -> dict[str, str]:
    """What one fresh kernel says to all that would end or blind it, a line each."""
    said = kernel(
        """
        import sys
        from twisted.internet.task import react as early
        from twisted.internet import reactor, task
        from twisted.internet.protocol import Protocol
        from twisted.python import log
        from labkit.bench import connect, drain_failures, serve, settle, start, wait
        from labkit.errors import NotHere
        start()
        class Echo(Protocol):
            def dataReceived(self, data):
                self.transport.write(data)
        server = serve(Echo)
        out, err = sys.stdout, sys.stderr
        async def main(reactor):
            return 7
        def trial():
            from twisted.trial.unittest import TestCase
            class Test(TestCase):
                def test_tea(self):
                    pass
            Test("test_tea")()
        def later():
            from twisted.logger import globalLogBeginner
            globalLogBeginner.beginLoggingTo([print])
        for name, attempt in {
            "react": lambda: task.react(main),
            "early react": lambda: early(main),
            "react with argv": lambda: task.react(main, ["tea"]),
            "run": lambda: reactor.run(),
            "run without signals": lambda: reactor.run(installSignalHandlers=False),
            "stop": lambda: reactor.stop(),
            "stop in the reactor": lambda: wait(reactor.stop),
            "crash": lambda: reactor.crash(),
            "startLogging": lambda: log.startLogging(sys.stdout),
            "beginLoggingTo": later,
            "trial": trial,
        }.items():
            try:
                attempt()
                answer = "was obeyed"
            except NotHere as e:
                answer = str(e)
            same = sys.stdout is out and sys.stderr is err
            with connect(server) as client:
                client.send(b"tea")
                client.expect(b"tea")
            print(name, "|", answer, "|", same)
        from twisted.trial.unittest import SynchronousTestCase
        class Test(SynchronousTestCase):
            def test_tea(self):
                self.assertEqual(wait(lambda: 7), 7)
        import unittest
        outcome = unittest.TestResult()
        Test("test_tea").run(outcome)
        print("synchronous |", outcome.testsRun, outcome.wasSuccessful(), "|", True)
        seen = []
        log.startLogging(open("/dev/null", "w"), setStdout=False)
        settle()
        left = [f.getErrorMessage() for f in drain_failures()]
        print("failures |", len(left), *left, "|", True)
        """
    )
    lines = [line.split(" | ") for line in said.splitlines()]
    assert all(line[2] == "True" for line in lines), said
    return {line[0]: line[1] for line in lines}


def test_r01_react_is_explained_and_not_obeyed(scripts: dict[str, str]) -> None:
    """It would stop the shared reactor for good; also when it was imported before the lab."""
    assert "Here, use wait(main)" in scripts["react"]
    assert "Here, use wait(main)" in scripts["react with argv"]
    assert "background" in scripts["early react"]


def test_r02_run_is_explained(scripts: dict[str, str]) -> None:
    """The last line of a script has no place in a cell."""
    assert "Leave the line out here" in scripts["run"]
    assert "Leave the line out here" in scripts["run without signals"]


def test_r03_stop_is_explained_and_not_obeyed(scripts: dict[str, str]) -> None:
    """In a cell and in reactor code: the reactor could never be started again."""
    for name in ("stop", "stop in the reactor", "crash"):
        assert "server.stop(), or stop_all()" in scripts[name]


def test_r04_a_rerun_cell_brings_the_new_code() -> None:
    """A class redefined and served again answers from then on, on the same port."""
    old = serve(Echo, name="rerun")

    class Shout(Echo):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data.upper())

    new = serve(Shout, name="rerun")
    with connect(old.port) as client:
        client.send(b"tea")
        client.expect(b"TEA")
    assert (new.port, servers()) == (old.port, (new,))


def test_r05_a_taken_port_is_an_exception_in_the_cell() -> None:
    """Not a failed Deferred that looks fine."""
    held = serve(Echo, name="one")
    with pytest.raises(PortTaken):
        serve(Echo, name="two", port=held.port)
    with pytest.raises(PortTaken):
        serve(f"tcp:{held.port}:interface=127.0.0.1", Echo, name="two")


class Page(Resource):
    """One page."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        return b"a page\n"


def test_r06_a_stop_drops_open_connections() -> None:
    """Raw TCP and HTTP keep-alive: nobody is served by the old code afterwards."""
    tea, web = serve(Echo), serve(Page())  # type: ignore[no-untyped-call]
    http = HTTPConnection("127.0.0.1", web.port, timeout=5)
    http.request("GET", "/")
    assert http.getresponse().read() == b"a page\n"
    with connect(tea) as client:
        tea.stop()
        web.stop()
        with pytest.raises(DialogueError):
            client.send(b"tea")
            client.expect(b"tea")
    http.auto_open = False
    with pytest.raises(OSError):
        http.request("GET", "/")
        http.getresponse()
    http.close()


def test_r07_nothing_listens_beyond_loopback() -> None:
    """Whatever the kind of server."""
    made = [serve(Echo), serve(Page()), serve(Echo, tls=True, name="tls")]  # type: ignore[no-untyped-call]
    assert {s.listening.getHost().host for s in made} == {"127.0.0.1"}


def test_r08_a_lost_failure_is_found() -> None:
    """A failed Deferred that nobody holds is reported, also when only the collector frees it."""

    def lose() -> None:
        d: Deferred[None] = Deferred()
        d.me = d  # type: ignore[attr-defined]
        d.errback(ValueError("lost"))

    gc.disable()
    try:
        wait(lose)
        assert drain_failures() == ()
        settle()
    finally:
        gc.enable()
    assert [f.getErrorMessage() for f in drain_failures()] == ["lost"]


def test_r09_both_shapes_of_a_logged_failure_are_read() -> None:
    """The old log.err, the new Logger.failure, and what Twisted logs for a connectionMade."""

    class Fails(Protocol):
        def connectionMade(self) -> None:
            raise ValueError("made")

    def both() -> None:
        try:
            raise ValueError("old")
        except ValueError:
            log.err()
        try:
            raise ValueError("new")
        except ValueError:
            Logger("tea").failure("a new one")

    wait(both)
    with connect(serve(Fails)):
        pass
    assert [f.getErrorMessage() for f in drain_failures()] == ["old", "new", "made"]
    assert drain_log() == ()


def test_r11_a_failure_is_drained_once() -> None:
    """What was shown under one cell is not charged to the next."""
    wait(lambda: log.err(ValueError("tea")))
    assert len(drain_failures()) == 1
    assert drain_failures() == ()


def test_r14_logging_to_stdout_is_explained(scripts: dict[str, str]) -> None:
    """The output of later cells would vanish; a file without the redirection is fine."""
    assert "setStdout=False" in scripts["startLogging"]
    assert "setStdout=False" in scripts["beginLoggingTo"]


def test_r16_what_run_returns_can_be_awaited_in_a_cell() -> None:
    """A raw Deferred cannot: asyncio does not know it."""

    async def cell() -> Any:
        with pytest.raises(RuntimeError, match="bad yield"):
            await Deferred()
        return await run(lambda: 7)

    assert asyncio.run(cell()) == 7


def test_r17_an_awaited_result_wakes_the_loop_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes through call_soon_threadsafe, not by the next look at the clock."""
    monkeypatch.setattr(result_module, "_TICK", 3600)

    async def cell() -> Any:
        d: Deferred[str] = Deferred()
        reactor.callFromThread(reactor.callLater, 0.01, d.callback, "tea")
        return await asyncio.wait_for(_awaited(run(d)), 30)

    assert asyncio.run(cell()) == "tea"


async def _awaited(result: Any) -> Any:
    return await result


def test_r19_waiting_in_the_reactor_is_refused_at_once() -> None:
    """By every verb that waits."""
    server = serve(Echo)
    for verb in (
        lambda: wait(int),
        lambda: run(int).wait(),
        lambda: connect(server),
        lambda: serve(Echo),
    ):
        with pytest.raises(ReactorThread):
            wait(verb)


def test_r20_one_timeout_is_caught_by_the_name_everybody_knows() -> None:
    """Twisted and crochet have four more, unrelated."""
    with pytest.raises(builtins.TimeoutError):
        wait(Deferred(), timeout=0)
    assert issubclass(WaitTimeout, builtins.TimeoutError)


def test_r23_a_refused_connection_is_no_error() -> None:
    """buildProtocol may return None, through the tape and through TLS."""

    class Nobody(Factory):
        def buildProtocol(self, addr: Any) -> None:
            return None

    for tls in (False, True):
        with connect(serve(Nobody(), tls=tls), tls=False) as client:
            client.expect_close()
    assert drain_failures() == ()


@pytest.fixture(scope="module")
def warned(kernel: Callable[[str], str]) -> str:
    """A kernel that shows every warning, and one failure in a callback."""
    return kernel(
        """
        import warnings
        warnings.simplefilter("always")
        import crochet
        from twisted.internet import defer, reactor, utils
        from twisted.internet.protocol import Protocol
        from twisted.web.client import Agent, readBody
        from twisted.web.resource import Resource
        from labkit.bench import connect, drain_failures, serve, settle, start, wait
        start()

        @crochet.wait_for(0.01)
        def hang():
            return defer.Deferred()
        try:
            hang()
        except crochet.TimeoutError:
            print("crochet's own time-out")
        settle(); settle()
        print("after it:", drain_failures())

        class Slow(Resource):
            isLeaf = True
            def render_GET(self, request):
                request.write(b"te")
                reactor.callLater(0.05, request.write, b"a")
                reactor.callLater(0.05, request.finish)
                return 1
        server = serve(Slow())
        async def page():
            answer = await Agent(reactor).request(b"GET", server.url.encode())
            return await readBody(answer)
        print(wait(page))

        class Fails(Protocol):
            def dataReceived(self, data):
                raise ValueError("spilt")
        with connect(serve(Fails)) as client:
            client.send(b"tea")
        settle()
        print([f.getErrorMessage() for f in drain_failures()])

        import sys
        print(wait(utils.getProcessOutput, sys.executable, ["-c", "print('child')"]))
        """
    ).replace("\n", "; ")


def test_r24_crochets_warnings_are_not_the_readers(warned: str) -> None:
    """Not isSet, and not the cancellation after crochet's own time-out; stderr stays empty."""
    assert "crochet's own time-out; after it: ()" in warned


def test_r27_readbodys_warning_is_not_the_readers(warned: str) -> None:
    """The body that arrives after its headers is read without a word about transports."""
    assert "b'tea'" in warned


def test_k01_failures_are_seen_at_the_source(warned: str) -> None:
    """Not through the bridge to logging, which loses names, and never on stderr."""
    assert "['spilt']" in warned
    wait(lambda: Logger(namespace="tea.room").warn("hot {what}", what="water"))
    assert [(line.level, line.text) for line in drain_log()] == [("warn", "hot water")]


def test_k02_children_are_reaped(warned: str) -> None:
    """getProcessOutput comes to an end in the kernel."""
    assert r"b'child\n'" in warned


def test_k03_the_thread_is_crochets() -> None:
    """Nothing home-made: with it comes the loop that reaps children."""
    assert wait(threading.current_thread).name == "CrochetReactor"
    pending = [str(call.func) for call in wait(reactor.getDelayedCalls)]
    assert any("LoopingCall" in text for text in pending)


def test_k06_the_reactor_survives_every_way_to_end_it(scripts: dict[str, str]) -> None:
    """After each attempt a live server answered, as the fixture has seen."""
    assert len(scripts) == 13
    assert "was obeyed" not in scripts.values()


def test_k07_trials_asynchronous_testcase_is_explained(scripts: dict[str, str]) -> None:
    """Its clean-up would take every live server; SynchronousTestCase is harmless."""
    assert "Use SynchronousTestCase here" in scripts["trial"]
    assert scripts["synchronous"] == "1 True"


def test_k08_print_works_after_an_attempt_to_log_to_stdout(scripts: dict[str, str]) -> None:
    """sys.stdout and sys.stderr are the same objects as before, as the fixture has seen."""
    # of a react that was imported early, the attempt to stop the reactor is reported besides
    assert scripts["failures"].startswith("1 reactor.stop() would end the background reactor")


def test_k13_a_kernel_with_everything_open_ends(kernel: Callable[[str], str]) -> None:
    """Servers, clients, a busy block, a hanging wait: the process goes, with status 0."""
    said = kernel(
        """
        from twisted.internet.defer import Deferred
        from twisted.internet.protocol import Protocol
        from labkit.bench import connect, run, serve
        server = serve(Protocol, tls=True)
        held = connect(server)
        hanging = run(Deferred())
        other = serve(Protocol, unix=True, name="b")
        busy = other.busy()
        busy.__enter__()
        print(other.room)
        """
    )
    assert said.startswith("/")
    assert not os.path.exists(said.strip())  # the UNIX socket's directory


def test_k14_redefining_a_class_changes_nothing_until_it_is_served() -> None:
    """And then it changes everything: no old instance is left."""
    server = serve(Echo, name="rerun")
    with connect(server):
        old = weakref.ref(server.connections[0])
        newer = serve(type("Echo", (Echo,), {}), name="rerun")
        with connect(newer):
            assert type(newer.connections[0]) is not Echo
    settle()
    gc.collect()
    assert old() is None
