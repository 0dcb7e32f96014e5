"""What the reactor called in this cell, as a value: names looked up, who waited for whom."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from attrs import evolve

from labkit.errors import LabError
from labkit.turns import Ran, Timeline

from ._naming import lane_of, what_of, where_of
from ._turning import LONG, Note, Turning, turning
from ._watch import note_ends

WAITED = 0.01  # seconds; a timer that was kept for less did not have to wait


def timeline() -> Timeline:
    """What the reactor called since the present cell began, in order.

    Connections of the lab's servers, your own clients and servers, timers and calls from
    other threads, where they ran code of yours; of the rest only what took long. The
    last 2,000 calls are kept. Any thread; outside of the reactor's it first lets
    the reactor finish what is due.
    """
    from ._reactor import in_reactor_thread, settle

    if not in_reactor_thread():
        with suppress(LabError):  # blocked, or stopped: what is known is told all the same
            settle(collect=False, timeout=0.5)
    note_ends()
    return told(turning)


def told(turning: Turning) -> Timeline:
    """The notes of a reactor as a timeline."""
    notes = list(turning.ring)
    left = max(0, turning.count - len(notes))
    start = notes[0][3] if notes else 0.0
    stalls = tuple(evolve(s, began=s.began and s.began - start) for s in list(turning.stalls))
    return Timeline(_Telling(turning, notes).ran(), stalls, left)


class _Telling:
    """Goes through the notes once."""

    def __init__(self, turning: Turning, notes: list[Note]) -> None:
        self._turning = turning
        self._notes = notes
        self._ran: list[Ran] = []
        self._long: list[tuple[int, float, float]] = []  # index, began, ended
        self._held: dict[Any, dict[int, None]] = {}  # who came meanwhile, and during which
        self._turns: dict[int, int] = {}  # counted anew, because idle turns are not told

    def ran(self) -> tuple[Ran, ...]:
        start = self._notes[0][3] if self._notes else 0.0
        for note in self._notes:
            turn, subject, noted, began, ended, _ = note
            lane, seconds = lane_of(subject), ended - began
            if not lane:
                continue
            where = self._turning.places.get(began) or where_of(subject, noted)
            behind = self._behind(note)
            if seconds >= LONG:
                self._keep(began, ended)
            turn = self._turns.setdefault(turn, len(self._turns) + 1)
            self._ran.append(Ran(turn, lane, what_of(noted), began - start, seconds, where, behind))
        return tuple(self._ran)

    def _keep(self, began: float, ended: float) -> None:
        index = len(self._ran)
        self._long.append((index, began, ended))
        for subject in self._turning.held.get(began, ()):
            self._held.setdefault(subject, {})[index] = None

    def _behind(self, note: Note) -> tuple[int, ...]:
        _, subject, _, began, _, ready = note
        if ready:
            return tuple(i for i, b, e in self._long if min(e, began) - max(ready, b) >= WAITED)
        through = getattr(subject, "through", None)
        return tuple(self._held.pop(through or subject, ()))
