"""Ways to cut a stream into pieces: searched in memory, the failing one made small."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

from labkit.bench._memory import MemoryBench
from labkit.errors import DialogueError

RANDOM_TRIES = 30
PAIRS = 200  # ways with two cuts that are tried at most

Cuts = tuple[int, ...]


def smallest_failing(what: Any, said: bytes, due: bytes, chance: random.Random) -> list[int] | None:
    """Sizes of the pieces of the smallest schedule that fails; None when all answers are due."""

    def fails(cuts: Cuts) -> bool:
        return _answer(what, said, cuts, due) is not None

    found = next(filter(fails, _ways(len(said), chance)), None)
    return None if found is None else _sizes(shrink(found, fails), len(said))


def _ways(size: int, chance: random.Random) -> Iterator[Cuts]:
    """All at once, one by one, every single cut, pairs of cuts, and some at random."""
    yield ()
    yield tuple(range(1, size))
    yield from ((at,) for at in range(1, size))
    pairs = list(combinations(range(1, size), 2))
    yield from chance.sample(pairs, min(PAIRS, len(pairs)))
    for _ in range(RANDOM_TRIES if size > 3 else 0):
        yield tuple(sorted(chance.sample(range(1, size), chance.randrange(3, min(size, 9)))))


def shrink(cuts: Cuts, fails: Callable[[Cuts], bool]) -> Cuts:
    """The same failure with as few cuts as possible: leave out one after another."""
    for cut in cuts:
        fewer = tuple(c for c in cuts if c != cut)
        if fails(fewer):
            return shrink(fewer, fails)
    return cuts


def _sizes(cuts: Cuts, size: int) -> list[int]:
    return [b - a for a, b in pairwise((0, *cuts, size))]


def _answer(what: Any, said: bytes, cuts: Cuts, due: bytes) -> str | None:
    """What went wrong with this schedule; None when the answer was the due one."""
    lab = MemoryBench(log=False)
    client = lab.connect(lab.serve(what))
    try:
        client.send(said, pieces=_sizes(cuts, len(said)))
        client.expect(due)
        client.expect_nothing()
    except DialogueError as e:
        return e.what
    return str(lab.failures[0].value) if lab.failures else None
