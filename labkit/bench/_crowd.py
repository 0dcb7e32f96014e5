"""A turn of the reactor in which many calls follow each other, none of which need be long.

Nobody is served between them, so that together they keep the others waiting as one
long call does. They are looked at as if they were one.
"""

from __future__ import annotations

from collections import Counter
from math import nextafter
from types import FrameType

from labkit.turns import Stall

from ._looks import LIMIT, Looks
from ._pulse import Pulse
from ._turning import Note, turning

CROWD = "many calls in one turn"
ALONE = 0.75  # of a turn's time; a call that has more of it is no crowd


class Crowd:
    """The looks at the calls of one turn; of none while the reactor waits. Not for several threads.

    `told` is the stall that they are, once they are one.
    """

    def __init__(self) -> None:
        self.looks = Looks(0.0, many=True)
        self._lanes: Counter[str] = Counter()
        self.told: Stall | None = None
        self._turn: int | None = None

    def gone(self, frame: FrameType | None) -> bool:
        """Whether the reactor is out of the turn that was looked at last."""
        return turning.turn_of(frame) != self._turn

    def begin(self, frame: FrameType | None, at: float) -> None:
        """Look at another turn from now on: the one that its thread is in."""
        self._turn, self.told = turning.turn_of(frame), None
        self._lanes.clear()
        first = min((note[3] for note in self._notes()), default=turning.since or at)
        # a moment earlier: what is kept by the begin of the first call is that call's own
        self.looks = Looks(nextafter(first, 0.0), many=True)

    def add(self, frame: FrameType | None, step: Pulse, at: float) -> None:
        """One more look at it."""
        if self._turn is not None and frame is not None:
            self.looks.add(frame, step, at - self.looks.since)
            self._lanes[turning.whose()] += 1

    def blames(self, call: Looks) -> bool:
        """Whether they took too long, and it is not the present call alone that did."""
        return self.looks.blames() and call.lasted < ALONE * self.looks.lasted

    def forget(self, at: float) -> None:
        """One call of it was told by itself: what came before that counts no more."""
        self.looks, self.told = Looks(at, many=True), None

    def end(self, step: Pulse) -> float:
        """Count what was not looked at, now that it is over; its seconds, if it was a stall."""
        looks, notes = self.looks, self._notes()
        if not looks.seen:
            return 0.0
        ended = max((note[4] for note in notes), default=0.0)
        lasted = max(looks.lasted, ended - looks.since)  # not each call is noted
        looks.count(step, lasted - looks.lasted)
        longest = max((note[4] - note[3] for note in notes), default=0.0)
        crowded = lasted >= LIMIT and longest < ALONE * lasted and looks.blames()
        return lasted if self.told is not None or crowded else 0.0

    def lane(self) -> str:
        """For whom most of the calls that were seen ran."""
        return max(self._lanes, key=self._lanes.__getitem__, default="")

    def _notes(self) -> list[Note]:
        return [] if self._turn is None else turning.notes_of(self._turn)
