"""c5-deadline: one limit for all of it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import AlreadyCalledError
from twisted.internet.error import ConnectionRefusedError

from labkit.bench import reactor, settle
from labkit.errors import WaitTimeout
from labkit.exercises import Trial, judge

from ._peers import at_once, closed_port, full_port, page, require_value, response, url

RESULT = "The body of the page, bytes, when it is there within so many seconds;"
LATE = "otherwise Python's own TimeoutError: no connection, no head, or half a body"
PASSES = "a refused connection passes through as ConnectionRefusedError"
CLEAN = "Afterwards no timer is left, and a connection that still waits for the head is closed."


@judge("c5-deadline")
def deadline(t: Trial) -> None:
    """In time, or a TimeoutError, whatever was slow; then nothing is left."""
    before = t.call(reactor.getDelayedCalls)
    with t.step("a quick server", cites=RESULT, otherwise="wrong-result", shows="in time"):
        with t.peer(page(response(b"4.2"))) as peer:
            got = t.call(t.answer, url(peer.port), 3.0, timeout=1.5)
        require_value(t, got, "b'4.2'")
        t.expect_equal(b"4.2", got)
    _no_timer(t, before)
    silent = t.step("a server that says nothing", cites=LATE, otherwise="never-times-out")
    with silent, t.peer([("read_head",)]) as peer:
        _is_late(t, peer.port, 0.1, "never-times-out")
        left = peer.wait_until_served(within=0.4)
        t.require(left, "connection-left-open", expected="closed", got="still open")
    _slow_bodies(t)
    full = t.step("a port that takes nobody", cites=LATE, shows="no connection")
    with full, full_port() as port:
        _is_late(t, port, 0.1, "never-times-out")
    refused = t.step("a port where nobody listens", cites=PASSES, shows="a refused connection")
    with refused, closed_port() as port:
        _is_refused(t, port)
    at_once(t, (response(b"ebb"), response(b"flood")), (b"ebb", b"flood"), 3.0)
    _no_timer(t, before)


def _slow_bodies(t: Trial) -> None:
    """Half of one in time; then head and body each in time, and not both."""
    body = response(b"~" * 200)
    drips = [("read_head",), ("send", body[:100]), ("wait", 0.9), ("send", body[100:]), ("close",)]
    slow = t.step("half of a body", cites=LATE, otherwise="headers-only", shows="head and body")
    # Twisted 26.10 logs it when a body ends whose readBody was cancelled: not the answer's fault
    t.forgiven = (AlreadyCalledError,)
    with slow, t.peer(drips) as peer:
        _is_late(t, peer.port, 0.15, "headers-only")
    both = [("read_head",), ("wait", 0.15), ("send", body[:100]), ("wait", 0.2)]
    twice = t.step("a late head, and a late body", cites=LATE, otherwise="two-limits")
    with twice, t.peer([*both, ("send", body[100:]), ("close",)]) as peer:
        _is_late(t, peer.port, 0.25, "two-limits")


def _no_timer(t: Trial, before: list[Any]) -> None:
    """What the answer scheduled is gone by the time of its result."""
    with t.step("afterwards", cites=CLEAN, shows="nothing left"):
        settle()
        waiting = [call for call in t.call(_timers) if call not in before]
        t.require(not waiting, "leaks-delayed-call", expected="none", got=f"{len(waiting)} calls")


def _timers() -> list[Any]:
    """Calls that wait for about as long as an answer is given.

    Twisted's own wait longer, or, where a web server notes the time, for a second.
    """
    now = reactor.seconds()
    return [c for c in reactor.getDelayedCalls() if 1.1 < c.getTime() - now < 5]


def _is_late(t: Trial, port: int, seconds: float, otherwise: str) -> None:
    try:
        got = repr(t.call(t.answer, url(port), seconds, timeout=0.7))
    except WaitTimeout:
        t.refuse(otherwise, expected="TimeoutError", got="nothing, for 0.7 s")
    except TimeoutError:
        return
    except Exception as e:
        got = f"{type(e).__module__}.{type(e).__name__}"
        otherwise = "wrong-exception"
    t.refuse(otherwise, expected="TimeoutError", got=got)


def _is_refused(t: Trial, port: int) -> None:
    try:
        got = repr(t.call(t.answer, url(port), 3.0, timeout=1.5))
    except ConnectionRefusedError:
        return
    except Exception as e:
        got = f"{type(e).__module__}.{type(e).__name__}"
    t.refuse("hides-refused", expected="ConnectionRefusedError", got=got)
