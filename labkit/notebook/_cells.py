"""Around every cell: let the reactor finish, then show once what went wrong in it."""

from __future__ import annotations

import sys
from typing import Any

import twisted.python.threadable
from twisted.internet.defer import Deferred

from labkit.bench import drain_failures, drain_log, run, settle
from labkit.errors import LabError

from . import _aftermath
from ._aftermath import Trouble
from ._card import card
from ._pace import brisk
from ._traces import of_thread

GLANCE = 0.1  # seconds for a reactor that is known, or likely, to be blocked; else 2


class Cells:
    """What the lab does before and after each cell of one shell, in the notebook's thread."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._early: list[Trouble] = []
        self._guesses: tuple[object, ...] = ()
        self._blocked = False

    def before(self, info: Any = None) -> None:
        """What happened since the last cell is not charged to the one that starts now."""
        self._early = self._collect(early=True)
        self._guesses = _pending()

    def after(self, result: Any = None) -> None:
        """Show what the reactor met while the cell ran, and the truth beside an earlier guess."""
        try:
            self._let_go(result)
            troubles = [*self._early, *self._settle(result), *self._collect()]
            self._early = []
            if troubles:
                self._show(troubles)
            if _pending() == self._guesses != () and getattr(result, "success", True):
                self._tell_guesses()
        except KeyboardInterrupt:
            pass  # the reader wants the prompt; what is left is shown under the next cell

    def _let_go(self, result: Any) -> None:
        """A failed Deferred that is a cell's last value would be kept, and never reported."""
        value = getattr(result, "result", None)
        if not isinstance(value, Deferred):
            return
        result.result = None
        shell = self._shell
        hook = vars(shell.displayhook)
        keepers = (shell.user_ns, shell.user_ns_hidden, hook, shell.user_ns.get("Out", {}))
        for kept in keepers:
            for name in [n for n, v in kept.items() if v is value and _of_ipython(n)]:
                kept[name] = None

    def _settle(self, result: Any) -> list[Trouble]:
        stopped = isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt)
        try:
            if self._blocked or stopped:
                run(_nothing).wait(GLANCE)
            settle()
        except LabError:  # it did not answer in time, or it has been stopped for good
            if not _turning():
                return []
            self._blocked = True
            brisk(True)
            where = of_thread(twisted.python.threadable.ioThread)
            return [_aftermath.of_stall(where)]
        self._blocked = False
        brisk(False)
        return []

    def _collect(self, early: bool = False) -> list[Trouble]:
        failures = [_aftermath.of_failure(f, early) for f in drain_failures()]
        return failures + [_aftermath.of_line(line) for line in drain_log()]

    def _show(self, troubles: list[Trouble]) -> None:
        text = _aftermath.text_of(troubles)
        bad = any(t.kind == "failure" for t in troubles)
        kinds = sorted({t.kind for t in troubles})
        self._display({"text/plain": text, "text/html": card(text, bad)}, {"labkit": kinds})

    def _tell_guesses(self) -> None:
        from labkit.exercises import settle_guesses

        for outcome in settle_guesses():
            self._display(*self._shell.display_formatter.format(outcome))

    def _display(self, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        self._shell.display_pub.publish(data=data, metadata=metadata)


def _of_ipython(name: object) -> bool:
    """Whether IPython, not the reader, chose a name: _, __, _7, a number in Out."""
    return not isinstance(name, str) or not name.strip("_0123456789")


def _nothing() -> None:
    """Asks the reactor for nothing but a turn."""


def _turning() -> bool:
    from labkit.bench._reactor import running

    return running()


def _pending() -> tuple[object, ...]:
    """The guesses that wait for their truth, without importing the judge for it."""
    guesses = sys.modules.get("labkit.exercises._guesses")
    return guesses.pending_guesses() if guesses is not None else ()
