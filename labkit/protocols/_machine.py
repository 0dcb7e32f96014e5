"""A state machine as frozen values: read from a protocol, drawn elsewhere.

A protocol class has one when it holds an Automat machine (what
TypeMachineBuilder.build() returned) as an attribute, or a table called
`transitions`: rows (source, input, target) or (source, input, target, outputs),
or a mapping {(source, input): target}. With a table, each connection says where
it is by an attribute called `state`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from attrs import evolve, frozen

from labkit.errors import LabError

from . import _seam

__all__ = ["Machine", "NoMachine", "Transition", "machine_of", "state_of"]


class NoMachine(LabError):
    """A protocol was asked for its state machine, and none was found on it."""


@frozen
class Transition:
    """In `source`, `input` leads to `target`; `outputs` name what is done on the way."""

    source: str
    input: str
    target: str
    outputs: tuple[str, ...] = ()


@frozen
class Machine:
    """A state machine, and who stands where. `here` has one (who, state) a live connection."""

    name: str
    states: tuple[str, ...]
    initial: str
    transitions: tuple[Transition, ...]
    here: tuple[tuple[str, str], ...] = ()


def machine_of(what: Any) -> Machine:
    """The machine of a protocol class, a protocol, a factory, a server, or an Automat machine.

    For a server `here` has its open connections, for one protocol that one.
    Raises NoMachine when there is none to be read.
    """
    if isinstance(what, Machine):
        return what
    live = _live(what)
    kinds = [what, *_kinds(what), *(type(p) for p in live)]
    for kind in kinds:
        found = _read(kind)
        if found is not None:
            return evolve(found, here=_here(live, found.states))
    raise NoMachine(
        f"{_name(what)} has no state machine that can be read",
        "Keep an Automat machine, or a table called transitions, as an attribute of its class",
    )


def state_of(thing: Any) -> str:
    """The state that a live Automat machine, or a protocol that holds one, is in now.

    Without Automat: the protocol's attribute `state`, "?" when it has none.
    """
    for held in (thing, *vars(thing).values()):
        if not isinstance(held, type) and _seam.is_live(held):
            return _seam.state_name(held)
    state = getattr(thing, "state", "?")
    return str(state.name if isinstance(state, Enum) else state)


def _live(what: Any) -> list[Any]:
    if isinstance(what, type) or _seam.is_machine(what):
        return []
    connections = getattr(what, "connections", None)
    if connections is not None:
        return list(connections)
    return [what] if hasattr(what, "dataReceived") else []


def _kinds(what: Any) -> Iterable[Any]:
    """Where a machine may be kept: a server's factory, a factory's protocol, a protocol's class."""
    factory = getattr(what, "factory", None)
    for thing in (what, factory):
        yield from (k for k in (getattr(thing, "protocol", None), type(thing)) if k is not None)


def _read(kind: Any) -> Machine | None:
    if _seam.is_machine(kind):
        return _automat("machine", kind)
    if not isinstance(kind, type):
        return None
    for base in kind.__mro__:
        for held in vars(base).values():
            if _seam.is_machine(held):
                return _automat(_title(kind), held)
    table = getattr(kind, "transitions", None)
    return None if table is None else _table(kind, table)


def _automat(name: str, machine: Any) -> Machine:
    rows = [Transition(*row) for row in _seam.rows_of(machine)]
    return _machine(name, _seam.initial_of(machine), rows)


def _table(kind: type, table: Any) -> Machine:
    try:
        rows = [_transition(row) for row in _rows(table)]
        first = rows[0].source
    except (TypeError, ValueError, IndexError):
        raise NoMachine(
            f"The table {kind.__name__}.transitions cannot be read",
            "Each row is (source, input, target) or (source, input, target, outputs)",
        ) from None
    start = getattr(kind, "initial", getattr(kind, "state", first))
    return _machine(_title(kind), _word(start) if isinstance(start, str | Enum) else first, rows)


def _rows(table: Any) -> Iterable[tuple[Any, ...]]:
    if not isinstance(table, Mapping):
        return tuple(table)
    split = ((key, goal if isinstance(goal, tuple) else (goal,)) for key, goal in table.items())
    return tuple((*key, *goal) for key, goal in split)


def _transition(row: tuple[Any, ...]) -> Transition:
    source, given, target, *rest = row
    (outputs,) = rest or ((),)
    names = (outputs,) if isinstance(outputs, str) and outputs else tuple(outputs)
    return Transition(_word(source), _word(given), _word(target), tuple(map(_word, names)))


def _word(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))


def _machine(name: str, initial: str, rows: list[Transition]) -> Machine:
    return Machine(name, _states(initial, rows), initial, tuple(rows))


def _states(initial: str, rows: list[Transition]) -> tuple[str, ...]:
    """The initial state, then the others in the order in which they can be reached."""
    found = [initial]
    for state in found:
        found += dict.fromkeys(
            r.target for r in rows if r.source == state and r.target not in found
        )
    rest = dict.fromkeys(s for r in rows for s in (r.source, r.target) if s not in found)
    return (*found, *rest)


def _here(live: list[Any], states: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    placed = ((_who(p, n), state_of(p)) for n, p in enumerate(live, 1))
    return tuple((who, state) for who, state in placed if state in states)


def _who(protocol: Any, number: int) -> str:
    name = getattr(protocol, "nick", None) or getattr(protocol, "name", None)
    return _word(name) if isinstance(name, str | bytes) else f"client {number}"


def _title(kind: type) -> str:
    """The class's name; the factory's for a class that is only called protocol inside of it."""
    names = [n for n in kind.__qualname__.split(".") if n not in ("protocol", "<locals>")]
    return names[-1] if kind.__name__ == "protocol" and names else kind.__name__


def _name(what: Any) -> str:
    return getattr(what, "__name__", None) or type(what).__name__
