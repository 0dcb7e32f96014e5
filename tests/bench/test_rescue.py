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

def in_c():
    time.sleep(1.5)

def timer():
    reactor.callLater(0, empty)

def callback():
    d = Deferred()
    d.addCallback(lambda _: empty())
    reactor.callLater(0, d.callback, None)

SPINS = {{f.__name__: f for f in (empty, stubborn, in_c, timer, callback)}}

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
    """In dataReceived, in a timer, in a Deferred's callback, and past an except Exception."""
    out = tried(
        install,
        """
        for how in ("empty", "stubborn", "timer", "callback"):
            done = stuck(how)
            print(how, done.needed, done.freed, done.in_c, done.where.function)
        """,
    )
    assert out.splitlines() == [
        "empty True True False empty",
        "stubborn True True False stubborn",
        "timer True True False empty",
        "callback True True False empty",
    ]


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
            print(done.freed, done.in_c, done.where.function, done.lane)
            other.send(b"ahoy")
            other.expect(b"ahoy", within=5)
        """,
    )
    assert out == "False True in_c Engine · client 2\n"


def test_a_reactor_that_turns_needs_no_rescue() -> None:
    """Nothing is raised anywhere."""
    out = tried("epollreactor", "wait(list); done = rescue(); print(done.needed, done.freed)")
    assert out == "False False\n"
