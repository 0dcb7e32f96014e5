"""Hooks the lab into one IPython shell, once."""

from __future__ import annotations

import logging
from typing import Any
from weakref import WeakSet

from labkit.bench import start
from labkit.bench._turning import turning

from . import _errors, _formats
from ._cells import Cells

_installed: WeakSet[Any] = WeakSet()


def install(shell: Any) -> None:
    """Show values as pictures, the lab's errors as sentences, and failures under their cell.

    Called on the first use of a name of the face, in the notebook's thread; again does nothing.
    """
    if shell in _installed:
        return
    start()
    _installed.add(shell)
    # crochet copies Twisted's log to this logger; without a handler Python would print it
    logging.getLogger("twisted").addHandler(logging.NullHandler())
    _formats.register(shell.display_formatter)
    _errors.register(shell)
    shell.events.register("pre_run_cell", _begin)
    cells = Cells(shell)
    shell.events.register("pre_run_cell", cells.before)
    shell.events.register("post_run_cell", cells.after)


def _begin(info: Any = None) -> None:
    """What timeline() shows begins with the cell."""
    turning.clear()
