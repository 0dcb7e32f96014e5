"""The only lines that know Automat's private shapes (25.4): a built machine, and a live one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from automat import TypeMachine

Row = tuple[str, str, str, tuple[str, ...]]


def is_machine(thing: Any) -> bool:
    """Whether this is what TypeMachineBuilder.build() returned."""
    return isinstance(thing, TypeMachine)


def initial_of(machine: Any) -> str:
    """The name of the state that the machine starts in."""
    return str(machine.__automat_automaton__.initialState.name)


def rows_of(machine: Any) -> list[Row]:
    """All transitions as (source, input, target, names of the outputs), sorted.

    Automat keeps them in a set, so that the order of declaration is lost.
    """
    found = machine.__automat_automaton__.allTransitions()
    return sorted((s.name, i, t.name, tuple(_names(outputs))) for s, i, t, outputs in found)


def _names(outputs: Iterable[Any]) -> list[str]:
    methods = (getattr(output, "method", None) for output in outputs)
    return [m.__name__ for m in methods if m is not None and not m.__name__.startswith("returns(")]


def is_live(thing: Any) -> bool:
    """Whether this is an object that a built machine made, one that has a state now."""
    return hasattr(thing, "__automat_transitioner__")


def state_name(live: Any) -> str:
    """The name of the state that it is in now."""
    return str(live.__automat_transitioner__._state.name)
