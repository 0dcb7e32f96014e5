"""Whom a call of the reactor was for, and which code of the reader's it ran: in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, partial
from inspect import unwrap
from types import CodeType
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from labkit._frames import Where, is_readers
from labkit.wire._tape import Tape

from . import _seam

TIMERS, THREADS = "timers", "calls from threads"
DEEP = 5  # steps from what Twisted calls to the reader's function, at most

_LANES = {
    "twisted.internet.tcp.Client": "your client",
    "twisted.internet.unix.Client": "your client",
    "twisted.internet.udp.Port": "your datagrams",
    "twisted.internet.process.ProcessReader": "your child process",
    "twisted.internet.process.ProcessWriter": "your child process",
    "twisted.internet.stdio.StandardIO": "standard input",
}
_SERVERS = ("twisted.internet.tcp.Server", "twisted.internet.unix.Server")
_PORTS = ("twisted.internet.tcp.Port", "twisted.internet.unix.Port")


@frozen
class Subject:
    """For whom a call is, where that is no tape.

    `kind` is the class of the protocol, `through` the subject that let it in.
    """

    lane: str
    kind: Any = None
    through: Subject | None = None


NOBODY = Subject("")
LISTENING = Subject("new connections")


def subject_of(selectable: Any) -> Tape | Subject:
    """Whose socket it is. Nothing that is kept of it keeps a connection alive."""
    kind: Any = type(selectable)
    named = _named(kind)
    if named in _PORTS:
        return LISTENING
    protocol = getattr(selectable, "protocol", None)
    for _ in range(4):
        tape = getattr(protocol, "tape", None)
        if type(tape) is Tape:
            return tape
        inner = getattr(protocol, "wrappedProtocol", None)
        if inner is None:
            break
        protocol = inner
    if type(protocol).__module__.startswith("labkit.bench."):
        return NOBODY  # a link's own ends
    if named in _SERVERS:
        return Subject(client_of("your server", selectable.sessionno + 1), type(protocol))
    if named in _LANES:
        return Subject(_LANES[named], type(protocol))
    own = not kind.__module__.startswith(("twisted.", "labkit."))
    return Subject(f"your {kind.__name__}") if own else NOBODY


@cache
def _named(kind: Any) -> str:
    """The name of the transport's class, or of the one in Twisted that it was derived from."""
    for base in kind.__mro__:
        name = f"{base.__module__}.{base.__name__}"
        if name in _LANES or name in _SERVERS or name in _PORTS:
            return name
    return ""


def lane_of(subject: Any) -> str:
    """Its name in words; empty for what is nobody's."""
    if type(subject) is Tape:
        return client_of(getattr(subject.owner, "label", ""), subject.number)
    return str(getattr(subject, "lane", ""))


def client_of(label: str, number: int) -> str:
    """A connection's name, with the number that the tape gives it."""
    return f"{label or 'server'} · client {number}"


def place_in(subject: Any, method: str) -> Where | None:
    """Where the method of a connection's protocol is, when it is the reader's own."""
    kind = getattr(subject, "kind", None)
    if type(subject) is Tape:
        kind = getattr(getattr(subject.owner, "wrappedFactory", None), "protocol", None)
    code = getattr(unwrap(getattr(kind, method, _nothing)), "__code__", None)
    return place_of(code) if code is not None and is_readers(code.co_filename) else None


def what_of(noted: Any) -> str:
    """A call's name."""
    return name_of(noted) if isinstance(noted, CodeType) else str(noted)


def where_of(subject: Any, noted: Any) -> Where | None:
    """Where the reader's function begins that a call came to, when it is known."""
    return place_of(noted) if isinstance(noted, CodeType) else place_in(subject, what_of(noted))


def note_place(subject: Any, noted: Any) -> tuple[str, str, Where | None]:
    """For whom, what, and where, of a call that was noted."""
    return lane_of(subject), what_of(noted), where_of(subject, noted)


def _nothing() -> None:
    """Stands for a method that is not there."""


def place_of(code: CodeType) -> Where:
    """The line on which a function begins."""
    return Where(code.co_filename, code.co_firstlineno, name_of(code))


def name_of(code: CodeType) -> str:
    """A function's name as the reader would say it."""
    return code.co_qualname.rpartition("<locals>.")[2].replace("<lambda>", "lambda")


def readers_code(thing: Any, given: Iterable[Any] = (), deep: int = DEEP) -> CodeType | None:
    """The first code of the reader's that a call comes to, through what Twisted puts around it.

    `given` are the call's arguments. Looked for before the call, which uses up callbacks.
    """
    code = _code_of(thing)
    if code is not None and is_readers(code.co_filename):
        return code
    for part in (*_parts(thing), *given) if deep else ():
        if callable(part) or isinstance(part, Deferred) or hasattr(part, "cr_code"):
            found = readers_code(part, (), deep - 1)
            if found is not None:
                return found
        elif hasattr(part, "gi_code") and is_readers(part.gi_code.co_filename):
            return part.gi_code  # type: ignore[no-any-return]
    return None


def _code_of(thing: Any) -> CodeType | None:
    function = getattr(thing, "__func__", thing)
    for name in ("__code__", "cr_code"):
        code = getattr(function, name, None)
        if isinstance(code, CodeType):
            return code
    return None


def _parts(thing: Any) -> Iterator[Any]:
    """What a call may call in its turn."""
    owner = getattr(thing, "__self__", None)
    if isinstance(thing, partial):
        yield from (thing.func, *thing.args)
    elif isinstance(thing, LoopingCall):
        yield thing.f
    elif isinstance(thing, Deferred):
        yield from _seam.callbacks(thing)
    elif isinstance(owner, LoopingCall | Deferred):
        yield owner
    for cell in getattr(getattr(thing, "__func__", thing), "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # not bound yet
