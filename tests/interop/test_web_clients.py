"""Twisted's clients against servers that nobody here wrote: nginx, and the standard library's."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import treq
from attrs import frozen
from twisted.internet.defer import CancelledError, TimeoutError
from twisted.web.client import (
    Agent,
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    FileBodyProducer,
    GzipDecoder,
    HTTPConnectionPool,
    RedirectAgent,
    ResponseFailed,
    readBody,
)
from twisted.web.http_headers import Headers

from labkit.bench import reactor, wait

TEXT = "".join(f"Berth {n}: free.\n" for n in range(2000))
BLOB = bytes(range(256)) * 4000

NGINX = """
daemon off; master_process off; worker_processes 1; pid {room}/pid; error_log {room}/errors warn;
events {{ worker_connections 64; }}
http {{
  access_log {room}/access; types {{ text/plain txt; }} default_type application/octet-stream;
  client_body_temp_path {room}/body; proxy_temp_path {room}/proxy; fastcgi_temp_path {room}/fcgi;
  uwsgi_temp_path {room}/uwsgi; scgi_temp_path {room}/scgi;
  keepalive_requests 1000; client_max_body_size 100k; lingering_time 2s;
  server {{
    listen 127.0.0.1:{port}; root {room}/www;
    location / {{ gzip on; gzip_types text/plain; }}
    location = /old {{ return 301 /north.txt; }}
    location = /found {{ return 302 north.txt; }}
    location = /circle {{ return 302 /circle; }}
    location = /kept {{ return 307 /kept-here; }}
    location /kept-here {{ return 200 "$request_method"; }}
    location = /down {{ add_header Retry-After 3 always; return 503; }}
    location /slow/ {{ alias {room}/www/; limit_rate 2k; }}
    location = /closes {{ keepalive_timeout 0; return 200 "bye"; }}
    location = /count {{ return 200 "$connection $connection_requests"; }}
    location = /silent {{ return 444; }}
    location = /put {{ return 200 "$request_method $content_length"; }}
  }}
}}
"""


@frozen
class Foreign:
    """A server in a child process, and the folder that it serves."""

    url: str
    www: Path

    def at(self, path: str) -> str:
        """The address of a page."""
        return self.url + path


def fill(www: Path) -> None:
    """A text, which packs well, and bytes, which are all different."""
    www.mkdir()
    (www / "north.txt").write_text(TEXT)
    (www / "south.bin").write_bytes(BLOB)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_nginx(room: Path) -> Iterator[tuple[Foreign, subprocess.Popen[bytes]]]:
    """nginx, one process on loopback, until the block ends."""
    program, port = shutil.which("nginx"), free_port()
    if program is None:
        pytest.skip("nginx is not on this machine")
    fill(room / "www")
    (room / "conf").write_text(NGINX.format(room=room, port=port))
    command = [program, "-p", str(room), "-c", str(room / "conf"), "-e", str(room / "errors")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as child:
        try:
            wait_for(port, child)
            yield Foreign(f"http://127.0.0.1:{port}/", room / "www"), child
        finally:
            child.terminate()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    """One nginx for all."""
    with running_nginx(tmp_path_factory.mktemp("nginx")) as (foreign, _):
        yield foreign


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    """python -m http.server: HTTP/1.0, no ranges, no keep-alive."""
    www, port = tmp_path_factory.mktemp("library") / "www", free_port()
    fill(www)
    command = [sys.executable, "-m", "http.server", str(port), "-b", "127.0.0.1", "-d", str(www)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        try:
            wait_for(port, child)
            yield Foreign(f"http://127.0.0.1:{port}/", www)
        finally:
            child.terminate()


def wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    """Return as soon as somebody listens; fail with what the child said when it has ended."""
    for _ in range(2000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            try:
                child.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
        assert child.stderr is not None
        pytest.fail(child.stderr.read().decode())
    pytest.fail("nobody listens")


@pytest.fixture
def pool(clean: None) -> Iterator[HTTPConnectionPool]:
    """A pool of the test's own, empty again at its end."""
    made = HTTPConnectionPool(reactor)  # type: ignore[no-untyped-call]
    yield made
    wait(made.closeCachedConnections)


async def fetch(
    agent: Any, url: str, method: bytes = b"GET", body: Any = None, **headers: str
) -> Any:
    """The response and its body; underscores in header names stand for hyphens."""
    said = Headers({k.replace("_", "-"): [v] for k, v in headers.items()})
    response = await agent.request(method, url.encode(), said, body)
    return response, await readBody(response)


def header(response: Any, name: str) -> Any:
    return response.headers.getRawHeaders(name, [None])[0]


@pytest.mark.parametrize("server", ["nginx", "library"])
def test_a_file_is_fetched_whole(request: Any, pool: Any, server: str) -> None:
    """By Agent and by treq; the digest is that of the file."""
    url = request.getfixturevalue(server).at("south.bin")
    response, body = wait(fetch(Agent(reactor, pool=pool), url))
    assert (response.code, hashlib.sha256(body).digest()) == (200, hashlib.sha256(BLOB).digest())
    got = wait(lambda: treq.get(url, pool=pool).addCallback(treq.content))
    assert got == BLOB


def test_a_server_of_the_older_kind_is_asked_again_and_again(library: Foreign, pool: Any) -> None:
    """HTTP/1.0 closes after each answer; the pool, which had hoped to keep it, connects anew."""
    agent = Agent(reactor, pool=pool)
    for _ in range(5):
        response, body = wait(fetch(agent, library.at("north.txt")))
        assert (response.version, body.decode()) == ((b"HTTP", 1, 0), TEXT)


def test_a_directory_is_listed_and_a_hole_is_404(library: Foreign, pool: Any) -> None:
    """An answer of 404 is an answer."""
    _, listing = wait(fetch(Agent(reactor, pool=pool), library.at("")))
    assert b"north.txt" in listing
    response, _ = wait(fetch(Agent(reactor, pool=pool), library.at("nowhere")))
    assert response.code == 404


async def counted(agent: Any, url: str, times: int) -> list[list[str]]:
    """What nginx says each time: the connection's number, and the request's within it."""
    return [(await fetch(agent, url))[1].decode().split() for _ in range(times)]


def test_one_connection_does_for_many(nginx: Foreign, pool: Any) -> None:
    """The pool gives it again, and nginx counts; without a pool each request has its own."""
    kept = wait(counted(Agent(reactor, pool=pool), nginx.at("count"), 10))
    assert {number for number, _ in kept} == {kept[0][0]}
    assert [int(turn) for _, turn in kept] == list(range(1, 11))
    alone = wait(counted(Agent(reactor), nginx.at("count"), 3))
    assert [int(turn) for _, turn in alone] == [1, 1, 1]


def test_a_server_that_closes_is_not_asked_again_on_the_same(nginx: Foreign, pool: Any) -> None:
    """Connection: close; the next request goes out on another."""
    agent = Agent(reactor, pool=pool)
    assert wait(fetch(agent, nginx.at("closes")))[1] == b"bye"
    assert pool._connections == {}
    assert wait(counted(agent, nginx.at("count"), 1))[0][1] == "1"


def test_what_is_packed_is_unpacked(nginx: Foreign, pool: Any) -> None:
    """gzip, in chunks because nginx cannot know the length; asked for without, it is plain."""
    plain = Agent(reactor, pool=pool)
    response, body = wait(fetch(plain, nginx.at("north.txt"), Accept_Encoding="gzip"))
    assert (header(response, "Content-Encoding"), gzip.decompress(body).decode()) == ("gzip", TEXT)
    assert len(body) < len(TEXT) / 5
    unpacking = ContentDecoderAgent(plain, [(b"gzip", GzipDecoder)])  # type: ignore[no-untyped-call]
    response, body = wait(fetch(unpacking, nginx.at("north.txt")))
    assert body.decode() == TEXT
    assert wait(lambda: treq.get(nginx.at("north.txt"), pool=pool).addCallback(treq.text_content)
                ) == TEXT  # fmt: skip


@pytest.mark.parametrize("path", ["old", "found"])
def test_a_redirect_is_followed_when_one_wants_it(nginx: Foreign, pool: Any, path: str) -> None:
    """Agent alone hands it over; RedirectAgent and treq go there."""
    plain = Agent(reactor, pool=pool)
    response, _ = wait(fetch(plain, nginx.at(path)))
    assert response.code in (301, 302)
    following = RedirectAgent(plain)  # type: ignore[no-untyped-call]
    response, body = wait(fetch(following, nginx.at(path)))
    assert (response.code, body.decode()) == (200, TEXT)
    assert response.request.absoluteURI.endswith(b"/north.txt")
    got = wait(lambda: treq.get(nginx.at(path), pool=pool).addCallback(treq.text_content))
    assert got == TEXT


def test_a_redirect_in_a_circle_ends(nginx: Foreign, pool: Any) -> None:
    """After twenty, or so many as were allowed."""
    following = RedirectAgent(Agent(reactor, pool=pool), 3)  # type: ignore[no-untyped-call]
    with pytest.raises(ResponseFailed, match="InfiniteRedirection"):
        wait(fetch(following, nginx.at("circle")))


def test_a_post_is_not_sent_on_without_being_asked(nginx: Foreign, pool: Any) -> None:
    """RedirectAgent refuses to repeat a POST at another place."""
    following = BrowserLikeRedirectAgent(Agent(reactor, pool=pool))  # type: ignore[no-untyped-call]
    body = FileBodyProducer(io.BytesIO(b"x"))  # type: ignore[no-untyped-call]
    with pytest.raises(ResponseFailed):
        wait(fetch(following, nginx.at("kept"), b"POST", body))


def test_a_range_goes_on_where_it_stopped(nginx: Foreign, pool: Any) -> None:
    """206 while the file is the same; 200 and all of it when If-Range names another."""
    agent = Agent(reactor, pool=pool)
    head, _ = wait(fetch(agent, nginx.at("south.bin"), b"HEAD"))
    tag = header(head, "ETag")
    assert header(head, "Content-Length") == str(len(BLOB))
    rest, body = wait(fetch(agent, nginx.at("south.bin"), Range="bytes=1000000-", If_Range=tag))
    assert (rest.code, body) == (206, BLOB[1_000_000:])
    assert header(rest, "Content-Range") == f"bytes 1000000-{len(BLOB) - 1}/{len(BLOB)}"
    anew, body = wait(fetch(agent, nginx.at("south.bin"), Range="bytes=1000000-", If_Range='"x"'))
    assert (anew.code, len(body)) == (200, len(BLOB))
    none, _ = wait(fetch(agent, nginx.at("south.bin"), Range="bytes=9999999-"))
    assert none.code == 416


def test_a_server_that_knows_no_ranges_sends_all(library: Foreign, pool: Any) -> None:
    """200, not 206: who resumes has to look."""
    response, body = wait(
        fetch(Agent(reactor, pool=pool), library.at("south.bin"), Range="bytes=5-")
    )
    assert (response.code, len(body)) == (200, len(BLOB))


def test_what_one_has_is_not_sent_again(nginx: Foreign, pool: Any) -> None:
    """304 by tag and by time, without a body, and the connection is still good."""
    agent = Agent(reactor, pool=pool)
    head, _ = wait(fetch(agent, nginx.at("south.bin"), b"HEAD"))
    for known in ({"If_None_Match": header(head, "ETag")},
                  {"If_Modified_Since": header(head, "Last-Modified")}):  # fmt: skip
        response, body = wait(fetch(agent, nginx.at("south.bin"), **known))
        assert (response.code, body) == (304, b"")
    assert wait(fetch(agent, nginx.at("put")))[1] == b"GET "


def test_a_body_is_sent_with_its_length(nginx: Foreign, pool: Any) -> None:
    """A FileBodyProducer knows it; treq's forms, too."""
    body = FileBodyProducer(io.BytesIO(BLOB[:50_000]))  # type: ignore[no-untyped-call]
    _, said = wait(fetch(Agent(reactor, pool=pool), nginx.at("put"), b"POST", body))
    assert said == b"POST 50000"
    form = {"ship": "Zoë", "length": "120"}
    posted = lambda: treq.post(nginx.at("put"), data=form, pool=pool).addCallback(treq.content)  # noqa: E731
    assert wait(posted) == b"POST 24"


def test_too_much_is_refused_while_it_is_sent(nginx: Foreign, pool: Any) -> None:
    """nginx answers 413 at the head; Agent hands the answer over, and stops sending."""
    load = FileBodyProducer(io.BytesIO(bytes(30_000_000)))  # type: ignore[no-untyped-call]
    response, _ = wait(fetch(Agent(reactor, pool=pool), nginx.at("north.txt"), b"POST", load))
    assert response.code == 413


def test_a_failure_of_the_server_is_an_answer_too(nginx: Foreign, pool: Any) -> None:
    """503 with what to do about it; silence is none."""
    agent = Agent(reactor, pool=pool)
    response, _ = wait(fetch(agent, nginx.at("down")))
    assert (response.code, header(response, "Retry-After")) == (503, "3")
    with pytest.raises(Exception, match=r"ResponseNeverReceived|ConnectionDone"):
        wait(fetch(agent, nginx.at("silent")))


def test_a_slow_answer_can_be_given_up(nginx: Foreign, pool: Any) -> None:
    """The head is in, the body drips: a time-out while waiting for it."""
    agent = Agent(reactor, pool=pool)

    async def impatient() -> bytes:
        response = await agent.request(b"GET", nginx.at("slow/south.bin").encode())
        body = readBody(response)
        return bytes(await body.addTimeout(0.1, reactor))

    with pytest.raises((TimeoutError, CancelledError)):
        wait(impatient)


def test_an_answer_that_is_cut_is_a_failure(pool: Any, tmp_path: Path) -> None:
    """nginx is killed in the middle of a body: what came is no page."""
    with running_nginx(tmp_path) as (foreign, child):

        async def cut() -> bytes:
            url = foreign.at("slow/south.bin").encode()
            response = await Agent(reactor, pool=pool).request(b"GET", url)
            child.kill()
            return bytes(await readBody(response))

        with pytest.raises(ResponseFailed):
            wait(cut)


def test_many_at_once_are_all_served(nginx: Foreign, pool: Any) -> None:
    """Forty through a pool that keeps four."""
    pool.maxPersistentPerHost = 4

    def all_of_them() -> Any:
        from twisted.internet.defer import gatherResults

        calls = (treq.get(nginx.at("south.bin"), pool=pool).addCallback(treq.content)
                 for _ in range(40))  # fmt: skip
        return gatherResults(list(calls))

    assert {hashlib.sha256(body).hexdigest() for body in wait(all_of_them, timeout=30)} == {
        hashlib.sha256(BLOB).hexdigest()
    }
    assert sum(map(len, pool._connections.values())) <= 4
