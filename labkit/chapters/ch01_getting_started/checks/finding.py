"""c1-find: names that were found are used, not compared."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.reflect import namedAny

from labkit.bench import reactor
from labkit.exercises import Trial, judge

KEYS = ("lines", "busy_port", "fake_clock", "fake_transport", "later")
RESULT = "a dict of five str, each a full dotted name that can be imported."
LINES = "a class that cuts a stream at CR LF."
BUSY = "the exception of a port that is taken."
CLOCK = "a clock that moves when told."
TRANSPORT = "a transport that keeps what was written."
LATER = "a function that calls another after seconds, and returns a Deferred."


@judge("c1-find")
def names(t: Trial) -> None:
    """Each name is imported, and then does what was asked for."""
    found = t.answer() if callable(t.answer) else t.answer
    with t.step("the dict", cites=RESULT):
        t.require(isinstance(found, dict), "not-a-dict", expected="a dict", got=repr(found)[:60])
        for key in KEYS:
            t.require(key in found, "missing-key", expected=repr(key), got=repr(list(found)))
    with t.step("each can be imported", cites=RESULT, shows="five names"):
        for key in KEYS:
            _imported(t, key, found[key])
    with t.step("lines, used", cites=LINES, shows="lines"):
        _use(t, "lines", found, _cuts_lines)
    with t.step("busy_port, used", cites=BUSY, shows="a busy port"):
        _use(t, "busy_port", found, _is_raised_by_a_busy_port)
    with t.step("fake_clock, used", cites=CLOCK, shows="a clock"):
        _use(t, "fake_clock", found, _moves_when_told)
    with t.step("fake_transport, used", cites=TRANSPORT, shows="a transport in memory"):
        _use(t, "fake_transport", found, _remembers)
    with t.step("later, used", cites=LATER, shows="a Deferred for later"):
        _use(t, "later", found, _fires_later)


def _use(t: Trial, key: str, found: dict[str, str], use: Callable[[Any], bool]) -> None:
    """Refuse what does not do it. A wrong thing may raise whatever it likes."""
    works = False
    if found[key].startswith("twisted."):
        with suppress(Exception):
            works = bool(t.call(use, namedAny(found[key])))
        t._raised = None
    t.require(works, f"wrong:{key}", got=repr(found[key]))


def _imported(t: Trial, key: str, name: Any) -> None:
    text = isinstance(name, str) and "." in name
    expected = f"{key}: a dotted name in quotes"
    t.require(text, "not-dotted-str", expected=expected, got=repr(name)[:60])
    try:
        namedAny(name)
    except Exception as e:
        got = f"{type(e).__name__} for {name!r}"
        t.refuse("no-such-name", expected=f"{key}: a name that can be imported", got=got)


def _cuts_lines(thing: Any) -> bool:
    heard: list[bytes] = []

    class Heard(thing):  # type: ignore[misc]
        def lineReceived(self, line: bytes) -> None:
            heard.append(line)

    protocol = Heard()
    protocol.makeConnection(StringTransport())
    protocol.dataReceived(b"sea\r\nbu")
    protocol.dataReceived(b"oy\r\n")
    return heard == [b"sea", b"buoy"]


def _is_raised_by_a_busy_port(thing: Any) -> bool:
    if thing in (Exception, BaseException) or not thing.__module__.startswith("twisted."):
        return False
    factory = Factory()
    factory.noisy = False
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    try:
        reactor.listenTCP(port.getHost().port, factory, interface="127.0.0.1")
    except CannotListenError as e:
        return isinstance(e, thing)
    finally:
        port.stopListening()
    return False


def _moves_when_told(thing: Any) -> bool:
    rung: list[str] = []
    clock = thing()
    clock.callLater(3, rung.append, "the bell")
    clock.advance(2)
    early = bool(rung)
    clock.advance(1)
    return not early and rung == ["the bell"]


def _remembers(thing: Any) -> bool:
    transport = thing()
    transport.write(b"hello")
    transport.write(b" sea")
    return bool(transport.value() == b"hello sea")


def _fires_later(thing: Any) -> bool:
    clock: Any = Clock()
    fired: list[Any] = []
    d = thing(clock, 2, lambda: "made fast")
    if not isinstance(d, Deferred):
        return False
    d.addBoth(fired.append)
    clock.advance(1.5)
    early = bool(fired)
    clock.advance(0.5)
    return not early and fired == ["made fast"]
