"""Around every cell: let the reactor finish, then show once what went wrong in it."""

from __future__ import annotations

import traceback
from typing import Any

from IPython.display import display
from twisted.python.failure import Failure

from labkit.bench import drain_failures, drain_log, settle
from labkit.bench._failures import LogLine
from labkit.bench._frames import is_readers
from labkit.errors import WaitTimeout
from labkit.exercises import settle_guesses
from labkit.views import Picture, framed, html, preformatted
from labkit.views import palette as colours

from ._show import Shown

_predicted = False


def before_cell(info: Any = None) -> None:
    """What earlier cells left in the reactor is not charged to the one that starts now."""
    global _predicted
    _predicted = "predict(" in (getattr(info, "raw_cell", "") or "")


def after_cell(result: Any = None) -> None:
    """Show failures and warnings of the reactor, and what became of a prediction."""
    try:
        settle()
    except WaitTimeout:
        show(_note("The reactor did not answer for 2 s: something in it still runs or waits."))
    for failure in drain_failures():
        show(of_failure(failure))
    for line in drain_log():
        show(_note(_worded(line)))
    if not _predicted:
        for outcome in settle_guesses():
            display(outcome)


def show(picture: Picture) -> None:
    """Display a picture with its text twin."""
    display(Shown(html(picture), picture.text))


def of_failure(failure: Failure) -> Picture:
    """A failure as a short traceback of the reader's own frames."""
    name, message = type(failure.value).__name__, failure.getErrorMessage()
    head = f"✗ in the reactor · {name}: {message}"
    lines = list(_readers_lines(failure))
    lines += ["Nobody had added an errback to that Deferred."] if _lost(failure) else []
    body = "\n".join(f"  {line}" for line in lines)
    text = f"{head}\n{body}" if body else head
    top = f'<div style="font-weight:600;color:{colours.ALARM}">{_escaped(head)}</div>'
    return Picture(head, text, markup=framed(top + preformatted(body), colours.ALARM))


def _readers_lines(failure: Failure) -> list[str]:
    frames = traceback.extract_tb(failure.getTracebackObject())
    return [
        f"{_place(f.filename)}, line {f.lineno}, in {f.name}: {f.line}"
        for f in frames
        if is_readers(f.filename)
    ]


def _place(file: str) -> str:
    """Where a line stands, without names that change from run to run."""
    return "cell" if "ipykernel" in file or file.startswith("<") else file.rpartition("/")[2]


def _lost(failure: Failure) -> bool:
    return bool(getattr(failure, "lost", False))


def _worded(line: LogLine) -> str:
    return f"logged in the reactor ({line.level}): {line.text}"


def _note(text: str) -> Picture:
    return Picture(text, text, markup=framed(_escaped(text), colours.NOTICE))


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)
