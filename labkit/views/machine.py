"""A state machine: its states as boxes, its transitions as arrows, and who stands where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from labkit.protocols._machine import Machine, Transition

from ._diagram import diagram
from ._picture import Picture, clip, count, register
from ._states import standing

COLUMNS = 79


@register
def of_machine(machine: Machine) -> Picture:
    """The machine's diagram, and its table as text twin."""
    title = clip(machine.name, 40)
    alt = (
        f"State machine {title}: {count(len(all_states(machine)), 'state')}, "
        f"{count(len(machine.transitions), 'transition')}, starts in {clip(machine.initial, 30)}. "
        "The table beside this picture says the same."
    )
    svg = diagram(machine, all_states(machine), f"State machine {title}", alt)
    return Picture(title, "\n".join(_table(machine)), svg=svg, alt=alt)


def all_states(machine: Machine) -> tuple[str, ...]:
    """Every state that is named anywhere, the initial one first."""
    ends = (state for t in machine.transitions for state in (t.source, t.target))
    named = (machine.initial, *machine.states, *ends, *(state for _, state in machine.here))
    return tuple(dict.fromkeys(named))


def mermaid(machine: Machine) -> str:
    """The same as a Mermaid state diagram, which JupyterLab draws as text/vnd.mermaid."""
    ids = {state: f"s{n}" for n, state in enumerate(all_states(machine))}
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{_entities(state)}" as {id}' for state, id in ids.items()]
    lines.append(f"    [*] --> {ids[machine.initial]}")
    for (source, target), rows in _by_ends(machine).items():
        words = "<br/>".join(map(_arrow, rows))
        lines.append(f"    {ids[source]} --> {ids[target]}: {words}")
    for state, names in standing(machine).items():
        lines.append(f"    note right of {ids[state]}: {_entities(', '.join(names))}")
    return "\n".join(lines) + "\n"


def _by_ends(machine: Machine) -> dict[tuple[str, str], list[Transition]]:
    """Transitions with the same ends share an arrow: Mermaid draws several over each other."""
    found: dict[tuple[str, str], list[Transition]] = {}
    for row in machine.transitions:
        found.setdefault((row.source, row.target), []).append(row)
    return found


def _arrow(row: Transition) -> str:
    return _entities(" / ".join(filter(None, (row.input, ", ".join(row.outputs)))))


def _entities(text: str) -> str:
    """Everything that Mermaid could take for syntax, as a character number."""
    return re.sub(r"[^A-Za-z0-9 _,./-]", lambda found: f"#{ord(found[0])};", text) or " "


def _table(machine: Machine) -> Iterator[str]:
    yield clip(f"{machine.name} · state machine · starts in {machine.initial}", COLUMNS)
    if not machine.transitions:
        yield "  no transitions"
    else:
        heads = ("in state", "on", "goes to", "and does")
        yield from _aligned([heads, *map(_cells, machine.transitions)])
    for state in all_states(machine):
        if all(row.source != state for row in machine.transitions):
            yield clip(f"  {state} is an end: nothing leads on", COLUMNS)
    for state, names in standing(machine).items():
        yield clip(f"  now in {state} ({len(names)}): {', '.join(names)}", COLUMNS)


def _cells(row: Transition) -> tuple[str, ...]:
    goal = "(stays)" if row.target == row.source else row.target
    return row.source, row.input, goal, ", ".join(row.outputs) or "–"


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    cells = [tuple(clip(cell, 18) for cell in row[:3]) + row[3:] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][:3]
    for row in cells:
        front = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield clip(f"  {front}  {row[3]}", COLUMNS)
