"""A reactor that spins is freed and the others go on; a call into C is owned up to."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
import sys, time, threading
from twisted.internet import {install}
{install}.install()
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.internet.task import LoopingCall, deferLater
from labkit import connect, rescue, serve, wait

class Engine(Protocol):
    def dataReceived(self, data):
        how = data.decode()
        if how in SPINS:
            SPINS[how]()
        self.transport.write(data)

def empty():
    while True:
        pass

def stubborn():
    while True:
        try:
            sum(range(50))
        except Exception:
            pass

def bare():
    while True:
        try:
            sum(range(50))
        except:
            pass

def looping():
    LoopingCall(empty).start(0.01, now=False)

def coroutine():
    async def work():
        await deferLater(reactor, 0.01)
        empty()
    Deferred.fromCoroutine(work()).addErrback(lambda failure: None)

def in_c():
    time.sleep(1.5)

def timer():
    reactor.callLater(0, empty)

def callback():
    d = Deferred()
    d.addCallback(lambda _: empty())
    reactor.callLater(0, d.callback, None)

KINDS = (empty, stubborn, bare, in_c, timer, callback, looping, coroutine)
SPINS = {{f.__name__: f for f in KINDS}}

def stuck(how):
    engine = serve(Engine)
    with connect(engine) as other, connect(engine) as mine:
        mine.timeout = 0.3
        threading.Thread(target=quietly, args=[mine, how], daemon=True).start()
        time.sleep(0.4)
        freed = rescue(3)
        other.send(b"ahoy")
        other.expect(b"ahoy", within=5)
    return freed

def quietly(client, how):
    try:
        client.send(how.encode())
    except Exception:
        pass

{body}
"""

REACTORS = ("epollreactor", "selectreactor", "pollreactor", "asyncioreactor")


def tried(install: str, body: str) -> str:
    """What a program with that reactor prints; its file lies outside of the lab."""
    program = PROGRAM.format(install=install, body=textwrap.dedent(body))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("install", REACTORS)
def test_code_that_spins_is_ended_and_the_others_go_on(install: str) -> None:
    """In dataReceived, a timer, a callback, a loop, a coroutine; past any kind of except."""
    out = tried(
        install,
        """
        for how in ("empty", "stubborn", "bare", "timer", "callback", "looping", "coroutine"):
            done = stuck(how)
            print(how, done.needed, done.freed, done.in_c, done.where.function, done.lane)
        """,
    )
    assert out.splitlines() == [
        "empty True True False empty Engine · client 2",
        "stubborn True True False stubborn Engine · client 2",
        "bare True True False bare Engine · client 2",
        "timer True True False empty timers",
        "callback True True False empty timers",
        "looping True True False empty timers",
        "coroutine True True False empty timers",
    ]


@pytest.mark.parametrize("install", REACTORS)
@pytest.mark.parametrize("how", ["empty", "stubborn"])
def test_only_the_connection_that_spun_is_lost(install: str, how: str) -> None:
    """Whether an Exception was enough or not."""
    out = tried(
        install,
        f"""
        engine = serve(Engine)
        with connect(engine) as other, connect(engine) as mine:
            threading.Thread(target=quietly, args=[mine, "{how}"], daemon=True).start()
            time.sleep(0.4)
            rescue()
            mine.expect_close()
            other.send(b"ahoy")
            other.expect(b"ahoy", within=5)
            print(len(engine.connections))
        """,
    )
    assert out == "1\n"


def test_what_was_sent_does_not_strike_later() -> None:
    """A call that ends by itself meanwhile costs the next one nothing."""
    out = tried(
        "epollreactor",
        """
        from labkit.bench import drain_failures
        def brief(seconds):
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                pass
        for n in range(30):
            done = threading.Event()
            reactor.callFromThread(brief, 0.2 + n * 0.0005)
            rescue(0.05)
        ended = [f.type.__name__ for f in drain_failures()]
        print(set(ended) <= {"Rescued"}, [wait(lambda: 7) for _ in range(3)])
        """,
    )
    assert out == "True [7, 7, 7]\n"


def test_the_reactors_own_thread_cannot_ask() -> None:
    """It would be the stuck one itself."""
    out = tried(
        "epollreactor",
        """
        try:
            wait(rescue)
        except Exception as e:
            print(type(e).__name__)
        """,
    )
    assert out == "ReactorThread\n"


@pytest.mark.parametrize("install", REACTORS[:1] + REACTORS[3:])
def test_a_call_into_c_cannot_be_ended_and_is_named(install: str) -> None:
    """The report says so; when it returns, all go on."""
    out = tried(
        install,
        """
        engine = serve(Engine)
        with connect(engine) as other, connect(engine) as mine:
            threading.Thread(target=quietly, args=[mine, "in_c"], daemon=True).start()
            time.sleep(0.3)
            done = rescue(0.3)
            print(done.freed, done.in_c, done.tries > 0, done.where.function, done.lane)
            other.send(b"ahoy")
            other.expect(b"ahoy", within=5)
        """,
    )
    assert out == "False True True in_c Engine · client 2\n"


def test_a_reactor_that_turns_needs_no_rescue() -> None:
    """Nothing is raised anywhere."""
    out = tried("epollreactor", "wait(list); done = rescue(); print(done.needed, done.freed)")
    assert out == "False False\n"
