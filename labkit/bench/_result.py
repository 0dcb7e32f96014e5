"""The outcome of something that runs in the reactor, seen from another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from contextvars import copy_context
from inspect import iscoroutine
from math import inf
from time import monotonic
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadable import isInIOThread

from labkit._frames import readers_part
from labkit.errors import ReactorGone, ReactorThread, WaitTimeout

_log = Logger("labkit")
_TICK = 0.2  # seconds between two looks at an interrupt while a cell waits


class Result:
    """What a call in the reactor comes to: wait for it, or await it in a cell.

    Made by `run`. All its methods are safe in any thread but the reactor's.
    """

    __slots__ = (
        "_deferred",
        "_done",
        "_dropped",
        "_failed",
        "_reactor",
        "_seen",
        "_value",
        "_wake",
    )

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._deferred: Deferred[Any] | None = None
        self._value: Any = None
        self._dropped = False
        self._failed = False
        self._seen = False
        self._wake: Callable[[], object] | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def begin(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Hand the call to the reactor. What it prints stays with the calling cell."""
        self._reactor.callFromThread(copy_context().run, self._go, function, args, kwargs)

    def _go(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            # a blocked reactor may come to it too late
            if self._dropped and not isinstance(function, Deferred):
                if iscoroutine(function):
                    function.close()
                raise CancelledError
            value = function(*args, **kwargs) if callable(function) else function
        except BaseException:
            self._failed = True
            self._set(Failure())
            return
        if iscoroutine(value):
            value = Deferred.fromCoroutine(value)
        if isinstance(value, Deferred):
            self._deferred = value
            value.addCallbacks(self._set, self._fail)
        else:
            self._set(value)

    def _set(self, value: Any) -> Any:
        self._value = value
        self._deferred = None
        self._done.release()
        wake = self._wake
        if wake is not None:
            with suppress(RuntimeError):  # the loop that awaited has been closed
                wake()
        return value  # a Deferred that was handed in may be waited for again

    def _fail(self, failure: Failure) -> None:
        self._failed = True
        self._set(failure)

    @property
    def done(self) -> bool:
        """Whether there is an outcome: a value, or a failure."""
        return not self._done.locked()

    def wait(self, timeout: float | None = 10.0) -> Any:
        """The value, or the failure raised here. Cancels after `timeout` s or an interrupt.

        With None it waits until it is interrupted. Raises ReactorThread in the
        reactor's thread, unless the outcome is there already.
        """
        __tracebackhide__ = True
        if self._done.locked() and isInIOThread():
            raise ReactorThread(
                "A Result was waited for in the reactor's thread, which would stand still for ever",
                "In reactor code, add a callback to the Deferred, or await it in a coroutine",
            )
        try:
            came = self._came(timeout)
        except BaseException:
            self._seen = True
            self.cancel()
            raise
        if not came:
            self._seen = True
            self.cancel()
            raise self._too_late(timeout or 0)
        self._done.release()
        return self._outcome()

    def _came(self, timeout: float | None) -> bool:
        # in steps: an interrupt that comes right before the lock is waited for does not end that
        end = inf if timeout is None else monotonic() + timeout
        while not self._done.acquire(timeout=max(0, min(_TICK, end - monotonic()))):
            if monotonic() >= end:
                return False
        return True

    def _too_late(self, timeout: float) -> Exception:
        if not getattr(self._reactor, "running", True):
            return ReactorGone(
                "The background reactor has stopped",
                "Restart the kernel (menu Kernel, Restart Kernel) and run the cells again",
            )
        return WaitTimeout(
            f"Nothing came within {timeout:g} s, so it was cancelled",
            "Find out who was to fire it; wait(…, timeout=…) waits longer",
            timeout=timeout,
        )

    def _outcome(self) -> Any:
        __tracebackhide__ = True
        self._seen = True
        if not self._failed:
            return self._value
        failure: Failure = self._value
        value = failure.value
        if value is None:
            raise RuntimeError("a Failure without an exception")
        raise value.with_traceback(readers_part(failure.getTracebackObject()))

    def cancel(self) -> None:
        """Cancel the Deferred behind it; what has not begun by now never begins."""
        self._dropped = True
        self._reactor.callFromThread(self._cancel)

    def _cancel(self) -> None:
        if self._deferred is not None:
            self._deferred.cancel()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._await().__await__()

    async def _await(self) -> Any:
        __tracebackhide__ = True
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        self._wake = wake
        woke = asyncio.ensure_future(woken.wait())
        try:
            # a short tick, because an interrupt does not wake a sleeping loop
            while self._done.locked():
                await asyncio.wait([woke], timeout=_TICK)
        except BaseException:
            self._seen = True
            self.cancel()
            raise
        finally:
            self._wake = None
            woke.cancel()
        return self._outcome()

    def __del__(self) -> None:
        # a failure that nobody asked for must not vanish
        if self._failed and not self._seen:
            _log.failure("Nobody waited for this Result", failure=self._value)

    def __repr__(self) -> str:
        state = "waiting" if self._done.locked() else "failed" if self._failed else "done"
        return f"<Result, {state}>"
