"""The one reactor of the process, turning in crochet's thread. The only importer of crochet."""

from __future__ import annotations

import gc
import logging
import threading
import warnings
from collections.abc import Callable
from typing import Any, Literal

import crochet
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from labkit.errors import ReactorGone, ReactorThread

from . import _guards, _watch
from ._failures import LogLine, collector
from ._result import Result

reactor: Any = _reactor
_lock = threading.Lock()
# warnings under the reader's line about what the reader cannot change
_NOT_THE_READERS = (
    "isSet.. is deprecated",  # crochet 2.1.1 still asks Event.isSet()
    "Using readBody with a transport that does not have an abortConnection",  # Twisted, #8227
)
_state = {"started": False, "stopped": False}


def start() -> None:
    """Start the reactor in its own thread; calling it again does nothing.

    Raises ReactorGone when it has been stopped: Twisted's reactor runs once a process.
    """
    if not _state["started"]:
        with _lock:
            if not _state["started"]:
                _start()
    if _state["stopped"]:
        raise ReactorGone(
            "The background reactor has stopped, and a reactor runs only once in a process",
            "Restart the kernel (menu Kernel, Restart Kernel) and run the cells again",
        )


def _start() -> None:
    for message in _NOT_THE_READERS:
        warnings.filterwarnings("ignore", message=message, category=DeprecationWarning)
    crochet.setup()
    # without a handler the standard library prints warnings and errors to stderr
    logging.getLogger("twisted").addHandler(logging.NullHandler())
    reactor.callFromThread(
        reactor.addSystemEventTrigger, "before", "shutdown", _state.__setitem__, "stopped", True
    )
    _guards.install(reactor)
    _watch.install(reactor)
    gc.freeze()  # what is loaded by now is no reader's garbage: later sweeps stay short
    _state["started"] = True


def in_reactor_thread() -> bool:
    """Whether the caller runs in the reactor's own thread."""
    import twisted.python.threadable

    return bool(twisted.python.threadable.isInIOThread())


def run(function: Callable[..., Any] | Any, *args: Any, **kwargs: Any) -> Result:
    """Start something in the reactor's thread and return at once with its Result.

    `function` is called there with the arguments; or it is a coroutine or a
    Deferred, taken as it is. The Result can be waited for or awaited in a cell.
    """
    start()
    result = Result(reactor)
    result.begin(function, args, kwargs)
    return result


def wait(
    function: Callable[..., Any] | Any, *args: Any, timeout: float | None = 10.0, **kw: Any
) -> Any:
    """Run something in the reactor's thread and wait for what it comes to.

    `function` is called there with the arguments; a Deferred or a coroutine,
    given or returned, is waited for. `timeout` is in seconds (None: no end); timed out
    (WaitTimeout) or interrupted, what was waited for is cancelled. A failure is
    raised here, in the caller's thread, with the reader's own frames only.
    Calling it in the reactor's thread raises ReactorThread: it would wait for itself.
    """
    __tracebackhide__ = True
    if in_reactor_thread():
        raise ReactorThread(
            "wait was called in the reactor's thread, which would stand still for ever",
            "In reactor code, add a callback to the Deferred, or await it in a coroutine",
        )
    return run(function, *args, **kw).wait(timeout)


in_reactor = wait


def settle(collect: bool = True, timeout: float = 2.0) -> None:
    """Let the reactor finish what is due: two turns, then a sweep for lost Deferreds.

    With `collect` the garbage collector runs in the reactor's thread, because an
    unhandled failure is only reported when its Deferred is collected. Raises
    WaitTimeout when the reactor is blocked for more than `timeout` s.
    """
    if running():
        wait(_two_turns, collect, timeout=timeout)


def _two_turns(collect: bool) -> Deferred[None]:
    done: Deferred[None] = Deferred()

    def last() -> None:
        if collect:
            gc.collect()
        done.callback(None)

    reactor.callLater(0, reactor.callLater, 0, last)
    return done


def drain_failures() -> tuple[Failure, ...]:
    """Failures logged in the reactor since the last call, oldest first."""
    return collector.drain()


def drain_log() -> tuple[LogLine, ...]:
    """Warnings logged in the reactor since the last call, oldest first."""
    return collector.drain_lines()


def running() -> bool:
    """Whether the background reactor turns."""
    return state() == "running"


def state() -> Literal["new", "running", "gone"]:
    """Where the background reactor stands in its one life."""
    if _state["stopped"]:
        return "gone"
    return "running" if _state["started"] else "new"
