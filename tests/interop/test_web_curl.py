"""curl judges the office: forms, files, ranges, heads, uploads, streams."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from twisted.web.resource import EncodingResourceWrapper
from twisted.web.server import GzipEncoderFactory

from labkit.bench import serve
from labkit.bench._credentials import authority_file
from labkit.protocols.web import Cargo, LimitedSite, NoticeBoard, Scales, TideDay, notices_app

pytestmark = pytest.mark.needs("curl")

CODE = ("-s", "-o", "/dev/null", "-w", "%{http_code}")


def test_a_form_is_posted_as_a_browser_does(office: Any, run: Any) -> None:
    """Urlencoded and multipart: the same answer, the name escaped."""
    desk = office.at("arrivals")
    fields = ("ship=<Zoë>", "length=120")
    encoded = [word for field in fields for word in ("--data-urlencode", field)]
    strings = [word for field in fields for word in ("--form-string", field)]
    for way in (encoded, strings):
        page = run("curl", "-s", *way, desk).decode()
        assert "&lt;Zoë&gt;, berth 4 is yours." in page
    assert run("curl", *CODE, "-d", "ship=Zoë", desk) == b"400"


@pytest.mark.parametrize("twin", ["tree", "klein"])
def test_a_notice_is_posted_and_read_where_it_is(office: Any, run: Any, twin: str) -> None:
    """201, and curl finds the notice at the Location; two twins, one board each."""
    server = office.server if twin == "tree" else serve(notices_app(NoticeBoard()))
    to = server.url + "notices"
    head = run("curl", "-si", "-d", '{"text": "fog"}', to).decode()
    assert head.startswith("HTTP/1.1 201 Created")
    place = head.split("Location: ")[1].split("\r\n")[0]
    assert json.loads(run("curl", "-s", server.url.rstrip("/") + place))["text"] == "fog"
    assert run("curl", *CODE, "-X", "DELETE", to) in (b"405", b"501")


def test_a_range_of_a_file_is_that_part(office: Any, run: Any) -> None:
    """206 for one, a multipart for two, 416 for none; and a download goes on where it stopped."""
    chart = office.at("charts/north.txt")
    assert run("curl", "-s", "-r", "2-4", chart) == b"234"
    assert run("curl", "-s", "-r", "-3", chart) == b"789"
    two = run("curl", "-si", "-r", "0-1,8-9", chart)
    assert b"206 Partial Content" in two
    assert b"multipart/byteranges" in two
    assert run("curl", *CODE, "-r", "100-", chart) == b"416"
    part = office.charts.parent / "part"
    part.write_bytes(b"01234")
    run("curl", "-s", "-C", "-", "-o", part, chart)
    assert part.read_bytes() == b"0123456789"


def test_no_way_leads_out_of_the_folder(office: Any, run: Any) -> None:
    """curl sends the path as it is."""
    for way in ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "..//secret.txt"):
        told = run("curl", "-si", "--path-as-is", office.at(f"charts/{way}"))
        assert b"404 " in told.split(b"\r\n")[0]
        assert b"gold" not in told


@pytest.mark.parametrize(
    "path", ["", "welcome", "tides/3", "notices", "charts/south.bin", "cargo", "events", "next"]
)
def test_the_head_alone_has_no_body(office: Any, run: Any, path: str) -> None:
    """HEAD, then another request on the same connection: nothing was left between them."""
    both = run("curl", "-sI", office.at(path), "--next", "-s", office.at("welcome"))
    assert both.startswith(b"HTTP/1.1 200 OK\r\n")
    assert both.endswith(b"\r\n\r\nWelcome to the harbour, stranger!\n")
    assert len(office.server.wire) == 1


def test_the_length_of_a_head_is_that_of_the_page(office: Any, run: Any) -> None:
    """Where a length is announced at all."""
    for path in ("", "welcome", "notices", "charts/south.bin", "cargo"):
        head = run("curl", "-sI", office.at(path)).decode().lower()
        length = head.split("content-length: ")[1].split("\r\n")[0]
        assert int(length) == len(run("curl", "-s", office.at(path)))


def test_a_file_that_has_not_changed_is_not_sent_again(office: Any, run: Any) -> None:
    """304 to who has it already, with the time that came with it."""
    chart, has = office.at("charts/north.txt"), office.charts.parent / "copy"
    run("curl", "-s", "--remote-time", "-o", has, chart)
    assert run("curl", *CODE, "-z", has, chart) == b"304"
    assert run("curl", *CODE, "-z", "1 Jan 2000", chart) == b"200"


def test_an_older_client_is_answered_and_left(office: Any, run: Any) -> None:
    """HTTP/1.0: no chunks, and the end of the connection is the end of the page."""
    page = run("curl", "-si0", office.at("tides/3"))
    assert b"chunked" not in page
    assert page.rstrip().endswith(b"</html>")
    assert office.server.wire[0].events[-1].who == "server"


def test_a_template_can_be_sent_compressed(clean: None, run: Any) -> None:
    """gzip for who asks for it, plain for who does not. A wrapper is for one page, not a tree."""
    page = EncodingResourceWrapper(TideDay(3), [GzipEncoderFactory()])  # type: ignore[no-untyped-call]
    server = serve(page, name="packed")
    plain = run("curl", "-s", server.url)
    assert run("curl", "-s", "--compressed", server.url) == plain
    packed = run("curl", "-si", "-H", "Accept-Encoding: gzip", server.url)
    assert b"Content-Encoding: gzip\r\n" in packed
    assert len(packed) < len(plain)


@pytest.fixture
def scales(clean: None) -> Any:
    """Uploads of at most 100 kB."""
    return serve(LimitedSite(Scales(), 100_000), name="scales")  # type: ignore[no-untyped-call]


SENT = ("-s", "-o", "/dev/null", "-w", "%{http_code} %{size_upload}")


def test_an_upload_within_the_limit_is_weighed(scales: Any, run: Any, tmp_path: Path) -> None:
    """With a length, in chunks, after 100 Continue."""
    load = tmp_path / "load"
    load.write_bytes(bytes(100_000))
    for way in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue")):
        told = run("curl", "-s", *way, "--data-binary", f"@{load}", scales.url)
        assert json.loads(told)["bytes"] == 100_000


def test_too_large_an_upload_is_refused_before_it_is_sent(
    scales: Any, run: Any, tmp_path: Path
) -> None:
    """Who asks first sends nothing; who does not still reads the answer."""
    load = tmp_path / "load"
    load.write_bytes(bytes(30_000_000))
    asked = run("curl", *SENT, "-H", "Expect: 100-continue", "-T", load, scales.url)
    assert asked == b"413 0"
    for way in ("Expect:", "Transfer-Encoding: chunked"):
        status, _, sent = run("curl", *SENT, "-H", "Expect:", "-H", way, "-T", load, scales.url
                              ).partition(b" ")  # fmt: skip
        assert status == b"413"
        assert int(sent) < 30_000_000
    assert json.loads(run("curl", "-s", "-d", "x", scales.url))["bytes"] == 1


def test_over_tls_it_is_refused_as_well(clean: None, run: Any, tmp_path: Path) -> None:
    """TLS cannot be closed by halves: the answer says that it is the last, and curl goes."""
    server = serve(LimitedSite(Scales(), 1000), name="safe", tls=True)  # type: ignore[no-untyped-call]
    load, ca = tmp_path / "load", ("--cacert", authority_file())
    load.write_bytes(bytes(5_000_000))
    assert run("curl", *SENT, *ca, "-H", "Expect:", "-T", load, server.url).startswith(b"413 ")
    assert json.loads(run("curl", "-s", *ca, "-d", "fog", server.url))["bytes"] == 3


def test_many_pages_at_once(office: Any, run: Any) -> None:
    """Fifty transfers in parallel, each its own page."""
    pages = run("curl", "-sZ", office.at("welcome?ship=[1-50]")).split()
    names = {word.rstrip(b"!") for word in pages}
    assert names >= {b"%d" % n for n in range(1, 51)}


def test_a_stream_is_heard_as_it_happens(office: Any, until: Any) -> None:
    """curl -N prints each event; when curl is gone, nobody listens."""
    command = ["curl", "-sN", office.at("events")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
        assert curl.stdout is not None
        assert curl.stdout.readline() == b": hello\n"
        office.see("a sail")
        assert [curl.stdout.readline() for _ in range(3)] == [b"\n", b"id: 1\n", b"data: a sail\n"]
        curl.terminate()
    until(lambda: not office.lookout.listeners)


def test_who_leaves_in_the_middle_of_a_delivery_harms_nobody(
    clean: None, run: Any, until: Any
) -> None:
    """curl reads the head, finds the file too large (63), and is gone; the next is served."""
    server = serve(Cargo(50_000_000), name="large")
    run("curl", "-s", "-o", "/dev/null", "--max-filesize", "1000", server.url, status=63)
    part = run("curl", "-sI", server.url)
    assert b"Content-Length: 50000000" in part
    until(lambda: not server.connections)
