"""c4-head: heads of requests in any pieces, and heads that are none."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from labkit.errors import DialogueError
from labkit.exercises import Evidence, Reply, Trial, TrialClient, judge, read_reply

ANSWER = "Each is answered with 200, a Content-Length and a body of lines that end in LF"
HEADERS = "then each header in its order: name in lower case"
PIECES = "Heads come in any pieces, several in one piece."
BAD = "400, and in the body request line, header or too long."
HEADER = "A header has a colon, and before it a name without blanks"
ENDING = "lines end in CR LF"
LIMIT = "a head has at most 8192 bytes."
GOOD = b"GET /tide?day=2 HTTP/1.1\r\nHost: harbour:8080\r\nX-Ship:  Aurora \r\nAccept: */*\r\n\r\n"
GOOD_BODY = b"GET /tide?day=2\nhost: harbour:8080\nx-ship: Aurora\naccept: */*\n"
OTHER = b"PUT /berth/7 HTTP/1.0\r\n\r\n"
BAD_LINES = (
    b"ahoy",
    b"",
    b"GET /tide",
    b"GET  /tide HTTP/1.1",
    b"GET /tide FTP/1.1",
    b"GET /tide http/1.1",
    b"GET /tide HTTP/1.12",
)
BAD_HEADERS = (b"no colon here", b"Host : harbour", b": nameless", b" folded: line", b"a b: c")


@judge("c4-head")
def head(t: Trial) -> None:
    """Good heads are taken apart, whatever the pieces; each bad one is named, and ends the talk."""
    t.serve()
    _good(t)
    _in_pieces(t)
    _bad(t)
    _long(t)
    _two_clients(t)


def _good(t: Trial) -> None:
    with t.step("one head", cites=ANSWER, otherwise=_body):
        _answers(t, GOOD, GOOD_BODY)
    with t.step("a head without headers", cites=ANSWER, otherwise=_body, shows="good heads"):
        _answers(t, OTHER, b"PUT /berth/7\n")
    odd = b"GET / HTTP/1.1\r\nX-Empty:\r\nX-Bytes: \xff\xfe:\xe9\r\n\r\n"
    with t.step("values of any bytes", cites="values need not be text.", otherwise=_body):
        _answers(t, odd, b"GET /\nx-empty: \nx-bytes: \xff\xfe:\xe9\n")
    letters = b"GET / HTTP/1.1\r\nX-Ship: \xe6\x9d\x8e\r\n\r\n"
    with t.step("a value in UTF-8", cites=ANSWER, otherwise=_cut):
        _answers(t, letters, b"GET /\nx-ship: \xe6\x9d\x8e\n")
    twice = b"GET / HTTP/1.1\r\nX-Tag: ebb\r\nX-Tag: flow\r\n\r\n"
    with t.step("one name twice", cites=HEADERS, otherwise=_lost):
        _answers(t, twice, b"GET /\nx-tag: ebb\nx-tag: flow\n")


def _answers(t: Trial, said: bytes, body: bytes) -> None:
    with t.connect() as c:
        c.send(said)
        reply = read_reply(c, "GET", 2.0)
        if reply.body + b"\n" == body:
            t.refuse("no-last-lf", expected=body, got=reply.body)
        t.expect_equal((200, body), (reply.status, reply.body))


def _in_pieces(t: Trial) -> None:
    two = t.step(
        "two heads in one piece", cites=PIECES, otherwise="coalesced", shows="joined heads"
    )
    with two, t.connect() as c:
        c.send(GOOD + OTHER)
        bodies = [read_reply(c, "GET", 2.0).body for _ in range(2)]
        t.expect_equal([GOOD_BODY, b"PUT /berth/7\n"], bodies)
        c.expect_nothing()
        said = b"".join(r.data for r in c.transcript if r.who == "server")
    many = "120 heads in one piece, 9.5 kB in all"
    with t.step(many, cites=LIMIT, otherwise="limit-too-low"), t.connect() as c:
        c.send(GOOD * 120)
        for _ in range(120):
            t.expect_equal(GOOD_BODY, read_reply(c, "GET", 2.0).body)
    with t.step("one byte at a time", cites=PIECES, otherwise="fragmented"), t.connect() as c:
        c.send(GOOD, pieces=1)
        t.expect_equal(GOOD_BODY, read_reply(c, "GET", 2.0).body)
        c.expect_nothing()
    t.any_chunking(GOOD + OTHER, said, cites=PIECES)


def _bad(t: Trial) -> None:
    for line in BAD_LINES:
        doing = f"the request line {line.decode()!r}"
        _refused(t, doing, line + b"\r\n\r\n", b"request line", cites=BAD)
    for line in BAD_HEADERS:
        said = b"GET / HTTP/1.1\r\nHost: h\r\n" + line + b"\r\n\r\n"
        _refused(t, f"the header {line.decode()!r}", said, b"header", cites=HEADER)
    good = t.step("a good head before a bad one", cites=PIECES, otherwise="coalesced")
    with good, t.connect() as c:
        c.send(OTHER + b"ahoy\r\n\r\n")
        statuses = [read_reply(c, "GET", 2.0).status for _ in range(2)]
        t.expect_equal([200, 400], statuses, "the statuses")
    ends = t.step("a good head after a bad one", cites="the server after 400.")
    with ends, t.connect() as c:
        c.send(b"ahoy\r\n\r\n" + OTHER)
        read_reply(c, "GET", 2.0)
        is_over(t, c, "goes-on-after-400")
    _lone_endings(t)
    t.shown.append("each error by its name")


def _lone_endings(t: Trial) -> None:
    """RFC 9112, section 2.2, lets a server take LF for CR LF; the contract does not."""
    with t.step("lines that end in LF", cites=ENDING, otherwise=_unanswered), t.connect() as c:
        c.send(b"GET / HTTP/1.1\nHost: h\n\n")
        with suppress(DialogueError):  # to refuse it before the head is whole is no mistake
            c.expect_nothing()
        taken = c.received.startswith(b"HTTP/1.1 200")
        t.require(not taken, "accepts-malformed", expected="no 200", got="200")
    for end in ("\n", "\r"):
        value = f"Aurora{end}Berth: 7"
        with t.step(f"the value {value!r}", cites=ENDING, otherwise=_body), t.connect() as c:
            c.send(f"GET / HTTP/1.1\r\nX-Ship: {value}\r\n\r\n".encode())
            reply = read_reply(c, "GET", 2.0)
            whole = (200, f"GET /\nx-ship: {value}\n".encode())
            kept = reply.status == 400 or (reply.status, reply.body) == whole
            got = reply.body.decode("latin-1")[:80]
            t.require(kept, "accepts-malformed", expected="one header, or 400", got=got)


def _refused(t: Trial, doing: str, said: bytes, name: bytes, **told: Any) -> None:
    with t.step(doing, otherwise=_unanswered, **told), t.connect() as c:
        c.send(said)
        _is_named(t, read_reply(c, "GET", 2.0), name)
        expect_end(c)


def _is_named(t: Trial, reply: Reply, name: bytes) -> None:
    t.require(reply.status == 400, "accepts-malformed", expected="400", got=str(reply.status))
    got = reply.body.decode("latin-1")[:80]
    t.require(name in reply.body, "names-another-error", expected=name, got=got)


def expect_end(client: TrialClient) -> None:
    """The connection ends; in which way the contract leaves open."""
    try:
        client.expect_close(within=1.5)
    except DialogueError as e:
        if e.facts["got"] or e.facts["end"] != "reset":
            raise


def is_over(t: Trial, client: TrialClient, otherwise: str) -> None:
    """After its last answer a connection says no more."""
    try:
        expect_end(client)
    except DialogueError as e:
        if e.facts["got"]:
            t.refuse(otherwise, expected="the end", got=repr(e.facts["got"]))
        raise


def _long(t: Trial) -> None:
    room = 8192 - len(b"GET / HTTP/1.1\r\nX: \r\n\r\n")
    exact = b"GET / HTTP/1.1\r\nX: " + b"x" * room + b"\r\n\r\n"
    with t.step("a head of exactly 8192 bytes", cites=LIMIT, otherwise="limit-too-low"):
        _answers(t, exact, b"GET /\nx: " + b"x" * room + b"\n")
    more = exact.replace(b"x\r\n", b"xx\r\n")
    with t.step("one byte more", cites=LIMIT, otherwise="no-limit"), t.connect() as c:
        c.send(more)
        _is_too_long(t, read_reply(c, "GET", 2.0))
    endless = t.step("9000 bytes and no end", cites=LIMIT, otherwise="no-limit", shows="a limit")
    with endless, t.connect() as c:
        c.send(b"GET /" + b"x" * 9000)
        _is_too_long(t, read_reply(c, "GET", 2.0))


def _is_too_long(t: Trial, reply: Reply) -> None:
    t.require(reply.status == 400, "no-limit", expected="400", got=str(reply.status))
    _is_named(t, reply, b"too long")


def _two_clients(t: Trial) -> None:
    two = t.step(
        "two clients in turn",
        cites="each its own head.",
        otherwise="shared-buffer",
        shows="several clients",
    )
    with two, t.connect(name="ada") as ada, t.connect(name="bo") as bo:
        ada.send(GOOD[:30])
        bo.send(OTHER)
        t.expect_equal(b"PUT /berth/7\n", read_reply(bo, "GET", 2.0).body, "Bo's answer")
        ada.send(GOOD[30:])
        t.expect_equal(GOOD_BODY, read_reply(ada, "GET", 2.0).body, "Ada's answer")


def _body(seen: Evidence) -> str | None:
    if seen.wanted == "value":
        return "header-value"
    return "unparseable" if seen.wanted == "response" and seen.got else None


def _cut(seen: Evidence) -> str | None:
    """What is longer in bytes than in letters."""
    return "length-too-short" if seen.wanted in ("value", "response") else None


def _lost(seen: Evidence) -> str | None:
    return "lost-header" if seen.wanted == "value" else None


def _unanswered(seen: Evidence) -> str | None:
    """A bad head has an answer too."""
    return "accepts-malformed" if seen.wanted == "response" and not seen.got else None
