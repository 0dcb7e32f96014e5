"""Where two byte strings part: both as Python writes them, with the column of the difference."""

from __future__ import annotations

from itertools import accumulate

from attrs import frozen

from ._bytes import quote_of, tokens
from ._picture import clip, count


@frozen
class Difference:
    """`column` points into `got` (and into `expected`, for what comes before is the same)."""

    expected: str
    got: str
    column: int
    words: str


def compared(expected: bytes, got: bytes, room: int) -> Difference:
    """Both in at most `room` characters each, cut around the first difference."""
    at = first_difference(expected, got)
    mark = quote_of(expected + got)
    whole = _whole(expected, mark, room) and _whole(got, mark, room)
    start = 0 if whole else _start(got, at, mark, room)
    lead = f"… {count(start, 'byte')} … " if start else ""
    column = len(lead) + 2 + sum(map(len, tokens(got[start:at], mark)))
    sides = (lead + _cut(side[start:], mark, room - len(lead)) for side in (expected, got))
    return Difference(next(sides), next(sides), column, _in_words(at, expected, got))


def first_difference(expected: bytes, got: bytes) -> int:
    """How many bytes both begin with."""
    pairs = zip(expected, got, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(got)))


def caret(column: int, words: str, room: int) -> str:
    """A line with ^ in that column, and the words behind it, or before it near the right edge."""
    if column + 2 + len(words) <= room:
        return f"{' ' * column}^ {words}".rstrip()
    words = clip(words, max(column - 1, room - column - 2))
    if len(words) < column:
        return f"{words:>{column - 1}} ^"
    return f"{' ' * column}^ {words}".rstrip()


def _start(data: bytes, at: int, mark: str, room: int) -> int:
    """Where to begin so that the difference is seen: at the beginning, or a little before it."""
    before = tokens(data[max(at - room, 0) : at], mark)
    if len(before) == at and sum(map(len, before)) < room // 2 - 1:
        return 0
    ends = accumulate(map(len, reversed(before)))
    return at - sum(end <= room // 5 for end in ends)


def _whole(data: bytes, mark: str, room: int) -> bool:
    return len(data) <= room and 3 + sum(map(len, tokens(data, mark))) <= room


def _cut(data: bytes, mark: str, room: int) -> str:
    """The beginning of the data, what is not shown of its end counted."""
    if _whole(data, mark, room):
        return f"b{mark}{''.join(tokens(data, mark))}{mark}"
    parts = tokens(data[:room], mark)
    space = room - 3 - len(f" … {len(data):,} more bytes")
    kept = [
        part for part, end in zip(parts, accumulate(map(len, parts)), strict=True) if end <= space
    ]
    more = count(len(data) - len(kept), "more byte")
    return f"b{mark}{''.join(kept)}{mark} … {more}"


def _in_words(at: int, expected: bytes, got: bytes) -> str:
    if expected == got:
        return ""
    if not got:
        return "nothing came"
    if at == len(got):
        return f"it ends after {at:,} of {count(len(expected), 'byte')}"
    if at == len(expected):
        return f"{count(len(got) - at, 'byte')} too many"
    return f"byte {at + 1:,} is the first that differs"
