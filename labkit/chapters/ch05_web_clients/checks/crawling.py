"""c5-crawl: a visitor of a site, and a polite one."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.web.error import SchemeNotSupported

from labkit.bench import Server
from labkit.errors import WaitTimeout
from labkit.exercises import Trial, judge

from ._peers import require_value, site, url
from ._sites import Town

FOUND = "a dict from path to status of all pages that links lead to from url, itself included;"
ONCE = "Each page is asked for once"
SITE = "no other host or port is."
ROBOTS = "What /robots.txt disallows for everybody is left alone."
AT_ONCE = "At most limit requests at once."
PAGES = {
    "/": '<a href="/pier">pier</a> <a href="berths/">berths</a> '
    '<a href="#top">top</a> <a href="mailto:harbour@localhost">write</a>',
    "/pier": '<a href="/">home</a> <a href="/lost">lost</a> <a href="/notes.txt">notes</a> '
    "<A CLASS=wet HREF='/dock'>dock</A>",
    "/dock": "<p>no links</p>",
    "/berths/": (
        '<a href="/notes.txt">notes</a> <a href="7">7</a> <a href="8?day=2">8</a> '
        '<a href="../pier#crane">pier</a> <a href="9?day=2&amp;tide=ebb">9</a>'
    ),
    "/berths/7": '<a href="/berths/">up</a>',
    "/berths/8?day=2": "<p>no links</p>",
    "/berths/9?day=2&tide=ebb": "<p>no links</p>",
    "/notes.txt": 'text:<a href="/never">not a link</a>',
}
STATUSES = {**dict.fromkeys(PAGES, 200), "/lost": 404}


@judge("c5-crawl")
def crawl(t: Trial) -> None:
    """Every page once, nobody else's, nothing that was asked to be left alone."""
    town = Town(PAGES)
    with site(town, "the town of c5-crawl") as server:
        _crawled(t, server, town, STATUSES)
        with t.step("how often it asked", cites=ONCE, shows="each page once"):
            _is_polite(t, town)
        _from_within(t, server)
    _stays_at_home(t)
    _heeds_robots(t)
    _limited(t)


def _crawled(t: Trial, server: Server, town: Town, due: Mapping[str, int]) -> None:
    with t.step("a small town", cites=FOUND, shows="every page"):
        try:
            got = t.call(t.answer, url(server.port, "/"), 2, timeout=1.6)
        except WaitTimeout:
            _is_polite(t, town)
            raise
        except SchemeNotSupported as e:
            t.refuse("leaves-the-site", expected="not asked for", got=f"mailto: {e}"[:80])
        except Exception as e:
            t.refuse(
                "one-failure-kills-all", expected="a dict", got=f"{type(e).__name__}: {e}"[:80]
            )
        require_value(t, got, "a dict")
        t.require(isinstance(got, dict), "wrong-result", expected="a dict", got=repr(got)[:60])
        missing = sorted(set(due) - set(got))
        if missing == ["/lost"] or got.get("/lost", 404) != 404:
            t.refuse("broken-link-lost", expected="/lost: 404", got=repr(got.get("/lost")))
        if "/berths/9?day=2&amp;tide=ebb" in got:
            t.refuse("escaped-links", expected="…day=2&tide=ebb", got="…day=2&amp;tide=ebb")
        t.require(missing != ["/dock"], "links-unseen", expected="/dock", got="missing")
        t.require(
            not missing, "relative-links", expected=missing[0] if missing else "", got="missing"
        )
        extra = sorted(set(got) - set(due) - {"/robots.txt"})
        if extra == ["/never"]:
            t.refuse("reads-any-type", expected="HTML alone", got="/never from /notes.txt")
        t.require(not extra, "relative-links", expected="none", got=f"{extra[:3]}")
        t.expect_equal(dict(due), {k: v for k, v in got.items() if k in due})


def _from_within(t: Trial, server: Server) -> None:
    """The same town, entered by another door."""
    with t.step("a page within the town", cites=FOUND, shows="any page to begin with"):
        got = t.call(t.answer, url(server.port, "/berths/7"), 2, timeout=1.6)
        t.require(isinstance(got, dict), "wrong-result", expected="a dict", got=repr(got)[:60])
        missing = sorted(set(STATUSES) - set(got))
        lost = " ".join(missing[:3])
        t.require(not missing, "start-is-a-border", expected=lost, got="missing")
        t.expect_equal(STATUSES, {k: v for k, v in got.items() if k != "/robots.txt"})


def _is_polite(t: Trial, town: Town) -> None:
    twice = sorted({p for p in town.asked if town.asked.count(p) > 1})
    t.require(not twice, "asked-twice", expected="once", got=f"twice: {twice[:3]}")


def _stays_at_home(t: Trial) -> None:
    other, town = Town({"/elsewhere": "<p>somebody else's</p>"}), Town({})
    with site(other, "another town") as elsewhere:
        step = t.step("links to another port and name", cites=SITE, shows="one site alone")
        with step, site(town, "the town of c5-crawl") as server:
            away = (url(elsewhere.port, "/elsewhere"), f"http://localhost:{server.port}/by-name")
            town.pages = {"/": " ".join(f'<a href="{link}">there</a>' for link in away)}
            got = t.call(t.answer, url(server.port, "/"), 2, timeout=1.6)
            t.require(not other.asked, "leaves-the-site", expected="not asked", got="asked")
            named = "/by-name" in town.asked
            t.require(not named, "leaves-the-site", expected="not asked", got="localhost")
            t.expect_equal({"/": 200}, {k: v for k, v in got.items() if k != "/robots.txt"})


def _heeds_robots(t: Trial) -> None:
    pages = {
        "/quay/": '<a href="/staff/pay">pay</a> <a href="/pier">pier</a>',
        "/pier": "",
        "/staff/pay": "",
    }
    others = "User-agent: somebody-else\nDisallow: /\n\n"
    town = Town(pages, f"{others}User-agent: *\nDisallow: /staff/\n")
    with t.step("robots.txt", cites=ROBOTS, shows="robots.txt"):
        with site(town, "the town of c5-crawl") as server:
            t.call(t.answer, url(server.port, "/quay/"), 2, timeout=1.6)
        heeded = "/staff/pay" not in town.asked
        t.require(heeded, "ignores-robots", expected="not asked", got="/staff/pay")
        asked = "/pier" in town.asked
        t.require(asked, "others-robots", expected="/pier", got="not asked for")


def _limited(t: Trial) -> None:
    names = [f"/berth{n}" for n in range(12)]
    pages = {"/": " ".join(f'<a href="{n}">x</a>' for n in names), **dict.fromkeys(names, "")}
    town = Town(pages)
    with t.step("twelve links at once", cites=AT_ONCE, shows="the limit"):
        with site(town, "the town of c5-crawl") as server:
            t.call(t.answer, url(server.port, "/"), 3, timeout=1.6)
        most = f"{town.most} at once"
        t.require(town.most <= 3, "no-limit", expected="at most 3 at once", got=most)
        t.require(town.most > 1, "sequential", expected="3 at once", got=most)
