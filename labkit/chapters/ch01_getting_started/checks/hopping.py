"""c1-hop: into the reactor's thread, and back with the result."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from labkit.bench import Result, drain_failures, reactor, settle
from labkit.bench._reactor import in_reactor_thread
from labkit.exercises import Trial, judge

from ._calling import CALLER, NOTHING, Stuck, in_a_thread_of_its_own

ASKS = "nothing of the reactor's is called from another thread but callFromThread."
THERE = "f runs in the reactor's thread alone."
REACTORS = "the reactor's thread"
VALUE = "what f returns."
WAITS = "When that is a Deferred, in_reactor waits for it, and returns its result."
RAISES = "what f raises, in_reactor raises; the failure of a Deferred too."


@judge("c1-hop")
def in_reactor(t: Trial) -> None:
    """Where f runs, who calls the reactor, what comes back in time, and what is raised."""
    _where(t)
    with t.step("who calls the reactor", cites=ASKS, shows="callFromThread alone"):
        with _timers_from_outside() as seen:
            got = _called(t, lambda: "seen")
        t.require(not seen, "wrong-thread", expected="callFromThread", got=" ".join(seen[:1]))
        _expect(t, "seen", got)
    with t.step("a function with arguments", cites=VALUE, shows="arguments and result"):
        got = _called(t, lambda ship, berth: f"{ship} at {berth}", "Aurora", 7)
        _expect(t, "Aurora at 7", got)
    with t.step("a Deferred", cites=WAITS, shows="a Deferred is waited for"):
        got = _called(t, lambda: deferLater(reactor, 0.02, lambda: "made fast"))
        t.require(
            not _is_promise(got), "deferred-not-waited", expected="'made fast'", got=_named(got)
        )
        _expect(t, "made fast", got)
    with t.step("a function that raises", cites=RAISES, shows="what it raises"):
        _raises(t, lambda: 1 // 0)
    with t.step("a Deferred that fails", cites=RAISES):
        _raises(t, lambda: fail(ZeroDivisionError("in the reactor")))


def _where(t: Trial) -> None:
    seen: list[str] = []

    def where() -> str:
        seen.append(REACTORS if in_reactor_thread() else threading.current_thread().name)
        return "seen"

    with t.step("a function that looks where it runs", cites=THERE, shows="the reactor's thread"):
        got = _called(t, where)
        settle()  # callFromThread may be a turn behind
        t.require(CALLER not in seen, "wrong-thread", expected=REACTORS, got=CALLER)
        elsewhere = [name for name in seen if name != REACTORS]
        t.require(not elsewhere, "other-thread", expected=REACTORS, got=_thread(elsewhere))
        kind = "deferred-not-waited" if isinstance(got, Deferred) else "forgot-wait"
        t.require(not _is_promise(got), kind, expected="'seen'", got=_named(got))
        _expect(t, "seen", got)
        t.expect_equal("one call of f", f"{len(seen)} calls" if seen[1:] else "one call of f")


def _thread(names: list[str]) -> str:
    pool = any(name.startswith(("PoolThread", "ThreadPool")) for name in names)
    return "a thread of a pool" if pool else "another thread"


@contextmanager
def _timers_from_outside() -> Iterator[list[str]]:
    """What the reactor was asked for, other than by callFromThread, in no thread of its own.

    Nothing is refused: a timer that is set so works, or sleeps on, as luck will have it.
    """
    seen: list[str] = []
    before = {name: getattr(reactor, name) for name in ("callLater", "callWhenRunning")}
    own = dict(vars(reactor))  # another watcher may stand there

    def noted(name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not in_reactor_thread():
                seen.append(f"{name}, called in {threading.current_thread().name}")
            return before[name](*args, **kwargs)

        return call

    for name in before:
        setattr(reactor, name, noted(name))
    try:
        yield seen
    finally:
        for name in before:
            delattr(reactor, name)
            vars(reactor).update({name: own[name]} if name in own else {})


def _expect(t: Trial, due: str, got: Any) -> None:
    t.require(got is not None, "no-value", expected=repr(due), got="None")
    t.expect_equal(repr(due), repr(got))


def _raises(t: Trial, f: Any) -> None:
    try:
        got = _called(t, f)
    except Stuck:
        _forget()
        t.refuse("hangs-on-error", expected="ZeroDivisionError", got=NOTHING)
    except ZeroDivisionError:
        return
    except Exception as e:
        got = e
    _forget()
    t.refuse("swallows-exception", expected="ZeroDivisionError raised", got=_named(got))


def _forget() -> None:
    """What f raised was the check's own doing, and is no news to the reader."""
    settle()
    drain_failures()


def _called(t: Trial, f: Any, *args: Any) -> Any:
    return in_a_thread_of_its_own(t, t.answer, f, *args)


def _is_promise(got: Any) -> bool:
    """Whether this is a promise of a result, of whatever make."""
    kinds = (Result, Deferred, Future, asyncio.Future)
    return isinstance(got, kinds) or inspect.isawaitable(got) or hasattr(got, "wait")


def _named(got: Any) -> str:
    if isinstance(got, Failure):
        return f"a Failure was returned: {got.getErrorMessage()}"
    if isinstance(got, BaseException):
        return f"{type(got).__name__}: {got}"
    name = type(got).__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}" if _is_promise(got) else repr(got)[:60]
