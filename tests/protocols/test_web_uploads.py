"""labkit.protocols.web.uploads: too much is refused early, the rest is weighed and not kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from labkit.protocols.web import LimitedSite, Scales

LIMIT = 10_000


@pytest.fixture
def scales(web: Any) -> Any:
    web.serve(LimitedSite(Scales(), LIMIT))  # type: ignore[no-untyped-call]
    return web


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


@pytest.mark.parametrize("size", [0, 1, LIMIT])
def test_what_is_allowed_is_weighed(scales: Any, size: int) -> None:
    """Up to the limit, the limit included."""
    body = bytes(size)
    answer = scales.ask("POST", "/", body)
    found = {"bytes": size, "sha256": hashlib.sha256(body).hexdigest()}
    assert json.loads(answer.body) == found


def test_an_announced_length_is_enough_to_refuse(scales: Any) -> None:
    """413 at the end of the head; no byte of the body was sent yet."""
    client = scales.begin("POST", "/", Content_Length=str(LIMIT + 1))
    assert scales.answer().status == 413
    client.send(bytes(LIMIT))
    client.read_rest()


def test_a_client_that_asks_first_is_refused_first(scales: Any) -> None:
    """Expect: 100-continue gets the 413 and nothing else."""
    scales.begin("POST", "/", Content_Length="99999", Expect="100-continue")
    assert scales.heard().count(b"HTTP/1.1") == 1
    assert scales.answer().status == 413
    scales.begin("POST", "/", Content_Length="9", Expect="100-continue")
    assert scales.heard() == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_chunked_body_is_refused_when_it_passes_the_limit(scales: Any) -> None:
    """Not before, not at its end."""
    client = scales.begin("POST", "/", Transfer_Encoding="chunked")
    client.send(chunked(bytes(LIMIT)))
    assert scales.heard() == b""
    client.send(chunked(b"x"))
    assert scales.answer().status == 413
    client.send(chunked(bytes(LIMIT)) + b"0\r\n\r\n")
    assert scales.heard().count(b"HTTP/1.1") == 1


def test_a_chunked_body_within_the_limit_is_weighed(scales: Any) -> None:
    """However it was cut."""
    client = scales.begin("POST", "/", Transfer_Encoding="chunked")
    client.send(chunked(b"fo", b"g") + b"0\r\n\r\n", pieces=1)
    assert json.loads(scales.answer().body)["bytes"] == 3


def test_nothing_after_a_refusal_is_answered(scales: Any) -> None:
    """A request behind the body that was never read is not one."""
    client = scales.begin("POST", "/", Content_Length=str(LIMIT + 1))
    client.send(bytes(LIMIT + 1) + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert scales.heard().count(b"HTTP/1.1") == 1


def test_a_refused_client_that_stays_is_dropped(scales: Any) -> None:
    """It has its time to read the answer, and no longer; a new client is served meanwhile."""
    scales.begin("POST", "/", Content_Length=str(LIMIT + 1))
    assert len(scales.server.connections) == 1
    assert scales.ask("POST", "/", b"x", Connection="close").status == 200
    scales.lab.advance(3)
    assert scales.server.connections == ()


def test_scales_say_what_they_want(scales: Any) -> None:
    """GET and HEAD are no failures; what was weighed cannot be had again."""
    scales.ask("POST", "/", b"fog")
    assert scales.ask("GET", "/").body == b"Send what is to be weighed.\n"
    assert scales.ask("HEAD", "/").status == 200
