"""The picture of each value of the lab: drawn by the views, or told here in a heading and lines."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import singledispatch
from html import escape
from typing import Any

from labkit.bench import Report, Server
from labkit.bench._doctor import Needs
from labkit.bench._page import Page
from labkit.bench._rescue import Rescue
from labkit.bench._travel import Travel
from labkit.deferreds._tracer import Tracing
from labkit.exercises import (
    Asked,
    Begun,
    Finished,
    Guess,
    GuessResult,
    Hint,
    Passed,
    Progress,
    Question,
    Refused,
    Solution,
    Verdict,
)
from labkit.views import Picture, framed, picture, preformatted, table
from labkit.views import palette as colours

from ._page import of_page
from ._traces import of_where

WIDTH = 88  # columns of a line of words


@singledispatch
def view(value: Any) -> Picture:
    """The picture of any value of the lab."""
    return picture(value)


def told(kind: type, words: Callable[[Any], tuple[str, ...]], edge: str = colours.EDGE) -> None:
    """Register a value that is a heading, some lines, and maybe code between the two."""

    view.register(kind, lambda value: view_of(*words(value), edge=edge))


def view_of(head: str, body: str = "", code: str = "", *, edge: str = colours.EDGE) -> Picture:
    """A heading, code as it stands in an editor, and some lines of words under it."""
    markup = f'<div style="font-weight:600">{escape(head)}</div>'
    markup += preformatted(code) if code else ""
    markup += _prose(body) if body else ""
    text = "\n".join(filter(None, (head, _indented(code), body)))
    return Picture(head, text, markup=framed(markup, edge))


def _prose(body: str) -> str:
    style = "white-space: pre-wrap; margin-top: 4px"
    return f'<div style="{style}">{escape(textwrap.dedent(body))}</div>'


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _server(server: Server) -> tuple[str, str]:
    count = len(server.connections)
    where = "a UNIX socket" if server.path else "127.0.0.1"
    how = f"{server.state} on {where}{', inside TLS' if server.tls else ''}"
    return f"{server.name} · {how} · {count} connection{'s' * (count != 1)}", ""


def _hint(hint: Hint) -> tuple[str, ...]:
    head, then = f"{hint.exercise} · hint {hint.number} of {hint.of}", f"  Next  {hint.next}"
    if "\n" in hint.text:  # a skeleton
        return head, then, hint.text
    return head, f"{_indented(textwrap.fill(hint.text, WIDTH))}\n{then}"


def _solution(solution: Solution) -> tuple[str, ...]:
    if solution.missing:
        return f"{solution.exercise} · still closed", f"  It opens after {solution.missing}."
    code = "\n".join(f"# {style}\n{source}" for style, source in solution.sources)
    remarks = [_indented(textwrap.fill(remark, WIDTH)) for remark in solution.remarks]
    return f"{solution.exercise} · solutions", "\n".join(remarks), code


def _asked(asked: Asked) -> tuple[str, str]:
    return asked.text, f"  To do it: {asked.how}"


def _question(question: Question) -> tuple[str, ...]:
    lines = [f"  {key}  {text}" for key, text in question.options]
    lines.append(f"  Answer  {question.how}")
    return f"{question.id} · {question.text}", "\n".join(lines), question.snippet.strip()


def _guess(guess: Guess) -> tuple[str, str]:
    head = f"{guess.id} · you expect: {guess.text}"
    return head, "  Run the next cell; the answer appears under it."


def _guess_result(result: GuessResult) -> tuple[str, str]:
    if result.right:
        return f"✓ {result.id} · as you expected", f"  {result.reply}"
    named = f" [{result.belief}]" if result.belief else ""
    truth = f"\n  Seen: {result.truth}" if result.truth else ""
    return f"✗ {result.id} · you expected: {result.guess}{named}", f"  {result.reply}{truth}"


def _begun(begun: Begun) -> tuple[str, str]:
    progress = begun.progress
    fit = "This machine is fit." if begun.report.fit else "\n  ".join(begun.report.cures)
    lines = [f"  {fit} The reactor is started."]
    # tools that are good to have are doctor()'s to tell: a stored page is the same everywhere
    lines.append(f"  Progress: {progress.passed} of {len(progress.lines)} passed.")
    return f"{begun.title} · {begun.minutes} minutes", "\n".join([*lines, *progress.notes])


def _finished(done: Finished) -> tuple[str, str]:
    passed = sum(isinstance(v, Passed) for v in done.verdicts)
    lines = [f"  Checked afresh: {passed} of {len(done.verdicts)} answers passed."]
    failed = [_failed(v) for v in done.verdicts if not isinstance(v, Passed)]
    lines += _listed("No longer passing", failed)
    kept = "saved" if done.progress.saved else "not saved"
    count = f"{done.progress.passed} of {len(done.progress.lines)} passed"
    lines.append(f"  Progress: {count}, {kept}.")
    open_ones = [line.id for line in done.progress.lines if not line.state.startswith("passed")]
    lines += _listed("Still open; each may be answered again", open_ones)
    lines += _listed("Stopped", done.stopped) or ["  No port was open."]
    lines += [f"  Failure nobody handled: {f}" for f in done.failures]
    return f"{done.title} · done", "\n".join(lines)


def _failed(verdict: Verdict) -> str:
    """Which exercise it is, and by which finding."""
    found = f" ({verdict.finding.id})" if isinstance(verdict, Refused) else ""
    return verdict.exercise + found


def _listed(what: str, names: Sequence[str]) -> list[str]:
    """One sentence, wrapped; none without a name."""
    text = f"{what}: {', '.join(names)}." if names else ""
    return textwrap.wrap(text, 84, initial_indent="  ", subsequent_indent="    ")


view.register(Page, of_page)
view.register(Tracing, lambda seen: picture(seen.history))
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
def of_servers(servers: tuple) -> Picture:  # type: ignore[type-arg]
    """What servers() returns: a line each."""
    heads = [_server(server)[0] for server in servers]
    return view_of("Servers that listen", "\n".join(f"  {head}" for head in heads))


@view.register
def of_report(report: Report) -> Picture:
    """The doctor's report as a table."""
    words = {True: "ok", False: "missing", None: "not needed"}
    rows = [(r.name, words[r.ok], r.value, "" if r.ok else r.cure) for r in report.rows]
    return table("This machine", ("what", "", "found", "cure"), rows)


@view.register
def of_needs(needs: Needs) -> Picture:
    """What the workbook needs, with a cure for what is missing."""
    words = {True: "ok", None: "ok", False: "missing"}  # None: cannot be counted here
    rows = [(r.name, words[r.ok], r.value, r.cure if r.ok is False else "") for r in needs.rows]
    cures = any(cure for *_, cure in rows)
    heads = ("what", "", "wanted", "cure") if cures else ("what", "", "wanted")
    return table("What the workbook needs", heads, [row[: len(heads)] for row in rows])


@view.register
def of_progress(progress: Progress) -> Picture:
    """How far the reader is, as a table."""
    rows = [(line.id, line.title, line.state, str(line.tries or "")) for line in progress.lines]
    count = f"{progress.passed} of {len(rows)} passed"
    heads = ("exercise", "title", "state", "tries")
    return table(f"{progress.title} · {count}", heads, rows, progress.notes)


@view.register
def of_travel(trip: Travel) -> Picture:
    """Where a trip through time stands."""
    return picture(trip.schedule)


def _why(done: Rescue) -> str:
    """Why a rescue did not free the reactor, and what is left to do."""
    if done.in_c:
        return "That is a call into C, which nothing can break off: wait for its end, or restart."
    if done.tries:
        return "It catches every exception that would end it: menu Kernel, Restart."
    return "Many short calls follow each other in one turn: wait for the last, or restart."


@view.register
def of_rescue(done: Rescue) -> Picture:
    """What came of a rescue: the line it stood in, and who was let go."""
    if not done.needed:
        return view_of("The reactor turns: nobody needs a rescue", edge=colours.GOOD)
    place = "".join(map(str, of_where(done.where))) if done.where else "none of your lines"
    if not done.freed:
        return view_of("The reactor still stands", f"  {place}\n  {_why(done)}", edge=colours.ALARM)
    cost = f"Of {done.lane} that call was ended; all others go on." if done.lane else ""
    return view_of("The reactor turns again", f"  It stood in {place}\n  {cost}", edge=colours.GOOD)
