"""Errors in a cell: the lab's own as a sentence with its cure, others with the reader's frames."""

from __future__ import annotations

import os
import traceback
from asyncio import CancelledError
from types import TracebackType
from typing import Any

import labkit
from labkit._frames import readers_part
from labkit.errors import DialogueError, LabError, NotHere

from ._pace import brisk
from ._traces import numbered, of_traceback

_LAB = os.path.dirname(os.path.abspath(labkit.__file__)) + os.sep
_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


def register(shell: Any) -> None:
    """Have the shell show what a cell raises without the lab's own frames."""
    # an interrupt ends a cell that awaits with a CancelledError
    shell.set_custom_exc((Exception, KeyboardInterrupt, CancelledError), show)


def show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    tb: TracebackType | None,
    tb_offset: int | None = None,
) -> None:
    """Show one error; IPython calls this in the place of its own traceback."""
    if isinstance(error, SyntaxError):
        running = bool(of_traceback(tb, numbered(shell)))
        shell.showtraceback((kind, error, tb), running_compiled_code=running)
        return
    if isinstance(error, KeyboardInterrupt):
        brisk(True)
    explained = _explained(error)
    if explained is not None:
        kind, error = type(explained), explained
    if isinstance(error, LabError | KeyboardInterrupt | CancelledError):
        _show_sentence(shell, kind, error, tb)
        return
    inside = _below_the_shell(tb)
    inside = readers_part(inside) if _passes_the_lab(inside) else inside
    shell.showtraceback((kind, error, inside), tb_offset=0)


def _show_sentence(shell: Any, kind: type[BaseException], error: BaseException, tb: Any) -> None:
    places = [f"  {place}" for place in of_traceback(tb, numbered(shell))]
    lines = [*sentence(error), *places]
    # the one way to hand IPython a traceback of our own
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, tb))


def sentence(error: BaseException) -> list[str]:
    """What happened, then what to do about it, then the talk so far where there was one."""
    if not isinstance(error, LabError):
        return [f"{_RED}{type(error).__name__}{_PLAIN} · stopped in"]
    lines = [f"{_RED}✗ {type(error).__name__}{_PLAIN} · {error.what}", f"  {error.cure}"]
    if isinstance(error, DialogueError) and error.dialogue:
        lines += [f"  {line}" for line in error.dialogue.splitlines()]
    return lines


def _explained(error: BaseException) -> LabError | None:
    """Python's own words for a Deferred awaited in a cell help nobody."""
    if isinstance(error, RuntimeError) and str(error).startswith("Task got bad yield: <Deferred"):
        return NotHere(
            "A Deferred cannot be awaited in a cell: the cell's event loop is not the reactor",
            "Use wait(f), or await run(f), where f returns the Deferred",
        )
    return None


def _below_the_shell(tb: TracebackType | None) -> TracebackType | None:
    """The traceback without the frame in which IPython ran the cell."""
    return tb.tb_next if tb is not None and tb.tb_next is not None else tb


def _passes_the_lab(tb: TracebackType | None) -> bool:
    return any(f.f_code.co_filename.startswith(_LAB) for f, _ in traceback.walk_tb(tb))
