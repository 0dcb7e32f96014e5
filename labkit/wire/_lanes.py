"""Who did what, in order: notes from several threads, or from several parts of a program."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

CALLER = "MainThread"


@frozen
class Note:
    """In `lane` (a thread, or a part of a program) this happened: `what`, in a few words.

    `group` sets several tellings of one story beside each other.
    """

    what: str
    lane: str = CALLER
    group: str = ""


def _notes(given: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(given)


@frozen
class Lanes:
    """Notes in the order in which they came; without times, so that a rerun shows the same.

    What the lane `caller` did are the steps that all groups have in common: each
    group's notes stand beside the step after which they came.
    """

    notes: tuple[Note, ...] = field(converter=_notes)
    caller: str = CALLER

    @property
    def steps(self) -> tuple[str, ...]:
        """What the caller did, in order; of several groups the longest telling."""
        told = [
            tuple(n.what for n in self.notes if n.lane == self.caller and n.group == group)
            for group in dict.fromkeys(n.group for n in self.notes)
        ]
        return max(told, key=len, default=())

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        """The other lanes as (group, lane): groups in the order they came, lanes by name."""
        groups = list(dict.fromkeys(n.group for n in self.notes))
        found = {(n.group, n.lane) for n in self.notes if n.lane != self.caller}
        return tuple(sorted(found, key=lambda lane: (groups.index(lane[0]), lane[1])))

    def rows(self) -> tuple[tuple[int, int, str, str, str], ...]:
        """Each note of a lane as (step, place, group, lane, what).

        `step` counts from 0, -1 is before the first; `place` is how many notes of
        the same group came before it since that step.
        """
        placed, at, place = [], dict[str, int](), dict[str, int]()
        for n in self.notes:
            step = at.get(n.group, -1)
            if n.lane == self.caller:
                at[n.group], place[n.group] = step + 1, 0
            else:
                count = place.get(n.group, 0)
                placed.append((step, count, n.group, n.lane, n.what))
                place[n.group] = count + 1
        return tuple(placed)
