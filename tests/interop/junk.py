"""Requests that are nearly right, made from a seed: valid ones, with one thing or several wrong."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal
from urllib.parse import quote

from attrs import define, field, frozen

Ending = Literal["half", "leave", "reset"]


@frozen
class Attempt:
    """What one client does: the pieces that it sends, and how it goes.

    half: says that no more will come, and reads to the end. leave: closes at once.
    reset: the same, rudely.
    """

    pieces: tuple[bytes, ...]
    ending: Ending

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(map(len, self.pieces))


@define
class Request:
    """A request that can still be spoilt in any of its parts."""

    method: bytes
    target: bytes
    version: bytes = b"HTTP/1.1"
    headers: list[bytes] = field(factory=lambda: [b"Host: harbour"])
    body: bytes = b""
    end: bytes = b"\r\n"

    def encode(self) -> bytes:
        """As bytes, right or wrong."""
        first = b"%s %s %s" % (self.method, self.target, self.version)
        return self.end.join([first, *self.headers, b"", self.body])


PATHS = (
    b"/", b"/welcome?ship=a", b"/tides/3", b"/arrivals", b"/notices", b"/notices/1", b"/charts/",
    b"/charts/north.txt", b"/cargo", b"/events", b"/next?after=0", b"/nowhere",
)  # fmt: skip
METHODS = (b"GET", b"GET", b"POST", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"DELETE", b"TRACE")
FORM = b"application/x-www-form-urlencoded"
BODIES = (
    (FORM, b"ship=Zoe&length=120"),
    (FORM, b"ship=%ff%00&length=%c2%b2&&&=%"),
    (b"application/json", b'{"text": "fog"}'),
    (b"application/json", b'{"text": "\\ud800", "x": 1e999}'),
    (b"multipart/form-data; boundary=b",
     b'--b\r\nContent-Disposition: form-data; name="ship"\r\n\r\nZoe\r\n--b--\r\n'),
    (b"multipart/form-data; boundary=b",
     b'--b\r\nContent-Disposition: form-data; filename="\xff"\r\n\r\n--b\r\n\r\n--b'),
    (b"multipart/form-data", b"--\r\n\r\n--"),
    (b"multipart/form-data; boundary=", b"--\r\n\r\n--"),
    (b'text/plain; charset="\xff', b"a" * 300),
)  # fmt: skip


def request(random: Random) -> Request:
    """One that a server should understand."""
    made = Request(random.choice(METHODS), random.choice(PATHS))
    if made.method in (b"POST", b"PUT"):
        kind, made.body = random.choice(BODIES)
        made.headers.append(b"Content-Type: " + kind)
        frame = random.choice((_with_length, _with_length, _in_chunks))
        frame(made, random)
    return made


def _with_length(made: Request, random: Random) -> None:
    made.headers.append(b"Content-Length: %d" % len(made.body))


def _in_chunks(made: Request, random: Random) -> None:
    made.headers.append(b"Transfer-Encoding: chunked")
    cut = random.randrange(1, len(made.body))
    chunks = (made.body[:cut], made.body[cut:])
    made.body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks if c) + b"0\r\n\r\n"


# What can be wrong with one: each changes it in place.


def bad_line(made: Request, random: Random) -> None:
    """The request line."""
    made.method = random.choice((made.method, b"", b"get", b"G T", b"\0", b"\xff", b"M" * 3000))
    made.version = random.choice(
        (made.version, b"", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 x", b"\0")
    )


def bad_target(made: Request, random: Random) -> None:
    """Where it goes to."""
    strange = (
        b"", b"*", b"//", b"/%", b"/%00", b"/charts/%00", b"/charts/%ff", b"/charts/../x",
        b"/%ff%fe", b"/charts/%2e%2e%2f", b"/notices/%c2%b2", b"/tides/" + b"9" * 4000, b"?",
        b"/?" + b"&" * 500, b"http://harbour/", b"http://[", b"/a b", b"/\xc3\xab", b"/\xff",
        b"/;" * 200, b"/notices/" + quote("港" * 50).encode(), b"/" * 3000, b"/#x", b"\\..\\..",
    )  # fmt: skip
    made.target = random.choice(strange)


def bad_header(made: Request, random: Random) -> None:
    """A line of the head that is none, or not one that anybody wants."""
    strange = (
        b"no colon", b": no name", b"space : x", b" folded", b"\tfolded", b"X:", b"X: \0",
        b"X: a\rb", b"X: a\nb", b"\xff: \xff", b"Host: \xff\xfe", b"Host: a:b:c", b"Host: [::",
        b"Host:", b"Host: b", b"Host: " + b"a." * 200, b"X: " + b"y" * 9000, b"(X): y", b"X\0: y",
    )  # fmt: skip
    made.headers.insert(random.randrange(len(made.headers) + 1), random.choice(strange))


def odd_header(made: Request, random: Random) -> None:
    """A header with a meaning, and a value without."""
    strange = (
        b"Expect: 100-continue", b"Expect: \xff", b"Connection: close",
        b"Connection: keep-alive, Upgrade", b"Connection: \xff", b"Upgrade: h2c",
        b"HTTP2-Settings: AAMAAABk", b"Upgrade: websocket", b"Range: bytes=0-1",
        b"Range: bytes=5-2", b"Range: bytes=-", b"Range: bytes=a-b", b"Range: lines=1-2",
        b"Range: bytes=" + b"0-0," * 300 + b"1-1", b"Range: bytes=99999999999999999999-",
        b"If-Modified-Since: Mon, 99 Foo 2026 25:61:61 GMT", b"If-Modified-Since: x",
        b"If-Modified-Since:", b"If-Modified-Since: Mon, 01 Jan 0000 00:00:00 GMT",
        b"If-None-Match: *", b"Cookie: ; =;a;\xff=\xfe;;", b"Cookie: TWISTED_SESSION=x",
        b"Accept-Encoding: gzip;q=\xff", b"Authorization: Basic \xff",
        b"Authorization: Basic AAAA", b"Last-Event-ID: \xff", b"Last-Event-ID: " + b"9" * 5000,
        b"Content-Type: \xff; boundary=\xff",
        b"Content-Type: multipart/form-data; boundary*=x''y", b"Content-Type: ;;;",
        b"Content-Type: a\x0cb",
    )  # fmt: skip
    made.headers.append(random.choice(strange))


def bad_length(made: Request, random: Random) -> None:
    """A length that lies, or two, or one that is no number."""
    size = len(made.body)
    strange = (
        b"%d" % (size + 7), b"%d" % max(size - 3, 0), b"-1", b"+5", b"0x10", b"1_0", b"5, 5", b"",
        b" ", b"99999999999", b"9" * 300, b"9" * 5000, b"\xb2", "²".encode(), b"1.0", b"0",
    )  # fmt: skip
    made.headers.append(b"Content-Length: " + random.choice(strange))


def bad_chunks(made: Request, random: Random) -> None:
    """Chunks that lie about themselves."""
    strange = (
        b"5\r\nabc\r\n0\r\n\r\n", b"2\r\nabc\r\n0\r\n\r\n", b"x\r\n", b"-1\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n", b"5;ext=\"\r\nhello\r\n0\r\n\r\n", b"5;\0\r\nhello\r\n",
        b"f" * 40 + b"\r\nx", b"5" + b";a" * 700 + b"\r\n", b"5\nhello\n0\n\n",
        b"0\r\nTrailer: x\r\nbad\r\n\r\n", b"0\r\n" + b"T: y\r\n" * 3000 + b"\r\n", b"0\r\n",
        b"\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"00000000005\r\nhello\r\n0\r\n\r\n", b"1_0\r\n",
        b" 5\r\nhello\r\n",
    )  # fmt: skip
    made.headers.append(random.choice((b"Transfer-Encoding: chunked",) * 4 + (
        b"Transfer-Encoding: identity", b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: \xff",
    )))  # fmt: skip
    made.body = random.choice(strange)


def bad_ends(made: Request, random: Random) -> None:
    """Lines that end in another way."""
    made.end = random.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"\0\r\n", b"\r\n "))


def bomb(made: Request, random: Random) -> None:
    """More head than anybody should read."""
    line = random.choice((b"X: y", b"X-%d: y" % random.randrange(9), b"Cookie: a=b", b" more"))
    made.headers += [line] * random.choice((600, 2000))


def bad_bytes(made: Request, random: Random) -> None:
    """The body, or the target's end, overwritten at random."""
    spoilt = bytearray(made.body or made.target)
    for _ in range(random.randrange(1, 9)):
        spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    if made.body:
        made.body = bytes(spoilt)
    else:
        made.target = bytes(spoilt)


FAULTS: tuple[Callable[[Request, Random], None], ...] = (
    bad_line, bad_target, bad_target, bad_header, bad_header, odd_header, odd_header, odd_header,
    bad_length, bad_length, bad_chunks, bad_chunks, bad_ends, bomb, bad_bytes,
)  # fmt: skip


def _spoilt(random: Random) -> bytes:
    """One request with up to three faults, which may be cut off or have noise within."""
    made = request(random)
    for fault in random.choices(FAULTS, k=random.choice((0, 1, 1, 1, 2, 3))):
        if made.target or fault is not bad_bytes:
            fault(made, random)
    data = made.encode()
    return _noisy(data, random) if random.random() < 0.2 else data


def _noisy(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    noise = random.choice((b"", b"\0", b"\r", b"\n", b"\r\n\r\n", random.randbytes(40), data[:at]))
    return data[:at] + (noise + data[at:] if random.random() < 0.7 else b"")


def attempt(random: Random) -> Attempt:
    """A client's whole doing: one request or a pipeline, in pieces, and an end."""
    data = b"".join(_spoilt(random) for _ in range(random.choice((1, 1, 1, 2, 5))))
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((0, 0, 1, 3, 12))))
    pieces = tuple(data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b)
    return Attempt(pieces, random.choice(("half", "half", "half", "leave", "reset")))
