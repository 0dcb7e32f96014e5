"""A web program to be measured, started as a child: a server of one kind, or a client.

`python -m labkit.performance._web_subject KIND` prints its port and serves until its
standard input ends. The client, `download PORT`, prints a line when it is ready, begins
at a line on its standard input, and prints how many bytes came.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from ._web_traffic import SIZE


def _raw() -> Any:
    from labkit.protocols.web import WelcomeByHand

    return WelcomeByHand


def _greet() -> Any:
    from labkit.protocols.web import Welcome

    return Welcome()


def _klein() -> Any:
    from labkit.protocols.web import welcome_app

    return welcome_app()


def _cargo() -> Any:
    from labkit.protocols.web import Cargo

    return Cargo(SIZE)


def _scales() -> Any:
    from labkit.protocols.web import LimitedSite, Scales

    return LimitedSite(Scales(), SIZE)


def _tower() -> Any:
    """Long polls, how many wait at /waiting, and a sighting for all at /see."""
    from twisted.web.resource import Resource

    from labkit.protocols.web import Lookout, NextSighting

    lookout, root = Lookout(), Resource()

    class Waiting(Resource):
        def render_GET(self, request: Any) -> bytes:
            return b"%d" % len(lookout.listeners)

    class See(Resource):
        def render_GET(self, request: Any) -> bytes:
            lookout.see("a sail")
            return b"seen"

    for name, page in ((b"next", NextSighting(lookout)), (b"waiting", Waiting()), (b"see", See())):
        root.putChild(name, page)
    return root


def taped(made: Any) -> None:
    """Served by the bench, recorded."""
    from labkit.bench import serve

    hold(serve(made).port)


def bare(made: Any) -> None:
    """The same on a background reactor that crochet started, without the bench."""
    import crochet

    crochet.setup()
    from twisted.internet import reactor

    from labkit.bench._served import as_factory

    listen = crochet.wait_for(5)(reactor.listenTCP)
    listening: Any = listen(0, as_factory(made), backlog=1024, interface="127.0.0.1")
    hold(listening.getHost().port)


def aiohttp_greet() -> None:
    """The same page from aiohttp."""
    from aiohttp import web

    async def page(request: web.Request) -> web.Response:
        ship = request.query.get("ship", "") or "stranger"
        return web.Response(text=f"Welcome to the harbour, {ship}!\n")

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/", page)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await runner.cleanup()

    asyncio.run(run())


def download() -> None:
    """Fetch everything from a port with Agent, and let it go as it comes."""
    import crochet

    crochet.setup()
    from twisted.internet.defer import Deferred

    get = crochet.wait_for(80)(lambda path: Deferred.fromCoroutine(_fetched(path)))
    get("small")  # what is loaded on first use is not counted
    print("ready", flush=True)
    sys.stdin.readline()
    print(get("large"), flush=True)
    sys.stdin.read()


async def _fetched(path: str) -> int:
    from twisted.internet import reactor
    from twisted.web.client import Agent

    url = f"http://127.0.0.1:{sys.argv[2]}/{path}"
    response = await Agent(reactor).request(b"GET", url.encode())
    sink = _sink()
    response.deliverBody(sink)
    size: int = await sink.done
    return size


def _sink() -> Any:
    """A protocol that counts; `done` fires with how many bytes came."""
    from twisted.internet.defer import Deferred
    from twisted.internet.protocol import Protocol

    class Sink(Protocol):
        def __init__(self) -> None:
            self.size, self.done = 0, Deferred[int]()

        def dataReceived(self, data: bytes) -> None:
            self.size += len(data)

        def connectionLost(self, reason: Any = None) -> None:
            self.done.callback(self.size)

    return Sink()


def hold(port: int) -> None:
    """Tell the port, and stay until the parent has seen enough."""
    print(port, flush=True)
    sys.stdin.read()


MAKERS: dict[str, Callable[[], Any]] = {
    "raw": _raw, "greet": _greet, "klein": _klein,
    "cargo": _cargo, "scales": _scales, "tower": _tower,
}  # fmt: skip


def main(kind: str) -> None:
    """Serve, or fetch, what the kind says: "greet-taped", "greet-bare", "aiohttp", "download"."""
    if kind in ("aiohttp", "download"):
        (aiohttp_greet if kind == "aiohttp" else download)()
        return
    name, _, way = kind.partition("-")
    (taped if way == "taped" else bare)(MAKERS[name]())


if __name__ == "__main__":
    main(sys.argv[1])
