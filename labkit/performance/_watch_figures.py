"""The stall watch: how soon it notices, what it costs while nothing happens; and the rescue."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.turns import Stall

    from ._figures import Figure

STALLS, RESCUES = 20, 10
IDLE = 10.0  # seconds over which an idle kernel is measured
CROCHET = "import crochet; crochet.setup()"
BENCH = """
from labkit import serve
from twisted.internet.protocol import Protocol
class Echo(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)
server = serve(Echo)
"""


def watches() -> Iterator[Figure]:
    """Deliberate stalls and spins, and two idle kernels side by side."""
    from ._figures import Figure

    noticed = [_noticed() for _ in range(STALLS)]
    yield Figure("a stall is noticed after, median", statistics.median(noticed), 0.25, "s")
    yield Figure("a stall is noticed after, worst of 20", max(noticed), 0.25, "s")
    noticed = [_noticed(calls=200, each=0.01) for _ in range(STALLS)]
    told = "a turn of many short calls is noticed after"
    yield Figure(f"{told}, median", statistics.median(noticed), 0.25, "s")
    yield Figure(f"{told}, worst of 20", max(noticed), 0.25, "s")
    freed = [_freed() for _ in range(RESCUES)]
    yield Figure("rescue of a callback that spins, median", statistics.median(freed), 1.0, "s")
    yield Figure("rescue of a callback that spins, worst of 10", max(freed), 2.0, "s")
    bench, crochet = _idle(BENCH, CROCHET)
    yield Figure("idle kernel with crochet alone, of a core", crochet * 100, None, "%")
    yield Figure("idle kernel with the bench and a server, of a core", bench * 100, None, "%")
    yield Figure("of that the bench's own", (bench - crochet) * 100, 0.5, "%")


def _noticed(calls: int = 1, each: float = 2.0) -> float:
    """Seconds from the begin of a turn whose calls wait too long until a listener knows of it."""
    from labkit.bench import settle
    from labkit.bench._reactor import reactor, start
    from labkit.bench._watch import on_stall, watch

    start()
    settle()
    began: list[float] = []
    known = threading.Event()
    at: list[float] = []

    def listen(stall: Stall) -> None:
        if not stall.over:
            at.append(time.perf_counter())
            known.set()

    on_stall(listen)
    given: dict[str, Any] = {"began": began, "known": known, "time": time, "each": each}
    exec(_STAND, given)  # a reader's line, as the watch sees it

    def due() -> None:
        for _ in range(calls):
            reactor.callLater(0, given["stand"])

    reactor.callFromThread(due)
    known.wait(5)
    watch().ignore(listen)
    settle(timeout=5)
    return at[0] - began[0]


_STAND = """
def stand():
    began.append(time.perf_counter())
    known.wait(each)
"""
_SPIN = "while True:\n    pass\n"


def _freed() -> float:
    """Seconds from the asking until the reactor turns again."""
    from labkit.bench import drain_failures, settle
    from labkit.bench._reactor import reactor
    from labkit.bench._rescue import rescue

    settle()
    reactor.callFromThread(exec, compile(_SPIN, "<string>", "exec"), {})
    time.sleep(0.05)
    begun = time.perf_counter()
    assert rescue().freed
    taken = time.perf_counter() - begun
    drain_failures()
    return taken


def _idle(*cells: str) -> list[float]:
    """CPU seconds a second of kernels that have run a cell each and rest, measured at once."""
    kernels = [_kernel(cell) for cell in cells]
    try:
        time.sleep(2)  # what a kernel does after its first cell
        before = [_cpu(manager) for manager, _ in kernels]
        time.sleep(IDLE)
        return [(_cpu(m) - b) / IDLE for (m, _), b in zip(kernels, before, strict=True)]
    finally:
        for manager, client in kernels:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def _kernel(cell: str) -> tuple[Any, Any]:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    client.execute(cell, reply=True, timeout=60)
    return manager, client


def _cpu(manager: Any) -> float:
    import psutil

    times = psutil.Process(manager.provisioner.pid).cpu_times()
    return float(times.user + times.system)
