"""A conversation read as HTTP: what h11 says of it, whatever the pieces, and never an exception."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from labkit.bench import connect, serve
from labkit.wire import Closed, Conversation, LeftOut, Opened, Said, Who
from labkit.wire._http import UPGRADED, Message, NotHttp, read

GET = b"GET /tide HTTP/1.1\r\nHost: harbour\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n4.20"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n4.2\r\n1\r\n0\r\n0\r\n\r\n"


def talk(*said: tuple[Who, bytes] | LeftOut | Closed) -> Conversation:
    events = [e if not isinstance(e, tuple) else Said(0.1, *e) for e in said]
    return Conversation(1, ("tcp", "http"), (Opened(0.0), *events))


def messages(conversation: Conversation) -> list[Message]:
    return [part for part in read(conversation) if isinstance(part, Message)]


def told(conversation: Conversation) -> list[tuple[Any, ...]]:
    return [(m.number, m.who, m.start, m.size, m.chunks, m.ended) for m in messages(conversation)]


def test_a_request_and_its_answer() -> None:
    """Each has its first line, its headers and the size of its body."""
    asked, got = messages(talk(("client", GET), ("server", OK)))
    assert (asked.start, asked.get("host"), asked.size) == ("GET /tide HTTP/1.1", "harbour", 0)
    assert (got.start, got.announced, got.size, got.body) == ("HTTP/1.1 200 OK", 4, 4, b"4.20")
    assert asked.head + got.head + got.body == GET + OK
    assert asked.ended == got.ended == "whole"


@given(st.lists(st.integers(1, 40), max_size=20), st.lists(st.integers(1, 40), max_size=20))
def test_pieces_change_no_message(asked: list[int], got: list[int]) -> None:
    """However the bytes were cut, the same messages are read."""
    both = [("client", piece) for piece in cut(GET * 3, asked)]
    both += [("server", piece) for piece in cut(OK + CHUNKED + OK, got)]
    whole = talk(("client", GET * 3), ("server", OK + CHUNKED + OK))
    assert told(talk(*both)) == told(whole)  # type: ignore[arg-type]


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [piece for piece in [*pieces, data] if piece]


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=60))))
def test_whatever_was_said_is_read_without_an_exception(said: list[Any]) -> None:
    """What is no HTTP becomes a value."""
    read(talk(*((who, data) for who, data in said if data)))


def test_pieces_are_counted() -> None:
    """The numbers are those of the ladder of bytes."""
    first, second = messages(talk(("client", GET[:9]), ("client", GET[9:] + GET)))
    assert (first.first, first.last, second.first, second.last) == (1, 2, 2, 2)


def test_a_request_before_its_turn_is_pipelined() -> None:
    """And one after the answer is not."""
    early = messages(talk(("client", GET + GET), ("server", OK + OK)))
    late = messages(talk(("client", GET), ("server", OK), ("client", GET), ("server", OK)))
    assert [m.early for m in early if m.who == "client"] == [False, True]
    assert not any(m.early for m in late)


def test_the_answer_to_head_has_no_body() -> None:
    """Its length is announced and not sent: the next answer begins right after it."""
    head = GET.replace(b"GET", b"HEAD")
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    found = told(talk(("client", head + GET), ("server", announced + OK)))
    assert [(size, ended) for _, who, _, size, _, ended in found if who == "server"] == [
        (0, "whole"), (4, "whole"),
    ]  # fmt: skip


def test_an_interim_answer_is_part_of_the_head() -> None:
    """100 Continue is not the answer yet."""
    (_, got) = messages(talk(("client", GET), ("server", b"HTTP/1.1 100 Continue\r\n\r\n" + OK)))
    assert (got.start, got.head.count(b"HTTP/1.1")) == ("HTTP/1.1 200 OK", 2)


def test_a_body_that_ends_too_early_is_cut() -> None:
    """By the close of the connection; while it stands, more may come."""
    half = (("client", GET), ("server", OK[:-2]))
    assert messages(talk(*half))[1].ended == "open"
    assert messages(talk(*half, Closed(1, "server", "closed")))[1].ended == "cut"


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    """In order, that is; after a reset nobody knows."""
    for how, ended in (("closed", "whole"), ("reset", "cut")):
        said = (("client", GET), ("server", b"HTTP/1.1 200 OK\r\n\r\nall"))
        assert messages(talk(*said, Closed(1, "server", how)))[1].ended == ended  # type: ignore[arg-type]


def test_what_the_tape_left_out_is_counted() -> None:
    """A long body of a known length is followed over the gap, and the next answer read."""
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 1000
    gap, rest = LeftOut(0.2, 3000, 0, 2_990_000), ("server", b"x" * 9000 + OK)
    found = messages(talk(("client", GET + GET), ("server", long), gap, rest))  # type: ignore[arg-type]
    assert [(m.size, m.ended) for m in found if m.who == "server"] == [
        (3_000_000, "whole"), (4, "whole"),
    ]  # fmt: skip


def test_after_a_gap_that_cannot_be_followed_reading_begins_anew() -> None:
    """At a piece that begins as a message does; without numbers, because some are missing."""
    gap = LeftOut(0.2, 900, 20_000, 20_000)
    found = messages(talk(("client", GET), ("server", OK), gap, ("client", GET), ("server", OK)))
    assert [(m.number, m.start[:4]) for m in found] == [
        (1, "GET "),
        (1, "HTTP"),
        (0, "GET "),
        (0, "HTTP"),
    ]


def test_other_words_are_told_with_the_reason() -> None:
    """From there on that side's pieces are bytes again; the other side is read on."""
    found = read(talk(("client", b"ahoy\r\n\r\n"), ("server", OK)))
    assert isinstance(found[0], NotHttp) and "illegal request line" in found[0].why
    assert isinstance(found[1], Message)


def test_an_upgrade_hands_the_connection_over() -> None:
    """RFC 9110, section 7.8: after 101 the bytes are another protocol's, in both directions."""
    asked = GET[:-2] + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    got = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    found = read(talk(("client", asked), ("server", got), ("client", b"\x81\x80abcd")))
    assert [p.why for p in found if isinstance(p, NotHttp)] == [UPGRADED, UPGRADED]
    assert len(found) == 4


def test_many_exchanges_are_read_in_one_pass() -> None:
    """Each byte goes to h11 once: ten thousand requests take ten times a thousand's steps."""
    from labkit.wire import _http

    steps = 0
    real = _http._Growing.feed

    def counted(self: Any, data: bytes) -> bytes:
        nonlocal steps
        steps += 1
        return real(self, data)

    _http._Growing.feed = counted  # type: ignore[method-assign]
    try:
        read(talk(*[part for _ in range(2000) for part in (("client", GET), ("server", OK))]))
    finally:
        _http._Growing.feed = real  # type: ignore[method-assign]
    assert steps == 4000


class Tides(Resource):
    isLeaf = True

    def render_GET(self, request: Any) -> Any:
        if request.path == b"/chunks":
            request.write(b"4.2")
            request.write(b"0 m")
            request.finish()
            return NOT_DONE_YET
        return b"4.20"


def test_a_live_site_is_recorded_as_http() -> None:
    """serve knows a Site, and its wire says so; .raw takes it away, .http adds it anywhere."""
    server = serve(Tides(), name="tides")
    with connect(server) as client:
        client.send(GET + GET.replace(b"/tide", b"/chunks"))
        client.read_until(lambda data, ended: len(data) * (b"0\r\n\r\n" in data))
    (seen,) = server.wire
    server.stop()
    assert "http" in seen.layers and "http" not in seen.raw.layers
    assert [(m.size, m.chunks) for m in messages(seen) if m.who == "server"] == [
        (4, None), (6, (3, 3)),
    ]  # fmt: skip
    assert seen.raw.http == seen
