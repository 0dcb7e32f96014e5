"""What was seen of one call of the reactor, look by look, and whether anybody is to blame.

Blamed is what a call computed, or waited for of its own will: not what other programs
or other threads took from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import FrameType

from labkit._frames import Where, readers_place

from ._naming import lane_of, subject_of
from ._pulse import Pulse
from ._turning import turning

LIMIT = 0.2  # seconds in the reader's code, from which a call stands still
NOBODYS = 1.0  # the same where no line of the reader's is seen
BUSY = 0.04  # seconds between two looks at a call
LOOKS = 3  # at least, before anybody is blamed for waiting


class Looks:
    """The looks at one call, which began at `since` (0.0: none is made). Not for several threads.

    With `many` it is not one call, but all of a turn. `lasted` are the seconds that are its
    own doing; `place` the reader's line seen last.
    """

    def __init__(self, since: float, many: bool = False) -> None:
        self.since = since
        self.many = many
        self.seen = 0
        self.lasted = 0.0
        self.place: Where | None = None
        self.told_late = False
        self.rescued = False
        self._readers = 0
        self._computed = 0.0
        self._at: tuple[int, int] | None = None
        self._same = 0
        self._alone = False

    def add(self, frame: FrameType, step: Pulse, most: float) -> None:
        """One more look: where the thread stands, what it got since the last, the call's age."""
        place = readers_place(frame)
        self.place = place or self.place
        self.seen += 1
        self._readers += place is not None
        self.count(step, most)
        at = (id(frame), frame.f_lasti)
        self._same = self._same + 1 if at == self._at and step.still else 0
        self._at = at

    def count(self, step: Pulse, most: float) -> None:
        """What the call got since the last look, of which at most so many seconds are its own."""
        self._computed += min(step.computed, most)
        self.lasted += min(own_part(step), most)
        # nobody but the call ran for so long: it keeps the interpreter, as only C code can
        self._alone |= step.computed > 5 * BUSY and step.alone

    @property
    def left(self) -> float:
        """Seconds of its own doing until it takes too long: sooner in the reader's code."""
        # between many calls a look may meet the code that makes them
        readers = self._readers >= self.seen / (2 if self.many else 1)
        return (LIMIT if readers else NOBODYS) - self.lasted

    def blames(self) -> bool:
        """Whether it took too long, and that is the reader's own doing."""
        return self.left <= 0 and (self.seen >= LOOKS or self._computed >= LIMIT)

    @property
    def in_c(self) -> bool:
        """Whether the thread is in a call into C: at the same instruction without ever running."""
        return not self.many and (self._same >= 2 or self._alone)

    def waiting(self) -> tuple[str, ...]:
        """Who has said something, during any of the looks, that nobody has read."""
        running = turning.now
        held = turning.held.setdefault(self.since, [])
        for reader in turning.ready():
            subject = subject_of(reader)
            if reader is not running and subject not in held:
                held.append(subject)
        return came_during(self.since)


def came_during(since: float) -> tuple[str, ...]:
    """Who had something to be read during the call that began then."""
    return ordered(map(lane_of, turning.held.get(since, ())))


def own_part(step: Pulse) -> float:
    """The part of a step that is the call's own doing, in seconds."""
    if step.starved:
        return step.computed
    own = step.at - max(0.0, step.queued)
    if step.at > 3 * BUSY:  # the watch itself was kept waiting
        own = min(own, 3 * BUSY)
    return max(own, min(step.computed, step.at))


def ordered(lanes: Iterable[str]) -> tuple[str, ...]:
    """Names in order, client 2 before client 10; without the nameless."""
    return tuple(sorted({lane for lane in lanes if lane}, key=_key))


def _key(lane: str) -> list[tuple[int, str]]:
    return [(int(p), "") if p.isdigit() else (0, p) for p in re.split(r"(\d+)", lane)]
