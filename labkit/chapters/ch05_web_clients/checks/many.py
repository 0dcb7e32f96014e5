"""c5-many, c5-retry and c5-resume: clients that ask more than once."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from twisted.web.error import Error

from labkit.bench import Server
from labkit.errors import WaitTimeout
from labkit.exercises import Trial, judge

from ._peers import closed_port, require_value, site, url
from ._sites import Broken, Chart, Slips, Tired, Tug

# c5-many

ORDER = "a list in the order of the urls: the body, bytes, or the exception"
LIMIT = "never more than limit requests at once, and that many while there is work."
FAILED = "a status of 400 or more is twisted.web.error.Error"


@judge("c5-many")
def many(t: Trial) -> None:
    """As many as allowed, in order, each failure in its own place."""
    slips = Slips()
    with site(slips, "the peer of c5-many") as server:
        with t.step("no urls", cites=ORDER, otherwise="wrong-order"):
            got = t.call(t.answer, [], 3, timeout=1.0)
            require_value(t, got, "[]")
            t.require(isinstance(got, list), "wrong-result", expected="a list", got=repr(got)[:60])
            t.expect_equal([], got)
        names = [f"ship{n}-{(9 - n) * 8}" for n in range(9)]
        step = t.step(
            "nine urls, three at once", cites=ORDER, otherwise="wrong-order", shows="order"
        )
        with step:
            got = _many(t, [url(server.port, f"/{n}") for n in names], 3)
            require_value(t, got, "a list")
            for one in got:
                require_value(t, one, "a body or an exception")
            _is_plain(t, got)
            t.expect_equal([n.partition("-")[0].encode() for n in names], list(got))
        _at_once(t, slips, 3)
        _many_fail(t, server)
    _many_behind_one(t)


def _at_once(t: Trial, slips: Slips, limit: int) -> None:
    with t.step(f"how many at once, of {limit}", cites=LIMIT, shows="the limit"):
        most = f"{slips.most} at once"
        t.require(slips.most <= limit, "no-limit", expected=f"at most {limit} at once", got=most)
        t.require(slips.most == limit, "sequential", expected=f"{limit} at once", got=most)


def _many_behind_one(t: Trial) -> None:
    """While one is slow, the other place is never empty."""
    slips = Tug(5)
    step = t.step("one slow and four quick, two at once", cites=LIMIT, shows="no idle place")
    with site(slips, "the peer of c5-many") as server:
        names = ["tug-700", *(f"ship{n}-40" for n in range(4))]
        with step:
            _many(t, [url(server.port, f"/{n}") for n in names], 2)
            begun = slips.begun.get(b"tug", 0)
            told = f"{begun} of 5 asked for when the slow one ended"
            t.require(begun == 5, "waits-for-the-batch", expected="all asked for", got=told)
        _at_once(t, slips, 2)


def _many(t: Trial, urls: list[str], limit: int) -> Any:
    try:
        return t.call(t.answer, urls, limit, timeout=2.0)
    except WaitTimeout:
        raise
    except Exception as e:
        t.refuse("one-failure-kills-all", expected="a list", got=f"{type(e).__name__}: {e}")


def _is_plain(t: Trial, got: Any) -> None:
    raw = [x for x in got if isinstance(x, tuple)]
    t.require(not raw, "raw-results", expected="b'…'", got=repr(raw[:1]))


def _many_fail(t: Trial, server: Server) -> None:
    step = t.step(
        "five that fail, then two",
        cites=FAILED,
        otherwise="one-failure-kills-all",
        shows="failures",
    )
    with step, closed_port() as port:
        urls = [url(port, f"/{n}") for n in range(4)]
        urls += [url(server.port, f"/{n}") for n in ("gone-x", "ada-5", "bo-1")]
        got = list(_many(t, urls, 2))
        _is_plain(t, got)
        wrong = [x for x in got[:5] if not isinstance(x, Exception)]
        if any(isinstance(x, bytes) for x in got[4:5]):
            t.refuse("404-is-success", expected="Error: 404", got=repr(got[4]))
        t.require(
            not wrong, "one-failure-kills-all",
            expected="exceptions, no Failures", got=f"{type(wrong[0]).__name__}" if wrong else "",
        )  # fmt: skip
        _are_themselves(t, got[:5])
        t.expect_equal([b"ada", b"bo"], got[5:])


def _are_themselves(t: Trial, got: list[Any]) -> None:
    """Four refused connections and a 404."""
    kinds = [type(x).__name__ for x in got]
    due = ["ConnectionRefusedError"] * 4 + ["Error"]
    t.require(kinds == due, "another-exception", expected=", ".join(due[3:]), got=", ".join(kinds))
    status = str(getattr(got[4], "status", "")).strip("b'")
    t.require(status == "404", "another-exception", expected="Error 404", got=f"Error {status}")


# c5-retry

BODY = "The body of a page, bytes."
PAUSE = (
    "At a 503 it waits Retry-After seconds, a decimal number, and asks again, tries times in all;"
)
LAST = "then 503 is an Error, too."
OTHERS = "Any other status of 400 or more is at once twisted.web.error.Error."


@judge("c5-retry")
def retry(t: Trial) -> None:
    """Patience with a server that asks for it, and with no other."""
    with t.step("a page at once", cites=BODY, otherwise="wrong-result"):
        got, asked = _retried(t, Tired((200,), "0"), 3)
        require_value(t, got, "b'200'")
        t.expect_equal((b"200", 1), (got, len(asked.times)))
    _retry_waits(t)
    for due in (404, 500):
        step = t.step(f"a {due}", cites=OTHERS, otherwise="404-is-success", shows="other failures")
        with step:
            status, asked = _failed(t, Tired((due,), "0"), 3)
            once = len(asked.times) == 1
            t.require(once, "retries-404", expected="asked once", got=_times(asked))
            t.expect_equal(b"%d" % due, status)
    for tries in (3, 1):
        with t.step("503 for ever", cites=LAST, otherwise="wrong-tries", shows="an end"):
            status, asked = _failed(t, Tired((503,), "0.01"), tries)
            enough = len(asked.times) == tries
            t.require(enough, "wrong-tries", expected=f"asked {tries} times", got=_times(asked))
            t.expect_equal(b"503", status)


def _retry_waits(t: Trial) -> None:
    waits = t.step("503 twice", cites=PAUSE, otherwise="no-retry", shows="Retry-After")
    with waits:
        tired = Tired((503, 503, 200), "0.3", "0.01")
        try:
            got, asked = _retried(t, tired, 5)
        except Error as e:
            t.refuse("no-retry", expected="b'200'", got=f"{type(e).__name__} {e.status!r}")
        stood = t.heartbeat.standstill
        t.require(stood < 0.15, "blocks-reactor", got=f"the reactor stood for {stood:.2f} s")
        enough = len(asked.times) >= 3
        t.require(enough, "no-retry", expected="asked 3 times", got=_times(asked))
        gaps = [b - a for a, b in pairwise(asked.times)]
        t.require(
            gaps[0] > 0.29, "ignores-retry-after", expected="0.3 s between", got=f"{gaps[0]:.2f} s"
        )
        # the second pause is a thirtieth of the first, whatever else the machine does
        t.require(
            gaps[1] < 0.29, "ignores-retry-after", expected="then 0.01 s", got=f"{gaps[1]:.2f} s"
        )
        t.expect_equal(b"200", got)


def _retried(t: Trial, tired: Tired, tries: int) -> tuple[Any, Tired]:
    with site(tired, "the peer of c5-retry") as server:
        return t.call(t.answer, url(server.port), tries, timeout=2.0), tired


def _failed(t: Trial, tired: Tired, tries: int) -> tuple[bytes, Tired]:
    try:
        got, _ = _retried(t, tired, tries)
    except Error as e:
        status = e.status if isinstance(e.status, bytes) else str(e.status).encode()
        return status, tired
    finding = "404-is-success" if got is not None else "ends-in-silence"
    t.refuse(finding, expected="an Error", got=repr(got))
    raise AssertionError


def _times(asked: Tired) -> str:
    return f"asked {len(asked.times)} times"


# c5-resume

WHOLE = "The file at path has the page's bytes; the result is its size."
REST = "When a body is cut off it asks for the rest alone, with Range, up to 5 requests in all;"
SAME = "If-Range with the ETag keeps two versions from being mixed."
ANEW = "A 200 in place of a 206 is the whole file: it begins anew."
DIGEST = "When the SHA-256 in hexadecimal digits is another one, ValueError;"
NOTHING = "a failure leaves nothing in the directory."


@judge("c5-resume")
def resume(t: Trial) -> None:
    """The rest after each break, whatever the server makes of Range; never a wrong file."""
    old, new = Chart(t.random.randbytes(9000)), Chart(t.random.randbytes(3000))
    _resumed(t, "in one go", Broken(old), old, cites=WHOLE, otherwise="corrupt")
    broken = Broken(old, (4000, 3000))
    _resumed(t, "cut off twice", broken, old, cites=REST, otherwise="gives-up", shows="breaks")
    with t.step("what was asked for", cites=REST, shows="Range"):
        asked = [wanted for wanted, _ in broken.heads[1:]]
        due = ["bytes=4000-", "bytes=7000-"]
        t.require(asked == due, "starts-anew", expected=", ".join(due), got=repr(asked))
    _resumed(
        t, "a server without ranges", Broken(old, (4000,), ranges=False), old,
        cites=ANEW, otherwise="appends-the-whole", shows="servers without ranges",
    )  # fmt: skip
    changed = Broken(old, (4000, 1000), newer=new)
    _resumed(
        t, "another version meanwhile", changed, new,
        cites=SAME, otherwise="no-if-range", shows="files that change",
    )  # fmt: skip
    with t.step("which version it asked for", cites=SAME):
        told = "; ".join(f"{wanted}, If-Range {tag}" for wanted, tag in changed.heads[1:])
        tagged = all(tag for wanted, tag in changed.heads if wanted not in (None, "bytes=0-"))
        t.require(tagged, "no-if-range", expected="If-Range with each Range", got=told)
        rest = ("bytes=1000-", new.etag)
        last = changed.heads[-1] == rest
        t.require(last, "stale-etag", expected=f"bytes=1000-, If-Range {new.etag}", got=told)
    _resume_fails(t, old, new)


def _resumed(
    t: Trial, doing: str, broken: Broken, chart: Chart, *, otherwise: str, **told: Any
) -> None:
    step = t.step(doing, otherwise=otherwise, **told)
    with step, _folder() as path, site(broken, "the peer of c5-resume") as server:
        digest = hashlib.sha256(chart.body).hexdigest()
        try:
            got = t.call(t.answer, url(server.port), str(path), digest, timeout=2.0)
        except WaitTimeout:
            raise
        except Exception as e:
            # asked for rightly, and put together wrongly
            pieces = isinstance(e, ValueError) and len(broken.heads) > 1 and broken.ranges
            mended = pieces and all(wanted and if_range for wanted, if_range in broken.heads[1:])
            finding = "corrupt" if mended else otherwise
            t.refuse(finding, expected="the whole file", got=f"{type(e).__name__}: {e}"[:80])
        require_value(t, got, str(len(chart.body)))
        there = path.read_bytes() if path.exists() else b""
        t.require(
            there == chart.body, otherwise, expected="the whole file", got=f"{len(there)} bytes"
        )
        due = len(chart.body)
        t.require(got == due, "wrong-count", expected=str(due), got=repr(got))


def _resume_fails(t: Trial, old: Chart, new: Chart) -> None:
    digest = hashlib.sha256(new.body).hexdigest()
    _never(t, "another digest", Broken(old), digest, ValueError, "unverified", cites=DIGEST)
    broken = Broken(old, (1000,) * 9)
    _never(t, "cut off for ever", broken, digest, Exception, "short-accepted", cites=REST)
    with t.step("how often it asked", cites=REST):
        t.require(len(broken.asked) == 5, "wrong-tries", expected="5", got=str(len(broken.asked)))


def _never(
    t: Trial, doing: str, broken: Broken, digest: str, kind: type[Exception], finding: str,
    **told: Any,
) -> None:  # fmt: skip
    """A download that cannot succeed raises, and leaves nothing."""
    step = t.step(doing, shows="failures", **told)
    with step, _folder() as path, site(broken, "the peer of c5-resume") as server:
        _fails(t, server, path, digest, kind, finding)
        left = sorted(p.name for p in path.parent.iterdir())
        t.require(not left, "partial-left", expected="an empty directory", got=", ".join(left))


def _fails(
    t: Trial, server: Server, path: Path, digest: str, kind: type[Exception], finding: str
) -> None:
    try:
        got = t.call(t.answer, url(server.port), str(path), digest, timeout=2.0)
    except WaitTimeout:
        raise
    except kind:
        return
    except Exception as e:
        got = type(e).__name__
    t.refuse(finding, expected=f"{kind.__name__}, no file", got=repr(got))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "chart.bin")
