"""A program to be measured, started as a child: one echo server of one kind, or one start-up.

`python -m labkit.performance._subject KIND` prints its port and serves until its
standard input ends. KIND is taped, bare or asyncio; the start-up kinds print seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any


def taped() -> None:
    """An echo served by the bench, recorded."""
    from labkit.bench import serve

    _hold(serve(_echo()).port)


def bare() -> None:
    """The same protocol on a background reactor that crochet started, without the bench."""
    import crochet

    crochet.setup()
    from twisted.internet import reactor

    listen = crochet.wait_for(5)(reactor.listenTCP)
    listening: Any = listen(0, _factory(), backlog=1024, interface="127.0.0.1")
    _hold(listening.getHost().port)


def asyncio_echo() -> None:
    """The same job as an asyncio Protocol."""

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)

    asyncio.run(run())


def start_labkit() -> None:
    """From nothing to a turning reactor, through the face."""
    begun = time.perf_counter()
    from labkit import serve  # noqa: F401  (fetching the name is what is measured)

    print(time.perf_counter() - begun, flush=True)


def start_crochet() -> None:
    """The same with crochet alone, the reactor seen turning."""
    begun = time.perf_counter()
    import crochet

    crochet.setup()
    print(time.perf_counter() - begun, flush=True)


def _echo() -> Any:
    from twisted.internet.protocol import Protocol

    class Echo(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)  # type: ignore[union-attr]

    return Echo


def _factory() -> Any:
    from twisted.internet.protocol import Factory

    return Factory.forProtocol(_echo())


def _hold(port: int) -> None:
    print(port, flush=True)
    sys.stdin.read()


KINDS: dict[str, Callable[[], None]] = {
    "taped": taped,
    "bare": bare,
    "asyncio": asyncio_echo,
    "start-labkit": start_labkit,
    "start-crochet": start_crochet,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]]()
