"""What a check says: one form, at most fifteen lines, one problem, what was seen before why.

The text twin is the form itself. The markup says the same on a card, as text, so that
bytes and the command to try can be copied.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from attrs import frozen

from labkit.exercises._verdict import CouldNotTell, NotStarted, Passed, Refused

from . import palette
from ._bytes import shown, written
from ._difference import caret, compared
from ._picture import Picture, clip, framed, preformatted, printable, register

WIDTH = 100  # columns
LINES = 15
TALK = 4  # remarks shown, the last ones
BRIEF = 3  # times that one finding is seen before the form gets short
AGAIN = "run the cell again; if it stays so, restart the kernel"


@frozen
class Form:
    """A verdict, laid out: the head, a tag at its right, what was seen, and labelled advice."""

    exercise: str
    head: str
    tag: str = ""
    seen: tuple[str, ...] = ()
    advice: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The form in lines; when there are too many, the oldest of what was seen go first."""
        below = [line for label, words in self.advice for line in _wrapped(label, words)]
        spare = len(self.seen) + len(below) + 1 - LINES
        return "\n".join([_first(self.head, self.tag), *self.seen[max(spare, 0) :], *below])


@register
def passed(verdict: Passed) -> Picture:
    """A pass says which properties were shown."""
    shown = ": " + ", ".join(verdict.shown) if verdict.shown else ""
    head = f"✓ {verdict.exercise} · passed"
    text = "\n".join(_filled(printable(head + shown), "", "  ", LINES))
    form = Form(verdict.exercise, head, advice=(("Shown", shown[2:]),) if shown else ())
    return Picture(printable(verdict.exercise), text, markup=_markup(form, palette.GOOD))


@register
def not_started(verdict: NotStarted) -> Picture:
    """The starter as it was handed out."""
    head = f"○ {verdict.exercise} · not started"
    return _picture(Form(verdict.exercise, head, advice=(("Next", verdict.next),)), palette.FAINT)


@register
def could_not_tell(verdict: CouldNotTell) -> Picture:
    """A step that proved nothing, either way."""
    head = f"? {verdict.exercise} · step {verdict.step} of {verdict.steps}: {verdict.doing}"
    advice = (("Why", verdict.why), ("Next", AGAIN))
    form = Form(verdict.exercise, head, "could not tell, not counted", advice=advice)
    return _picture(form, palette.NOTICE)


@register
def refused(verdict: Refused) -> Picture:
    """The step, the talk, the difference, then why, where to look, what to try, what next."""
    brief = verdict.times_seen >= BRIEF
    marks = [verdict.finding.id]
    marks += [f"seed {verdict.seed}"] if verdict.seed is not None else []
    marks += [f"seen {verdict.times_seen} times"] if brief else []
    form = Form(
        verdict.exercise,
        f"✗ {verdict.exercise} · step {verdict.step} of {verdict.steps}: {verdict.doing}",
        ", ".join(marks),
        tuple(_seen(verdict, brief)),
        tuple(_advice(verdict, brief)),
    )
    return _picture(form, palette.ALARM)


def _picture(form: Form, colour: str) -> Picture:
    return Picture(printable(form.exercise), form.text, markup=_markup(form, colour))


def _seen(v: Refused, brief: bool) -> Iterator[str]:
    """What was said, expected and got, one below the other, and the caret."""
    talk = () if brief else v.dialogue[-TALK:]
    heads = [clip(f"{r.who} → {r.to}", 26) for r in talk]
    wide = max(map(len, [*heads, "client → server"])) + 3
    room = WIDTH - 2 - wide
    for head, remark in zip(heads, talk, strict=True):
        said = clip(remark.note, room) if remark.note else written(shown(remark.data, room))
        yield f"  {head:<{wide}}{said}"
    for label, words in _outcome(v, room):
        yield f"  {label:<{wide}}{words}".rstrip()


def _outcome(v: Refused, room: int) -> Iterator[tuple[str, str]]:
    if isinstance(v.expected, bytes) and isinstance(v.got, bytes):
        found = compared(v.expected, v.got, room)
        yield "expected", found.expected
        yield "got", found.got
        words = printable(v.caret) or found.words
        if words:
            yield "", caret(found.column, words, room)
        return
    for label, value in (("expected", v.expected), ("got", v.got)):
        if value is not None:
            yield label, _value(value, room)
    if v.caret:
        yield "", clip(f"^ {v.caret}", room)


def _value(value: bytes | str, room: int) -> str:
    return written(shown(value, room)) if isinstance(value, bytes) else clip(value, room)


def _advice(v: Refused, brief: bool) -> Iterator[tuple[str, str]]:
    yield "Task", v.cites  # another mistake may have led to the same finding
    if not brief:
        yield "Why", f"{v.finding.why}   ({v.finding.certainty})"
    yield "Look", ": ".join(filter(None, (v.where, v.finding.look)))
    if not brief:
        yield "Try", v.replay
    yield "Next", f'hint("{v.exercise}")'


def _first(head: str, tag: str) -> str:
    tag = f"[{clip(tag, 60)}]" if tag else ""
    head = clip(head, WIDTH - len(tag) - 2 * bool(tag))
    return f"{head:<{91 - len(tag)}} {tag}" if tag else head


def _wrapped(label: str, words: str) -> list[str]:
    """At most two lines; none when there is nothing to say."""
    if not words:
        return []
    return _filled(printable(words), f"  {label:<6}", " " * 8, 2)


def _filled(words: str, first: str, then: str, most: int) -> list[str]:
    return textwrap.wrap(
        words, WIDTH, initial_indent=first, subsequent_indent=then, max_lines=most,
        placeholder=" …", break_on_hyphens=False,
    )  # fmt: skip


# the same as markup


def _markup(form: Form, colour: str) -> str:
    parts = [_title(form, colour)]
    if form.seen:
        parts.append(f'<div style="margin: 6px 0">{preformatted(_dedented(form.seen))}</div>')
    parts += [_row(label, words) for label, words in form.advice if words]
    return framed("".join(parts), colour)


def _title(form: Form, colour: str) -> str:
    sign, _, words = printable(form.head).partition(" ")
    style = f"font-weight: 600; color: {colour}"
    tag = ""
    if form.tag:
        tag_style = f"color: {palette.FAINT}; font-family: {palette.MONO}; font-size: 12px"
        tag = f' <span style="{tag_style}">[{escape(printable(form.tag))}]</span>'
    return f'<div style="{style}">{escape(sign)} {escape(words)}{tag}</div>'


def _dedented(lines: tuple[str, ...]) -> str:
    return "\n".join(line[2:] for line in lines)


def _row(label: str, words: str) -> str:
    """A label and its words; a command in a face that keeps every character apart."""
    code = label == "Try" or (label == "Next" and words.endswith(")"))
    font = f"; font-family: {palette.MONO}; font-size: 12px" if code else ""
    left = f"flex: 0 0 52px; color: {palette.FAINT}; font-weight: 600"
    right = f"flex: 1 1 auto; min-width: 0; color: {palette.INK}; overflow-wrap: anywhere{font}"
    return (
        f'<div style="display: flex; gap: 8px"><div style="{left}">{escape(label)}</div>'
        f'<div style="{right}">{escape(printable(words))}</div></div>'
    )
