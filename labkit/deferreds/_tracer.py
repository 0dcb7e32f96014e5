"""trace and tracing: what happens to Deferreds, recorded while they run.

While a `with tracing()` block lasts, Deferred's methods are those of _seam.py: Twisted's
own lines, with a call to _record.py here and there. At its end the methods that Twisted
made stand again, and only what the block has met goes on recording, through a subclass
of its class. trace(d) gives that subclass to one Deferred, and to each that it meets
through it. Records are raw and short; a History is made of them when somebody looks.
Deferreds live in the reactor's thread, a History is a frozen value for any thread.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python import threadable

from labkit.errors import LabError

from . import _freeze, _meeting, _record, _seam
from ._history import History
from ._hooks import HOOKS

_T = TypeVar("_T")
_lock = threading.RLock()
_methods: dict[str, Any] = {}
_originals: dict[str, Any] = {}
_classes: dict[type, type] = {}


class Tracing:
    """What a `with tracing()` block has seen; `history` may be asked in it and after it."""

    def __init__(self) -> None:
        self._session = _record.Session()

    @property
    def history(self) -> History:
        """The reader's chains and what is connected with them, as they are now.

        Read between two turns of the reactor: what it was asked to do before has been done.
        """
        return _in_reactor(self._frozen)

    def _frozen(self) -> History:
        records = list(self._session.records)
        return _freeze.frozen(filter(_freeze.of_readers, records), self._session.left)

    def __repr__(self) -> str:
        return f"<Tracing, {len(self.history)} chains>"


@contextmanager
def tracing() -> Iterator[Tracing]:
    """Record all that happens to the reader's Deferreds while the block lasts.

    Gives a Tracing, whose `history` is what was seen, drawn as chains. Blocks may be
    nested, and in several threads at once. Those met in the block are followed after it.
    """
    seen = Tracing()
    _prepare()
    _record.now.begin(seen._session)
    _deferreds.watch()
    try:
        yield seen
    finally:
        _end(seen._session)


def trace(deferred: Deferred[Any]) -> History:
    """Record what happens to one Deferred from now on, or give what was recorded so far.

    The History has all chains that are connected with it: those it waits for, those
    that wait for it, and its parts. Raises LabError when it is no Deferred.
    """
    if not isinstance(deferred, Deferred):
        raise _not_one(deferred)
    _prepare()
    record = _in_reactor(lambda: _followed(deferred))
    if record is None:
        return History((), 1)
    return _in_reactor(lambda: _freeze.frozen([record], 0))


def _followed(deferred: Deferred[Any]) -> _record.Record | None:
    record = _meeting.record_of(deferred)
    _deferreds.follow(deferred)
    return record


def _not_one(thing: Any) -> Exception:
    if inspect.iscoroutine(thing) or inspect.isgenerator(thing):
        return LabError(
            "trace was given a coroutine, which has not begun and is no Deferred",
            "Start it: d = Deferred.fromCoroutine(…), then trace(d)",
        )
    return LabError(
        f"trace was given {type(thing).__name__}, which is no Deferred",
        "Give it what the asynchronous call returned, or use: with tracing() as seen",
    )


def _prepare() -> None:
    """Compile Twisted's methods once more, on first use."""
    with _lock:
        if not _methods:
            _methods.update(_seam.recording(HOOKS))


class _Methods(_record.Tracer):
    """Which methods Deferred has, while blocks last and while a coroutine that is traced runs."""

    def __init__(self) -> None:
        self._watches = 0

    def follow(self, deferred: Deferred[Any]) -> None:
        """Let one Deferred go on recording by itself, in a class that is called like its own."""
        kind = type(deferred)
        if kind not in _classes.values():
            deferred.__class__ = _class_of(kind)

    def watch(self) -> None:
        """Put the recording methods in Twisted's class."""
        with _lock:
            self._watches += 1
            if self._watches == 1:
                for name, method in _methods.items():
                    _originals[name] = vars(Deferred)[name]
                    setattr(Deferred, name, method)

    def unwatch(self) -> None:
        """Put Twisted's own methods back, at the last end."""
        with _lock:
            self._watches -= 1
            if not self._watches:
                for name, method in _originals.items():
                    setattr(Deferred, name, method)
                _originals.clear()


_deferreds = _Methods()
_record.tracer[0] = _deferreds


def _end(session: _record.Session) -> None:
    """Methods back, and those that live on recording by themselves."""
    _record.now.end(session)
    _deferreds.unwatch()
    for record in list(session.records):
        deferred = record.ref()
        if deferred is not None:
            _deferreds.follow(deferred)


def _class_of(kind: type) -> type:
    with _lock:
        if kind not in _classes:
            if kind is Deferred:
                bases: tuple[type, ...] = (Deferred,)
                body = dict(_methods)
                del body["__init__"]  # those that it makes are met when they are connected
            else:
                bases, body = (kind, _class_of(Deferred)), {}
            body |= {"__module__": kind.__module__, "__doc__": kind.__doc__}
            _classes[kind] = type(kind.__name__, bases, body)
        return _classes[kind]


def _in_reactor(call: Callable[[], _T]) -> _T:
    """The call's result, made between two turns when a reactor runs in another thread."""
    reactor = sys.modules.get("twisted.internet.reactor")
    if not getattr(reactor, "running", False) or threadable.isInIOThread():
        return call()
    done = threading.Event()
    found: list[_T] = []
    claim = threading.Lock()

    def go() -> None:
        if claim.acquire(blocking=False):
            try:
                found.append(call())
            finally:
                done.set()

    reactor.callFromThread(go)  # type: ignore[union-attr]
    if not done.wait(1.0):
        go()  # it is blocked: look all the same
    done.wait()
    return found[0]
