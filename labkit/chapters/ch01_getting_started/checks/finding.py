"""c1-find: names that were found are used, not compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.reflect import namedAny

from labkit.bench import reactor
from labkit.exercises import Trial, judge

RESULT = "a dict of five str, each a full dotted name that can be imported; more keys do no harm."


@judge("c1-find")
def names(t: Trial) -> None:
    """Each name is imported, and then does what was asked for."""
    found = t.answer() if callable(t.answer) else t.answer
    with t.step("the dict", cites=RESULT):
        t.require(isinstance(found, dict), "not-a-dict", expected="a dict", got=repr(found)[:60])
        for key in USES:
            t.require(key in found, "missing-key", expected=repr(key), got=repr(list(found)))
    with t.step("each can be imported", cites=RESULT, shows="five names"):
        things = {key: _imported(t, key, found[key]) for key in USES}
    for key, (use, cites, shows) in USES.items():
        with t.step(f"{key}, used", cites=cites, shows=shows):
            works = str(found[key]).startswith("twisted.") and _works(t, use, things[key])
            t.require(works, f"wrong:{key}", expected=shows, got=repr(found[key]))


def _imported(t: Trial, key: str, name: Any) -> Any:
    text = isinstance(name, str) and "." in name
    expected = f"{key}: a dotted name in quotes"
    t.require(text, "not-dotted-str", expected=expected, got=repr(name)[:60])
    try:
        return namedAny(name)
    except Exception as e:
        t.refuse("no-such-name", expected=f"{key}: {name}", got=type(e).__name__)


def _works(t: Trial, use: Callable[[Any], bool], thing: Any) -> bool:
    """Whether the thing does it. A wrong thing may raise whatever it likes."""
    try:
        return bool(t.call(use, thing))
    except Exception:
        t._raised = None
        return False


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


USES: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "lines": (_cuts_lines, "a class that cuts a stream at CR LF.", "lines"),
    "busy_port": (
        _is_raised_by_a_busy_port, "the exception of a port that is taken.", "a busy port",
    ),
    "fake_clock": (_moves_when_told, "a clock that moves when told.", "a clock"),
    "fake_transport": (
        _remembers, "a transport that keeps what was written.", "a transport in memory",
    ),
    "later": (
        _fires_later,
        "a function that calls another after some seconds, and returns a Deferred.",
        "a Deferred for later",
    ),
}  # fmt: skip
