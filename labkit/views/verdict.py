"""What a check says: at most fifteen lines, one problem, seen before done."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from labkit.exercises._verdict import CouldNotTell, NotStarted, Passed, Refused
from labkit.wire import Remark

from . import palette
from ._picture import Picture, framed, picture, preformatted
from ._bytes import shown, written
from ._picture import clip as shorten_text

def brief(data: bytes, room: int) -> str:
    return written(shown(data, room))


WIDTH = 90
ROOM = 64  # columns for what was expected and what came
LINES = 15
TALK = 4  # remarks shown
BRIEF = 3  # times a finding is explained in full


@picture.register
def passed(verdict: Passed) -> Picture:
    """A pass says which properties were shown."""
    shown = ", ".join(verdict.shown) or "every step"
    text = f"✓ {verdict.exercise} · passed: {shown}"
    return _card(verdict.exercise, text, palette.GOOD)


@picture.register
def not_started(verdict: NotStarted) -> Picture:
    """The starter, untouched."""
    text = f"○ {verdict.exercise} · not started\n  Next  {verdict.next}"
    return _card(verdict.exercise, text, palette.FAINT)


@picture.register
def could_not_tell(verdict: CouldNotTell) -> Picture:
    """Nothing was shown, either way."""
    text = (
        f"? {verdict.exercise} · step {verdict.step}: {verdict.doing}\n"
        f"  Could not tell: {verdict.why}. This is not counted.\n"
        f"  Next  run the cell again; if it stays so, restart the kernel"
    )
    return _card(verdict.exercise, text, palette.NOTICE)


@picture.register
def refused(verdict: Refused) -> Picture:
    """A refusal: the step, the talk, the difference, why, where, how to try it, what next."""
    text = "\n".join(_lines(verdict))
    return _card(verdict.exercise, text, palette.ALARM)


def _card(title: str, text: str, edge: str) -> Picture:
    first, _, rest = text.partition("\n")
    head = f'<div style="font-weight:600;color:{edge}">{escape(first)}</div>'
    return Picture(title, text, markup=framed(head + (preformatted(rest) if rest else ""), edge))


def _lines(v: Refused) -> Iterator[str]:
    seed = f", seed {v.seed}" if v.seed is not None else ""
    yield f"✗ {v.exercise} · step {v.step} of {v.steps}: {v.doing}   [{v.finding.id}{seed}]"
    rest = [*_difference(v), *_advice(v)]
    room = min(TALK, LINES - 1 - len(rest))
    yield from map(
        _remark, v.dialogue[len(v.dialogue) - room :] if room < len(v.dialogue) else v.dialogue
    )
    yield from rest


def _advice(v: Refused) -> Iterator[str]:
    if v.times_seen >= BRIEF:
        again = f"{v.finding.id}, for the {_nth(v.times_seen)} time. {v.finding.look}"
        yield from _line("Again", again)
    else:
        if v.cites:
            yield from _line("Task", v.cites)
        yield from _line("Why", f"{v.finding.why}   ({v.finding.certainty})")
        look = ": ".join(filter(None, (v.where, v.finding.look)))
        if look:
            yield from _line("Look", look)
    if v.replay:
        yield f"  Try   {v.replay}"
    yield f'  Next  hint("{v.exercise}")'


def _line(word: str, text: str) -> list[str]:
    wrapped = textwrap.wrap(shorten_text(text, 2 * WIDTH - 4), WIDTH)
    return [f"  {w:<5} {line}" for w, line in zip((word, "", ""), wrapped, strict=False)]


def _remark(remark: Remark) -> str:
    said = remark.note or brief(remark.data, WIDTH - 20)
    return f"  {remark.who} → {remark.to}".ljust(20) + said


def _difference(v: Refused) -> Iterator[str]:
    if v.expected is None and v.got is None:
        return
    expected, got = v.expected, v.got
    if isinstance(expected, bytes) and isinstance(got, bytes):
        at = first_difference(expected, got)
        expected, got, column = _window(expected, got, at)
        caret = v.caret or ("nothing came" if not v.got else _where_in_words(at, v))
        yield f"  {'expected':<18}{expected}"
        yield f"  {'got':<18}{got}"
        yield f"  {'':<18}{' ' * column}^ {caret}"
        return
    yield f"  {'expected':<18}{_value(expected)}"
    yield f"  {'got':<18}{_value(got)}" + (f"   ({v.caret})" if v.caret else "")


def _value(value: bytes | str | None) -> str:
    if isinstance(value, bytes):
        return brief(value, WIDTH - 20) if value else "nothing"
    return shorten_text(value or "nothing", 70)


def first_difference(expected: bytes, got: bytes) -> int:
    """Where two byte strings part."""
    pairs = zip(expected, got, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(got)))


def _window(expected: bytes, got: bytes, at: int) -> tuple[str, str, int]:
    """Both as Python writes them, around the difference, and the column where they part."""
    start = max(at - 8, 0) if max(len(repr(expected)), len(repr(got))) > ROOM else 0
    lead = "…" if start else ""
    shown = [lead + _cut(x[start:]) for x in (expected, got)]
    column = len(lead) + len(repr(got[start:at])) - 1
    return shown[0], shown[1], column


def _cut(data: bytes) -> str:
    kept = data[:ROOM]
    while len(repr(kept)) > ROOM:
        kept = kept[:-1]
    return repr(kept) + (" …" if len(kept) < len(data) else "")


def _where_in_words(at: int, v: Refused) -> str:
    assert isinstance(v.got, bytes) and isinstance(v.expected, bytes)
    if at == len(v.got) < len(v.expected):
        return f"it ends after {at:,} of {len(v.expected):,} bytes"
    if at == len(v.expected):
        return "more than expected"
    return f"byte {at + 1:,} differs"


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
