"""labkit.protocols.web.cargo: as much as is asked for, as fast as it is taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.protocols.web import Cargo, cargo_bytes


@given(st.integers(0, 1 << 40), st.integers(0, 70_000))
def test_every_byte_is_known_by_its_place(start: int, size: int) -> None:
    """At most a block of them."""
    got = cargo_bytes(start, size)
    assert min(size, 60_000) <= len(got) <= size
    assert got[:600] == bytes((start + i) % 256 for i in range(min(size, 600)))


@pytest.mark.parametrize("size", [0, 1, 65_536, 300_001])
def test_it_all_arrives(web: Any, size: int) -> None:
    """The length is announced and kept, and the connection is good for another."""
    web.serve(Cargo(size))
    client = web.begin("GET", "/")
    web.lab.advance(1)
    _, _, body = bytes(client.received).partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % size in client.received
    assert len(body) == size
    assert body[-600:] == bytes(i % 256 for i in range(max(size - 600, 0), size))


def test_the_head_alone_has_the_length(web: Any) -> None:
    """Nothing is unloaded for HEAD."""
    web.serve(Cargo(300_001))
    answer = web.ask("HEAD", "/")
    assert (answer.headers["Content-Length"], answer.body) == ("300001", b"")


def test_who_leaves_early_gets_no_more(web: Any) -> None:
    """The delivery ends with the connection, in silence."""
    web.serve(Cargo(10_000_000))
    web.begin("GET", "/").reset()
    web.lab.advance(1)
    assert web.server.connections == ()
