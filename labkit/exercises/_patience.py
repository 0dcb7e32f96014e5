"""When a check need not wait any longer."""

from __future__ import annotations

from labkit.bench import Client
from labkit.bench._reactor import reactor

from ._heartbeat import Heartbeat

STUCK = 1.0  # seconds of standstill after which the reactor is freed
QUIET = 0.1  # seconds of silence after which nothing more is waited for
LOOK = 0.02  # seconds between two looks; the client's own


class Patience:
    """Says when there is no point in waiting: all was read, no timer runs, no thread works.

    Asked by a client for every 20 ms of silence. `baseline` is how many timers
    ran before the answer was served.
    """

    def __init__(self, pulse: Heartbeat, baseline: int, client: Client) -> None:
        self._pulse = pulse
        self._baseline = baseline
        self._client = client
        self._silent = 0.0

    def __call__(self) -> bool:
        pulse = self._pulse
        if pulse.stale > STUCK:
            return True
        busy = pulse.stale > 0.05 or pulse.pending > self._baseline or _threads_work()
        tape = self._client.tape
        unread = tape is not None and not tape.closed and tape.received < self._client.sent
        self._silent = 0.0 if busy or unread else self._silent + LOOK
        return self._silent >= QUIET


def _threads_work() -> bool:
    pool = reactor.threadpool
    return pool is not None and bool(pool.working)
