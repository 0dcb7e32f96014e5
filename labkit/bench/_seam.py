"""The only lines of the bench that touch what is private in Twisted's reactors.

Twisted 26.10: a reactor with a main loop calls runUntilCurrent, timeout and
doIteration on itself, once a turn; for each socket that is ready it calls
_doReadOrWrite (epoll, poll, select) or _readOrWrite (asyncio). All are looked up on
the instance, so that each can be surrounded there. A test fails when that changes.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any

from twisted.internet import task

Surround = Callable[[Callable[..., Any]], Callable[..., Any]]


def dispatching(reactor: Any, around: Surround) -> None:
    """Surround the call with which a socket's event reaches its transport."""
    for name in ("_doReadOrWrite", "_readOrWrite"):
        real = getattr(reactor, name, None)
        if real is not None:
            setattr(reactor, name, around(real))


def reads(rest: tuple[Any, ...]) -> bool:
    """Whether an event, by what followed the transport in that call, is more than room to write.

    A poll's descriptor and flags, the name of a select's method, or an asyncio's flag.
    """
    last = rest[1] if len(rest) == 2 and isinstance(rest[1], int) else rest[0]
    if isinstance(last, str):
        return last == "doRead"
    return last if isinstance(last, bool) else bool(last & ~select.POLLOUT)


def turning(reactor: Any, begins: Callable[[], None], ends: Callable[[], None]) -> bool:
    """Have `begins` called at the begin of each turn, `ends` before the reactor sleeps.

    False for a reactor without a main loop of its own: there each call is a turn.
    """
    run, sleep = reactor.runUntilCurrent, reactor.timeout

    def run_until_current() -> None:
        begins()
        run()

    def timeout() -> Any:
        seconds = sleep()
        ends()
        return seconds

    reactor.runUntilCurrent = run_until_current
    if type(reactor).__module__.endswith("asyncioreactor"):
        return False
    reactor.timeout = timeout
    return True


def queued(reactor: Any) -> list[Any]:
    """What other threads have asked for and has not run yet: (function, args, kwargs)."""
    queue: list[Any] = reactor.threadCallQueue
    return queue


def before_timers(reactor: Any, look: Callable[[list[Any]], None]) -> None:
    """Have `look` called with the delayed calls that are due, right before they run."""
    real = reactor._insertNewDelayedCalls

    def insert() -> None:
        real()
        waiting = reactor._pendingTimedCalls
        if waiting and waiting[0].time <= (now := reactor.seconds()):
            look([call for call in waiting if call.time <= now and not call.cancelled])

    reactor._insertNewDelayedCalls = insert


def cooperator() -> Any:
    """The Cooperator that task.cooperate and task.coiterate use."""
    return task._theCooperator


def use_cooperator(instead: Any) -> None:
    """Have task.cooperate and task.coiterate use another one."""
    task._theCooperator = instead
