"""The only lines of the bench that touch what is private in Twisted's reactors.

Twisted 26.10: a reactor calls runUntilCurrent once a turn, for the calls from threads and
then the delayed calls that are due, which _insertNewDelayedCalls has put into a heap. For
each socket that is ready it calls _doReadOrWrite (epoll, poll, select) or _readOrWrite
(asyncio). All are looked up on the instance, so that each can be surrounded there. A test
fails when that changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Protocol

from twisted.internet import task
from twisted.python import log

Look = Callable[[Any], None]
Surround = Callable[[Callable[..., Any]], Callable[..., Any]]
SurroundEvent = Callable[[Callable[..., Any], int], Callable[..., Any]]
SOON = 0.001  # seconds; so much later the reactor may look at its clock itself
_READS = frozenset(("doRead", True))


class Turns(Protocol):
    """Who counts the turns."""

    turn: int


def dispatching(reactor: Any, around: SurroundEvent) -> None:
    """Surround the call with which a socket's event reaches its transport.

    What surrounds is made with the call, and with the number of an event that says no
    more than that the socket can be written to. It is called with the transport,
    something to hand on, and a number that is odd for an event of something to read.
    """
    if hasattr(reactor, "_POLL_IN"):  # EPOLLIN and POLLIN are 1
        reactor._doReadOrWrite = around(reactor._doReadOrWrite, reactor._POLL_OUT)
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

    surrounded = around(whole, 0)
    setattr(reactor, name, lambda who, event: surrounded(who, event, int(event in _READS)))


def asks(transport: Any) -> bool:
    """Whether a write of this transport comes to anybody's code: a producer's, a half-close's.

    Otherwise only at its end, for which see `parting`.
    """
    return transport.producer is not None or transport._writeDisconnecting


def parting(reactor: Any, around: Surround) -> None:
    """Surround the call with which a reactor tells a transport that its connection is over."""
    reactor._disconnectSelectable = around(reactor._disconnectSelectable)


def due(reactor: Any, look: Look) -> Callable[[], None]:
    """Make the function that calls `look` with each delayed call that is due, before it runs."""
    insert, seconds = reactor._insertNewDelayedCalls, reactor.seconds

    def ahead() -> None:
        insert()
        for call in _due(reactor._pendingTimedCalls, seconds() + SOON):
            look(call)

    return ahead


def turning(reactor: Any, turns: Turns, ahead: Callable[[], None]) -> bool:
    """Have the turns counted, and `ahead` called at the begin of each that has a call to make.

    A call from a thread runs between that and the delayed calls, and may make more of
    them due: whoever surrounds it looks ahead once more. False for a reactor without a
    main loop of its own: there each call is a turn, and is counted by whoever surrounds it.
    """
    looped = not type(reactor).__module__.endswith("asyncioreactor")
    run, seconds = reactor.runUntilCurrent, reactor.seconds

    def run_until_current() -> None:
        turns.turn += looped
        waiting = reactor._pendingTimedCalls
        if (
            reactor._newTimedCalls
            or reactor.threadCallQueue
            or (waiting and waiting[0].time <= seconds() + SOON)
            or reactor._justStopped
            or reactor._cancellations > 50  # what Twisted allows before it sweeps
        ):
            ahead()
            run()

    reactor.runUntilCurrent = run_until_current
    return looped


def stage(reactor: Any, frame: FrameType | None) -> int | None:
    """Where a reactor's main loop is: None while it waits, 1 at the events of sockets, else 0.

    The calls that are due follow the events without a wait between them, though the
    count of turns changes there.
    """
    waits = reactor.doIteration.__code__
    if frame is None or frame.f_code is waits:
        return None
    while frame is not None:
        if frame.f_code is waits:
            return 1
        frame = frame.f_back
    return 0


def _due(heap: list[Any], until: float, at: int = 0) -> Iterator[Any]:
    """The calls of a heap up to that time, in which none is sooner than the one above it."""
    if at < len(heap) and heap[at].time <= until:
        if not heap[at].cancelled:
            yield heap[at]
        yield from _due(heap, until, 2 * at + 1)
        yield from _due(heap, until, 2 * at + 2)


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
