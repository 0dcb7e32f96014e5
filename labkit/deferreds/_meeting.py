"""Deferreds that were there before, those a Deferred is made of, and coroutines' awaits."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from . import _seam, _stack
from ._record import (
    LINKS,
    NOTHING,
    Linked,
    Record,
    connect,
    enrol,
    hint,
    new_record,
    next_step,
    now,
    tracer,
)
from ._stack import LABS, READERS
from ._texts import named, taken

PASS, PASS_BACK = _seam.PASS
DEEPEST = 60  # Deferreds that wait for one another, met at once: Python's stack has an end
_depth = [0]
BEFORE = "a callback that ran before"


def record_of(deferred: Any) -> Record | None:
    """Its record, made now when it has none; None when there is no more room."""
    record: Record | None
    try:
        record = deferred._labkit
    except AttributeError:
        return _adopted(deferred)
    if record is not None and record.epoch is not now.epoch and now.sessions:
        enrol(record)
    return record


def known(deferred: Any) -> Record | None:
    """Its record; outside a block only when it has one."""
    if now.sessions or hasattr(deferred, "_labkit"):
        return record_of(deferred)
    return None


def _adopted(deferred: Any) -> Record | None:
    record = new_record(deferred)
    if not enrol(record):
        deferred._labkit = None
        return None
    deferred._labkit = record
    if not now.sessions:
        tracer[0].follow(deferred)
    held = _seam.result_of(deferred, NOTHING)
    if held is not NOTHING:
        record.base = taken(held)
    _read_parts(deferred, record)
    _depth[0] += 1
    try:
        if _depth[0] < DEEPEST:
            _read_callbacks(deferred, record)
            _read_sources(deferred, record)
        else:
            _deeper(deferred, record)
    finally:
        _depth[0] -= 1
    return record


def _deeper(deferred: Any, record: Record) -> None:
    """Whoever fires first runs all that wait for it: they must record, if not be recorded."""
    source = _seam.waits_on(deferred)
    while source is not None and not hasattr(source, "_labkit"):
        source._labkit = None  # type: ignore[attr-defined]
        record.left += 1
        tracer[0].follow(source)
        source = _seam.waits_on(source)


def _read_parts(deferred: Any, record: Record) -> None:
    raced = _seam.parts_of_race(deferred)
    if raced:
        of_parts(record, "race", raced)
    elif _seam.is_list(deferred):
        of_parts(record, "DeferredList", _seam.parts_of(deferred))


def of_parts(record: Record, sort: str, deferreds: Any) -> None:
    """It is made of these."""
    record.sort = sort
    found = [record_of(d) for d in deferreds if isinstance(d, Deferred)]
    record.parts = tuple(r for r in found if r is not None)
    for part in record.parts:
        connect(record, part)


def _read_callbacks(deferred: Any, record: Record) -> None:
    callbacks = _seam.items(deferred)
    for index, item in enumerate(list(callbacks)):
        waiting = _seam.continues(item)
        if waiting is not None:
            connect(record, record_of(waiting))
        elif len(item) == 2 and callbacks[index] is item:
            callbacks[index] = (*item, _found(record, item))


def _found(record: Record, item: Any) -> Linked:
    (call, args, _), (back, *_) = item
    if call is _seam.GOT:
        return station(record, args[1], args[2])
    if len(record.links) >= LINKS:
        return beyond(record)
    link = pair(record, call, back)
    of_others(link, call, back, "")
    if not link.theirs:
        record.touched = True
    record.links.append(link)
    return link


def pair(record: Record, call: Any, back: Any) -> Linked:
    """A link of these two functions."""
    link = Linked()
    link.record = record
    if call is not None and call is not PASS:
        link.call = named(call)
    if back is not None and back is not PASS_BACK:
        link.back = named(back)
    return link


def of_others(link: Linked, call: Any, back: Any, module: str) -> None:
    """Added by `module`, or before anybody looked: then told by whose function it is."""
    function = call if call is not None and call is not PASS else back
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None:
        owner = _stack.whose(code.co_filename)
        if owner == LABS:
            link.hides = "lab"
        if owner == READERS:
            module = module or "__main__"
    module = (module or str(getattr(function, "__module__", "") or "")).partition(".")[0]
    if module not in ("__main__", "builtins", "") and (code is None or owner != READERS):
        link.theirs = "Twisted" if module == "twisted" else module
    if back is _seam.CANCELLED:
        link.hides = "cancel"
    other = getattr(function, "__self__", None)
    if isinstance(other, Deferred):  # callback of another: chainDeferred
        connect(link.record, record_of(other))


def beyond(record: Record) -> Linked:
    """The link that stands for all above the bound."""
    record.left += 1
    if record.overflow is None:
        record.overflow = pair(record, beyond, beyond)
        record.overflow.hides = "beyond"
    return record.overflow


def _read_sources(deferred: Any, record: Record) -> None:
    """Those it waits for: what a callback returned, or what a coroutine awaits."""
    source = _seam.waits_on(deferred)
    if source is not None:
        link = Linked()
        link.record = record
        link.call, link.outcome, link.ran = BEFORE, "waits", "callback"
        other = record_of(source)
        link.waits = other if connect(record, other) else None
        record.links.insert(0, link)
    awaits = _seam.awaited_by_coroutine(deferred)
    if awaits is not None:
        record_of(awaits)


# --- coroutines


def of_coroutine(record: Record, generator: Any) -> None:
    """Its result is what this generator or coroutine returns."""
    code = getattr(generator, "cr_code", None)
    record.sort = "inlineCallbacks" if code is None else "coroutine"
    code = code or generator.gi_code
    record.name = generator.__qualname__.rpartition("<locals>.")[2]
    record.near = _stack.whose(code.co_filename) == READERS
    if record.near and record.made is None:
        record.made = (code, 0)  # its first line, when who started it is not on the stack


def station(awaited: Record | None, generator: Any, status: Any) -> Linked:
    """A coroutine waits for a Deferred from now on. The link is drawn on the coroutine.

    Also when there was no more room for a record of what it awaits.
    """
    hidden = pair(awaited or Record(), station, station)
    hidden.hides = "station"
    owner = owner_of(status)
    if owner is not None:
        if owner.sort == "Deferred":
            of_coroutine(owner, generator)
        link = stop(owner, awaited, list(_seam.awaiting(generator)))
        link.outcome = "waits"
        link.step = next_step()
        hidden.station = link
    return hidden


def owner_of(status: Any) -> Record | None:
    """The record of the coroutine's own Deferred, the same through a cancel."""
    owner: Record | None = status.__dict__.get("_labkit") or record_of(status.deferred)
    if owner is not None:
        status._labkit = owner
    return owner


def stop(owner: Record, awaited: Record | None, frames: list[Any]) -> Linked:
    """A new await; the one before is past, and what that raised has been caught."""
    if owner.last is not None and owner.last.ran == "errback":
        owner.last.outcome = "recovered"
        owner.last.went = NOTHING
    inner = [f for f in frames if _stack.whose(f.f_code.co_filename) == READERS]
    link = pair(owner, stop, stop)
    link.added = (inner[-1].f_code, inner[-1].f_lasti) if inner else None
    link.hides = "await"
    link.waits = awaited
    if len(owner.links) < LINKS:
        owner.links.append(link)
    else:
        owner.left += 1
    owner.last = link
    if not (connect if inner else hint)(owner, awaited):
        link.waits = None
    return link


def arrived(link: Linked, value: Any) -> None:
    """What was awaited is there."""
    failed = isinstance(value, Failure)
    link.step = next_step()
    link.came = link.went = taken(value)
    link.ran = "errback" if failed else "callback"
    link.outcome = "raised" if failed else "returned"


def ended(record: Record, result: Any) -> None:
    """The coroutine returned or raised: the end of its last await as well."""
    last = record.last
    if last is not None:
        last.went = taken(result)
        if isinstance(result, Failure):
            last.outcome = "raised"
        elif last.ran == "errback":
            last.outcome = "recovered"
    record.last = None
