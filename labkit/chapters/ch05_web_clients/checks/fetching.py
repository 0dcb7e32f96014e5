"""c5-text, c5-meta and c5-post: a page's text, its head, and what is sent."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionRefusedError
from twisted.web.client import RequestGenerationFailed
from twisted.web.error import Error
from twisted.web.resource import Resource

from labkit.errors import WaitTimeout
from labkit.exercises import STANDSTILL, Evidence, Trial, judge

from ._peers import at_once, closed_port, page, require_value, response, site, url

# c5-text

TEXT = "The text of the page, a str, decoded by the charset of its Content-Type, else UTF-8."
STATUS = "a status of 400 or more is twisted.web.error.Error with that status;"
NETWORK = "errors of the network come out as they are, also a body that is cut off."
WAITS = "the reactor must not wait"
PATIENCE = 1.5


@judge("c5-text")
def text(t: Trial) -> None:
    """Any charset, any pieces; errors are errors."""
    _text_is(t, "a page in UTF-8", "Zoë", "utf-8", "Content-Type: text/plain; charset=utf-8")
    slow = response(b"late", "Content-Type: text/plain; charset=utf-8")
    waits = t.step(
        "a server that takes its time", cites=WAITS, otherwise=_stood, shows="a slow server"
    )
    with waits, t.peer(page(slow, ("wait", 0.25))) as peer:
        got = t.call(t.answer, url(peer.port), timeout=PATIENCE)
        stood = t.heartbeat.standstill
        t.require(stood < 0.2, "blocks-reactor", got=f"the reactor stood for {stood:.2f} s")
        t.expect_equal("late", got)
    _text_is(
        t, "a page in latin-1", "Zoë", "latin-1", "Content-Type: text/plain; charset=ISO-8859-1"
    )
    cyrillic = "Content-Type: text/plain; charset=koi8-r"
    _text_is(t, "a page in KOI8-R", "\u0417\u043e\u044f", "koi8-r", cyrillic)
    quoted = 'Content-Type: text/html; Charset="ISO-8859-1"; level=1'
    _text_is(t, "a charset in quotes", "Zoë", "latin-1", quoted, otherwise="charset-spelling")
    _text_is(t, "a page without charset", "Zoë", "utf-8", "Content-Type: text/plain")
    _text_is(t, "a page without type", "Zoë", "utf-8")
    dripped = t.step("one byte at a time", cites=TEXT, otherwise="fragmented", shows="any pieces")
    body = response("Zoë\r\n".encode() * 3, "Content-Type: text/plain; charset=utf-8")
    with dripped, t.peer([("read_head",), ("drip", body), ("close",)]) as peer:
        # each byte waits until the one before was read: a busy machine needs its time
        t.expect_equal("Zoë\r\n" * 3, t.call(t.answer, url(peer.port), timeout=6.0))
    _text_errors(t)


def _text_is(
    t: Trial, doing: str, text: str, coding: str, *headers: str, otherwise: str = "ignores-charset"
) -> None:
    step = t.step(doing, cites=TEXT, otherwise=otherwise, shows="charsets")
    with step, t.peer(page(response(text.encode(coding), *headers))) as peer:
        try:
            got = t.call(t.answer, url(peer.port), timeout=PATIENCE)
        except TypeError as e:
            if "bytes pattern" in str(e):
                t.refuse("str-url", expected="a URL in bytes for Agent", got=str(e))
            raise
        except (LookupError, UnicodeDecodeError) as e:  # no such encoding, or another one
            t.refuse(otherwise, expected=repr(text), got=f"{type(e).__name__}: {e}")
        require_value(t, got, repr(text))
        if isinstance(got, bytes):
            t.refuse("returns-bytes", expected=repr(text), got=repr(got))
        t.expect_equal(text, got)


def _text_errors(t: Trial) -> None:
    for status in ("400 Bad Request", "404 Not Found", "500 Internal Server Error"):
        failed = t.step(f"status {status}", cites=STATUS, shows="failures")
        with failed, t.peer(page(response(b"sorry", status=status))) as peer:
            _fails_with(t, peer.port, Error, status[:3].encode(), "404-is-success")
    short = response(b"half", "Content-Type: text/plain; charset=utf-8", length=99)
    with t.step("a body that is cut off", cites=NETWORK), t.peer(page(short)) as peer:
        _fails_with(t, peer.port, Exception, None, "short-accepted")
    refused = t.step("a port where nobody listens", cites=NETWORK, shows="a refused connection")
    with refused, closed_port() as port:
        _fails_with(t, port, ConnectionRefusedError, None, "404-is-success")
    at_once(t, (response(b"ebb"), response(b"flood")), ("ebb", "flood"))


def _fails_with(
    t: Trial, port: int, kind: type[Exception], status: bytes | None, otherwise: str
) -> None:
    due = kind.__name__ + (f" {status.decode()}" if status else "")
    try:
        got = repr(t.call(t.answer, url(port), timeout=PATIENCE))
    except WaitTimeout:
        raise
    except kind as e:
        said = getattr(e, "status", None)
        said = said if isinstance(said, bytes) or said is None else str(said).encode()
        if status in (None, said):
            return
        got = f"{type(e).__name__} {said!r}"
    except Exception as e:
        got = f"{type(e).__module__}.{type(e).__name__}"
    t.refuse(otherwise, expected=due, got=got)


def _stood(seen: Evidence) -> str | None:
    return "blocks-reactor" if seen.blocked > STANDSTILL else None


# c5-meta

KEYS = "a dict of status (int), reason (str), type (str), length (int) and tags (a list of str)"
ASKS = "It asks with HEAD"
NONE = "type and length are None, and tags empty, where the server does not say."


@judge("c5-meta")
def meta(t: Trial) -> None:
    """What a server says about a page, without the page."""
    heads = ("Content-Type: text/html; charset=utf-8", "X-Tag: tide", "X-Tag: pier")
    full = response(b"", *heads, length=12345, status="200 High Water")
    with t.step("a page of 12,345 bytes", cites=ASKS), t.peer(page(full)) as peer:
        got = _head(t, peer)
    _meta_values(t, got)
    bare = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    crash = "a bare 204"
    with t.step(crash, cites=NONE, shows="missing headers"), t.peer(page(bare)) as peer:
        try:
            got = t.call(t.answer, url(peer.port), timeout=PATIENCE)
        except (TypeError, IndexError, KeyError, ValueError) as e:
            t.refuse("missing-header-crash", expected="None", got=f"{type(e).__name__}: {e}")
        due = {"status": 204, "reason": "No Content", "type": None, "length": None, "tags": []}
        t.require(got == due, "missing-header", expected=repr(due), got=repr(got))
    _meta_refused(t)


def _meta_refused(t: Trial) -> None:
    """A page of no bytes that is not there: all of it was said."""
    empty = response(b"", "Content-Type: text/plain", status="404 No Such Pier")
    step = t.step("a 404 of 0 bytes", cites=KEYS, otherwise="wrong-result", shows="any status")
    with step, t.peer(page(empty)) as peer:
        try:
            got = t.call(t.answer, url(peer.port), timeout=PATIENCE)
        except Error as e:
            t.refuse("404-is-failure", expected="status: 404", got=f"Error: {e}")
        due = (404, "No Such Pier", 0)
        t.expect_equal(due, tuple(got[k] for k in ("status", "reason", "length")))
    said = (response(b"", length=3), response(b"", length=5))
    at_once(t, said, (3, 5), read=lambda got: got["length"])


def _head(t: Trial, peer: Any) -> Any:
    """What the answer found; how it asked is looked at first, because a GET waits for a body."""
    try:
        got = t.call(t.answer, url(peer.port), timeout=0.6)
    except Exception as e:
        if any(said.startswith(b"GET ") for said in peer.received):
            t.refuse("not-head", expected="HEAD /tide", got="GET /tide")
        if "bytes pattern" in str(e):
            t.refuse("str-url", expected="a URL in bytes for Agent", got=str(e))
        raise
    asked = ", ".join(said.partition(b" ")[0].decode("latin-1") for said in peer.received)
    t.require(asked == "HEAD", "not-head", expected="HEAD", got=asked)
    require_value(t, got, KEYS)
    return got


def _meta_values(t: Trial, got: Any) -> None:
    with t.step("its keys", cites=KEYS, otherwise="wrong-result"):
        t.require(isinstance(got, dict), "wrong-result", expected="a dict", got=repr(got))
        t.expect_equal(["length", "reason", "status", "tags", "type"], sorted(map(str, got)))
    with t.step("its values are text", cites=KEYS):
        raw = [k for k, v in got.items() if isinstance(v, bytes)]
        raw += ["tags"] * any(isinstance(v, bytes) for v in got["tags"] or ())
        t.require(not raw, "bytes-values", expected="str", got=f"bytes in {', '.join(raw)}")
    with t.step("its length", cites=KEYS, otherwise="length-from-body"):
        number = isinstance(got["length"], int | None)
        t.require(number, "wrong-result", expected="12345", got=repr(got["length"]))
        t.expect_equal(12345, got["length"])
    with t.step("its tags", cites="tags are all values of X-Tag", otherwise="multi-header"):
        t.expect_equal(["tide", "pier"], got["tags"])
    with t.step("the rest", cites=KEYS, otherwise="wrong-result", shows="all values"):
        due = (200, "High Water", "text/html; charset=utf-8")
        t.expect_equal(due, (got["status"], got["reason"], got["type"]))


# c5-post

SENT = "The server gets exactly this body, this Content-Type, once, and a Content-Length;"
BACK = "the result is the status and the body of its answer"


class Echo(Resource):
    """Notes what it is sent, and answers with the body reversed."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[bytes, Any, bytes]] = []

    def render(self, request: Any) -> bytes:
        body = request.content.read()
        self.heard.append((request.method, request.requestHeaders.copy(), body))
        return bytes(body[::-1])


@judge("c5-post")
def post(t: Trial) -> None:
    """What is sent arrives, and nothing else."""
    bodies = (b"coal", b"", b"\r\n coal \r\n", bytes(range(256)), t.random.randbytes(300_000))
    for body in bodies:
        echo = Echo()
        step = t.step(f"{len(body):,} bytes", cites=SENT, otherwise="wrong-body", shows="any body")
        with step, site(echo, "the peer of c5-post") as server:
            got = _posted(t, server.url, body)
            _as_sent(t, echo, body)
            require_value(t, got, "(200, …)")
            if isinstance(got, tuple):
                require_value(t, got[-1], "the body, bytes")
            t.require(got == (200, body[::-1]), "wrong-result", expected=BACK, got=repr(got)[:70])
    with (
        t.step("a status of 503", cites=BACK, otherwise="wrong-result", shows="any status"),
        t.peer(page(response(b"full", status="503 Full"), ("read", 4))) as peer,
    ):
        try:
            got = t.call(t.answer, url(peer.port), b"coal", "text/plain", timeout=PATIENCE)
        except Error as e:
            t.refuse("404-is-failure", expected="(503, …)", got=f"Error: {e}")
        t.expect_equal((503, b"full"), got)
        times = f"{len(peer.received)} times"
        t.require(len(peer.received) == 1, "sends-twice", expected="once", got=times)
    _post_stays(t)
    said = (response(b"ebb"), response(b"flood"))
    at_once(t, said, ((200, b"ebb"), (200, b"flood")), b"coal", "text/plain")


def _post_stays(t: Trial) -> None:
    """A redirect is an answer, too: its status and its body were asked for."""
    sent = response(b"see there", "Location: /berth", status="303 See Other")
    step = t.step("a status of 303", cites=BACK, otherwise="follows-redirect", shows="any status")
    with step, t.peer(page(sent, ("wait", 0.01))) as peer:
        try:
            got = t.call(t.answer, url(peer.port), b"coal", "text/plain", timeout=PATIENCE)
        except WaitTimeout:
            raise
        except Exception as e:
            got = f"{type(e).__name__}: {e}"[:80]
        t.require(got == (303, b"see there"), "follows-redirect", expected="303", got=repr(got))


def _posted(t: Trial, address: str, body: bytes) -> Any:
    try:
        return t.call(t.answer, address, body, "application/x-cargo", timeout=PATIENCE)
    except (RequestGenerationFailed, AttributeError, TypeError) as e:
        if "bytes pattern" in str(e):
            t.refuse("str-url", expected="a URL in bytes for Agent", got=str(e))
        if "getAllRawHeaders" in str(e) or "hasHeader" in str(e):
            t.refuse("dict-headers", expected="Headers({…})", got=str(e))
        t.refuse("bad-producer", expected="an IBodyProducer", got=f"{type(e).__name__}: {e}")


def _as_sent(t: Trial, echo: Echo, body: bytes) -> None:
    t.require(bool(echo.heard), "wrong-body", expected="one request", got="none")
    method, headers, heard = echo.heard[0]
    t.require(method == b"POST", "wrong-body", expected="POST", got=method.decode())
    kinds = headers.getRawHeaders(b"Content-Type", [])
    t.require(
        kinds == [b"application/x-cargo"], "content-type",
        expected="Content-Type: application/x-cargo", got=f"{len(kinds)} of them: {kinds[:6]}",
    )  # fmt: skip
    t.require(heard == body, "wrong-body", expected=repr(body[:40]), got=repr(heard[:40]))
    length = headers.getRawHeaders(b"Content-Length")
    t.require(
        length == [b"%d" % len(body)], "no-content-length",
        expected=f"Content-Length: {len(body)}", got=repr(length),
    )  # fmt: skip
