"""The only lines of the bench that touch what is private in Twisted's reactors.

Twisted 26.10: a reactor calls runUntilCurrent once a turn, for the calls from threads and
then the delayed calls; those that are new pass through _insertNewDelayedCalls first. For each
socket that is ready it calls _doReadOrWrite (epoll, poll, select) or _readOrWrite (asyncio).
All are looked up on the instance, so that each can be surrounded there. A test fails
when that changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet import task
from twisted.python import log

Look = Callable[[Any], None]
Surround = Callable[[Callable[..., Any]], Callable[..., Any]]
_READS = frozenset(("doRead", True))


class Turns(Protocol):
    """Who counts the turns."""

    turn: int


def dispatching(reactor: Any, around: Surround) -> None:
    """Surround the call with which a socket's event reaches its transport.

    What surrounds is called with the transport, something to hand on, and a number that
    is odd for an event of something to read.
    """
    if hasattr(reactor, "_POLL_IN"):  # EPOLLIN and POLLIN are 1
        reactor._doReadOrWrite = around(reactor._doReadOrWrite)
        return
    name = "_doReadOrWrite" if hasattr(reactor, "_doReadOrWrite") else "_readOrWrite"
    real = getattr(reactor, name)

    def whole(selectable: Any, event: Any, read: int) -> None:
        try:
            real(selectable, event)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as why:  # asyncio's lets it through; then nobody drops the connection
            log.err()
            reactor._disconnectSelectable(selectable, why, bool(read))

    surrounded = around(whole)
    setattr(reactor, name, lambda who, event: surrounded(who, event, int(event in _READS)))


def turning(reactor: Any, turns: Turns, look: Look) -> bool:
    """Have the turns counted, and `look` called with each new delayed call before it may run.

    False for a reactor without a main loop of its own: there each call is a turn, and
    is counted by whoever surrounds it.
    """
    looped = not type(reactor).__module__.endswith("asyncioreactor")
    run, insert = reactor.runUntilCurrent, reactor._insertNewDelayedCalls

    def run_until_current() -> None:
        turns.turn += looped
        run()

    def insert_new() -> None:
        if reactor._newTimedCalls:
            for call in reactor._newTimedCalls:
                if not call.cancelled:
                    look(call)
            insert()

    reactor.runUntilCurrent, reactor._insertNewDelayedCalls = run_until_current, insert_new
    return looped


def callbacks(deferred: Any) -> list[Any]:
    """The functions that wait on a Deferred, in order, with what they are given."""
    return [
        thing for link in deferred._callbacks for half in link[:2] for thing in (half[0], *half[1])
    ]


def cooperator() -> Any:
    """The Cooperator that task.cooperate and task.coiterate use."""
    return task._theCooperator


def use_cooperator(instead: Any) -> None:
    """Have task.cooperate and task.coiterate use another one."""
    task._theCooperator = instead
