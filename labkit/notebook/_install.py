"""Hooks the lab into one IPython shell, once."""

from __future__ import annotations

import logging
from typing import Any

from labkit.errors import LabError

from ._cells import after_cell, before_cell
from ._show import register

_installed: set[int] = set()


def install(shell: Any) -> None:
    """Show values as pictures, and failures of the reactor under the cell that made them."""
    if id(shell) in _installed:
        return
    _installed.add(id(shell))
    register(shell.display_formatter)
    # crochet copies Twisted's log to this logger; without a handler Python would print it
    logging.getLogger("twisted").addHandler(logging.NullHandler())
    shell.set_custom_exc((LabError,), _short_traceback)
    shell.events.register("pre_run_cell", before_cell)
    shell.events.register("post_run_cell", after_cell)


def _short_traceback(
    shell: Any, kind: type[BaseException], error: BaseException, tb: Any, tb_offset: Any = None
) -> list[str]:
    """A LabError as its sentence and its cure, without the lab's own frames."""
    lines = [f"{kind.__name__}: {error}"]
    shell._showtraceback(kind, error, lines)
    return lines
