"""The truth behind the predictions and the order of chapter 3: each is found out by running it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import sleep
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred, succeed
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from labkit.bench import reactor, run, wait
from labkit.exercises import truth

Log = list[Any]


def _key(log: Log, keys: dict[str, Log]) -> str:
    """The option that came true; the log itself, which is no option, when none did."""
    return next((key for key, told in keys.items() if told == log), f"none of them: {log}")


@truth("p-thread")
def thread() -> str:
    """A short call that is asked for while a slow one is wrapped in a Deferred."""
    begun, log = threading.Event(), Log()

    def slow() -> None:
        begun.set()
        sleep(0.1)
        log.append("slow is done")

    first = run(maybeDeferred, slow)
    begun.wait(5)
    wait(log.append, "Bo is answered")
    first.wait()
    return _key(log, {"b": ["slow is done", "Bo is answered"]})


@truth("p-none")
def none() -> str:
    """A function without return."""
    log, d = Log(), Deferred[Any]()
    d.addCallback(lambda c: log.append(("pay", c)))
    d.addCallback(lambda x: log.append(("gate", x)))
    d.callback(5)
    return _key(log, {"d": [("pay", 5), ("gate", None)]})


@truth("p-pair")
def pair() -> str:
    """Two functions in one link."""
    log, d = Log(), Deferred[Any]()

    def melt(_: object) -> None:
        log.append("melt")
        raise RuntimeError("hot")

    def bye(x: object) -> None:
        log.append(f"bye:{x}")

    d.addCallbacks(melt, _noting(log, "cool", "ok"))
    d.addCallbacks(bye, _noting(log, "tell", "told"))
    d.addCallback(bye)
    d.callback(1)
    return _key(log, {"c": ["melt", "tell", "bye:told"]})


def _noting(log: Log, word: str, value: object) -> Callable[[object], object]:
    def note(_: object) -> object:
        log.append(word)
        return value

    return note


@truth("p-zigzag")
def zigzag() -> str:
    """From rail to rail and back."""
    log, d = Log(), Deferred[Any]()

    def breaks(v: Any) -> None:
        log.append("C2:" + v)
        v.nope()

    def notes(f: Failure) -> None:
        log.append(f"E4:{f.value.__class__.__name__}")

    d.addErrback(_noting(log, "E1", "saved"))
    d.addCallback(breaks)
    d.addCallback(lambda v: log.append("C3"))
    d.addErrback(notes)
    d.addCallback(lambda v: log.append(f"C5:{v}"))
    d.errback(KeyError("k"))
    return _key(log, {"b": ["E1", "C2:saved", "E4:AttributeError", "C5:None"]})


@truth("p-pause")
def pause() -> str:
    """A callback that returns a Deferred."""
    log, outer, inner = Log(), Deferred[Any](), Deferred[Any]()
    outer.addCallback(_noting(log, "a", inner))
    outer.addCallback(lambda r: log.append(("b", r)))
    outer.callback("go")
    log.append("main")
    inner.callback("in")
    log.append("end")
    return _key(log, {"d": ["a", "main", ("b", "in"), "end"]})


@truth("p-late")
def late() -> str:
    """Callbacks that come after the result."""
    log, d = Log(), Deferred[Any]()
    d.addCallback(_noting(log, "one", 7))
    log.append("made")
    d.callback(7)
    log.append("fired")
    d.addCallback(lambda x: log.append(f"two:{x}"))
    log.append("added")
    d.addCallback(lambda x: log.append(f"three:{x}"))
    return _key(log, {"a": ["made", "one", "fired", "two:7", "added", "three:None"]})


@truth("p-cancel")
def cancel() -> str:
    """A result that comes after the end."""
    log, plain = Log(), Deferred[Any]()
    plain.addCallbacks(log.append, lambda failure: log.append(failure.type.__name__))
    plain.cancel()
    plain.callback("late")
    return _key(log, {"c": ["CancelledError"]})


@truth("p-coro-start")
def coro_start() -> str:
    """A coroutine that is called, and one that is started."""
    log, clock = Log(), Clock()

    async def job(name: str, seconds: int) -> None:
        log.append(name + ">")
        await deferLater(clock, seconds, lambda: None)
        log.append(name + "<")

    async def main() -> None:
        a = job("a", 2)
        b = ensureDeferred(job("b", 1))
        log.append("m")
        await a
        await b
        log.append("done")

    ensureDeferred(main())
    for _ in range(4):
        clock.advance(1)
    return _key(log, {"b": ["b>", "m", "a>", "b<", "a<", "done"]})


@truth("p-returned-exc")
def returned_exc() -> str:
    """An exception raised, returned, and in a Failure."""
    log = Log()

    def raises(_: object) -> None:
        raise ValueError

    ways: list[Callable[[object], object]] = [
        raises,
        lambda _: ValueError(),
        lambda _: Failure(ValueError()),
    ]
    for way in ways:
        d = succeed(0).addCallback(way)
        d.addCallbacks(lambda r: log.append("cb"), lambda e: log.append("eb"))
    return _key(log, {"c": ["eb", "cb", "eb"]})


@truth("c3-path")
def path() -> list[str]:
    """A chain that a timer fires, written down by its own functions."""
    log = list[str]()

    def plan() -> Deferred[None]:
        tide = Deferred[None]()
        reactor.callLater(0, fire, tide)
        tide.addCallback(lambda _: log.append("the first callback runs"))
        tide.addCallback(lambda _: log.append("the second callback runs"))
        log.append("plan returns the Deferred")
        return tide

    def fire(tide: Deferred[None]) -> None:
        log.append("the reactor runs the timer")
        tide.callback(None)
        log.append("tide.callback(None) returns")

    log.append("wait calls plan in the reactor's thread")
    wait(plan)
    wait(int)  # the end of fire comes a moment after the last callback
    return log
