"""One direction of a rough road: cuts, delays and forwards what one end says. Reactor thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat
from random import Random
from typing import Any, Literal

from attrs import frozen

from labkit.wire import Who

HIGH = 256 * 1024  # bytes held on the road before the speaker is asked to wait
LARGEST_DRAW = 8  # bytes of a piece at most when the sizes are drawn
SLICES = 20  # pieces a second that a bandwidth is spread over

Pieces = int | Sequence[int] | Literal["random"] | None
End = Literal["half-closes", "resets"]


@frozen
class Hop:
    """What the road did once: passed a piece on, or an end.

    `connection` counts from 1, `who` spoke, `size` is in bytes, `held` the delay
    drawn for it in seconds. `end` is empty for a piece.
    """

    connection: int
    who: Who
    size: int
    held: float = 0.0
    end: End | Literal[""] = ""


@frozen
class Rough:
    """How rough a road is. Times in seconds, bandwidth in bytes a second, counts in bytes."""

    pieces: Pieces = None
    delay: float = 0.0
    jitter: float = 0.0
    bandwidth: float | None = None
    reset_after: int | None = None
    half_close_after: int | None = None
    seed: int = 7

    def sizes(self, random: Random) -> Iterator[int] | None:
        """The sizes of the pieces, one after the other; None when nothing is cut."""
        if self.pieces == "random":
            return iter(lambda: random.randint(1, LARGEST_DRAW), 0)
        if isinstance(self.pieces, int):
            return repeat(self.pieces)
        if self.pieces is not None:
            return chain((int(p) for p in self.pieces), repeat(HIGH))
        if self.bandwidth is not None:
            return repeat(max(1, int(self.bandwidth / SLICES)))
        return None

    @property
    def last(self) -> tuple[int, End] | None:
        """After how many bytes of the client the road itself ends the talk, and how."""
        if self.reset_after is not None:
            return self.reset_after, "resets"
        if self.half_close_after is not None:
            return self.half_close_after, "half-closes"
        return None


class Lane:
    """Carries what one end says to the other, piece by piece.

    `clock` has callLater and seconds. `arrive(end)` is told of an end that has
    travelled the lane; `taken(count, then)` calls `then`, later, once the far
    end has read `count` bytes; `note(size, held, end)` keeps the schedule.
    """

    def __init__(
        self,
        rough: Rough,
        random: Random,
        clock: Any,
        *,
        arrive: Callable[[End], object],
        taken: Callable[[int, Callable[[], object]], object],
        note: Callable[[int, float, End | Literal[""]], object],
        last: tuple[int, End] | None = None,
    ) -> None:
        self._rough, self._random, self._clock, self._last = rough, random, clock, last
        self._arrive, self._taken, self._note = arrive, taken, note
        self._sizes = rough.sizes(random)
        self._left = 0  # bytes still to come of the piece that is being cut
        self._queue: deque[tuple[float, bytes | End]] = deque()
        self._held = 0  # bytes in the queue
        self._source: Any = None
        self._goal: Any = None
        self._asked_to_wait = False
        self._waiting = False  # for a timer, or for the far end to read
        self._timer: Any = None
        self._full = False
        self._free_at = 0.0
        self.forwarded = 0
        self.ended = False

    def begin(self, source: Any, goal: Any) -> None:
        """Both ends stand: carry on with what has come already."""
        self._source, self._goal = None if self._finished() else source, goal
        if self._held > HIGH:
            self._hold_back()
        goal.registerProducer(self, True)
        if self._last is not None and self._last[0] == 0:
            self._finish_itself()
        self._pump()

    def _finished(self) -> bool:
        return bool(self._queue) and isinstance(self._queue[-1][1], str)

    def take(self, data: bytes) -> None:
        """The speaker has said something."""
        if self.ended:
            return
        self._queue.append((self._clock.seconds(), data))
        self._held += len(data)
        self._hold_back()
        self._pump()

    def finish(self, end: End) -> None:
        """The speaker has ended; that travels behind what it said."""
        self._source = None  # reading on would only find the end again
        if not self.ended:
            self._queue.append((self._clock.seconds(), end))
            self._pump()

    def drop(self) -> None:
        """Nobody is there to carry to: forget what is on the way."""
        self.ended = True
        self._queue.clear()
        self._held = 0
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._let_on()

    # the far end's producer

    def pauseProducing(self) -> None:
        self._full = True

    def resumeProducing(self) -> None:
        self._full = False
        self._pump()

    def stopProducing(self) -> None:
        self._full = True

    # carrying

    def _pump(self) -> None:
        while self._queue and self._goal is not None and not (self._waiting or self._full):
            self._send(*self._cut())

    def _cut(self) -> tuple[float, bytes | End]:
        """The next piece, or an end, with the time at which it came."""
        came, item = self._queue.popleft()
        if isinstance(item, str):
            return came, item
        size = self._room(len(item))
        if size < len(item):
            self._queue.appendleft((came, item[size:]))
        self._held -= min(size, len(item))
        self._let_on()
        return came, item[:size]

    def _room(self, most: int) -> int:
        """How much of `most` bytes may go as one piece."""
        size = most
        if self._sizes is not None:
            self._left = self._left or next(self._sizes)
            size = min(size, self._left)
        if self._last is not None:
            size = min(size, self._last[0] - self.forwarded)
        if self._sizes is not None:
            self._left -= size
        self.forwarded += size
        return size

    def _send(self, came: float, item: bytes | End) -> None:
        held = self._rough.delay
        if self._rough.jitter:
            held += self._random.uniform(0, self._rough.jitter)
        now = self._clock.seconds()
        due = max(came + held, self._free_at)
        if self._rough.bandwidth is not None and isinstance(item, bytes):
            due += len(item) / self._rough.bandwidth
        self._free_at = due
        if due > now:
            self._waiting = True
            self._timer = self._clock.callLater(due - now, self._due, item, held)
        else:
            self._deliver(item, held)

    def _due(self, item: bytes | End, held: float) -> None:
        self._waiting = False
        self._deliver(item, held)
        self._pump()

    def _deliver(self, item: bytes | End, held: float) -> None:
        if isinstance(item, str):
            self._end(item, held)
            return
        self._note(len(item), held, "")
        at_last = self._last is not None and self.forwarded >= self._last[0]
        self._waiting = self._sizes is not None or at_last
        self._goal.write(item)
        if self._waiting:
            self._taken(self.forwarded, self._finish_itself if at_last else self._go_on)

    def _go_on(self) -> None:
        self._waiting = False
        self._pump()

    def _finish_itself(self) -> None:
        assert self._last is not None
        self._waiting = False
        self._end(self._last[1], 0.0)

    def _end(self, end: End, held: float) -> None:
        if self.ended:
            return
        self._note(0, held, end)
        self._waiting = True
        if end == "resets":
            # what was passed on is to be read before the reset sweeps it away
            self._taken(self.forwarded, lambda: self._over(end))
        else:
            self._over(end)

    def _over(self, end: End) -> None:
        if not self.ended:
            self.drop()
            self._goal.unregisterProducer()
            self._arrive(end)

    def _hold_back(self) -> None:
        if self._source is not None and self._held > HIGH and not self._asked_to_wait:
            self._asked_to_wait = True
            self._source.pauseProducing()

    def _let_on(self) -> None:
        if self._asked_to_wait and self._source is not None and self._held <= HIGH // 2:
            self._asked_to_wait = False
            self._source.resumeProducing()
