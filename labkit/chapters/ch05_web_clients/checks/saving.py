"""c5-save: a download that is a file when it is whole, and nothing otherwise."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred

from labkit.bench._peer import Step
from labkit.errors import WaitTimeout
from labkit.exercises import Trial, judge

from ._peers import chunked, page, require_value, response, url

WHOLE = "The body is in the file at path, byte for byte; the result is its size in bytes."
STREAM = "The body is never in memory as a whole."
FAILS = "a status of 400 or more, or a body that is cut off, raises an exception"
LEAVES = "then there is no file at path, and nothing else in its directory."
LARGE = 24_000_000
MOST = 8_000_000  # bytes of memory for it


@judge("c5-save")
def save(t: Trial) -> None:
    """Whole files, of any bytes and any size; nothing is left of what failed."""
    every = bytes(range(256))
    _saved(t, "256 bytes of every value", every, response(every))
    _saved(t, "a body in chunks", every, chunked(every[:99], every[99:]), before=b"an older one")
    _saved(t, "an empty body", b"", response(b""))
    dripped = t.step("one byte at a time", cites=WHOLE, otherwise="not-flushed", shows="any pieces")
    body = every[:99]
    with dripped, _folder() as path:
        with t.peer([("read_head",), ("drip", response(body)), ("close",)]) as peer:
            got = t.call(t.answer, url(peer.port), str(path), timeout=6.0)
        _is_whole(t, path, body, got)
    _saved_large(t)
    _saved_together(t)
    for doing, said, finding in (
        ("a status of 404", response(b"no such chart", status="404 Not Found"), "404-is-success"),
        ("a body that is cut off", response(b"half a ch", length=999), "short-accepted"),
        ("chunks without a last one", chunked(b"half a ch", whole=False), "short-accepted"),
    ):
        step = t.step(doing, cites=FAILS, shows="failures")
        with step, _folder() as path, t.peer(page(said)) as peer:
            _fails(t, peer.port, path, finding)
            left = sorted(p.name for p in path.parent.iterdir())
            t.require(not left, "partial-left", expected="an empty directory", got=", ".join(left))


def _saved(t: Trial, doing: str, body: bytes, said: bytes, before: bytes = b"") -> None:
    step = t.step(doing, cites=WHOLE, otherwise="corrupt", shows="any bytes")
    with step, _folder() as path, t.peer(page(said)) as peer:
        if before:
            path.write_bytes(before)
        got = t.call(t.answer, url(peer.port), str(path), timeout=1.5)
        _is_whole(t, path, body, got)


def _is_whole(t: Trial, path: Path, body: bytes, got: Any) -> None:
    require_value(t, got, str(len(body)))
    there = path.read_bytes() if path.exists() else b""
    t.require(bool(body) or path.exists(), "no-file", expected="an empty file", got="no file")
    if body and not there:
        finding = "not-flushed" if got == len(body) else "wrong-count"
        t.refuse(finding, expected=f"{len(body)} bytes", got="nothing yet")
    if body.endswith(there) and len(there) < len(body):
        t.refuse("not-flushed", expected=f"{len(body)} bytes", got=f"the last {len(there)}")
    t.require(there == body, "corrupt", expected=repr(body[:40]), got=repr(there[:40]))
    t.require(got == len(body), "wrong-count", expected=str(len(body)), got=repr(got))
    left = [p.name for p in path.parent.iterdir() if p != path]
    t.require(not left, "partial-left", expected="one file", got=", ".join(left))


def _saved_large(t: Trial) -> None:
    body = b"~" * LARGE
    large = t.step("24 million bytes", cites=STREAM, shows="flat memory")
    with large, _folder() as path, t.peer(page(response(body))) as peer:
        tracemalloc.start()
        try:
            got = t.call(t.answer, url(peer.port), str(path), timeout=4.0)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        t.require(
            peak < MOST, "whole-body-in-memory",
            expected=f"at most {MOST:,} bytes of memory", got=f"{peak:,}",
        )  # fmt: skip
        t.require(got == LARGE, "wrong-count", expected=str(LARGE), got=repr(got))
        t.require(path.stat().st_size == LARGE, "corrupt", expected=str(LARGE), got="another size")


def _saved_together(t: Trial) -> None:
    """Two downloads into one folder, piece by piece in turn; one that finds its file gone."""
    t.forgiven = (FileNotFoundError,)
    bodies = [letter * 6000 for letter in (b"a", b"b")]
    step = t.step("two at once", cites="at once.", otherwise="shared-part", shows="several clients")
    with step, _folder() as path, ExitStack() as peers:
        ports = [peers.enter_context(t.peer(_slowly(body))).port for body in bodies]
        paths = [path.with_name(f"{n}.bin") for n in range(2)]
        try:
            t.call(_both, t.answer, [url(p) for p in ports], paths, timeout=1.2)
        except OSError as e:
            t.refuse("shared-part", expected="two files", got=f"{type(e).__name__}: {e}")
        there = [p.read_bytes() if p.exists() else b"" for p in paths]
        t.require(there == bodies, "shared-part", expected="each its own", got="mixed, or nothing")


def _slowly(body: bytes) -> list[Step]:
    head, half = response(body), len(body) // 2
    return [
        ("read_head",), ("send", head[:-half]), ("wait", 0.1), ("send", head[-half:]), ("close",),
    ]  # fmt: skip


def _both(answer: Any, urls: list[str], paths: list[Path]) -> Deferred[Any]:
    pairs = zip(urls, paths, strict=True)
    return gatherResults([maybeDeferred(answer, u, str(p)) for u, p in pairs], consumeErrors=True)


def _fails(t: Trial, port: int, path: Path, otherwise: str) -> None:
    try:
        got = t.call(t.answer, url(port), str(path), timeout=1.5)
    except WaitTimeout:
        raise
    except Exception:
        return
    t.refuse(otherwise, expected="an exception", got=repr(got))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "chart.bin")
