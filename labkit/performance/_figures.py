"""What is promised, what was measured, and whether the promise holds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from labkit.errors import LabError

from . import _traffic as traffic
from ._deferred_figures import deferreds
from ._picture_figures import pictures
from ._travel_figures import travels
from ._watch_figures import watches
from ._web_figures import webs


@frozen
class Figure:
    """One promise. `limit` is the least, or with `most` the greatest, that keeps it.

    Without a limit it promises nothing and is there to compare with.
    """

    name: str
    value: float
    limit: float | None = None
    unit: str = ""
    most: bool = True

    @property
    def holds(self) -> bool:
        """Whether the promise was kept in this run."""
        if self.limit is None:
            return True
        return self.value <= self.limit if self.most else self.value >= self.limit

    def __str__(self) -> str:
        line = f"{self.name:<58} {self.value:>9.2f} {self.unit:<3}"
        if self.limit is None:
            return f"        {line} (to compare with)"
        sign = "at most" if self.most else "at least"
        word = "holds " if self.holds else "BROKEN"
        return f"{word}  {line} ({sign} {self.limit:g})"


def echoes() -> Iterator[Figure]:
    """Taped echo against bare and against asyncio: small messages, and bulk."""
    with (
        traffic.one_core(),
        traffic.subject("taped") as taped,
        traffic.subject("bare") as bare,
        traffic.subject("asyncio") as aio,
    ):
        found = traffic.ratio(traffic.round_trips, taped.port, bare.port, 400, rounds=120)
        yield Figure("taped echo by bare, round trips", found, 0.90, most=False)
        found = traffic.ratio(traffic.round_trips, taped.port, aio.port, 400)
        yield Figure("taped echo by asyncio's Protocol, round trips", found, 0.85, most=False)
        found = traffic.ratio(traffic.round_trips, bare.port, aio.port, 400)
        yield Figure("bare Twisted by asyncio's Protocol, round trips", found)
        found = traffic.ratio(traffic.bulk, taped.port, bare.port, 160)
        yield Figure("taped echo by bare, bulk", found, 0.70, most=False)


def waits() -> Iterator[Figure]:
    """A call into the reactor and back, and the way from nothing to a turning reactor."""
    import crochet

    from labkit.bench import start, wait

    start()
    theirs = crochet.wait_for(5)(_one)
    found = [_seconds(lambda: wait(_one), 1000) / _seconds(theirs, 1000) for _ in range(11)]
    yield Figure("wait(f) by crochet's wait_for", statistics.median(found), 1.0)
    found = [
        traffic.seconds_of("start-labkit") / traffic.seconds_of("start-crochet") for _ in range(9)
    ]
    yield Figure("start through the face by crochet alone", statistics.median(found), 1.5)


def _one() -> int:
    return 1


def _seconds(call: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - begun


def crowds(count: int = 5000) -> Iterator[Figure]:
    """Many connections held at once: all answered, and what each costs in memory."""
    taped, answered = _crowd("taped", count)
    bare, _ = _crowd("bare", count)
    yield Figure(f"of {count:,} connections at once, answered", answered, count, most=False)
    yield Figure("memory a connection, taped by bare", taped / bare, 1.3)


def _crowd(kind: str, count: int) -> tuple[float, int]:
    with traffic.subject(kind) as child:
        traffic.crowd(child.port, 50)  # what is loaded on first use is not counted
        before = child.memory()
        peak: list[int] = []
        traffic.at_peak(child.port, lambda: peak.append(child.memory()))
        answered = traffic.crowd(child.port, count)
        return (peak[0] - before) / count, answered


def streams(gigabyte: int = 1 << 30) -> Iterator[Figure]:
    """What one long stream leaves behind in the recording process."""
    with traffic.subject("taped") as child:
        traffic.bulk(child.port, 64)
        before = child.memory()
        traffic.bulk(child.port, gigabyte // len(traffic.BLOCK))
        grown = (child.memory() - before) / 2**20
        yield Figure("growth after 1 GB through a taped echo", grown, 16, "MB")


def ladders(pieces: int = 100_000) -> Iterator[Figure]:
    """Drawing a very long conversation, by leaving out."""
    from labkit.views import html, picture
    from labkit.wire import Conversation, Opened, Said, Who, Wire

    who: tuple[Who, Who] = ("client", "server")
    said = (Said(i / 1000, who[i % 2], b"%d\r\n" % i) for i in range(pieces))
    talk = Conversation(1, events=(Opened(0.0), *said))
    begun = time.perf_counter()
    page = html(picture(Wire("echo", (talk,))))
    yield Figure(f"ladder of {pieces:,} pieces, time", time.perf_counter() - begun, 1.0, "s")
    yield Figure(f"ladder of {pieces:,} pieces, size", len(page) / 1000, 300, "kB")


def exercises() -> Iterator[Figure]:
    """How long a check takes, of every accepted and every known wrong answer of every chapter."""
    from labkit.exercises import times

    for answers, taken in zip(("accepted", "wrong"), times(), strict=True):
        told = f"a check, {len(taken)} {answers} answers"
        yield Figure(f"{told}, median", statistics.median(taken), 0.3, "s")
        yield Figure(f"{told}, the slowest", max(taken), 2.0, "s")


def notebooks() -> Iterator[Figure]:
    """Each notebook from start to end, solutions in place."""
    import nbformat

    from labkit._bootstrap import HERE
    from labkit.exercises import rooms
    from labkit.refresh import executed
    from labkit.solved import with_solutions

    for room in rooms():
        path = HERE.root / "notebooks" / room.chapter.notebook
        solved = with_solutions(nbformat.read(path, as_version=4), room, 0)
        begun = time.perf_counter()
        executed(solved, path)
        taken = time.perf_counter() - begun
        yield Figure(f"{path.stem}, solutions in place", taken, 60, "s")


PARTS = {
    "echo": echoes,
    "wait": waits,
    "crowd": crowds,
    "stream": streams,
    "ladder": ladders,
    "deferreds": deferreds,
    "travel": travels,
    "watch": watches,
    "pictures": pictures,
    "web": webs,
    "checks": exercises,
    "notebooks": notebooks,
}


def measure(parts: Iterable[str] = ()) -> Iterator[Figure]:
    """Measure the named parts, or all, one figure at a time.

    LabError, before anything is measured, for a part that there is not.
    """
    chosen = tuple(parts) or tuple(PARTS)
    for part in chosen:
        if part not in PARTS:
            raise LabError(f"There is no part {part!r}", f"There are {', '.join(PARTS)}")
    for part in chosen:
        yield from PARTS[part]()


def main(parts: Iterable[str] = ()) -> int:
    """Print each figure as it is found; the number of promises broken is the result."""
    broken = 0
    for figure in measure(parts):
        print(figure, flush=True)
        broken += not figure.holds
    return broken
