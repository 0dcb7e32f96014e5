"""Where everything in the diagram of a state machine stands.

States go from top to bottom. A transition to the next state goes straight down, one that
stays is a loop on the right, and all others have a lane of their own on the left. Every
label has a row of its own: lanes may cross lines, never words.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from labkit.protocols._machine import Machine

from . import palette
from ._picture import clip

BOX = 180  # width of a state, in pixels
LINE = 16  # height of a line of a label
GLYPH = 7.1  # width of a character of a label
NARROW = 26  # characters of a label on the left

Rows = tuple[tuple[str, str], ...]


@define
class Edge:
    """A lane on the left, from one state to another, both by their place."""

    source: int
    target: int
    label: Rows
    leaves: float = 0
    arrives: float = 0
    lane: int = 0

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last state that it passes."""
        return min(self.source, self.target), max(self.source, self.target)

    @property
    def span(self) -> int:
        """How many states further it ends."""
        return abs(self.source - self.target)

    def room(self, place: int) -> int:
        """The height that it needs at that state: the label stands where it leaves."""
        return 8 + LINE * len(self.label) if place == self.source else 16


@define
class Box:
    """A state. `names` are those who are in it now, in lines; `edges` its lanes, from the top."""

    place: int
    name: str
    final: bool
    names: tuple[str, ...]
    loops: Rows
    down: Rows
    edges: list[Edge] = field(factory=list)
    top: float = 0

    @property
    def height(self) -> float:
        """Enough for its name, for who stands there, its loops, and the lanes at its left."""
        lanes = 10 + sum(edge.room(self.place) for edge in self.edges)
        return max(40 + LINE * len(self.names), 14 + LINE * len(self.loops), lanes)

    @property
    def gap(self) -> float:
        """The height below it, up to the next state."""
        return max(34, 20 + LINE * len(self.down))

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.height


class Plan:
    """The places of all states and lanes, in pixels from the card's corner."""

    def __init__(self, machine: Machine, states: Sequence[str], top: float) -> None:
        labels = _labels(machine, {state: n for n, state in enumerate(states)})
        self.edges = [Edge(a, b, tuple(r)) for (a, b), r in labels.items() if b not in (a, a + 1)]
        self.boxes = [_box(machine, n, state, labels) for n, state in enumerate(states)]
        lanes = _assign(self.edges)
        self.pitch = min(14.0, 84 / lanes) if lanes else 0.0
        words = max((_wide(edge.label) for edge in self.edges), default=0)
        self.words = min(words, NARROW) * GLYPH + 24
        self.x = max(16 + self.pitch * lanes + self.words, 200.0)
        self._stack(top)

    @property
    def right(self) -> float:
        """The right side of the boxes."""
        return self.x + BOX

    @property
    def middle(self) -> float:
        """The line from box to box."""
        return self.x + BOX / 2

    @property
    def bottom(self) -> float:
        """Where the last box ends."""
        return self.boxes[-1].bottom

    @property
    def loop_room(self) -> int:
        """Characters of a label on the right."""
        return int((palette.WIDTH - 16 - self.right - 36) / GLYPH)

    def lane(self, edge: Edge) -> float:
        """Where a lane goes down: the longer, the further left."""
        return self.x - self.words - self.pitch * edge.lane

    def _stack(self, top: float) -> None:
        for box in self.boxes:
            box.edges = _around(box.place, self.edges)
            box.top = top
            top = box.bottom + box.gap
            self._slots(box)

    def _slots(self, box: Box) -> None:
        spare = box.height - sum(edge.room(box.place) for edge in box.edges)
        y = box.top + spare / 2
        for edge in box.edges:
            y += edge.room(box.place)
            if edge.source == box.place:
                edge.leaves = y - 3
            else:
                edge.arrives = y - 8


def standing(machine: Machine) -> dict[str, list[str]]:
    """Who stands in each state, for the states where somebody does."""
    found: dict[str, list[str]] = {}
    for who, state in machine.here:
        found.setdefault(state, []).append(who)
    return found


def _labels(
    machine: Machine, place: dict[str, int]
) -> dict[tuple[int, int], list[tuple[str, str]]]:
    """The (input, outputs) of all transitions, gathered by where they lead from and to."""
    found: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for row in machine.transitions:
        ends = place[row.source], place[row.target]
        found.setdefault(ends, []).append((row.input, ", ".join(row.outputs)))
    return found


def _box(
    machine: Machine, place: int, state: str, labels: dict[tuple[int, int], list[tuple[str, str]]]
) -> Box:
    final = all(row.source != state for row in machine.transitions)
    names = _names(standing(machine).get(state, []))
    loops = tuple(labels.get((place, place), ()))
    return Box(place, state, final, names, loops, tuple(labels.get((place, place + 1), ())))


def _names(who: list[str], room: int = 21, most: int = 3) -> tuple[str, ...]:
    """The names in at most `most` lines, those without a place counted."""
    lines: list[str] = []
    for done, name in enumerate(who):
        name = clip(name, room)
        if lines and len(lines[-1]) + 2 + len(name) <= room:
            lines[-1] += f", {name}"
        elif len(lines) < most:
            lines.append(name)
        else:
            return (*lines[:-1], f"and {len(who) - done + lines[-1].count(', ') + 1} more")
    return tuple(lines)


def _assign(edges: list[Edge]) -> int:
    """Give each edge the innermost lane that is free on its way; returns how many lanes."""
    taken: list[list[Edge]] = []
    for edge in sorted(edges, key=lambda e: (e.span, e.reach)):
        edge.lane = next((n for n, lane in enumerate(taken) if _free(lane, edge)), len(taken))
        if edge.lane == len(taken):
            taken.append([])
        taken[edge.lane].append(edge)
    return len(taken)


def _free(lane: list[Edge], edge: Edge) -> bool:
    low, high = edge.reach
    return all(other.reach[1] < low or other.reach[0] > high for other in lane)


def _around(place: int, edges: list[Edge]) -> list[Edge]:
    """The edges at a state, in the order that crosses least: inner lanes at its rim."""
    here = [e for e in edges if place in e.reach]
    above = [e for e in here if e.reach[1] == place]
    below = [e for e in here if e.reach[0] == place]
    inner = sorted(above, key=lambda e: e.lane)
    return inner + sorted(below, key=lambda e: -e.lane)


def _wide(label: Rows) -> int:
    return max(len(a) + (3 + len(b) if b else 0) for a, b in label)
