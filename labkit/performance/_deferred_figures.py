"""What tracing costs: a chain of three links made, added to and fired, bare and traced."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._figures import Figure

CHAINS = 150  # fewer than a block records, so that each is recorded whole
CELL = """
def more(value):
    return value + 1

def chain():
    deferred = Deferred()
    deferred.addCallback(more)
    deferred.addCallback(more)
    deferred.addCallback(more)
    deferred.callback(1)
"""
RUN = compile("for _ in range(CHAINS):\n    chain()", "<string>", "exec")


def deferreds(rounds: int = 41) -> Iterator[Figure]:
    """The same chain in the same run, as a cell's code: before the first trace, on, and after.

    Before and after are far apart, so their best rounds are compared; on and bare alternate.
    """
    from twisted.internet.defer import Deferred

    from labkit.deferreds._tracer import tracing

    from ._figures import Figure

    names = {"Deferred": Deferred, "CHAINS": CHAINS}
    exec(compile(CELL, "<string>", "exec"), names)

    def traced() -> float:
        with tracing():
            return _taken(names)

    bare = min(_taken(names) for _ in range(rounds))
    pairs = [(_taken(names), traced()) for _ in range(rounds)]
    off = min(_taken(names) for _ in range(rounds))
    yield Figure("three-link chain, tracing off by bare", off / bare, 1.1)
    ratio = statistics.median(on / off for off, on in pairs)
    yield Figure("three-link chain, tracing on by bare", ratio, 3.0)


def _taken(names: dict[str, object]) -> float:
    begun = time.perf_counter()
    exec(RUN, names)
    return time.perf_counter() - begun
