"""c2-upper, c2-lines and c2-frames: bytes in pieces, messages out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.protocols.basic import LineOnlyReceiver, LineReceiver

from labkit.exercises import Evidence, Trial, judge

from ._words import after_a_stranger, exchange, expect_end, one_byte_at_a_time, one_client

ALL_BYTES = bytes(range(256))
BYTE_FOR_BYTE = "Every received byte is answered by one byte, in order, as soon as it comes."


@judge("c2-upper")
def upper(t: Trial) -> None:
    """Every byte comes back, a to z in upper case, whatever the pieces, whoever else is there."""
    t.serve()
    _upper_one_word(t)
    _upper_any_bytes(t)
    _upper_two_clients(t)
    _upper_a_client_that_vanishes(t)


def _upper_one_word(t: Trial) -> None:
    with t.connect() as c:
        with t.step("one word", cites=BYTE_FOR_BYTE, otherwise=_silent_or_closed):
            c.send(b"quiet")
            c.expect(b"QUIET")
        still = "the connection stays open"
        with t.step(still, cites="The server never does.", otherwise=_once_more):
            c.expect_nothing()


def _upper_any_bytes(t: Trial) -> None:
    exchange(
        t, "one byte at a time", b"Sea, 7 knots\r\n", b"SEA, 7 KNOTS\r\n", pieces=1,
        cites=BYTE_FOR_BYTE, otherwise="fragmented", shows="any pieces",
    )  # fmt: skip
    text = bytes(t.random.choices(b"abcxyzABCXYZ 0189\r\n", k=210)) * 1000
    exchange(t, "210,000 bytes", text, text.upper(), cites=BYTE_FOR_BYTE, shows="210,000 bytes")
    exchange(
        t, "all 256 byte values", ALL_BYTES, ALL_BYTES.upper(),
        cites="all 256 byte values may come, and only a to z change.",
        otherwise="bytes-as-text", shows="all 256 byte values",
    )  # fmt: skip


def _upper_two_clients(t: Trial) -> None:
    two = t.step(
        "two clients at once",
        cites="at once; each gets its own bytes and no others.",
        otherwise="mixed-clients",
        shows="two clients at once",
    )
    with two, t.connect(name="ada") as ada, t.connect(name="bo") as bo:
        for said in (b"ahoy", b"fog"):
            ada.send(b"a " + said)
            bo.send(b"b " + said)
            ada.expect(b"A " + said.upper())
            bo.expect(b"B " + said.upper())


def _upper_a_client_that_vanishes(t: Trial) -> None:
    gone = "a client that vanishes disturbs nobody."
    with one_client(
        t, "a client that vanishes", name="ada", cites=gone, shows="a client that vanishes"
    ) as ada:
        stranger = t.connect(name="stranger")
        stranger.send(b"half a")
        stranger.reset()
        ada.send(b"still here")
        ada.expect(b"STILL HERE")


def _silent_or_closed(seen: Evidence) -> str | None:
    """A connection that ends before a single byte was answered is one without an answer."""
    return "no-reply" if not seen.got and seen.end != "open" else None


def _once_more(seen: Evidence) -> str | None:
    """The same bytes again: a list on the class keeps them from one check to the next."""
    return "fragmented" if seen.got.endswith(b"QUIET") else None


# Lines.

LENGTH = "The answer is the length in bytes, without the ending, in decimal, then CR LF."
LINES_IN_PIECES = "A line may come in any pieces, and several in one piece."


@judge("c2-lines")
def lines(t: Trial) -> None:
    """Each line is answered with its length in bytes, however its bytes arrive."""
    t.serve()
    exchange(t, "one line", b"sea\r\n", b"3\r\n", cites=LENGTH, otherwise=_kept)
    after_a_stranger(
        t, "half a line", b"half a line", b"buoy\r\n", b"4\r\n",
        cites="each has its own unfinished line.",
    )  # fmt: skip
    bare = "a line that ends in LF alone"
    exchange(t, bare, b"lantern\n", b"7\r\n", cites="a line ends in LF;", otherwise="bare-lf")
    _lines_in_pieces(t)
    _lines_with_odd_bytes(t)
    _lines_by_the_thousand(t)
    t.any_chunking(b"sea\r\n\nbuoy\n", b"3\r\n0\r\n4\r\n", cites=LINES_IN_PIECES)
    _lines_by_hand(t)


def _again(answer: bytes) -> Callable[[Evidence], str]:
    """One message at the most has this answer; or the pieces made a difference."""

    def named(seen: Evidence) -> str:
        again = seen.got.startswith(answer) if seen.wanted == "silence" else answer * 2 in seen.got
        return "answers-again" if again else "fragmented"

    return named


def _kept(seen: Evidence) -> str | None:
    return "whole-line-kept" if not seen.got and seen.end == "open" else None


def _lines_in_pieces(t: Trial) -> None:
    exchange(
        t, "three lines in one piece", b"one\r\nthree\nfourteen\r\n", b"3\r\n5\r\n8\r\n",
        cites=LINES_IN_PIECES, otherwise="coalesced", shows="joined lines",
    )  # fmt: skip
    one_byte_at_a_time(
        t, b"mast\r\nkeel\n", b"4\r\n4\r\n", cites=LINES_IN_PIECES, otherwise=_again(b"4\r\n")
    )
    kept = "What has not ended is kept until it does."
    with one_client(t, "a tail that is completed later", cites=kept, otherwise="fragmented") as c:
        c.send(b"sail\nru")
        c.expect(b"4\r\n")
        c.expect_nothing()
        c.send(b"dder\r\n")
        c.expect(b"6\r\n")


def _lines_with_odd_bytes(t: Trial) -> None:
    exchange(
        t, "empty lines", b"\r\n\n\r\n", b"0\r\n0\r\n0\r\n",
        cites="An empty line has length 0.", otherwise="empty-line",
    )  # fmt: skip
    exchange(
        t, "letters that take two bytes", "Zoë\r\n".encode(), b"4\r\n",
        cites="every byte is allowed in a line.",
        otherwise="chars-not-bytes", shows="bytes, not characters",
    )  # fmt: skip
    exchange(
        t, "a CR inside a line", b"a\rb\r\nend\r\r\n", b"3\r\n4\r\n",
        cites="one CR right before it belongs to the ending.", otherwise="inner-cr",
    )  # fmt: skip


def _lines_by_the_thousand(t: Trial) -> None:
    sizes = [t.random.randrange(20) for _ in range(3000)]
    exchange(
        t,
        "3,000 lines in one piece",
        b"".join(b"x" * size + b"\n" for size in sizes),
        b"".join(b"%d\r\n" % size for size in sizes),
        cites="thousands of lines may come at once.",
        otherwise="coalesced",
        shows="3,000 lines",
    )


def _lines_by_hand(t: Trial) -> None:
    """A step only for those who did not: who cut the lines has nothing more to show."""
    if _uses_line_receiver(t.answer):
        with t.step("by hand", cites="Cut the lines yourself, without LineReceiver."):
            t.refuse("ready-made", expected="a Protocol", got="a LineReceiver")


def _uses_line_receiver(answer: Any) -> bool:
    kinds = [answer, type(answer), getattr(answer, "protocol", None)]
    ready = (LineReceiver, LineOnlyReceiver)
    return any(isinstance(kind, type) and issubclass(kind, ready) for kind in kinds)


# Frames.

FORM = "a frame is a size N in two bytes, big-endian and unsigned, then N bytes of payload."
FRAMES_IN_PIECES = "Frames may come in any pieces, and several in one piece."


def frame(payload: bytes) -> bytes:
    """A payload behind its size in two bytes."""
    return len(payload).to_bytes(2, "big") + payload


@judge("c2-frames")
def frames(t: Trial) -> None:
    """Each frame is answered with its payload reversed; a size above 4096 ends the connection."""
    t.serve()
    _reversed(t, "one frame", b"abc", cites=FORM, otherwise=_without_size)
    after_a_stranger(
        t, "half a frame", b"\0\5ab", frame(b"c"), frame(b"c"),
        cites="each has its own unfinished frame.",
    )  # fmt: skip
    _frames_in_pieces(t)
    _frames_with_any_payload(t)
    _reversed(
        t, "a frame of exactly 4096 bytes", t.random.randbytes(4096),
        cites="N is at most 4096.", otherwise="limit-too-low",
    )  # fmt: skip
    _frames_that_are_too_large(t)


def _reversed(t: Trial, doing: str, *payloads: bytes, **told: Any) -> None:
    """A step in which these frames are sent in one go, and must come back reversed."""
    said, due = map(frame, payloads), (frame(payload[::-1]) for payload in payloads)
    exchange(t, doing, b"".join(said), b"".join(due), **told)


def _without_size(seen: Evidence) -> str:
    return "bare-payload" if seen.got == b"cba" else "basic"


def _frames_in_pieces(t: Trial) -> None:
    _reversed(
        t, "two frames in one piece", b"port", b"tide",
        cites=FRAMES_IN_PIECES, otherwise="coalesced", shows="joined frames",
    )  # fmt: skip
    two, reversed_two = frame(b"fog") + frame(b"bell"), frame(b"gof") + frame(b"lleb")
    one_byte_at_a_time(
        t, two, reversed_two, cites=FRAMES_IN_PIECES, otherwise=_again(frame(b"gof"))
    )
    _reversed(
        t, "half a header, then the rest", b"abc", pieces=[1],
        cites=FRAMES_IN_PIECES, otherwise="fragmented",
    )  # fmt: skip


def _frames_with_any_payload(t: Trial) -> None:
    payload = t.random.randbytes(300)
    _reversed(t, "a frame of 300 bytes", payload, cites=FORM, otherwise="basic")
    _reversed(
        t, "any bytes inside", b"\0\r\n\xff\0\3abc",
        cites="The payload may hold any bytes.", otherwise="basic",
    )  # fmt: skip
    empty = "an empty frame, then another"
    _reversed(t, empty, b"", b"ok", cites="N may be 0.", otherwise="empty-frame")


def _frames_that_are_too_large(t: Trial) -> None:
    with one_client(
        t,
        "a size of 4097 and no payload",
        cites="A larger N closes the connection at once, without waiting for the payload.",
        otherwise="no-limit",
        shows="a limit on the size",
    ) as c:
        c.send((4097).to_bytes(2, "big"))
        expect_end(c)
    good = "a good frame and a bad one in one piece"
    first = "frames before a bad one are answered first."
    with one_client(t, good, cites=first, otherwise="good-before-bad") as c:
        c.send(frame(b"last") + b"\xff\xff")
        c.expect(frame(b"tsal"))
        c.expect_close()
