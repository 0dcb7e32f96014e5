"""How much of its time the reactor's thread really had: what was kept from it is not its fault."""

from __future__ import annotations

import threading
import time

from attrs import frozen
from twisted.python import threadable


@frozen
class Pulse:
    """Seconds so far. `computed` and `queued` are the reactor's thread's, as the system counts.

    `queued`: it was ready to run and was not let. `slices`: how often it was let.
    `others`: what all other threads of the process computed.
    """

    at: float
    computed: float
    queued: float
    slices: int
    others: float

    def since(self, earlier: Pulse) -> Pulse:
        """What was added after an earlier look."""
        return Pulse(
            self.at - earlier.at,
            self.computed - earlier.computed,
            self.queued - earlier.queued,
            self.slices - earlier.slices,
            self.others - earlier.others,
        )

    @property
    def alone(self) -> bool:
        """Whether no other thread of the process did much beside it."""
        return self.others < self.computed / 4

    def filled(self, seconds: float) -> bool:
        """Whether it computed nearly all of these seconds, but for those it was not let run."""
        return self.computed >= 0.8 * (seconds - max(0.0, self.queued))

    @property
    def starved(self) -> bool:
        """Whether the thread mostly waited for the interpreter, which other threads had.

        It asks for it 200 times a second, so it is let run often, and does nothing.
        """
        return self.others > self.at / 4 and self.slices > 2 + self.at / 0.02

    @property
    def still(self) -> bool:
        """Whether the thread did nothing at all: it is inside one call that waits."""
        return self.slices <= 1 and self.computed < self.at / 10


def pulse() -> Pulse:
    """A look now. Where the system does not tell (it does on Linux), nothing is held against it."""
    computed, queued, slices = _schedule()
    others = max(0.0, time.process_time() - computed)
    return Pulse(time.perf_counter(), computed, queued, slices, others)


def _schedule() -> tuple[float, float, int]:
    number = _native()
    if number is not None:
        try:
            with open(f"/proc/self/task/{number}/schedstat", "rb") as file:
                computed, queued, slices = map(int, file.read().split())
                return computed / 1e9, queued / 1e9, slices
        except (OSError, ValueError):
            pass
    return 0.0, 0.0, 0


_numbers: dict[int, int] = {}


def _native() -> int | None:
    """The system's number of the reactor's thread."""
    ident = threadable.ioThread or 0
    if ident not in _numbers:
        for thread in threading.enumerate():
            if thread.ident == ident and thread.native_id is not None:
                _numbers[ident] = thread.native_id
    return _numbers.get(ident)
