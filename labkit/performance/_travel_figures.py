"""Time on a clock: what a simulated hour costs, and a step back."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._figures import Figure

RUNS = 15


def travels() -> Iterator[Figure]:
    """An hour of a client service whose server is away, and the way back from its end."""
    from labkit.bench._travel import time_travel

    from ._figures import Figure

    story = _reconnects()
    taken = _median(lambda: time_travel(story, seed=1).advance(3600))
    yield Figure("one simulated hour of reconnects", taken * 1000, 100, "ms")
    trip = time_travel(story, seed=1).advance(3600)
    yield Figure("attempts in that hour", _attempts(trip), 60, most=False)
    yield Figure("calls in that hour", len(trip.steps))
    yield Figure("a step back from its end", _median(lambda: trip.back().step()) * 1000, 100, "ms")


def _reconnects() -> Callable[[Any], Any]:
    from twisted.application.internet import ClientService
    from twisted.internet.endpoints import TCP4ClientEndpoint
    from twisted.internet.protocol import Factory, Protocol

    def story(lab: Any) -> Any:
        endpoint = TCP4ClientEndpoint(lab.reactor, "127.0.0.1", 8000)
        service = ClientService(endpoint, Factory.forProtocol(Protocol), clock=lab.clock)
        service.startService()
        return service

    return story


def _attempts(trip: Any) -> int:
    return sum(done.what == "answer to connect" for done in trip.steps)


def _median(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
