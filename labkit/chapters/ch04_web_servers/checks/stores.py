"""c4-files and c4-notes: what a server keeps, in a directory and in memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.web.resource import IResource
from twisted.web.server import Site

from labkit.exercises import Evidence, Reply, Trial, judge

from .pages import kind, status_of

# c4-files

UNDER = "/files/ shows docroot: its index.html at /files/, every other file under its name"
RANGE = "A Range is answered with 206"
PING = "/ping is answered with pong."
OUTSIDE = "nothing outside of docroot is shown, however the path is spelt"
LIVE = "files that come or change while the server runs are seen."
SECRET = b"the harbour master's own notes"


@judge("c4-files")
def files(t: Trial) -> None:
    """A directory and a page; whole, in part, and live; and nothing beside it."""
    with _archive(t) as docroot:
        _files_made(t, docroot)
        _files_shown(t, docroot)
        _files_not_shown(t, docroot)
        _files_live(t, docroot)


@contextmanager
def _archive(t: Trial) -> Iterator[Path]:
    """A directory with an index, some bytes, and neighbours that are nobody's business."""
    with tempfile.TemporaryDirectory() as folder:
        docroot = Path(folder, "docroot")
        docroot.mkdir()
        (docroot / "index.html").write_text("<h1>Archive</h1>")
        (docroot / "chart.bin").write_bytes(t.random.randbytes(131_072))
        Path(folder, "docroot-old").mkdir()
        for place in ("secret.txt", "docroot-old/secret.txt"):
            Path(folder, place).write_bytes(SECRET)
        yield docroot


def _files_made(t: Trial, docroot: Path) -> None:
    made = t.step("make_site(docroot)", cites="make_site returns a Site.", otherwise="not-a-site")
    with made:
        site = t.call(t.answer, str(docroot))
        is_site = isinstance(site, Site) and IResource.providedBy(site.resource)
        t.require(is_site, "not-a-site", expected="a Site", got=f"a {type(site).__name__}")
    t.serve(site)


def _files_shown(t: Trial, docroot: Path) -> None:
    with t.step("the index", cites=UNDER, otherwise="file"):
        reply = t.request("GET", "/files/")
        status_of(t, reply, 200, otherwise="file")
        t.expect_equal(b"<h1>Archive</h1>", reply.body, "/files/")
    with t.step("the other page", cites=PING, otherwise="file", shows="/ping"):
        reply = t.request("GET", "/ping")
        t.expect_equal((200, b"pong"), (reply.status, reply.body.strip()))
    with t.step("128 kB of any bytes", cites=UNDER, otherwise="file", shows="any bytes"):
        whole = (docroot / "chart.bin").read_bytes()
        reply = t.request("GET", "/files/chart.bin")
        t.require(reply.body == whole, "file", expected="131,072 bytes", got=_size(reply))
    parts = {"100-199": whole[100:200], "131000-": whole[131_000:], "-50": whole[-50:]}
    for said, due in parts.items():
        with t.step(f"the bytes {said} of it", cites=RANGE, otherwise="no-range", shows="ranges"):
            part = t.request("GET", "/files/chart.bin", headers={"Range": f"bytes={said}"})
            same = part.status == 206 and part.body == due
            t.require(same, "no-range", expected=f"206 and {len(due)} bytes", got=_size(part))


def _size(reply: Reply) -> str:
    return f"{reply.status} and {len(reply.body):,} bytes"


def _files_not_shown(t: Trial, docroot: Path) -> None:
    spelt = ("../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "//../secret.txt")
    for path in (*spelt, "../docroot-old/secret.txt", "..%2fdocroot-old%2fsecret.txt"):
        _files_inside(t, f"/files/{path}", path)
    elsewhere = str(docroot.parent / "secret.txt")
    _files_inside(t, "/files//, and the whole path of another file", elsewhere)
    _files_inside(t, "/files/, and such a path in code", quote(elsewhere, safe=""))
    for path in ("/files/none.txt", "/none"):
        with t.step(f"a GET of {path}", cites="404 for what is not there", otherwise="file"):
            status_of(t, t.request("GET", path), 404, otherwise="file")


def _files_inside(t: Trial, doing: str, path: str) -> None:
    with t.step(doing, cites=OUTSIDE, otherwise="escapes-docroot", shows="no way out"):
        reply = t.request("GET", f"/files/{path}")
        inside = SECRET not in reply.body
        t.require(inside, "escapes-docroot", expected="404", got=_size(reply))


def _files_live(t: Trial, docroot: Path) -> None:
    with t.step("a new file", cites=LIVE, otherwise="not-live", shows="live files"):
        (docroot / "new.txt").write_text("just in")
        reply = t.request("GET", "/files/new.txt")
        t.require(reply.body == b"just in", "not-live", expected="just in", got=_size(reply))
    with t.step("a file that changes", cites=LIVE, otherwise="not-live"):
        (docroot / "new.txt").write_text("changed since")
        reply = t.request("GET", "/files/new.txt")
        same = reply.body == b"changed since"
        t.require(same, "not-live", expected="changed since", got=_size(reply))
    with t.step("the index changes", cites=LIVE, otherwise="not-live"):
        (docroot / "index.html").write_text("<h1>Moved</h1>")
        same = t.request("GET", "/files/").body == b"<h1>Moved</h1>"
        t.require(same, "not-live", expected="Moved", got="the index as it was")


# c4-notes

LIST = "GET /notes is answered with all notes, a list, oldest first"
POST = "answered with 201, the Location /notes/ID and the note, a JSON object with id and text."
ONE = "GET /notes/ID with that note."
BAD = "400 for a body that is no object with a text that is a string; 404 for an unknown ID."
TYPE = "Content-Type is application/json."
OWN = "each server has notes of its own, numbered from 1."
BODIES = (b"", b"tide", b"[]", b"7", b'{"text": 7}', b'{"note": "x"}', b'{"text": null}', b"\xff{}")


@judge("c4-notes")
def notes(t: Trial) -> None:
    """Notes come and are found again; what is no note is refused; a second server is empty."""
    t.serve()
    with t.step("no notes yet", cites=LIST, otherwise=_somebody_elses):
        reply = t.request("GET", "/notes")
        status_of(t, reply, 200, otherwise="store")
        t.expect_equal([], _said(t, reply))
    _notes_posted(t)
    _notes_refused(t)
    with t.step("20 at once", cites=OWN, otherwise="store"):
        with ThreadPoolExecutor(20) as pool:
            got = list(pool.map(lambda n: _posted_by_hand(t, n), range(20)))
        t.expect_equal(list(range(2, 22)), sorted(got), "the ids")
    t.shown.append("20 clients at once")
    _notes_kept(t)
    with t.step("another server", cites=OWN, otherwise="global-state", shows="two servers"):
        other = t.second_server()
        t.expect_equal([], _said(t, t.request("GET", "/notes", server=other)))


def _notes_posted(t: Trial) -> None:
    note = {"id": 1, "text": "fog at Zoë's pier"}
    with t.step("a note", cites=POST, otherwise=_json, shows="a note"):
        reply = _post(t, json.dumps({"text": note["text"]}).encode())
        status_of(t, reply, 201, otherwise="status-201")
        t.expect_equal(note, _said(t, reply), "the answer to POST")
    with t.step("its address", cites=POST, otherwise="location"):
        place = (reply.get("Location") or "nowhere").rpartition("/notes/")
        t.expect_equal("/notes/1", "".join(place[1:]), "Location")
    with t.step("its type", cites=TYPE, otherwise="content-type"):
        t.expect_equal("application/json", kind(reply).partition(";")[0])
    with t.step("the type of one note", cites=TYPE, otherwise="content-type"):
        said = kind(t.request("GET", "/notes/1")).partition(";")[0]
        t.expect_equal("application/json", said, "Content-Type")
    with t.step("the note again", cites=ONE, otherwise=_json, shows="found again"):
        t.expect_equal(note, _said(t, t.request("GET", "/notes/1")))
    with t.step("all notes", cites=LIST, otherwise=_json):
        t.expect_equal([note], _said(t, t.request("GET", "/notes")))
    with t.step("the type of the list", cites=TYPE, otherwise="content-type"):
        said = kind(t.request("GET", "/notes")).partition(";")[0]
        t.expect_equal("application/json", said, "Content-Type")


def _notes_kept(t: Trial) -> None:
    """Twenty-one notes are there by now: each in its place, and under its own number."""
    with t.step("all of them, oldest first", cites=LIST, otherwise="store", shows="the order"):
        everything = _said(t, t.request("GET", "/notes"))
        t.expect_equal(list(range(1, 22)), [note["id"] for note in everything], "the ids")
    for number in (1, 2, 21):
        with t.step(f"note {number} of 21", cites=ONE, otherwise="store"):
            note = _said(t, t.request("GET", f"/notes/{number}"))
            t.expect_equal(everything[number - 1], note, "the note")
    with t.step("a note that brings an id", cites=OWN, otherwise="store"):
        reply = _post(t, b'{"text": "tide", "id": 1}')
        status_of(t, reply, 201, otherwise="status-201")
        t.expect_equal(22, _said(t, reply)["id"], "the id")
    with t.step("the address of the last note", cites=POST, otherwise="location"):
        there = (reply.get("Location") or "").endswith("/notes/22")
        t.require(there, "location", expected="/notes/22", got=reply.get("Location"))


def _notes_refused(t: Trial) -> None:
    for body in BODIES:
        with t.step(f"the body {body!r}", cites=BAD, otherwise="accepts-malformed", shows="400"):
            status_of(t, _post(t, body), 400, otherwise="accepts-malformed")
    for path in ("/notes/2", "/notes/0", "/notes/-1", "/notes/x", "/notes/%C2%B2"):
        with t.step(f"a GET of {path}", cites=BAD, otherwise="unknown-id", shows="404"):
            status_of(t, t.request("GET", path), 404, otherwise="unknown-id")
    with t.step("the list after all this", cites=LIST, otherwise="accepts-malformed"):
        t.expect_equal(1, len(_said(t, t.request("GET", "/notes"))), "how many notes")


def _post(t: Trial, body: bytes) -> Reply:
    return t.request("POST", "/notes", headers={"Content-Type": "application/json"}, body=body)


def _posted_by_hand(t: Trial, number: int) -> Any:
    """The id of a note that Python's own client has sent."""
    assert t.server is not None
    line = HTTPConnection("127.0.0.1", t.server.port, timeout=1.5)
    try:
        line.request("POST", "/notes", json.dumps({"text": f"ship {number}"}))
        return json.loads(line.getresponse().read())["id"]
    except (ValueError, KeyError, TypeError, OSError):
        return 0
    finally:
        line.close()


def _said(t: Trial, reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        got = f"{reply.status}: {reply.body[:60]!r}"
        t.refuse("not-json", expected="JSON", got=got)


def _somebody_elses(seen: Evidence) -> str | None:
    """A new server has notes already: those of an earlier one."""
    return "global-state" if seen.wanted == "value" and seen.got else None


def _json(seen: Evidence) -> str | None:
    return "store" if seen.wanted == "value" else None
