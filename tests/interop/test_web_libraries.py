"""Python's own clients and others: http.client, httpx (which reads with h11), raw sockets."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from labkit.bench import serve
from labkit.protocols.web import LimitedSite, Scales, welcome


@pytest.fixture
def client(office: Any) -> Iterator[http.client.HTTPConnection]:
    """The standard library's client, on one connection."""
    made = http.client.HTTPConnection("127.0.0.1", office.server.port, timeout=10)
    yield made
    made.close()


def test_one_connection_is_enough(office: Any, client: Any) -> None:
    """A hundred answers of all lengths and kinds, none a byte too long or short."""
    for turn in range(20):
        for path in ("/welcome", "/tides/3", "/nowhere", "/charts/south.bin", "/notices"):
            client.request("HEAD" if turn % 4 == 3 else "GET", path)
            client.getresponse().read()
    assert len(office.server.wire) == 1


def test_a_body_of_unknown_length_is_taken(client: Any) -> None:
    """An iterator goes out in chunks."""
    client.request("POST", "/notices", iter([b'{"te', b'xt": "f', b'og"}']), encode_chunked=True,
                   headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    assert json.loads(client.getresponse().read())["text"] == "fog"


def test_httpx_reads_every_room(office: Any) -> None:
    """h11 is strict; it has nothing to complain of."""
    with httpx.Client(base_url=office.server.url, timeout=10) as client:
        for path in ("", "welcome", "tides/", "arrivals", "notices", "charts/", "charts/south.bin"):
            assert client.get(path).status_code == 200
        moved = client.get("charts")
        assert moved.status_code in (301, 302, 307, 308)
        assert httpx.URL(moved.headers["Location"]).path == "/charts/"
        done = client.post("arrivals", data={"ship": "Zoë", "length": "120"})
        assert "Zoë, berth 4" in done.text
        done = client.post("arrivals", files={"ship": (None, "Zoë"), "length": (None, "120")})
        assert "Zoë, berth 4" in done.text


def test_httpx_uploads_in_chunks_and_is_refused_in_time(clean: None) -> None:
    """Of a hundred megabytes no more goes out than what buffers hold."""
    server = serve(LimitedSite(Scales(), 100_000), name="scales")  # type: ignore[no-untyped-call]
    asked = []

    def load(blocks: int) -> Iterator[bytes]:
        for number in range(blocks):
            asked.append(number)
            yield bytes(10_000)

    with httpx.Client(base_url=server.url, timeout=10) as client:
        assert client.post("/", content=load(10)).json()["bytes"] == 100_000
        with suppress(httpx.WriteError):  # it writes all before it reads; the answer was there
            assert client.post("/", content=load(10_000)).status_code == 413
        assert client.post("/", content=b"x").json()["bytes"] == 1
    assert len(asked) < 3_000


def test_httpx_hears_events_while_they_happen(office: Any) -> None:
    """The stream is open; three events, then the client leaves."""
    with httpx.stream("GET", office.at("events"), timeout=10) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": hello"
        for number in (1, 2, 3):
            office.see(f"sail {number}")
        heard = [next(lines) for _ in range(10)]
    assert [line for line in heard if line.startswith("data")] == [
        "data: sail 1", "data: sail 2", "data: sail 3",
    ]  # fmt: skip


def talk(office: Any, said: bytes, pieces: int = 0) -> bytes:
    """Say some bytes, then that no more will come; hear all that is answered."""
    with socket.create_connection(("127.0.0.1", office.server.port), timeout=10) as s:
        for at in range(0, len(said), pieces or len(said)):
            s.sendall(said[at : at + (pieces or len(said))])
        heard = b""
        while piece := s.recv(65536):
            heard += piece
        return heard


def asks(*paths: str) -> bytes:
    """Several requests in one piece, the last of which says that it is the last."""
    return b"".join(
        f"GET {path} HTTP/1.1\r\nHost: a\r\n{'Connection: close' if path == paths[-1] else 'X: y'}"
        "\r\n\r\n".encode()
        for path in paths
    )


@pytest.mark.parametrize("pieces", [0, 7, 1])
def test_a_pipeline_is_answered_in_its_order(office: Any, pieces: int) -> None:
    """Twelve requests, in one piece or in many."""
    heard = talk(office, asks(*(f"/welcome?ship={n}" for n in range(12))), pieces)
    names = [line.split()[-1] for line in heard.split(b"\n") if line.startswith(b"Welcome")]
    assert names == [b"%d!" % n for n in range(12)]


def test_a_slow_answer_holds_up_those_behind_it(office: Any, until: Any) -> None:
    """The long poll at the head of the line is answered first, however late."""
    with socket.create_connection(("127.0.0.1", office.server.port), timeout=10) as s:
        s.sendall(asks("/next", "/welcome"))
        until(lambda: office.lookout.listeners)
        office.see("a sail")
        heard = b"".join(iter(lambda: s.recv(65536), b""))
    assert heard.index(b"a sail") < heard.index(welcome())


def test_junk_is_refused_and_the_next_client_served(office: Any) -> None:
    """400 or an end, each time; never silence."""
    for junk in (b"\0\0\0\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"A" * 20_000 + b"\r\n"):  # fmt: skip
        heard = talk(office, junk)
        assert heard == b"" or heard.startswith(b"HTTP/1.1 400 ")
    assert talk(office, asks("/welcome")).endswith(welcome())


def test_a_client_that_half_closes_is_gone(office: Any, until: Any) -> None:
    """twisted.web takes the end of what a client sends for the end of the client."""
    with socket.create_connection(("127.0.0.1", office.server.port), timeout=10) as s:
        s.sendall(asks("/next"))
        until(lambda: office.lookout.listeners)
        s.shutdown(socket.SHUT_WR)
        assert s.recv(100) == b""
    until(lambda: not office.lookout.listeners)
