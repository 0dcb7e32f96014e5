"""The calls that stand between the lines of Twisted's Deferred, and write the records.

They run in the thread of the Deferred, never raise, and are short: words are found
when somebody asks for them.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any
from weakref import ref

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from . import _seam, _stack
from ._meeting import (
    arrived,
    beyond,
    ended,
    known,
    of_coroutine,
    of_others,
    of_parts,
    owner_of,
    pair,
    record_of,
    station,
    stop,
)
from ._record import (
    CHAINS,
    LINKS,
    Linked,
    Near,
    Plainly,
    Record,
    connect,
    entered,
    fault,
    hint,
    next_serial,
    next_step,
    now,
    tracer,
)
from ._stack import READERS
from ._texts import PLAIN, taken

_frame = sys._getframe
_GOT = _seam.GOT
_READERS = _stack.READERS_FILES


def made(deferred: Any) -> None:
    """A Deferred was created. Outside a block it is met later, when it is connected."""
    if not now.sessions:
        return
    try:
        frame = _frame(2)
        code = frame.f_code
        if code.co_filename in _READERS and type(deferred) is Deferred:
            record: Record = Near()
            record.made = (code, frame.f_lasti)
        else:
            record = Record()
        record.ref, record.links = ref(deferred), []
        record.serial, record.epoch = next_serial(), now.epoch
        if record.made is None and not _made_elsewhere(deferred, record, frame):
            return
        only = now.only
        if only is not None and record.near and only.near < CHAINS:
            only.near += 1
            only.records.append(record)
            deferred._labkit = record
        else:
            deferred._labkit = record if entered(record) else None
    except Exception as e:
        fault(e)


def _made_elsewhere(deferred: Any, record: Record, frame: Any) -> bool:
    while frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is deferred:
        frame = frame.f_back
    place, called, deep, lab = _stack.beneath(frame)
    record.made = place
    record.near = place is not None and deep <= 1 and not lab
    if _seam.is_list(deferred):
        of_parts(record, "DeferredList", _seam.parts_of(deferred))
    if frame.f_code.co_filename == _seam.FILE:
        return _made_by_defer(deferred, record, frame)
    record.name = called if record.sort == "Deferred" else ""
    return True


def _made_by_defer(deferred: Any, record: Record, frame: Any) -> bool:
    name, names = frame.f_code.co_name, frame.f_locals
    record.name = _stack.beneath(frame)[1] if record.sort == "Deferred" else ""
    if name == "_handleCancelInlineCallbacks":
        # the coroutine's own Deferred once more: Twisted cancels through a second one
        deferred._labkit = getattr(names["status"], "_labkit", None)
        return False
    if name == "gatherResults":
        record.sort = name
    elif name == "race":
        record.name = ""
        of_parts(record, name, names["ds"])
    elif name == "_cancellableInlineCallbacks":
        of_coroutine(record, names["gen"])
    elif name == "succeed":  # sets the result itself
        what = taken(names["result"])
        step = next_step()
        record.fired = (("callback", what), record.made, "your code", get_ident(), step, None)
    return True


def added(deferred: Any, callback: Any, errback: Any, args: Any) -> Linked | None:
    """A pair of functions was handed over; the link rides with them."""
    try:
        frame = _frame(2)
        if errback is None and type(callback) is FunctionType:
            record = deferred._labkit
            code = frame.f_code
            if code.co_filename in _READERS and record.epoch is now.epoch:
                links = record.links
                if len(links) < LINKS:
                    link = Plainly()
                    link.at = (
                        record,
                        callback.__qualname__,
                        callback.__code__,
                        code,
                        frame.f_lasti,
                        deferred.called,
                    )
                    links.append(link)
                    return link
    except AttributeError:  # the first time that it is met
        pass
    return _soundly(_added, deferred, callback, errback, args, _frame(2))


def _soundly(step: Callable[..., Linked | None], *args: Any) -> Linked | None:
    try:
        return step(*args)
    except Exception as e:
        fault(e)
        return None


def _added(
    deferred: Any, callback: Any, errback: Any, args: Any, frame: FrameType
) -> Linked | None:
    if not now.sessions and callback is not _GOT and not hasattr(deferred, "_labkit"):
        return None
    record = record_of(deferred)
    if callback is _GOT:
        return station(record, args[1], args[2])
    if record is None:
        return None
    if len(record.links) >= LINKS:
        return beyond(record)
    link = pair(record, callback, errback)
    link.late = bool(deferred.called)
    link.added = _stack.readers(frame)
    if _stack.whose(frame.f_code.co_filename) == READERS:
        record.touched = True
    else:
        of_others(link, callback, errback, str(frame.f_globals.get("__name__", "")))
    record.links.append(link)
    return link


def fired(deferred: Any, result: Any) -> None:
    """callback or errback was called, by whoever."""
    try:
        try:
            record: Record | None = deferred._labkit
        except AttributeError:
            record = known(deferred)
        if record is None:
            return
        frame = _frame(3)
        if type(result) is Failure:
            frame = _stack.out_of_errback(frame)
        if record.cancelled is None and record.fired is None:
            code = frame.f_code
            if code.co_name != "_inlineCallbacks" or code.co_filename != _seam.FILE:
                place, who, current = _stack.going_on(frame)
                by = None if current is None else _by(record, current)
                what = ("callback", result) if type(result) in PLAIN else _result(result)
                record.fired = (what, place, who, get_ident(), next_step(), by)
                return
        _fired_otherwise(record, result, frame)
    except Exception as e:
        fault(e)


def _fired_otherwise(record: Record, result: Any, frame: FrameType) -> None:
    """By the end of a coroutine, or by a cancel."""
    code = frame.f_code
    how, what = _result(result)
    end = code.co_name == "_inlineCallbacks" and code.co_filename == _seam.FILE
    if end:
        ended(record, result)
    if record.fired is not None:  # it was cancelled, and this is what came of it
        record.fired = ((record.fired[0][0], what), *record.fired[1:])
    elif end:
        words = "the end of the coroutine"
        record.fired = (("end of coroutine", what), None, words, get_ident(), next_step(), None)
    elif record.cancelled is not None:
        how, place, who, current = record.cancelled
        record.fired = ((how, what), place, who, get_ident(), next_step(), current)


def _result(result: Any) -> tuple[str, Any]:
    return "errback" if isinstance(result, Failure) else "callback", taken(result)


def _by(record: Record, current: Any) -> Record | None:
    by = known(current)
    return by if hint(record, by) else None


def cancelled(deferred: Any) -> None:
    """cancel was called; when that gives it its result, it was by this."""
    try:
        record = None if deferred.called else known(deferred)
        if record is not None and record.cancelled is None:
            frame, timed = _stack.out_of_cancelling(_frame(2))
            place, who, current = _stack.going_on(frame)
            by = None if current is None else _by(record, current)
            record.cancelled = ("timeout" if timed else "cancel", place, who, by)
    except Exception as e:
        fault(e)


def handed(deferred: Any, chainee: Any, result: Any) -> None:
    """Another Deferred waited for this one, and takes its result."""
    try:
        record, other = known(deferred), known(chainee)
        if record is not None and record is not other:
            record.handed = True
        for link in reversed(other.links if other is not None else ()):
            if link.outcome == "waits" and link.hides != "await":
                _settled(link, result)
                return
    except Exception as e:
        fault(e)


def begun(link: Linked, value: Any) -> None:
    """A link's turn has come, with this value."""
    try:
        link.step = next_step()
        link.came = taken(value)
        _on_its_rail(link, isinstance(value, Failure))
        if link.hides == "station":
            link.record.handed = True
            tracer[0].watch()  # what the coroutine awaits next, until it waits again
            if link.station is not None:
                arrived(link.station, value)
    except Exception as e:
        fault(e)


def _on_its_rail(link: Linked, failed: bool) -> None:
    function = link.back if failed else link.call
    link.ran = None if function is None else "errback" if failed else "callback"


def returned(link: Linked, value: Any) -> None:
    """A link is done: this is what its function returned."""
    try:
        if link.hides == "station":
            tracer[0].unwatch()
        elif link.ran is None:
            link.outcome = "skipped"
            link.went = link.came
        elif isinstance(value, Deferred):
            _gave_a_deferred(link, value)
        else:
            _settled(link, value)
    except Exception as e:
        fault(e)


def _gave_a_deferred(link: Linked, value: Any) -> None:
    if link.hides == "cancel":
        if not hasattr(value, "_labkit"):
            value._labkit = link.record
            tracer[0].follow(value)
        return
    inner = record_of(value)
    if (hint if link.theirs else connect)(link.record, inner):
        link.waits = inner
    if _seam.gives_at_once(value):
        if inner is not None:
            inner.handed = True
        _settled(link, _seam.result_of(value, None))
    else:
        link.outcome = "waits"


def _settled(link: Linked, value: Any) -> None:
    link.went = taken(value)
    if isinstance(value, Failure):
        link.outcome = "raised"
    else:
        link.outcome = "recovered" if link.ran == "errback" else "returned"
        if link.hides == "lab" and link.ran == "errback":
            link.record.given = True


def raised(link: Linked, failure: Failure) -> None:
    """A link's function raised."""
    try:
        if link.hides == "station":
            tracer[0].unwatch()
        link.went = taken(failure)
        link.outcome = "raised"
    except Exception as e:
        fault(e)


def awaited(deferred: Any, result: Any) -> None:
    """A coroutine awaited a Deferred that had its result already, and took it."""
    try:
        record = record_of(deferred)
        if record is not None and isinstance(result, Failure):
            record.handed = True
        frame = _frame(2)
        status = _seam.status_on(frame)
        owner = None if status is None else owner_of(status)
        if owner is not None:
            link = stop(owner, record, [frame])
            link.late = True
            arrived(link, result)
    except Exception as e:
        fault(e)


HOOKS: dict[str, Any] = {
    f"labkit_{hook.__name__}": hook
    for hook in (made, added, awaited, fired, cancelled, handed, begun, returned, raised, Plainly)
} | {"labkit_PLAIN": PLAIN, "labkit_next_step": next_step}
