"""From raw records to a History, when somebody looks."""

from __future__ import annotations

import itertools
import linecache
import threading
from collections.abc import Iterable
from typing import Any, cast

from twisted.python import threadable

from . import _seam, _stack
from ._history import Chain, Fired, History, How, Link, Outcome, Rail, Shown, Sort, State
from ._record import CHAINS, NOTHING, Linked, Record
from ._texts import Raw, cut, name_of, shown, taken

_WELL_KNOWN = {
    "Deferred.addTimeout.<locals>.convertCancelled": "addTimeout, in time or not",
    "Deferred.addTimeout.<locals>.cancelTimeout": "addTimeout, its timer stopped",
    "deferLater.<locals>.cb": "deferLater, its function",
    "DeferredList._cbDeferred": "DeferredList, one part done",
    "race.<locals>.succeeded": "race, a part came",
    "race.<locals>.failed": "race, a part failed",
    "_parseDeferredListResult": "gatherResults, only the values",
}


def frozen(records: Iterable[Record], left: int) -> History:
    """The records and all that are connected with them, numbered in the order they were met."""
    chosen = sorted(_connected(records), key=lambda r: r.serial)
    beyond = len(chosen[CHAINS:])
    chosen = chosen[:CHAINS]
    numbers = {r: n for n, r in enumerate(chosen, 1)}
    steps = _Steps(chosen)
    chains = tuple(_chain(r, numbers, steps) for r in chosen)
    groups = {r.group for r in chosen if r.group is not None}
    left += beyond + sum(r.left for r in chosen) + sum(g.left for g in groups)
    return History(chains, left)


def _connected(records: Iterable[Record]) -> set[Record]:
    found: set[Record] = set()
    next_ones = list(records)
    while next_ones:
        record = next_ones.pop()
        if record not in found:
            found.add(record)
            next_ones += record.edges
            next_ones += [r for r in record.hints if r.of_reader]
    return found


class _Steps:
    """What happened, counted from 1 over these chains alone."""

    def __init__(self, records: list[Record]) -> None:
        seen = {link.step for r in records for link in list(r.links) if not _hidden(link)}
        seen |= {r.fired[4] for r in records if r.fired is not None}
        self._numbers = {step: n for n, step in enumerate(sorted(seen - {0}), 1)}

    def __getitem__(self, step: int) -> int:
        return self._numbers.get(step, 0)


def _hidden(link: Linked) -> bool:
    return link.hides in ("lab", "cancel", "station", "beyond")


def _shown(raw: Raw) -> Shown | None:
    return None if raw is NOTHING else shown(raw)


def _chain(record: Record, numbers: dict[Record, int], steps: _Steps) -> Chain:
    links = [k for k in list(record.links) if not _hidden(k)]
    links.sort(key=lambda k: k.hides != "await")  # stations first: the rest ran after its end
    holds, state = _end(record, links)
    return Chain(
        numbers[record],
        record.name,
        cast(Sort, record.sort),
        _stack.where(record.made),
        tuple(_link(k, numbers, steps, record.sort) for k in links),
        _fired(record, numbers, steps),
        holds,
        state,
        tuple(numbers[p] for p in record.parts if p in numbers),
    )


def _end(record: Record, links: list[Linked]) -> tuple[Shown | None, State]:
    """What it holds, and how it stands."""
    deferred = record.ref()
    held = _held(record, links)
    if held is NOTHING:
        return None, "waiting"
    if deferred is not None and deferred.paused:
        waits = any(k.outcome == "waits" for k in links)
        return None if waits else shown(held), "paused"
    if any(k.outcome == "waits" and k.hides != "await" for k in links):
        if deferred is None:
            return None, "paused"
        held = taken(_seam.result_of(deferred, None))  # it ran where nobody looked
    value = shown(held)
    if value.kind == "failure" and not record.handed:
        gone = deferred is None and not record.given
        return value, "lost" if gone else "failed"
    if record.handed:
        return None, "failed" if value.kind == "failure" else "fired"
    return value, "fired"


def _held(record: Record, links: list[Linked]) -> Raw:
    held: Raw = record.base if record.fired is None else record.fired[0][1]
    for link in links:
        if link.hides != "await" and link.outcome != "pending":
            held = held if link.went is NOTHING else link.went
    over = record.overflow
    return held if over is None or over.went is NOTHING else over.went


def _link(link: Linked, numbers: dict[Record, int], steps: _Steps, sort: str) -> Link:
    waits = link.waits
    outcome = link.outcome
    call, back = _names(link, sort)
    return Link(
        call,
        back,
        _stack.where(link.added),
        cast(Outcome, outcome),
        cast("Rail | None", link.ran),
        _shown(link.came),
        _shown(link.went),
        numbers.get(waits) if waits is not None else None,
        link.late,
        steps[link.step],
    )


def _names(link: Linked, sort: str) -> tuple[str, str]:
    if link.hides == "await":
        word = "await" if sort == "coroutine" else "yield"
        source = _source(link)
        return (source or word,) * 2
    return _name(link.call, link.theirs), _name(link.back, link.theirs)


def _name(name: Any, theirs: str) -> str:
    if name is None:
        return ""
    known = name if isinstance(name, str) else name[0]
    if theirs and known in _WELL_KNOWN:
        return _WELL_KNOWN[known]
    found = name_of(name)
    if not theirs:
        return found
    return f"{theirs}'s {'lambda' if found.startswith('lambda') else found}"


def _source(link: Linked) -> str:
    """The await expression itself, in one line."""
    if link.added is None:
        return ""
    code, at = link.added
    first, last, begin, end = next(itertools.islice(code.co_positions(), at // 2, None))
    if first is None or last is None:
        return ""
    lines = [linecache.getline(code.co_filename, n).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]  # columns count bytes
    lines[0] = lines[0][begin:]
    return cut(" ".join(line.decode().strip() for line in lines))


def _fired(record: Record, numbers: dict[Record, int], steps: _Steps) -> Fired | None:
    if record.fired is None:
        return None
    (how, what), place, who, ident, step, by = record.fired
    if who == "end":
        number = numbers.get(by)
        who = (
            "another Deferred, of Twisted's own" if number is None else f"the end of chain {number}"
        )
    return Fired(cast(How, how), shown(what), _stack.where(place), who, _thread(ident), steps[step])


def _thread(ident: int) -> str:
    """In words: thread ids are others in every run."""
    if ident == threadable.ioThread:
        return "the reactor's"
    return "the main" if ident == threading.main_thread().ident else "another"


def of_readers(record: Record) -> bool:
    """Whether it is in a picture by itself, and not only for what it is connected with."""
    if record.of_reader:
        return True
    return record.made is not None and _end(record, record.links)[1] == "lost"
