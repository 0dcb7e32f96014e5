"""The raw record of a Deferred, and the calls that Twisted's own lines make to write it.

Nothing in a record keeps a Deferred, a failure or a reader's function alive. A call
never raises, and is written to be short: words are found when somebody asks for them.
"""

from __future__ import annotations

import itertools
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from . import _seam, _stack
from ._stack import READERS, Place
from ._texts import Name, named, taken

CHAINS = 200  # records of the reader's in one history
LINKS = 200  # links in one record
RAW = 2000  # records in one history with those of Twisted's that may yet be connected

NOTHING = object()
_frame = sys._getframe
_steps = itertools.count(1)
_serials = itertools.count(1)
_PASS, _PASS_BACK = _seam.PASS
_GOT, _CANCELLED = _seam.GOT, _seam.CANCELLED


class Linked:
    """One pair of functions, or one await: the raw Link."""

    __slots__ = (
        "added", "back", "call", "came", "hides", "late", "ours", "outcome", "ran", "record",
        "station", "step", "waits", "went",
    )  # fmt: skip

    def __init__(
        self, record: Record, call: Name | None, back: Name | None, added: Place | None, late: bool
    ) -> None:
        self.record = record
        self.call = call
        self.back = back
        self.added = added
        self.late = late
        self.outcome = "pending"
        self.step = 0
        self.hides = ""
        self.ours = True


class Record:
    """One Deferred: the raw Chain."""

    parts: tuple[Any, ...] = ()
    sort = "Deferred"
    name = ""
    made: Place | None = None
    near = False  # made by the reader's code, or in a function that it called
    touched = False  # the reader's code added to it
    fired: list[Any] | None = None
    cancelled: tuple[Any, ...] | None = None
    status: Any = None
    base: Any = NOTHING  # what it held when the tracer came to it
    handed = False  # another took its result
    given = False  # the lab took its failure to the cell
    left = 0
    epoch: object = None
    last: Linked | None = None  # a coroutine's station that its code has not gone past
    overflow: Linked | None = None
    follow = False

    def __init__(self, deferred: Deferred[Any]) -> None:
        self.ref = weakref.ref(deferred)
        self.links: list[Linked] = []
        self.edges: list[Record] = []
        self.serial = next(_serials)


class Session:
    """The records of one `with tracing()` block, bounded."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.left = 0
        self.near = 0

    def takes(self, record: Record) -> bool:
        """Enter it, unless there is no more room."""
        if record.near or record.touched:
            if self.near >= CHAINS:
                self.left += 1
                return False
            self.near += 1
        elif len(self.records) >= RAW:
            self.records = [r for r in self.records if r.near or r.edges or r.ref() is not None]
            if len(self.records) >= RAW:
                return False
        self.records.append(record)
        return True


class _Now:
    """Which sessions run; `epoch` is another object after each change."""

    sessions: tuple[Session, ...] = ()
    epoch: object = object()


now = _Now()


def begin(session: Session) -> None:
    """Records go to this session as well from now on."""
    now.sessions = (*now.sessions, session)
    now.epoch = object()


def end(session: Session) -> None:
    """No more records for this session."""
    now.sessions = tuple(s for s in now.sessions if s is not session)
    now.epoch = object()


def enrol(record: Record) -> bool:
    """Enter a record in the sessions that run."""
    record.epoch = now.epoch
    took = [s.takes(record) for s in now.sessions if record not in s.records[-1:]]
    return any(took) or not now.sessions


class Tracer:
    """What the records ask of the tracer."""

    def follow(self, deferred: Deferred[Any]) -> None:
        """Let this Deferred record by itself."""

    def watch(self) -> None:
        """Let all Deferreds record, until as many calls of unwatch."""

    def unwatch(self) -> None:
        """The end of a watch."""


tracer: list[Tracer] = []


def record_of(deferred: Deferred[Any]) -> Record | None:
    """Its record, made now when it has none."""
    try:
        record: Record | None = deferred._labkit  # type: ignore[attr-defined]
    except AttributeError:
        return adopt(deferred)
    if record is not None and record.epoch is not now.epoch and now.sessions:
        _again(record)
    return record


def _known(deferred: Any) -> Record | None:
    """Its record; outside a block only when it has one."""
    if now.sessions or hasattr(deferred, "_labkit"):
        return record_of(deferred)
    return None


def _again(record: Record) -> None:
    record.epoch = now.epoch
    for session in now.sessions:
        if record not in session.records:
            session.takes(record)


def connect(one: Record, other: Record | None) -> None:
    """They belong in one history."""
    if other is None or other is one:
        return
    if other not in one.edges:
        one.edges.append(other)
    if one not in other.edges:
        other.edges.append(one)


# --- a Deferred begins


def made(deferred: Any) -> None:
    """A Deferred was created; its __init__ is the caller."""
    try:
        frame = _frame(2)
        code = frame.f_code
        record = Record(deferred)
        if type(deferred) is Deferred and _stack.whose(code.co_filename) == READERS:
            record.made = (code, frame.f_lasti)
            record.near = True
        elif not _made_elsewhere(deferred, record, frame):
            return
        if not now.sessions:
            return  # it is met when a coroutine that is followed awaits it
        record.epoch = now.epoch
        took = False
        for session in now.sessions:
            took = session.takes(record) or took
        deferred._labkit = record if took else None
    except Exception:
        return


def _made_elsewhere(deferred: Any, record: Record, frame: Any) -> bool:
    while frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is deferred:
        frame = frame.f_back
    code = frame.f_code
    if code.co_filename == _seam.FILE:
        if code.co_name == "_handleCancelInlineCallbacks":
            # the coroutine's own Deferred, once more: Twisted cancels through a second one
            deferred._labkit = getattr(frame.f_locals.get("status"), "_labkit", None)
            return False
        _sorted(deferred, record, frame)
    elif isinstance(deferred, _List):
        _list(deferred, record, "DeferredList")
    place, called, deep, lab = _stack.beneath(frame)
    record.made = place
    record.near = record.near or (place is not None and deep <= 1 and not lab)
    record.name = record.name or (called if record.sort == "Deferred" else "")
    return True


from twisted.internet.defer import DeferredList as _List  # noqa: E402


def _sorted(deferred: Any, record: Record, frame: Any) -> None:
    name = frame.f_code.co_name
    if isinstance(deferred, _List):
        _list(deferred, record, "gatherResults" if name == "gatherResults" else "DeferredList")
    elif name == "succeed":  # sets the result itself
        record.fired = [
            "callback",
            taken(frame.f_locals.get("result")),
            None,
            "your code",
            0,
            0,
            None,
        ]
        record.fired[2:] = [
            _stack.readers(frame),
            "your code",
            threading.get_ident(),
            next(_steps),
            None,
        ]
    elif name == "race":
        record.sort = "race"
        _parts(record, frame.f_locals.get("ds", ()))
    elif name == "_cancellableInlineCallbacks":
        _coroutine(record, frame.f_locals["gen"])


def _list(deferred: Any, record: Record, sort: str) -> None:
    record.sort = sort
    _parts(record, _seam.parts_of(deferred))


def _parts(record: Record, deferreds: Any) -> None:
    found = [record_of(d) for d in deferreds if isinstance(d, Deferred)]
    record.parts = tuple(r for r in found if r is not None)
    for part in record.parts:
        connect(record, part)


def _coroutine(record: Record, generator: Any) -> None:
    record.sort = "coroutine" if hasattr(generator, "cr_code") else "inlineCallbacks"
    record.name = generator.__qualname__.rpartition("<locals>.")[2]
    code = getattr(generator, "cr_code", None) or generator.gi_code
    record.near = _stack.whose(code.co_filename) == READERS


# --- a link is added


def added(deferred: Any, callback: Any, errback: Any, args: Any) -> Linked | None:
    """A pair of functions was handed over; the result rides with them."""
    try:
        try:
            record = deferred._labkit
        except AttributeError:
            if not now.sessions and callback is not _GOT:
                return None
            record = adopt(deferred)
        if record is None:
            return None
        if record.epoch is not now.epoch and now.sessions:
            _again(record)
        frame = _frame(2)
        code = frame.f_code
        if _stack.whose(code.co_filename) == READERS:
            record.touched = True
            place = (code, frame.f_lasti)
            ours = False
        elif callback is _GOT:
            return _station(record, args[1], args[2])
        else:
            ours = True
            place = _stack.readers(frame)  # type: ignore[assignment]
        links = record.links
        if len(links) >= LINKS:
            return _beyond(record)
        link = Linked(
            record,
            None if callback is None or callback is _PASS else named(callback),
            None if errback is None or errback is _PASS_BACK else named(errback),
            place,
            deferred.called,
        )
        if ours:
            _others(link, callback, errback)
        else:
            link.ours = False
        links.append(link)
        return link
    except Exception:
        return None


def _beyond(record: Record) -> Linked:
    record.left += 1
    if record.overflow is None:
        record.overflow = Linked(record, "?", "?", None, False)
        record.overflow.hides = "beyond"
    return record.overflow


def _others(link: Linked, callback: Any, errback: Any) -> None:
    """Twisted or the lab added it: told apart by whose function it is."""
    function = callback if callback is not None and callback is not _PASS else errback
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None and _stack.whose(code.co_filename) == _stack.LABS:
        link.hides = "lab"
    elif errback is _CANCELLED:
        link.hides = "cancel"
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Deferred):  # d.callback of another: chainDeferred
        connect(link.record, record_of(owner))


def _station(awaited: Record, generator: Any, status: Any) -> Linked:
    """A coroutine began to wait for a Deferred: a link that is drawn on the coroutine."""
    owner = status.__dict__.get("_labkit") or record_of(status.deferred)
    hidden = Linked(awaited, "?", "?", None, False)
    hidden.hides = "station"
    if owner is not None:
        status._labkit = owner
        if owner.sort == "Deferred":
            _coroutine(owner, generator)
        link = _stop(owner, list(_seam.awaiting(generator)))
        link.waits = awaited
        link.outcome = "waits"
        link.step = next(_steps)
        connect(owner, awaited)
        hidden.station = link
    return hidden


def _stop(owner: Record, frames: list[Any]) -> Linked:
    """A new station; the one before is past."""
    _past(owner)
    inner = [f for f in frames if _stack.whose(f.f_code.co_filename) == READERS]
    place = (inner[-1].f_code, inner[-1].f_lasti) if inner else None
    link = Linked(owner, "await", "await", place, False)
    link.ours = False
    link.hides = "await"
    if len(owner.links) < LINKS:
        owner.links.append(link)
    else:
        owner.left += 1
    owner.last = link
    return link


def _past(owner: Record) -> None:
    """The code went on after its last await: what that raised has been caught."""
    last = owner.last
    if last is not None and last.ran == "errback":
        last.outcome = "recovered"
    owner.last = None


def awaited(deferred: Any, result: Any) -> None:
    """A coroutine awaited a Deferred that had its result already, and took it."""
    try:
        record = record_of(deferred)
        found = _seam.running_coroutine(_frame(2))
        if record is None:
            return
        if isinstance(result, Failure):
            record.handed = True
        if found is None:
            return
        status = found[1]
        owner = status.__dict__.get("_labkit") or record_of(status.deferred)
        if owner is None:
            return
        status._labkit = owner
        link = _stop(owner, [_frame(2)])
        link.waits = record
        link.late = True
        connect(owner, record)
        _arrived(link, result)
    except Exception:
        return


def _arrived(link: Linked, value: Any) -> None:
    link.step = next(_steps)
    link.came = taken(value)
    failed = isinstance(value, Failure)
    link.ran = "errback" if failed else "callback"
    link.went = link.came
    link.outcome = "raised" if failed else "returned"


# --- a result comes


def fired(deferred: Any, result: Any) -> None:
    """callback or errback was called, by whoever."""
    try:
        record = _known(deferred)
        if record is None:
            return
        frame = _frame(3)
        how = "errback" if isinstance(result, Failure) else "callback"
        if frame.f_code.co_name == "_inlineCallbacks" and frame.f_code.co_filename == _seam.FILE:
            _ended(record, result)
            if record.fired is not None:  # it was cancelled, and this is what came of it
                record.fired[1] = taken(result)
                return
            how = "end of coroutine"
            place, who, by = None, "the end of the coroutine", None
        elif record.cancelled is not None:
            how, place, who, by = record.cancelled
        else:
            place, who, by = _who(frame)
        if by is not None:
            connect(record, by)
        ident = threading.get_ident()
        record.fired = [how, taken(result), place, who, ident, next(_steps), by]
    except Exception:
        return


def _who(frame: Any) -> tuple[Any, str, Record | None]:
    place, who, current = _stack.going_on(frame)
    by = record_of(current) if isinstance(current, Deferred) else None
    return place, who, by


def _ended(record: Record, result: Any) -> None:
    last = record.last
    if last is not None:
        last.went = taken(result)
        if isinstance(result, Failure):
            last.outcome = "raised"
        elif last.ran == "errback":
            last.outcome = "recovered"
    record.last = None


def cancelled(deferred: Any) -> None:
    """cancel was called; when that gives it its result, it was by this."""
    try:
        if deferred.called:
            return
        record = _known(deferred)
        if record is not None and record.cancelled is None:
            frame, timed = _stack.out_of_cancelling(_frame(2))
            place, who, by = _who(frame)
            record.cancelled = ("timeout" if timed else "cancel", place, who, by)
    except Exception:
        return


def handed(deferred: Any, chainee: Any, result: Any) -> None:
    """Another Deferred waited for this one, and takes its result."""
    try:
        record, other = _known(deferred), _known(chainee)
        if record is not None and record is not other:
            record.handed = True
        if other is None:
            return
        for link in reversed(other.links):
            if link.outcome == "waits" and link.hides != "await":
                _settled(link, result)
                return
    except Exception:
        return


def begun(link: Linked | None, value: Any) -> None:
    """A link's turn has come, with this value."""
    if link is None:
        return
    try:
        hides = link.hides
        if hides == "station":
            tracer[0].watch()  # what the coroutine awaits next, until it waits again
            link.record.handed = True
            _arrived(link.station, value)
            return
        link.step = next(_steps)
        link.came = taken(value)
        if isinstance(value, Failure):
            link.ran = "errback" if link.back is not None else None
        else:
            link.ran = "callback" if link.call is not None else None
    except Exception:
        return


def returned(link: Linked | None, value: Any) -> None:
    """A link is done: this is what its function returned."""
    if link is None:
        return
    if link.hides == "station":
        tracer[0].unwatch()
        return
    try:
        if link.ran is None:
            link.outcome = "skipped"
            link.went = link.came
        elif isinstance(value, Deferred):
            _gave_a_deferred(link, value)
        else:
            _settled(link, value)
    except Exception:
        return


def _gave_a_deferred(link: Linked, value: Any) -> None:
    if link.hides == "cancel":
        if not hasattr(value, "_labkit"):
            value._labkit = link.record
            tracer[0].follow(value)
        return
    inner = record_of(value)
    link.waits = inner
    connect(link.record, inner)
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


def raised(link: Linked | None, failure: Failure) -> None:
    """A link's function raised."""
    if link is None:
        return
    if link.hides == "station":
        tracer[0].unwatch()
        return
    try:
        link.went = taken(failure)
        link.outcome = "raised"
    except Exception:
        return


# --- those that were there before


def adopt(deferred: Deferred[Any]) -> Record | None:
    """Begin a record of a Deferred that somebody made earlier, with what it has by now."""
    record = Record(deferred)
    if not enrol(record):
        deferred._labkit = None  # type: ignore[attr-defined]
        return None
    deferred._labkit = record  # type: ignore[attr-defined]
    if not now.sessions:
        tracer[0].follow(deferred)
    held = _seam.result_of(deferred, NOTHING)
    if held is not NOTHING:
        record.base = taken(held)
    if isinstance(deferred, _List):
        _list(deferred, record, "DeferredList")
    else:
        raced = _seam.parts_of_race(deferred)
        if raced:
            record.sort = "race"
            _parts(record, raced)
    _read(deferred, record)
    _sources(deferred, record)
    return record


def _read(deferred: Deferred[Any], record: Record) -> None:
    callbacks = _seam.items(deferred)
    for index, item in enumerate(list(callbacks)):
        waiting = _seam.continues(item)
        if waiting is not None:
            connect(record, record_of(waiting))
        elif len(item) == 2 and callbacks[index] is item:
            callbacks[index] = (*item, _found(record, item))


def _found(record: Record, item: Any) -> Linked:
    (call, args, _), (back, *_) = item
    if call is _GOT:
        return _station(record, args[1], args[2])
    if len(record.links) >= LINKS:
        return _beyond(record)
    link = Linked(
        record,
        None if call is _PASS else named(call),
        None if back is _PASS_BACK else named(back),
        None,
        False,
    )
    _others(link, call, back)
    record.links.append(link)
    return link


def _sources(deferred: Deferred[Any], record: Record) -> None:
    """Those that it waits for: a Deferred that a callback returned, or that a coroutine awaits."""
    source = _seam.waits_on(deferred)
    if source is not None:
        link = Linked(record, "a callback that ran before", None, None, False)
        link.outcome, link.ran = "waits", "callback"
        link.waits = record_of(source)
        connect(record, link.waits)
        record.links.insert(0, link)
    behind = _seam.coroutine_behind(deferred)
    if behind is not None:
        waiting = behind[1].waitingOn
        if waiting is not None:
            record_of(waiting)


HOOKS: dict[str, Callable[..., Any]] = {
    f"labkit_{hook.__name__}": hook
    for hook in (made, added, awaited, fired, cancelled, handed, begun, returned, raised)
}
