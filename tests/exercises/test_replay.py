"""The line to try by hand says the same bytes."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.protocol import Factory, Protocol

from labkit.bench import connect, serve
from labkit.exercises._replay import _printf, curl_line, replay_line


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=40))
def test_printf_writes_exactly_these_bytes(data: bytes) -> None:
    """Quotes, percent signs, backslashes, NUL: a POSIX shell's own printf agrees."""
    said = subprocess.run(["sh", "-c", _printf(data)], capture_output=True, check=True)
    assert said.stdout == data


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (None, "printf 'mast\\r\\n'; sleep 1; "),
        ([2], "printf 'ma'; sleep 1; printf 'st\\r\\n'; sleep 1; "),
        (1, "printf 'm'; sleep 1; printf 'ast\\r\\n'; sleep 1; "),
    ],
)
def test_the_line_cuts_where_the_client_did(pieces: int | list[int] | None, words: str) -> None:
    """Of many pieces the first goes alone and the rest together: nobody waits for each byte."""
    server = serve(Factory.forProtocol(Protocol), name="a port")
    with connect(server) as client:
        client.send(b"mast\r\n", pieces=pieces)
        assert replay_line([client], server) == f"{{ {words}}} | nc 127.0.0.1 {server.port}"


def test_what_is_too_long_to_type_has_no_line() -> None:
    """Nor has what nobody said."""
    server = serve(Factory.forProtocol(Protocol), name="a port")
    with connect(server) as client:
        assert replay_line([client], server) == ""
        client.send(b"x" * 300)
        assert replay_line([client], server) == ""


def test_a_request_is_asked_again_with_curl() -> None:
    """Method, headers and body as the check sent them; quoted for the shell."""
    url, headers = "http://127.0.0.1:8080/a", {"X-Berth": "it's 7"}
    line = curl_line("POST", url, headers, b"msg=sea%21")
    assert shlex.split(line) == [
        "curl", "-i", "-X", "POST", "-H", "X-Berth: it's 7", "--data-binary", "msg=sea%21", url
    ]  # fmt: skip
    assert curl_line("GET", url, {}, b"") == f"curl -i {url}"
    assert curl_line("POST", url, {}, b"\xff") == ""
