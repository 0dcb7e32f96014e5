"""Which picture a value has in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from attrs import frozen

from labkit.bench import Report, Server
from labkit.exercises import (
    Asked,
    Begun,
    CouldNotTell,
    Finished,
    Guess,
    GuessResult,
    Hint,
    NotStarted,
    Passed,
    Progress,
    Question,
    Refused,
    Solution,
)  # fmt: skip
from labkit.protocols import Machine
from labkit.views import Picture, framed, html, picture, preformatted, table
from labkit.views import palette as colours
from labkit.wire import Conversation, View, Wire


@frozen
class Shown:
    """Something already drawn: HTML and its text twin."""

    markup: str
    text: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return self.text


DRAWN = (Wire, View, Conversation, Passed, Refused, NotStarted, CouldNotTell, Machine)
TOLD = (
    Server, Report, Hint, Solution, Progress, Begun, Finished, Asked, Question, Guess, GuessResult,
)  # fmt: skip


def register(formatter: Any) -> None:
    """Teach a shell's display formatter every value of the lab."""
    page, plain = formatter.formatters["text/html"], formatter.formatters["text/plain"]
    for kind in (*DRAWN, *TOLD):
        page.for_type(kind, lambda value: html(view(value)))
        plain.for_type(kind, lambda value, printer, cycle: printer.text(view(value).text))


@singledispatch
def view(value: Any) -> Picture:
    """The picture of any value of the lab."""
    return picture(value)


def told(kind: type, words: Callable[[Any], tuple[str, str]], edge: str = colours.EDGE) -> None:
    """Register a value that is a heading and some lines."""

    def draw(value: Any) -> Picture:
        head, body = words(value)
        markup = f'<div style="font-weight:600">{_safe(head)}</div>' + (
            preformatted(body) if body else ""
        )
        return Picture(head, f"{head}\n{body}".strip(), markup=framed(markup, edge))

    view.register(kind, draw)


def _safe(text: str) -> str:
    from html import escape

    return escape(text)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _server(server: Server) -> tuple[str, str]:
    count = len(server.connections)
    where = "a UNIX socket" if server.path else "127.0.0.1"
    how = f"{server.state} on {where}{', inside TLS' if server.tls else ''}"
    return f"{server.name} · {how} · {count} connection{'s' * (count != 1)}", ""


def _hint(hint: Hint) -> tuple[str, str]:
    head = f"{hint.exercise} · hint {hint.number} of {hint.of}"
    return head, f"{_indented(hint.text)}\n  Next  {hint.next}"


def _solution(solution: Solution) -> tuple[str, str]:
    if solution.missing:
        return f"{solution.exercise} · still closed", f"  It opens after {solution.missing}."
    parts = [f"# {style}\n{source}" for style, source in solution.sources]
    return f"{solution.exercise} · solutions", "\n".join(parts)


def _asked(asked: Asked) -> tuple[str, str]:
    return asked.text, f"  To do it: {asked.how}"


def _question(question: Question) -> tuple[str, str]:
    lines = [_indented(question.snippet.strip()), ""] if question.snippet else []
    lines += [f"  {key}  {text}" for key, text in question.options]
    return f"{question.id} · {question.text}", "\n".join([*lines, f"  Answer {question.how}"])


def _guess(guess: Guess) -> tuple[str, str]:
    head = f"{guess.id} · you expect: {guess.text}"
    return head, "  Run the next cell; the answer appears under it."


def _guess_result(result: GuessResult) -> tuple[str, str]:
    if result.right:
        return f"✓ {result.id} · as you expected", f"  {result.reply}"
    named = f" [{result.belief}]" if result.belief else ""
    return f"✗ {result.id} · you expected: {result.guess}{named}", f"  {result.reply}"


def _begun(begun: Begun) -> tuple[str, str]:
    progress = begun.progress
    fit = "This machine is fit." if begun.report.fit else "\n  ".join(begun.report.cures)
    tools = [r.name for r in begun.report.rows if r.ok is None]
    lines = [f"  {fit} The reactor turns in the background."]
    lines += [f"  Good to have, and missing here: {', '.join(tools)}."] if tools else []
    lines.append(f"  Progress: {progress.passed} of {len(progress.lines)} passed.")
    return f"{begun.title} · {begun.minutes} minutes", "\n".join([*lines, *progress.notes])


def _finished(done: Finished) -> tuple[str, str]:
    passed = sum(isinstance(v, Passed) for v in done.verdicts)
    lines = [f"  Checked afresh: {passed} of {len(done.verdicts)} answers passed."]
    lines.append(f"  Progress: {done.progress.passed} of {len(done.progress.lines)} passed, saved.")
    lines.append(
        f"  Stopped: {', '.join(done.stopped)}." if done.stopped else "  No port was open."
    )
    lines += [f"  Failure nobody handled: {f}" for f in done.failures]
    return f"{done.title} · done", "\n".join(lines)


told(Server, _server)
told(Hint, _hint)
told(Solution, _solution)
told(Asked, _asked, colours.NOTICE)
told(Question, _question, colours.CLIENT)
told(Guess, _guess, colours.CLIENT)
told(GuessResult, _guess_result, colours.CLIENT)
told(Begun, _begun, colours.GOOD)
told(Finished, _finished, colours.GOOD)


@view.register
def of_report(report: Report) -> Picture:
    """The doctor's report as a table."""
    words = {True: "ok", False: "missing", None: "not needed"}
    rows = [(r.name, words[r.ok], r.value, "" if r.ok else r.cure) for r in report.rows]
    return table("This machine", ("what", "", "found", "cure"), rows)


@view.register
def of_progress(progress: Progress) -> Picture:
    """How far the reader is, as a table."""
    rows = [(line.id, line.title, line.state, str(line.tries or "")) for line in progress.lines]
    count = f"{progress.passed} of {len(rows)} passed"
    heads = ("exercise", "title", "state", "tries")
    return table(f"{progress.title} · {count}", heads, rows, progress.notes)
