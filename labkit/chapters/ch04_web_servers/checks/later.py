"""c4-slow and c4-limit: answers that take their time, and bodies that take too much room."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

from twisted.internet.defer import CancelledError
from twisted.internet.task import deferLater
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from labkit.bench import reactor
from labkit.exercises import Evidence, Trial, TrialClient, judge, read_reply, request_bytes

from .heads import expect_end, is_over
from .pages import at_once, status_of

# c4-slow

ANSWER = "after so many seconds a GET is answered with what work() returns, bytes;"
RAISED = "an exception of work is answered with 500."
LEFT = "When the visitor leaves before that, work is not called, and nothing is logged."
FAR = 2.0  # seconds; an answer that sleeps in a thread is to be done with it soon
THREAD = "work and the request belong to the reactor's thread."


class LeadLost(Exception):
    """What a check's work raises."""


@judge("c4-slow")
def slow(t: Trial) -> None:
    """Later, for many at once; failures are told; who leaves is forgotten; one thread."""
    called: list[int] = []
    touched: set[int] = set()
    _slow_once(t, called, touched)
    _slow_thread(t, called, touched)
    _slow_is_slow(t)
    called.clear()
    _slow_answers(t, called, touched)
    _slow_thread(t, called, touched)
    _slow_raises(t)
    _slow_is_left(t, called)
    _slow_stays(t)


def _slow_once(t: Trial, called: list[int], touched: set[int]) -> None:
    """Long enough for an answer that sleeps to be noticed."""

    def work() -> bytes:
        called.append(threading.get_ident())
        return b"3 fathoms"

    t.serve(_watched(t, 0.2, work, touched))
    with t.step("a visitor", cites=ANSWER, otherwise=_hangs), t.connect() as c:
        c.send(request_bytes("GET", "/", {}, b""))
        t.call(deferLater, reactor, 0.22, lambda: None)
        reply = read_reply(c, "GET", 2.0)
        t.expect_equal((200, b"3 fathoms"), (reply.status, reply.body))


def _slow_is_slow(t: Trial) -> None:
    """Two seconds are not over when a tenth of one is, however slow the machine."""
    called: list[bytes] = []

    def work() -> bytes:
        called.append(b"the tide")
        return called[-1]

    t.forgiven = (CancelledError,)  # what the end of waiting leaves behind is judged later
    t.serve(Site(t.call(t.answer, FAR, work)))
    waits = t.step("two seconds", cites=ANSWER, otherwise="too-soon")
    with waits, t.connect(name="patient") as patient:
        patient.send(request_bytes("GET", "/", {}, b""))
        early = t.call(deferLater, reactor, 0.12, lambda: list(called))
        t.expect_equal([], early, "what work was called for within 0.12 s")
    t.call(_forget_what_is_far)


def _forget_what_is_far() -> None:
    """An answer that does not cancel would speak up in the middle of a later step."""
    for call in reactor.getDelayedCalls():
        if 1.1 < call.getTime() - reactor.seconds() < FAR:  # Twisted's own: to 1 s, from 60 s
            call.cancel()


def _slow_answers(t: Trial, called: list[int], touched: set[int]) -> None:
    times: list[float] = []

    def work() -> bytes:
        called.append(threading.get_ident())
        times.append(reactor.seconds())
        return b"%d fathoms" % len(called)

    t.serve(_watched(t, 0.08, work, touched))
    with t.step("one visitor", cites=ANSWER, otherwise=_hangs):
        reply = t.request("GET", "/")
        t.expect_equal((200, b"1 fathoms"), (reply.status, reply.body))
    early = t.step("before the time is over", cites=ANSWER, otherwise="too-soon", shows="later")
    with early, t.connect() as c:
        before = len(called)
        c.send(request_bytes("GET", "/", {}, b""))
        t.require(len(called) == before, "too-soon", expected="work later", got="work at once")
        read_reply(c, "GET", 2.0)
    many = t.step("8 at once", cites="any number at once.", otherwise=_hangs, shows="8 at once")
    with many:
        times.clear()
        got = at_once(t, [f"/{n}" for n in range(8)])
        t.expect_equal([200] * 8, [status for status, _ in got])
        _slow_together(t, times, {body for _, body in got})


def _slow_together(t: Trial, times: list[float], said: set[bytes]) -> None:
    """Those who are served in turn begin 0.08 s one after another, however slow the machine."""
    told = f"{len(said)} different answers"
    t.require(len(said) == 8, "work-once", expected="8 different answers", got=told)
    gaps = [b - a for a, b in pairwise(times)]
    told = f"0.08 s or more between any two of {len(times)}"
    t.require(min(gaps) < 0.079, "one-at-a-time", expected="all after 0.08 s", got=told)


def _watched(t: Trial, seconds: float, work: Callable[[], bytes], touched: set[int]) -> Site:
    """A site of the answer that notes which threads write and finish."""

    class Watched(Request):
        def write(self, data: bytes) -> None:
            touched.add(threading.get_ident())
            super().write(data)

        def finish(self) -> None:
            touched.add(threading.get_ident())
            super().finish()

    resource = t.call(t.answer, seconds, work)
    with t.step("Slow(seconds, work)", cites=ANSWER):
        made = IResource.providedBy(resource)
        t.require(made, "not-a-resource", expected="a Resource", got=type(resource).__name__)
    return Site(resource, Watched)


def _slow_thread(t: Trial, called: list[int], touched: set[int]) -> None:
    with t.step("who touched the request", cites=THREAD, shows="one thread"):
        here = t.call(threading.get_ident)
        wrong = (set(called) | touched) - {here}
        t.require(not wrong, "wrong-thread", expected="the reactor's thread", got="another one")


def _slow_raises(t: Trial) -> None:
    def lost() -> bytes:
        raise LeadLost("the lead is lost")

    t.forgiven = (LeadLost, CancelledError)
    t.serve(Site(t.call(t.answer, 0.02, lost)))
    raises = t.step("work raises", cites=RAISED, otherwise="error-hangs-client", shows="failures")
    with raises:
        status_of(t, t.request("GET", "/"), 500, otherwise="error-swallowed")


def _slow_is_left(t: Trial, called: list[int]) -> None:
    def work() -> bytes:
        called.append(0)
        return b"nobody there"

    t.forgiven = (LeadLost,)
    t.serve(Site(t.call(t.answer, 0.08, work)))
    called.clear()
    gone = t.step("a visitor leaves early", cites=LEFT, shows="a visitor who leaves early")
    with gone:
        with t.connect(name="impatient") as c:
            c.send(request_bytes("GET", "/", {}, b""))
            c.reset()
        t.call(deferLater, reactor, 0.12, lambda: None)
        t.require(not called, "not-cancelled", expected="no work", got="work was called")
    with t.step("the next visitor", cites=ANSWER, otherwise=_hangs):
        t.expect_equal(200, t.request("GET", "/").status, "the status")


def _slow_stays(t: Trial) -> None:
    """Two wait, and the first of them leaves. What is said to him after that was judged before."""
    t.forgiven = (LeadLost, RuntimeError)
    t.serve(Site(t.call(t.answer, 0.1, lambda: b"3 fathoms")))
    other = t.step("one of two leaves", cites=LEFT, otherwise="shared-state", shows="who stays")
    with other, t.connect(name="impatient") as rude, t.connect(name="patient") as patient:
        for c in (rude, patient):
            c.send(request_bytes("GET", "/", {}, b""))
            t.call(deferLater, reactor, 0.02, lambda: None)
        rude.reset()
        t.expect_equal(b"3 fathoms", read_reply(patient, "GET", 2.0).body)


def _hangs(seen: Evidence) -> str | None:
    """The promise of NOT_DONE_YET was not kept."""
    return "hangs" if seen.wanted == "response" and seen.end == "open" else None


# c4-limit

TAKEN = "A body of at most limit bytes is answered with 200 and its size in decimal digits."
REFUSED = "A larger one is answered with 413 before it has come whole"
HEAD = "at the head when Content-Length says so"
CHUNKS = "in chunks, as soon as it passes the limit"
AFTER = "the server, after a 413."
LIMIT = 1000
SOON = 1.5  # seconds for a refusal, which nothing has to be waited for
CHUNKED = {"Transfer-Encoding": "chunked"}
END = b"0\r\n\r\n"


@judge("c4-limit")
def limit(t: Trial) -> None:
    """What fits is weighed; what does not is refused at the first sign."""
    made = t.step("limited(limit)", cites="Write limited(limit), which returns a Site.")
    with made:
        site = t.call(t.answer, LIMIT)
        is_site = isinstance(site, Site)
        t.require(is_site, "not-a-site", expected="a Site", got=f"a {type(site).__name__}")
    t.serve(site)
    _limit_takes(t)
    _limit_refuses(t)
    others = t.step("another client goes on", cites="others go on.", shows="others go on")
    with others, t.connect(name="rude") as rude, t.connect(name="ada") as ada:
        rude.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\n")
        ada.send(request_bytes("POST", "/", {}, b"coal"))
        t.expect_equal(b"4", read_reply(ada, "POST", 2.0).body.strip(), "Ada's answer")


def _limit_takes(t: Trial) -> None:
    for size in (4, LIMIT):
        with t.step(f"{size} bytes", cites=TAKEN, otherwise="limit-too-low", shows="what fits"):
            reply = t.request("POST", "/", body=b"~" * size)
            status_of(t, reply, 200, otherwise="limit-too-low")
            said = reply.body.strip()
            t.require(said == b"%d" % size, "wrong-size", expected=b"%d" % size, got=said)
    for chunks in ((3, 1), (400, 600)):
        size = sum(chunks)
        with t.step(f"{size} bytes in chunks", cites=TAKEN, otherwise="wrong-reply"):
            reply = t.request("POST", "/", headers=CHUNKED, body=_in_chunks(*chunks))
            status_of(t, reply, 200, otherwise="limit-too-low")
            t.expect_equal(b"%d" % size, reply.body.strip(), "the size")


def _limit_refuses(t: Trial) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (LIMIT + 1)
    announced = t.step("one byte too many, announced", cites=HEAD, otherwise=_waits)
    with announced, t.connect() as c:
        c.send(head)
        _is_refused(t, c)
    with t.step("who closes", cites=AFTER, otherwise="never-closes"), t.connect() as c:
        c.send(head)
        _is_refused(t, c)
        expect_end(c)
    chunked = t.step("chunks without an end", cites=CHUNKS, otherwise=_waits, shows="413")
    with chunked, t.connect() as c:
        c.send(request_bytes("POST", "/", CHUNKED, b""))
        for _ in range(3):
            c.send(_in_chunks(400).removesuffix(END))
        _is_refused(t, c)
    with t.step("who closes, in chunks", cites=AFTER, otherwise="never-closes"), t.connect() as c:
        c.send(request_bytes("POST", "/", CHUNKED, _in_chunks(*[400] * 3).removesuffix(END)))
        _is_refused(t, c)
        expect_end(c)
    _limit_answers_once(t)


def _limit_answers_once(t: Trial) -> None:
    """What came in the same piece as the refused part is not answered."""
    bodies = {
        "all of it at once": ({}, b"~" * (LIMIT + 1)),
        "all its chunks at once": (CHUNKED, _in_chunks(*[400] * 5)),
    }
    for doing, (head, body) in bodies.items():
        with t.step(doing, cites=REFUSED, otherwise=_waits), t.connect() as c:
            c.send(request_bytes("POST", "/", head, body))
            _is_refused(t, c)
            is_over(t, c, "answers-twice")


def _in_chunks(*sizes: int) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (n, b"~" * n) for n in sizes) + END


def _waits(seen: Evidence) -> str | None:
    """No answer, and the connection stands: the rest of the body is waited for."""
    return "reads-it-whole" if seen.wanted == "response" and seen.end == "open" else None


def _is_refused(t: Trial, client: TrialClient) -> None:
    status_of(t, read_reply(client, "POST", SOON), 413, otherwise="not-413")
