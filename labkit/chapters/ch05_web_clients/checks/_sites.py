"""Live sites that note how they are asked: for the answers that ask more than once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from labkit.bench import reactor


class Leaf(Resource):
    """Answers each request later, closes each connection, and counts who waits."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.asked: list[str] = []
        self.times: list[float] = []

    def render_GET(self, request: Any) -> Any:
        self.asked.append(request.uri.decode("latin-1"))
        self.times.append(reactor.seconds())
        self.now += 1
        self.most = max(self.most, self.now)
        request.setHeader("Connection", "close")
        self.begin(request)
        gone = request.notifyFinish()
        gone.addBoth(self.left)
        request.later = reactor.callLater(self.delay(request), self.answer_if_there, request)
        return NOT_DONE_YET

    def begin(self, request: Any) -> None:
        """What is said at once."""

    def left(self, result: Any) -> None:
        self.now -= 1

    def delay(self, request: Any) -> float:
        """Seconds until the answer."""
        return 0.02

    def answer_if_there(self, request: Any) -> None:
        if not request.channel or request._disconnected:
            return
        self.answer(request)

    def answer(self, request: Any) -> None:
        """Write the body and finish."""
        raise NotImplementedError


class Slips(Leaf):
    """/name-milliseconds is answered with its name by that time; /name-x is a 404.

    The head and the first letter come at once. `begun` has how many had been asked for
    when each answer ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[bytes, int] = {}

    def begin(self, request: Any) -> None:
        if request.path[-2:] != b"-x":
            request.write(request.path[1:2])

    def delay(self, request: Any) -> float:
        after = request.path.rpartition(b"-")[2]
        return int(after) / 1000 if after.isdigit() else 0.01

    def answer(self, request: Any) -> None:
        name, _, after = request.path[1:].rpartition(b"-")
        self.begun[name] = len(self.asked)
        if after.isdigit():
            name = name[1:]
        else:
            request.setResponseCode(404)
        request.write(name)
        request.finish()


class Tug(Slips):
    """Slips whose /tug takes until so many have been asked for; 0.7 s when that is in vain."""

    def __init__(self, awaited: int) -> None:
        super().__init__()
        self.awaited = awaited
        self.tug: Any = None

    def begin(self, request: Any) -> None:
        super().begin(request)
        held = self.tug is not None and self.tug.later.active()
        if held and len(self.asked) >= self.awaited:
            self.tug.later.reset(0)

    def delay(self, request: Any) -> float:
        if request.path != b"/tug-700":
            return super().delay(request)
        self.tug = request
        return 0.7


class Tired(Leaf):
    """Answers with these statuses, one after another, the last for ever; 503 with Retry-After."""

    def __init__(self, statuses: tuple[int, ...], *pauses: str) -> None:
        super().__init__()
        self.statuses, self.pauses = list(statuses), list(pauses)

    def answer(self, request: Any) -> None:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        request.setResponseCode(status)
        if status == 503:
            pause = self.pauses.pop(0) if len(self.pauses) > 1 else self.pauses[0]
            request.setHeader("Retry-After", pause)
        request.write(b"%d" % status)
        request.finish()


@frozen
class Chart:
    """A file on a server, in one of its versions."""

    body: bytes

    @property
    def etag(self) -> str:
        """A strong validator, RFC 9110, section 8.8.3."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:12]}"'


class Broken(Leaf):
    """Sends a chart; each of the first answers is cut off after so many bytes of it.

    `newer` replaces the chart after the first answer. Without `ranges` every answer is
    the whole chart.
    """

    def __init__(
        self, chart: Chart, cuts: tuple[int, ...] = (), newer: Chart | None = None,
        ranges: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.chart, self.cuts, self.newer, self.ranges = chart, list(cuts), newer, ranges
        self.heads: list[tuple[str | None, str | None]] = []

    def answer(self, request: Any) -> None:
        heads = request.requestHeaders
        wanted, if_range = (heads.getRawHeaders(n, [None])[0] for n in ("Range", "If-Range"))
        self.heads.append((wanted, if_range))
        start = self.start(wanted, if_range)
        body = self.chart.body[start:]
        if start:
            request.setResponseCode(206)
            whole = len(self.chart.body)
            request.setHeader("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        request.setHeader("ETag", self.chart.etag)
        request.setHeader("Content-Length", str(len(body)))
        self.send(request, body)
        if self.newer is not None:
            self.chart, self.newer = self.newer, None

    def start(self, wanted: str | None, if_range: str | None) -> int:
        """Where to begin: at 0 unless a part of this very version was asked for."""
        if not self.ranges or wanted is None or if_range not in (None, self.chart.etag):
            return 0
        first = wanted.removeprefix("bytes=").partition("-")[0]
        return int(first) if first.isdigit() else 0

    def send(self, request: Any, body: bytes) -> None:
        if self.cuts:
            request.write(body[: self.cuts.pop(0)])
            request.transport.loseConnection()
        else:
            request.write(body)
            request.finish()


class Town(Leaf):
    """Pages by their path, as HTML; `robots` is /robots.txt."""

    def __init__(self, pages: Mapping[str, str], robots: str = "") -> None:
        super().__init__()
        self.pages, self.robots = pages, robots

    def answer(self, request: Any) -> None:
        path = request.uri.decode("latin-1")
        if path == "/robots.txt" and self.robots:
            request.setHeader("Content-Type", "text/plain; charset=utf-8")
            request.write(self.robots.encode())
        elif path in self.pages:
            self.show(request, self.pages[path])
        else:
            request.setResponseCode(404)
        request.finish()

    def show(self, request: Any, page: str) -> None:
        text = page.removeprefix("text:")
        kind = "text/plain" if text != page else "text/html"
        request.setHeader("Content-Type", f"{kind}; charset=utf-8")
        request.write(text.encode())
