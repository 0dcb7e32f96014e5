"""c4-mend and c4-raw: answers in HTTP, written by hand, judged by clients that read HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from typing import Any

from labkit.errors import DialogueError
from labkit.exercises import Evidence, Reply, Trial, TrialClient, judge, read_reply, request_bytes

NOTICE = "Berth 7: Zoë, in at dawn".encode()
ASKED = "The answer is status 200, Content-Type text/plain; charset=utf-8"
WHOLE = "Content-Length counts the bytes of the body"
ANY = "The head of a request ends with an empty line, and comes in any pieces."


@judge("c4-mend")
def mend(t: Trial) -> None:
    """The notice reaches programs, not only people: an empty line, a true length, any pieces."""
    t.serve()
    with t.step("one request", cites=ASKED, otherwise=_hanging):
        reply = t.request("GET", "/berth")
        t.expect_equal(200, reply.status, "the status")
    _mend_body(t)
    _mend_pieces(t)
    _mend_two(t)
    with t.step("http.client asks", cites=WHOLE, shows="Python's own client"):
        t.expect_equal((200, NOTICE), _fetched(t, "GET", "/berth"))


def _mend_body(t: Trial) -> None:
    with t.step("the body, whole", cites=WHOLE, otherwise="length-too-short", shows="the length"):
        reply = t.request("GET", "/berth")
        t.expect_equal(NOTICE, reply.body.rstrip(), "the body")
    kind = "the type of the text"
    with t.step(kind, cites=ASKED, otherwise="content-type"):
        t.expect_equal("text/plain; charset=utf-8", _kind(reply), "Content-Type")


def _mend_pieces(t: Trial) -> None:
    drip = t.step("one byte at a time", cites=ANY, otherwise="fragmented", shows="any pieces")
    with drip, t.connect() as c:
        c.send(request_bytes("GET", "/berth", {}, b""), pieces=1)
        t.expect_equal(NOTICE, read_reply(c, "GET", 2.0).body.rstrip(), "the body")
        _no_more(c)
    cut = "a head that is cut before its last two bytes"
    with t.step(cut, cites=ANY, otherwise="fragmented"):
        head = request_bytes("GET", "/berth", {"X-Ship": "Aurora"}, b"")
        with t.connect() as c:
            c.send(head, pieces=[len(head) - 2])
            t.expect_equal(NOTICE, read_reply(c, "GET", 2.0).body.rstrip(), "the body")
    _mend_again(t)


def _mend_again(t: Trial) -> None:
    """Who keeps the connection open is asked again on it."""
    head = request_bytes("GET", "/berth", {}, b"")
    again = t.step("a second request, in two pieces", cites=ANY, otherwise=_answered_early)
    with again, t.connect() as c:
        c.send(head)
        read_reply(c, "GET", 2.0)
        _no_more(c)
        if c.end != "open":
            return
        c.send(head[:-2])
        c.expect_nothing()
        c.send(head[-2:])
        t.expect_equal(NOTICE, read_reply(c, "GET", 2.0).body.rstrip(), "the second answer")


def _answered_early(seen: Evidence) -> str:
    return "old-head" if seen.got else "no-reply"


def _mend_two(t: Trial) -> None:
    two = t.step(
        "two clients in turn, and one that leaves",
        cites="each has its own unfinished head.",
        otherwise="shared-buffer",
        shows="several clients",
    )
    with two, t.connect(name="ada") as ada, t.connect(name="bo") as bo:
        stranger = t.connect(name="stranger")
        stranger.send(b"GET /berth HTTP/1.1\r\nHo")
        stranger.reset()
        ada.send(b"GET /berth HTTP/1.1\r\nHost: h\r\n\r")
        bo.send(b"GET /be")
        bo.expect_nothing()
        ada.send(b"\n")
        t.expect_equal(NOTICE, read_reply(ada, "GET", 2.0).body.rstrip(), "Ada's answer")


def _hanging(seen: Evidence) -> str | None:
    """Why a client of this server waits on."""
    if seen.wanted != "response" or not seen.got:
        return None
    head, empty, _ = seen.got.partition(b"\r\n\r\n")
    if not empty:
        return "no-empty-line"
    return "length-too-long" if b"content-length" in head.lower() else "unfinished"


def _kind(reply: Reply) -> str:
    """The content type, in the spelling that the contract has."""
    return "; ".join(p.strip() for p in (reply.get("Content-Type") or "none").lower().split(";"))


def _no_more(client: TrialClient) -> None:
    """Nothing but the end may follow."""
    try:
        client.expect_nothing()
    except DialogueError as e:
        if e.facts["got"]:
            raise


def _fetched(t: Trial, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
    """What Python's own client makes of the answer; its complaint, where it cannot read it."""
    assert t.server is not None
    line = HTTPConnection("127.0.0.1", t.server.port, timeout=1.0)
    try:
        line.request(method, target, body)
        got = line.getresponse()
        return got.status, got.read().rstrip()
    except (HTTPException, OSError) as e:
        t.refuse("unparseable", expected="an answer that http.client can read", got=repr(e))
        raise AssertionError from e
    finally:
        line.close()


# c4-raw

FORM = "answered with status 200, Content-Type text/plain, a Content-Length, and the body"
BODY = "You asked for, a blank, and the target as it was sent"
OTHER = "any other method is answered with 405"
JUNK = "a request line that is not method, target and HTTP version is answered with 400"
BAD_WORDS = (b"GET / FTP/1.0", b"GET / HTTP", b"GET  HTTP/1.1", b"GET  / HTTP/1.1 x")
HEAD_FIRST = "Nothing is answered before the empty line that ends the head."


@judge("c4-raw")
def raw(t: Trial) -> None:
    """GET is answered with its target, other methods with 405, junk with 400; then the end."""
    t.serve()
    _raw_get(t)
    _raw_pieces(t)
    _raw_others(t)
    _raw_junk(t)
    _raw_crowd(t)


def _raw_get(t: Trial) -> None:
    with t.step("a GET", cites=FORM, otherwise=_unreadable):
        reply = t.request("GET", "/pier/7?day=2")
        t.expect_equal(200, reply.status, "the status")
    with t.step("its type", cites=FORM, otherwise="content-type"):
        t.expect_equal("text/plain", _kind(reply).partition(";")[0], "Content-Type")
    with t.step(
        "its body", cites="You asked for, a blank, and the target as it was sent", otherwise="body"
    ):
        t.expect_equal(b"You asked for /pier/7?day=2", reply.body, "the body")
        t.expect_equal(len(reply.body), reply.length, "Content-Length")
    with t.step("a coded target", cites=BODY, otherwise="body", shows="GET"):
        body = t.request("GET", "/a%20b").body
        before = body == b"You asked for /pier/7?day=2"
        t.require(not before, "shared-state", expected=b"You asked for /a%20b", got=body)
        t.expect_equal(b"You asked for /a%20b", body, "the body")
    closes = t.step("who closes", cites="the server, after each answer", otherwise="never-closes")
    with closes, t.connect() as c:
        c.send(request_bytes("GET", "/", {}, b""))
        read_reply(c, "GET", 2.0)
        c.expect_close()


def _raw_pieces(t: Trial) -> None:
    head = request_bytes("GET", "/drip", {}, b"")
    early = t.step("a head without its empty line", cites=HEAD_FIRST, otherwise="head-not-whole")
    with t.connect() as c:
        with early:
            c.send(head[:-2])
            c.expect_nothing()
        with t.step("the empty line", cites=ANY_HEAD, otherwise="fragmented"):
            c.send(head[-2:])
            t.expect_equal(b"You asked for /drip", read_reply(c, "GET", 2.0).body, "the body")
    with t.step("one byte at a time", cites=ANY_HEAD, otherwise="fragmented", shows="any pieces"):
        t.expect_equal(b"You asked for /drip", t.request("GET", "/drip", pieces=1).body, "the body")
    with t.step("a head of 3 kB", cites=ANY_HEAD, otherwise=_unreadable):
        reply = t.request("GET", "/long", headers={"Cookie": "x" * 3000})
        t.expect_equal((200, b"You asked for /long"), (reply.status, reply.body))


ANY_HEAD = "The head may come in any pieces"


def _raw_others(t: Trial) -> None:
    for method, body in (
        ("POST", b"coal"),
        ("DELETE", b""),
        ("HEAD", b""),
        ("GETS", b""),
        ("get", b""),
    ):
        with t.step(f"a {method}", cites=OTHER, otherwise=_status("not-405"), shows="405"):
            t.expect_equal(405, t.request(method, "/", body=body).status, "the status")


def _raw_junk(t: Trial) -> None:
    for line in (b"ahoy", b"", b"GET", b"GET /", *BAD_WORDS):
        with (
            t.step(f"the request line {line.decode()!r}", cites=JUNK, otherwise=_status("not-400")),
            t.connect() as c,
        ):
            c.send(line + b"\r\nHost: harbour\r\n\r\n")
            t.expect_equal(400, read_reply(c, "GET", 2.0).status, "the status")
    gone = "a client that leaves in the middle disturbs nobody."
    with t.step("bytes that are no text, then another client", cites=gone, shows="junk"):
        with t.connect(name="stranger") as stranger:
            stranger.send(b"\xff\xfe\0\r\n\r\n")
            t.expect_equal(400, read_reply(stranger, "GET", 2.0).status, "the status")
        t.expect_equal(200, t.request("GET", "/").status, "the status")


def _raw_crowd(t: Trial) -> None:
    many = "any number at once, each with its own head."
    with t.step("16 at once, by http.client", cites=many, shows="16 clients at once"):
        with ThreadPoolExecutor(16) as pool:
            got = list(pool.map(lambda n: _fetched(t, "GET", f"/{n}"), range(16)))
        t.expect_equal([(200, b"You asked for /%d" % n) for n in range(16)], got)


def _unreadable(seen: Evidence) -> str | None:
    """A client that reads HTTP cannot tell where this answer ends."""
    return "unparseable" if seen.wanted == "response" and seen.got else None


def _status(finding: str) -> Any:
    """The finding for another status than the one that is due."""

    def named(seen: Evidence) -> str | None:
        return finding if seen.wanted == "value" else _unreadable(seen)

    return named
