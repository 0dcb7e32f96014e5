"""c2-upper, c2-lines and c2-frames: bytes in pieces, messages out."""

from __future__ import annotations

from typing import Any

from twisted.protocols.basic import LineOnlyReceiver, LineReceiver

from labkit.exercises import Evidence, Trial, judge

from ._words import expect_end

ALL_BYTES = bytes(range(256))


@judge("c2-upper")
def upper(t: Trial) -> None:
    """Every byte comes back, a to z in upper case, whatever the pieces, whoever else is there."""
    t.serve()
    one_word = "Every received byte is answered by one byte, in order, as soon as it comes."
    with t.connect() as c:
        with t.step("one word", cites=one_word, otherwise=_silent_or_closed):
            c.send(b"quiet")
            c.expect(b"QUIET")
        still = t.step(
            "the connection stays open", cites="The server never does.", otherwise=_once_more
        )
        with still:
            c.expect_nothing()
    pieces = t.step(
        "one byte at a time", cites=one_word, otherwise="fragmented", shows="any pieces"
    )
    with pieces, t.connect() as c:
        c.send(b"Sea, 7 knots\r\n", pieces=1)
        c.expect(b"SEA, 7 KNOTS\r\n")
    with t.step("210,000 bytes", cites=one_word, shows="210,000 bytes"), t.connect() as c:
        text = bytes(t.random.choices(b"abcxyzABCXYZ 0189\r\n", k=210)) * 1000
        c.send(text)
        c.expect(text.upper())
    every = t.step(
        "all 256 byte values",
        cites="all 256 byte values may come, and only a to z change.",
        otherwise="bytes-as-text",
        shows="all 256 byte values",
    )
    with every, t.connect() as c:
        c.send(ALL_BYTES)
        c.expect(ALL_BYTES.upper())
    _upper_with_several(t)


def _upper_with_several(t: Trial) -> None:
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
    gone = t.step(
        "a client that vanishes",
        cites="a client that vanishes disturbs nobody.",
        shows="a client that vanishes",
    )
    with gone, t.connect(name="ada") as ada:
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


@judge("c2-lines")
def lines(t: Trial) -> None:
    """Each line is answered with its length in bytes, however its bytes arrive."""
    t.serve()
    answer = "The answer is the length in bytes, without the ending, in decimal, then CR LF."
    with t.step("one line", cites=answer), t.connect() as c:
        c.send(b"sea\r\n")
        c.expect(b"3\r\n")
    stranger = t.step(
        "a stranger leaves half a line, then a new client speaks",
        cites="each has its own unfinished line.",
        otherwise="shared-buffer",
        shows="a client that leaves early",
    )
    with stranger:
        with t.connect(name="stranger") as c:
            c.send(b"half a line")
        with t.connect() as c:
            c.send(b"buoy\r\n")
            c.expect(b"4\r\n")
    bare = t.step("a line that ends in LF alone", cites="a line ends in LF;", otherwise="bare-lf")
    with bare, t.connect() as c:
        c.send(b"lantern\n")
        c.expect(b"7\r\n")
    several = "A line may come in any pieces, and several in one piece."
    joined = t.step(
        "three lines in one piece", cites=several, otherwise="coalesced", shows="joined lines"
    )
    with joined, t.connect() as c:
        c.send(b"one\r\nthree\nfourteen\r\n")
        c.expect(b"3\r\n5\r\n8\r\n")
    _lines_in_pieces(t, several)
    _lines_with_odd_bytes(t)
    if _uses_line_receiver(t.answer):
        with t.step("by hand", cites="Cut the lines yourself, without LineReceiver."):
            t.refuse("ready-made", expected="a Protocol", got="a LineReceiver")


def _lines_in_pieces(t: Trial, several: str) -> None:
    with (
        t.step("one byte at a time", cites=several, otherwise="fragmented", shows="any pieces"),
        t.connect() as c,
    ):
        c.send(b"mast\r\nkeel\n", pieces=1)
        c.expect(b"4\r\n4\r\n")
        c.expect_nothing()
    tail = t.step(
        "a tail that is completed later",
        cites="What has not ended is kept until it does.",
        otherwise="fragmented",
    )
    with tail, t.connect() as c:
        c.send(b"sail\nru")
        c.expect(b"4\r\n")
        c.expect_nothing()
        c.send(b"dder\r\n")
        c.expect(b"6\r\n")


def _lines_with_odd_bytes(t: Trial) -> None:
    empty = t.step("empty lines", cites="An empty line has length 0.", otherwise="empty-line")
    with empty, t.connect() as c:
        c.send(b"\r\n\n\r\n")
        c.expect(b"0\r\n0\r\n0\r\n")
    letters = t.step(
        "letters that take two bytes",
        cites="every byte is allowed in a line.",
        otherwise="chars-not-bytes",
        shows="bytes, not characters",
    )
    with letters, t.connect() as c:
        c.send("Zoë\r\n".encode())
        c.expect(b"4\r\n")
    inner = t.step(
        "a CR inside a line",
        cites="one CR right before it belongs to the ending.",
        otherwise="inner-cr",
    )
    with inner, t.connect() as c:
        c.send(b"a\rb\r\nend\r\r\n")
        c.expect(b"3\r\n4\r\n")
    with (
        t.step(
            "3,000 lines in one piece",
            cites="thousands of lines may come at once.",
            otherwise="coalesced",
            shows="3,000 lines",
        ),
        t.connect() as c,
    ):
        sizes = [t.random.randrange(20) for _ in range(3000)]
        c.send(b"".join(b"x" * size + b"\n" for size in sizes))
        c.expect(b"".join(b"%d\r\n" % size for size in sizes))
    said, due = b"sea\r\n\nbuoy\n", b"3\r\n0\r\n4\r\n"
    t.any_chunking(said, due, cites="A line may come in any pieces, and several in one piece.")


def _uses_line_receiver(answer: Any) -> bool:
    kinds = [answer, type(answer), getattr(answer, "protocol", None)]
    ready = (LineReceiver, LineOnlyReceiver)
    return any(isinstance(kind, type) and issubclass(kind, ready) for kind in kinds)


def frame(payload: bytes) -> bytes:
    """A payload behind its size in two bytes."""
    return len(payload).to_bytes(2, "big") + payload


@judge("c2-frames")
def frames(t: Trial) -> None:
    """Each frame is answered with its payload reversed; a size above 4096 ends the connection."""
    t.serve()
    form = "a frame is a size N in two bytes, big-endian and unsigned, then N bytes of payload."
    with t.step("one frame", cites=form, otherwise="basic"), t.connect() as c:
        c.send(frame(b"abc"))
        c.expect(frame(b"cba"))
    own = t.step(
        "a stranger leaves half a frame, then a new client speaks",
        cites="each has its own unfinished frame.",
        otherwise="shared-buffer",
        shows="a client that leaves early",
    )
    with own:
        with t.connect(name="stranger") as c:
            c.send(b"\0\5ab")
        with t.connect() as c:
            c.send(frame(b"c"))
            c.expect(frame(b"c"))
    several = "Frames may come in any pieces, and several in one piece."
    joined = t.step(
        "two frames in one piece", cites=several, otherwise="coalesced", shows="joined frames"
    )
    with joined, t.connect() as c:
        c.send(frame(b"port") + frame(b"tide"))
        c.expect(frame(b"trop") + frame(b"edit"))
    dripped = t.step(
        "one byte at a time", cites=several, otherwise="fragmented", shows="any pieces"
    )
    with dripped, t.connect() as c:
        c.send(frame(b"fog") + frame(b"bell"), pieces=1)
        c.expect(frame(b"gof") + frame(b"lleb"))
        c.expect_nothing()
    half = t.step("half a header, then the rest", cites=several, otherwise="fragmented")
    with half, t.connect() as c:
        c.send(frame(b"abc"), pieces=[1])
        c.expect(frame(b"cba"))
    with t.step("a frame of 300 bytes", cites=form, otherwise="basic"), t.connect() as c:
        payload = t.random.randbytes(300)
        c.send(frame(payload))
        c.expect(frame(payload[::-1]))
    with (
        t.step("any bytes inside", cites="The payload may hold any bytes.", otherwise="basic"),
        t.connect() as c,
    ):
        c.send(frame(b"\0\r\n\xff\0\3abc"))
        c.expect(frame(b"cba\3\0\xff\n\r\0"))
    with (
        t.step("an empty frame, then another", cites="N may be 0.", otherwise="empty-frame"),
        t.connect() as c,
    ):
        c.send(frame(b"") + frame(b"ok"))
        c.expect(frame(b"") + frame(b"ko"))
    _frames_at_the_limit(t)


def _frames_at_the_limit(t: Trial) -> None:
    most = "N is at most 4096."
    with (
        t.step("a frame of exactly 4096 bytes", cites=most, otherwise="limit-too-low"),
        t.connect() as c,
    ):
        payload = t.random.randbytes(4096)
        c.send(frame(payload))
        c.expect(frame(payload[::-1]))
    larger = t.step(
        "a size of 4097 and no payload",
        cites="A larger N closes the connection at once, without waiting for the payload.",
        otherwise="no-limit",
        shows="a limit on the size",
    )
    with larger, t.connect() as c:
        c.send((4097).to_bytes(2, "big"))
        expect_end(c)
    good = t.step(
        "a good frame and a bad one in one piece",
        cites="frames before a bad one are answered first.",
        otherwise="good-before-bad",
    )
    with good, t.connect() as c:
        c.send(frame(b"last") + b"\xff\xff")
        c.expect(frame(b"tsal"))
        c.expect_close()
