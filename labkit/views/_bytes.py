"""Bytes as Python writes them, one token a byte, so that places in them can be pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby
from typing import Literal

from attrs import frozen

Kind = Literal["plain", "escape", "gap"]

_NAMED = {9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}
_TOKENS = tuple(_NAMED.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in range(256))


@frozen
class Run:
    """Some text of one kind: plain, an escape, or words on what is left out."""

    text: str
    kind: Kind = "plain"


def quote_of(data: bytes) -> str:
    """The quotation mark that repr would take."""
    return '"' if b"'" in data and b'"' not in data else "'"


def tokens(data: bytes, mark: str) -> list[str]:
    """How each byte is written between two `mark`s."""
    escaped = "\\" + mark
    return [escaped if t == mark else t for t in map(_TOKENS.__getitem__, data)]


def written(runs: Iterable[Run]) -> str:
    """The text of all runs."""
    return "".join(run.text for run in runs)


def shown(data: bytes, room: int, left_out: int = 0) -> tuple[Run, ...]:
    """The bytes in at most `room` characters, the middle left out and counted.

    `left_out` more bytes followed the data and were not kept, so that no end can be shown.
    Where the room is too small for the count, an ellipsis alone says that there is more.
    """
    mark = quote_of(data)
    if not left_out and len(data) <= room:
        parts = tokens(data, mark)
        if sum(map(len, parts)) + 3 <= room:
            return _literal(parts, mark)
    return _shortened(data, room, left_out, mark)


def _shortened(data: bytes, room: int, left_out: int, mark: str) -> tuple[Run, ...]:
    total = len(data) + left_out
    space = room - len(f" … {total:,} bytes … ") - 6
    if space < 0:
        head = _fitting(tokens(data[:room], mark), room - 5)
        return (*_literal(head, mark), Run(" …", "gap"))
    head = _fitting(tokens(data[:room], mark), space if left_out else (space + 1) // 2)
    tail: list[str] = []
    if not left_out:
        last = tokens(data[len(head) :][-room:], mark)
        tail = _fitting(last[::-1], space // 2)[::-1]
    gone = total - len(head) - len(tail)
    words = f" … {gone:,} {'byte' if gone == 1 else 'bytes'}"
    if not tail:
        return (*_literal(head, mark), Run(words + " …", "gap"))
    return (*_literal(head, mark), Run(words + " … ", "gap"), *_literal(tail, mark))


def _fitting(parts: list[str], space: int) -> list[str]:
    """As many parts from the start as fit into `space` characters."""
    return [
        part for part, end in zip(parts, accumulate(map(len, parts)), strict=True) if end <= space
    ]


def _literal(parts: list[str], mark: str) -> tuple[Run, ...]:
    return (Run("b" + mark), *_runs(parts), Run(mark))


def _runs(parts: list[str]) -> Iterator[Run]:
    for escape, group in groupby(parts, lambda part: len(part) > 1):
        yield Run("".join(group), "escape" if escape else "plain")
