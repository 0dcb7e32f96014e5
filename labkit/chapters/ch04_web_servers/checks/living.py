"""The truth behind the predictions and the order of chapter 4: each is found out by running it."""

from __future__ import annotations

import re
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from labkit.bench import connect, drain_failures, reactor, serve, settle, wait
from labkit.errors import DialogueError
from labkit.exercises import read_reply, truth

LIFE = (
    "the Site makes an HTTPChannel, the protocol of this connection",
    "the channel has the whole request, head and body",
    "the root's getChild is asked for the child named tide",
    "the child's render_GET runs",
    "finish() has sent the last of the answer",
    "the same channel has the second request",
)


def _get(*targets: str) -> bytes:
    return b"".join(f"GET {t} HTTP/1.1\r\nHost: harbour\r\n\r\n".encode() for t in targets)


def _leaf(render: Any) -> Resource:
    class Leaf(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> Any:
            return render(request)

    return Leaf()


def _asked(site: Any, *targets: str) -> list[Any]:
    """The answers to requests that are sent in one piece; the server is stopped after them."""
    server = serve(site, name="a truth of chapter 4")
    try:
        with connect(server) as client:
            client.send(_get(*targets))
            return [read_reply(client, "GET", 1.0) for _ in targets]
    finally:
        server.stop()


@truth("c4-life")
def recorded_life() -> list[str]:
    """Two requests on one connection, recorded by a server's own classes."""
    life: list[str] = []

    class Root(Resource):
        def getChild(self, path: bytes, request: Any) -> Any:
            life.append(LIFE[2])
            return _leaf(rendered)

    def rendered(request: Any) -> bytes:
        life.append(LIFE[3])
        return b"4.2 m"

    class Recording(Site):
        requestFactory = _recorded(life)

        def buildProtocol(self, addr: Any) -> Any:
            life.append(LIFE[0])
            return super().buildProtocol(addr)

    _asked(Recording(Root()), "/tide", "/tide")
    return list(dict.fromkeys(life))


def _recorded(life: list[str]) -> type[Request]:
    class Recorded(Request):
        def requestReceived(self, *args: Any) -> None:
            second = LIFE[1] in life
            life.append(LIFE[5] if second else LIFE[1])
            super().requestReceived(*args)

        def finish(self) -> Any:
            done = super().finish()
            life.append(LIFE[4])
            return done

    return Recorded


@truth("c4-slash")
def slash() -> str:
    """What a leaf at the root is given of a path with a coded slash."""
    (reply,) = _asked(_leaf(lambda r: b"|".join(r.postpath)), "/berths/a%2Fb/c%20d")
    told = {b"berths|a|b|c d": "a", b"berths|a/b|c d": "b", b"berths|a%2Fb|c%20d": "c"}
    return told.get(reply.body, f"none of them: {reply.body!r}")


@truth("c4-pipeline")
def pipeline() -> str:
    """When a quick request begins that came in one piece with a slow one."""
    log: list[bytes] = []

    def render(request: Any) -> Any:
        log.append(b"begins " + request.path)
        reactor.callLater(0.05 if request.path == b"/slow" else 0, answer, request)
        return NOT_DONE_YET

    def answer(request: Any) -> None:
        log.append(b"answers " + request.path)
        request.finish()

    _asked(_leaf(render), "/slow", "/quick")
    orders = {
        b"begins /slow,begins /quick,answers /quick,answers /slow": "a",
        b"begins /slow,begins /quick,answers /slow,answers /quick": "b",
        b"begins /slow,answers /slow,begins /quick,answers /quick": "c",
    }
    return orders.get(b",".join(log), f"none of them: {log}")


@truth("c4-text")
def text() -> str:
    """A render method that returns text."""
    settle()
    drain_failures()
    server = serve(_leaf(lambda request: "High water: 4.2 m"), name="a truth")
    with connect(server) as client:
        client.send(_get("/"))
        answer = client.expect(re.compile(rb"HTTP/1.1 \d\d\d"))
    server.stop()
    settle()
    logged = drain_failures()
    if answer.endswith(b"200"):
        return "a"
    return "b" if logged else "c"


@truth("c4-left")
def left() -> str:
    """What write and finish do when the visitor has gone."""
    asked: list[Any] = []

    def render(request: Any) -> Any:
        asked.append(request)
        return NOT_DONE_YET

    server = serve(_leaf(render), name="a truth")
    with connect(server) as client:
        client.send(_get("/"))
    raised = []
    for call in (lambda: asked[0].write(b"..."), lambda: asked[0].finish()):
        try:
            wait(call)
            raised.append("")
        except Exception as e:
            raised.append(type(e).__name__)
    server.stop()
    found = {("", ""): "a", ("RuntimeError", "RuntimeError"): "b", ("", "RuntimeError"): "c"}
    return found.get((raised[0], raised[1]), f"none of them: {raised}")


@truth("c4-lost")
def lost() -> str:
    """A Deferred that fails after NOT_DONE_YET."""

    def render(request: Any) -> Any:
        made: Deferred[Any] = fail(ValueError("no tide tables"))
        made.addCallback(request.write)
        return NOT_DONE_YET

    server = serve(_leaf(render), name="a truth")
    with connect(server) as client:
        client.send(_get("/"))
        try:
            client.expect(re.compile(rb"HTTP/1.1 500"), within=0.1)
            seen = "a"
        except DialogueError as e:
            seen = "b" if e.facts["end"] == "open" else "c"
    server.stop()
    settle()
    drain_failures()
    return seen
