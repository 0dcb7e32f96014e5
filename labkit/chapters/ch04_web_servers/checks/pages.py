"""c4-greet, c4-tree and c4-form: resources, judged by what a client reads."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import quote

from labkit.errors import BadAnswer
from labkit.exercises import Evidence, Reply, Trial, judge

PLAIN = "with Content-Type text/plain; charset=utf-8"


def kind(reply: Reply) -> str:
    """The content type, in the spelling that the contracts have."""
    return "; ".join(p.strip() for p in (reply.get("Content-Type") or "none").lower().split(";"))


def status_of(t: Trial, reply: Reply, *due: int, otherwise: str) -> None:
    """The status must be one of these."""
    words = " or ".join(map(str, due))
    t.require(reply.status in due, otherwise, expected=f"status {words}", got=_told(reply))


def _told(reply: Reply) -> str:
    return f"status {reply.status} {reply.reason}: {reply.body[:60].decode('utf-8', 'replace')}"


# c4-greet


@judge("c4-greet")
def greet(t: Trial) -> None:
    """The name comes out of the query as it went in, whatever its letters."""
    t.serve()
    greeting = 'A GET of /?name=Aurora is answered with "Hello, Aurora!" in UTF-8'
    with t.step("a name", cites=greeting, otherwise=_no_world):
        _greeted(t, "/?name=Aurora", "Hello, Aurora!")
    with t.step("the type of the text", cites=PLAIN, otherwise="content-type"):
        for target in ("/?name=A", "/"):
            t.expect_equal("text/plain; charset=utf-8", kind(t.request("GET", target)))
    for name in ("Zoë", "李雷", "a&b <i>", "two words"):
        with t.step(
            f"the name {name}", cites=greeting, otherwise=_lost_letters, shows="any letters"
        ):
            _greeted(t, f"/?name={quote(name)}", f"Hello, {name}!")
    with t.step("blanks as +", cites=greeting, otherwise=_no_world):
        _greeted(t, "/?ship=7&name=Ada+Bo", "Hello, Ada Bo!")
    _greet_world(t)
    odd = "a name that is not UTF-8 is 200 or 400;"
    with t.step("bytes that are no UTF-8", cites=odd, shows="bytes that are no text"):
        status_of(t, t.request("GET", "/?name=%FF"), 200, 400, otherwise="bytes-as-text")
    _greet_methods(t)


def _greet_world(t: Trial) -> None:
    world = "without a name, or with an empty one, the name is world."
    for target in ("/", "/?name=", "/?ship=Aurora"):
        otherwise = "empty-name" if target == "/?name=" else _no_world
        with t.step(f"a GET of {target}", cites=world, otherwise=otherwise, shows="a missing name"):
            _greeted(t, target, "Hello, world!")


def _greet_methods(t: Trial) -> None:
    with t.step("HEAD", cites="HEAD has no body;", otherwise="method", shows="HEAD"):
        head = t.request("HEAD", "/?name=Aurora")
        t.expect_equal((200, b""), (head.status, head.body))
    with t.step("POST", cites="POST is 405.", otherwise="method"):
        status_of(t, t.request("POST", "/", body=b"name=A"), 405, otherwise="method")
    with t.step("eight at once", cites="any number at once.", shows="8 clients at once"):
        got = at_once(t, [f"/?name=v{n}" for n in range(8)])
        t.expect_equal([(200, b"Hello, v%d!" % n) for n in range(8)], got)


def _greeted(t: Trial, target: str, due: str) -> None:
    reply = t.request("GET", target)
    body = reply.body.decode("utf-8", "replace")
    repr_ = re.search(r"b['\"]|\[b", body)
    if reply.status == 404:
        t.refuse("not-a-leaf", expected=due, got=_told(reply))
    if repr_:
        t.refuse("repr-in-body", expected=due, got=body[:80])
    name = due.removeprefix("Hello, ").removesuffix("!")
    if reply.status == 200 and body != due and name in body:
        t.refuse("other-words", expected=due, got=body[:80])
    t.expect_equal((200, due.encode()), (reply.status, reply.body), "the greeting")


def _lost_letters(seen: Evidence) -> str | None:
    return "bytes-as-text" if seen.wanted == "value" else None


def _no_world(seen: Evidence) -> str | None:
    return "query" if seen.wanted == "value" else None


def at_once(t: Trial, targets: list[str]) -> list[tuple[int, bytes]]:
    """What Python's own client reads, all of them asking at the same time."""
    assert t.server is not None
    port = t.server.port

    def fetched(target: str) -> tuple[int, bytes]:
        line = HTTPConnection("127.0.0.1", port, timeout=1.5)
        try:
            line.request("GET", target)
            got = line.getresponse()
            return got.status, got.read()
        finally:
            line.close()

    with ThreadPoolExecutor(len(targets)) as pool:
        return list(pool.map(fetched, targets))


# c4-tree

SUMS = (("/double/21", 42), ("/square/12", 144), ("/double/-4", -8), ("/square/0", 0))
ROOT = "/ is answered with 200 and a text in which calc stands."
OPERATIONS = "/double/N and /square/N are answered with 200 and the result in decimal digits."
NUMBER = "N is an optional minus and ASCII digits; any other N is 400."
REST = "Every other path is 404"


@judge("c4-tree")
def tree(t: Trial) -> None:
    """The root, two operations, numbers that are none, and paths that are nowhere."""
    _served(t)
    with t.step("the root", cites=ROOT, otherwise="root-404"):
        reply = t.request("GET", "/")
        status_of(t, reply, 200, otherwise="root-404")
        t.require(b"calc" in reply.body, "wrong-reply", expected="… calc …", got=_told(reply))
    for path, due in SUMS:
        with t.step(f"a GET of {path}", cites=OPERATIONS, otherwise="dispatch", shows="numbers"):
            reply = t.request("GET", path)
            status_of(t, reply, 200, otherwise="dispatch")
            t.expect_equal(str(due).encode(), reply.body.strip(), "the result")
    big = "/square/" + "9" * 30
    with t.step("thirty digits", cites=OPERATIONS, otherwise="dispatch"):
        t.expect_equal(str((10**30 - 1) ** 2).encode(), t.request("GET", big).body.strip())
    _tree_bad(t)
    _tree_nowhere(t)
    with t.step("twenty at once", cites="any number at once.", shows="20 clients at once"):
        got = at_once(t, [f"/double/{n}" for n in range(20)])
        t.expect_equal(
            [(200, b"%d" % (2 * n)) for n in range(20)], [(s, b.strip()) for s, b in got]
        )


def _served(t: Trial) -> None:
    with t.step("the site is made", cites=ROOT):
        try:
            t.serve()
        except BadAnswer as e:
            if "Path segment must be bytes" in str(e):
                t.refuse("putchild-str", expected="putChild(b'…', …)", got=e.what)
            raise


def _tree_bad(t: Trial) -> None:
    for bad in ("abc", "1.5", "--1", "1_0", "²", "٣", "+4", " ", "-", "4\n"):
        with t.step(
            f"the number {bad!r}", cites=NUMBER, otherwise="int-too-lenient", shows="bad numbers"
        ):
            reply = t.request("GET", "/double/" + quote(bad))
            status_of(t, reply, 400, otherwise="int-too-lenient")


def _tree_nowhere(t: Trial) -> None:
    paths = ("/halve/4", "/double", "/double/4/5", "/double/4/", "/favicon.ico", "/4")
    for path in paths:
        with t.step(f"a GET of {path}", cites=REST, otherwise="unknown-op", shows="404"):
            status_of(t, t.request("GET", path), 404, otherwise="unknown-op")
    _tree_markup(t, "", 404)
    _tree_markup(t, "double/", 400)
    _tree_markup(t, "halve/", 404)
    _tree_markup(t, "double/4/", 404)


def _tree_markup(t: Trial, before: str, due: int) -> None:
    """Whatever it is that the path gets wrong, none of it comes back as markup."""
    raw = "no path's own text is shown as HTML."
    doing = f"markup in the path, after /{before}"
    with t.step(doing, cites=raw, otherwise="xss", shows="no markup comes back"):
        for markup in (quote("<b>sea", safe=""), "<b>sea"):
            reply = t.request("GET", f"/{before}{markup}")
            status_of(t, reply, due, otherwise="unknown-op")
            shown = b"<b>sea" in reply.body and "html" in kind(reply)
            said = reply.body.decode("latin-1")[:80]
            t.require(not shown, "xss", expected="&lt;b&gt;", got=said)


# c4-form

PAGE = "A GET is answered with an HTML page with a form that posts the field msg"
ECHO = "a POST with one in which the text of msg stands, escaped."
WRAPPINGS = "Forms come in both wrappings, in any pieces."
BLANK = "a missing or blank msg is 400"
ESCAPED = "&lt;i&gt; is how i is written"
MARKUP = "<script>alert('x')</script> & \"rope\""
QUOTES = "\"' onfocus=sail() "
UTF8 = "The Content-Type is text/html; charset=utf-8."


@judge("c4-form")
def form(t: Trial) -> None:
    """A form, its answer, and what people put into forms."""
    t.serve()
    with t.step("the form", cites=PAGE, otherwise="form"):
        page = t.request("GET", "/")
        status_of(t, page, 200, otherwise="form")
        forms = Forms()
        forms.feed(page.body.decode("utf-8", "replace"))
        posts = ("post", "msg") in forms.fields
        t.require(posts, "form", expected="a form that posts msg", got=_told(page))
    with t.step("its encoding", cites=UTF8, otherwise="content-type"):
        t.expect_equal("text/html; charset=utf-8", kind(page), "Content-Type")
    _form_echoes(t)
    _form_quotes(t)
    _form_refuses(t)
    _form_drips(t)


class Forms(HTMLParser):
    """The fields of a page, each with the method of the form around it; every attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.attributes: set[str] = set()
        self._method = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes |= found.keys()
        if tag == "form":
            self._method = (found.get("method") or "get").strip().lower()
        elif self._method and found.get("name"):
            self.fields.append((self._method, found["name"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._method = ""


def _form_echoes(t: Trial) -> None:
    with t.step("a message", cites=ECHO, otherwise="post", shows="a message"):
        _echoed(t, _urlencoded("berth 7 is free"), "berth 7 is free")
    with t.step("letters of any kind", cites=ECHO, otherwise="post", shows="any letters"):
        _echoed(t, _urlencoded("Zoë 李雷"), "Zoë 李雷")
    with t.step("markup", cites=ECHO, otherwise="xss", shows="no markup comes back"):
        reply = _posted(t, _urlencoded(MARKUP))
        if b"<script>alert" in reply.body:
            t.refuse("xss", expected=html.escape(MARKUP), got=reply.body.decode("utf-8", "replace"))
        _echoed(t, _urlencoded(MARKUP), MARKUP)
    with t.step("text that looks escaped", cites=ECHO, otherwise="half-escaped"):
        reply = _posted(t, _urlencoded(ESCAPED))
        there = ESCAPED in html.unescape(reply.body.decode("utf-8", "replace"))
        t.require(there, "half-escaped", expected=html.escape(ESCAPED), got=_told(reply))
    with t.step("the encoding of the answer", cites=UTF8, otherwise="content-type"):
        said = kind(_posted(t, _urlencoded("x")))
        t.expect_equal("text/html; charset=utf-8", said, "Content-Type")
    with t.step("multipart", cites=WRAPPINGS, otherwise="post"):
        _echoed(t, _multipart("Zoë"), "Zoë")


def _form_quotes(t: Trial) -> None:
    """A text that is put into an attribute must not end it."""
    with t.step("quotes", cites=ECHO, otherwise="xss"):
        reply = _posted(t, _urlencoded(QUOTES))
        page = Forms()
        page.feed(reply.body.decode("utf-8", "replace"))
        safe = "onfocus" not in page.attributes
        t.require(safe, "xss", expected=html.escape(QUOTES), got=_told(reply))


def _form_refuses(t: Trial) -> None:
    for body in (b"", b"msg=", b"msg=%20%20", b"text=x"):
        with t.step(f"the body {body.decode()!r}", cites=BLANK, otherwise="blank", shows="400"):
            reply = _posted(t, ("application/x-www-form-urlencoded", body))
            status_of(t, reply, 400, otherwise="blank")
    with t.step("PUT", cites="other methods are 405 or 501", otherwise="method"):
        status_of(t, t.request("PUT", "/", body=b"msg=x"), 405, 501, otherwise="method")


def _form_drips(t: Trial) -> None:
    type_, body = _urlencoded("slow ship")
    drip = t.step(
        "a body byte by byte",
        cites=WRAPPINGS,
        otherwise="fragmented",
        shows="any pieces",
    )
    with drip:
        reply = t.request("POST", "/", headers={"Content-Type": type_}, body=body, pieces=1)
        t.expect_equal(200, reply.status, "the status")
    gone = "a client that leaves in the middle disturbs nobody."
    with t.step("a client leaves in the middle", cites=gone, shows="a client that leaves early"):
        with t.connect(name="stranger") as stranger:
            stranger.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nmsg=ha")
            stranger.reset()
        _echoed(t, _urlencoded("still here"), "still here")


def _urlencoded(text: str) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", b"msg=" + quote(text).encode()


def _multipart(text: str) -> tuple[str, bytes]:
    head = '--knot\r\nContent-Disposition: form-data; name="msg"\r\n\r\n'
    return "multipart/form-data; boundary=knot", f"{head}{text}\r\n--knot--\r\n".encode()


def _posted(t: Trial, form_: tuple[str, bytes]) -> Reply:
    return t.request("POST", "/", headers={"Content-Type": form_[0]}, body=form_[1])


def _echoed(t: Trial, form_: tuple[str, bytes], text: str) -> None:
    reply = _posted(t, form_)
    known = reply.status not in (405, 501)
    t.require(known, "method", expected="status 200", got=_told(reply))
    status_of(t, reply, 200, otherwise="post")
    shown = reply.body.decode("utf-8", "replace")
    begins = text[:4].encode("ascii", "ignore").decode()
    if re.search(rf"b['\"]{re.escape(begins)}", html.unescape(shown)):
        t.refuse("repr-in-body", expected=html.escape(text), got=shown[:80])
    t.require(text in html.unescape(shown), "post", expected=html.escape(text), got=shown[:80])
