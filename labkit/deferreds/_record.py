"""The raw record of a Deferred, and the blocks it belongs to.

Nothing in a record keeps a Deferred, a failure or a reader's function alive. What is
not set yet is read from the class: most fields of most records never are.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence
from types import CodeType
from typing import Any

from twisted.internet.defer import Deferred

from ._stack import Place
from ._texts import Name, Raw

CHAINS = 200  # records of the reader's in one history
LINKS = 200  # links in one record
RAW = 2000  # records in one history, with those of Twisted's that may yet be connected

NOTHING = object()
next_step = itertools.count(1).__next__
next_serial = itertools.count(1).__next__


class Linked:
    """One pair of functions, or one await: the raw Link.

    `hides` tells what is no link of the reader's: "lab", "cancel" (Twisted's way to
    cancel a coroutine), "station" (in the awaited chain), "beyond" (the bound); or "await".
    """

    record: Record
    call: Name | None = None
    back: Name | None = None
    added: Place | None = None
    late = False
    outcome = "pending"
    ran: str | None = None
    came: Raw = NOTHING
    went: Raw = NOTHING
    waits: Record | None = None
    step = 0
    theirs = ""  # who added it when the reader did not: "Twisted", or another package
    hides = ""
    station: Linked | None = None  # the await in another chain that this hands its value to


class Plainly(Linked):
    """The most frequent link, one function that the reader added: its fields in one tuple."""

    at: tuple[Record, str, CodeType, CodeType, int, bool]

    @property
    def record(self) -> Record:  # type: ignore[override]
        """Where it belongs."""
        return self.at[0]

    @property
    def call(self) -> Name:  # type: ignore[override]
        """The function on the callback rail."""
        return self.at[1:3]

    @property
    def added(self) -> Place:  # type: ignore[override]
        """The line that added it."""
        return self.at[3:5]

    @property
    def late(self) -> bool:  # type: ignore[override]
        """Whether the result was there already."""
        return self.at[5]


class Record:
    """One Deferred: the raw Chain."""

    ref: weakref.ref[Deferred[Any]]
    links: list[Linked]
    serial: int
    sort = "Deferred"
    name = ""
    made: Place | None = None
    near = False  # made by the reader's code, or in a function that it called
    touched = False  # the reader's code added to it, otherwise than by a Plainly
    fired: tuple[Any, ...] | None = None  # (how, what), place, who, thread, step, record
    cancelled: tuple[Any, ...] | None = None
    base: Raw = NOTHING  # what it held when the tracer came to it
    parts: tuple[Record, ...] = ()
    edges: Sequence[Record] = ()  # those that belong in one history with it
    hints: Sequence[Record] = ()  # the same when they are the reader's, and else Twisted's affair
    handed = False  # another took its result
    given = False  # the lab took its failure to the cell
    left = 0
    group: Group | None = None
    epoch: object = None

    @property
    def of_reader(self) -> bool:
        """Whether it is of the reader's making, or their code added to it."""
        return self.near or self.touched or any(type(k) is Plainly for k in self.links)

    last: Linked | None = None  # the await that a coroutine has not gone past
    overflow: Linked | None = None


class Near(Record):
    """The most frequent record: made on a line of the reader's."""

    near = True


def new_record(deferred: Deferred[Any]) -> Record:
    """An empty record of it."""
    record = Record()
    record.ref = weakref.ref(deferred)
    record.links = []
    record.serial = next_serial()
    return record


class Group:
    """How many records are connected: a loop of Deferreds would fill the memory."""

    def __init__(self) -> None:
        self.count = 1
        self.left = 0


def connect(one: Record, other: Record | None) -> bool:
    """They belong in one history. False when that is full, and `other` is not to be kept."""
    if other is None or other is one or other in one.edges:
        return True
    if not _grown(one, other, CHAINS):
        return False
    one.edges = [*one.edges, other]
    other.edges = [*other.edges, one]
    return True


def hint(one: Record, other: Record | None) -> bool:
    """They are connected through Twisted's own links. False when there are too many."""
    if other is None or other is one or other in one.hints:
        return True
    if not _grown(one, other, RAW):
        return False
    one.hints = [*one.hints, other]
    other.hints = [*other.hints, one]
    return True


def _grown(one: Record, other: Record, most: int) -> bool:
    group = one.group = one.group or other.group or Group()
    if other.group is None:
        if group.count >= most:
            group.left += 1
            return False
        group.count += 1
        other.group = group
    return True


class Session:
    """The records of one block, bounded."""

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
            self.records = [r for r in self.records if self._may_matter(r)]
            if len(self.records) >= RAW:
                return False
        self.records.append(record)
        return True

    def _may_matter(self, record: Record) -> bool:
        return bool(record.near or record.edges or record.hints) or record.ref() is not None


class Now:
    """Which blocks last; `epoch` is another object after each change."""

    def __init__(self) -> None:
        self.sessions: tuple[Session, ...] = ()
        self.epoch: object = object()
        self.only: Session | None = None  # the block, when there is no more than one

    def begin(self, session: Session) -> None:
        """Records go to this one as well from now on."""
        self._change((*self.sessions, session))

    def end(self, session: Session) -> None:
        """No more records for this one."""
        self._change(tuple(s for s in self.sessions if s is not session))

    def _change(self, sessions: tuple[Session, ...]) -> None:
        self.only = sessions[0] if len(sessions) == 1 else None
        self.sessions = sessions
        self.epoch = object()


now = Now()


def enrol(record: Record) -> bool:
    """Enter it in all blocks that last; False when it found room in none."""
    record.epoch = now.epoch
    took = not now.sessions
    for session in now.sessions:
        took = record in session.records or session.takes(record) or took
    return took


def entered(record: Record) -> bool:
    """Enter a new record in all blocks that last; False when it found room in none."""
    took = False
    for session in now.sessions:
        took = session.takes(record) or took
    return took


faults: list[str] = []  # what went wrong in the recording itself: none, say the tests


def fault(error: Exception) -> None:
    """The reader's code goes on as if nothing had been recorded."""
    if len(faults) < 20:
        faults.append(repr(error))


class Tracer:
    """What the recording asks of the tracer."""

    def follow(self, deferred: Deferred[Any]) -> None:
        """Let this Deferred record by itself."""

    def watch(self) -> None:
        """Let all Deferreds record, until as many calls of unwatch."""

    def unwatch(self) -> None:
        """The end of a watch."""


tracer = [Tracer()]  # _tracer.py puts the real one here
