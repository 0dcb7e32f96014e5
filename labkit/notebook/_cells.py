"""Around every cell: let the reactor finish, then show once what went wrong in it."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import twisted.python.threadable
from attrs import evolve

from labkit.bench import drain_failures, drain_log, run, settle
from labkit.bench._rescue import Rescued, RescuedAtLast
from labkit.bench._watch import drain_stalls, on_stall, stall_now
from labkit.errors import LabError
from labkit.turns import Stall

from . import _aftermath
from ._aftermath import Trouble
from ._card import card
from ._losses import Held, cell_begins, holds_deferred, remember_lines
from ._pace import brisk
from ._stalls import Live, of_stall, quicken, turns_again
from ._traces import of_thread

# set by the server that a person's browser talks to; absent where a page is made to be stored
LOOKED_AT = "JPY_SESSION_NAME" in os.environ
NOTICE = 0.4  # seconds that the watch is given to say why the reactor does not answer
GLANCE = 0.1  # seconds for a reactor that is known, or likely, to be blocked; else 2


class Cells:
    """What the lab does before and after each cell of one shell, in the notebook's thread."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._early: list[Trouble] = []
        self._guesses: tuple[object, ...] = ()
        self._blocked = False
        self._told = False  # whether the present stall was told while it lasted
        self._held = Held()
        self._live = Live(shell.display_pub.publish) if LOOKED_AT else None
        remember_lines()
        on_stall(quicken)
        if self._live is not None:
            on_stall(self._live)

    def before(self, info: Any = None) -> None:
        """What happened since the last cell is not charged to the one that starts now."""
        self._early = self._collect(early=True)
        cell_begins()
        if self._live is not None:
            self._live.cell_begins()
        self._guesses = _pending()

    def after(self, result: Any = None) -> None:
        """Show what the reactor met while the cell ran, and the truth beside an earlier guess."""
        try:
            self._let_go(result)
            troubles = [*self._early, *self._settle(result), *self._collect()]
            self._early = []
            self._told = self._told and self._blocked
            self._show([t for t in troubles if t.kind != "note"])
            self._show(self._still_held())
            if _pending() == self._guesses != () and getattr(result, "success", True):
                self._tell_guesses()
        except KeyboardInterrupt:
            pass  # the reader wants the prompt; what is left is shown under the next cell

    def _let_go(self, result: Any) -> None:
        """A Deferred in a cell's last value would be kept, and its failure never reported."""
        value = getattr(result, "result", None)
        if not holds_deferred(value):
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
            return self._still()
        self._blocked = False
        brisk(False)
        return []

    def _still(self) -> list[Trouble]:
        """The reactor does not answer now: why, where nobody has been told."""
        stall = _noticed()
        if stall is not None and self._live is not None:
            return []
        self._told = True
        if stall is None:
            places = of_thread(twisted.python.threadable.ioThread)
            return [_aftermath.of_silence(places)]
        # as it was noticed: what it is by now changes from run to run
        return [of_stall(evolve(stall, seconds=0.0))]

    def _collect(self, early: bool = False) -> list[Trouble]:
        stalls = drain_stalls()
        rescued = any(stall.rescued for stall in stalls)
        failures = [
            f for f in drain_failures() if not (rescued and f.check(Rescued, RescuedAtLast))
        ]
        return [
            *(t for s in stalls for t in self._of_stall(s, early)),
            *(_aftermath.of_failure(f, early) for f in failures),
            *(_aftermath.of_line(line) for line in drain_log()),
        ]

    def _of_stall(self, stall: Stall, early: bool) -> list[Trouble]:
        told, self._told = self._told, False
        if self._live is not None and self._live.finish(stall):
            return []
        return [turns_again(stall)] if told else [of_stall(stall, early)]

    def _still_held(self) -> list[Trouble]:
        held = self._held.found(self._shell.user_ns)
        return [_aftermath.of_held(name, failure) for name, failure in held]

    def _show(self, troubles: list[Trouble]) -> None:
        if not troubles:
            return
        text = _aftermath.text_of(troubles)
        bad = any(t.kind == "failure" for t in troubles)
        kinds = sorted({t.kind for t in troubles})
        # a note is no trouble: a page that shows one need not announce it
        metadata = {"labkit": kinds} if kinds != ["note"] else {}
        self._display({"text/plain": text, "text/html": card(text, bad)}, metadata)

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


def _noticed() -> Stall | None:
    """The present stall, for which the watch needs a moment when it has only begun."""
    end = time.monotonic() + NOTICE
    while (stall := stall_now()) is None and time.monotonic() < end:
        time.sleep(0.02)
    return stall


def _turning() -> bool:
    from labkit.bench._reactor import running

    return running()


def _pending() -> tuple[object, ...]:
    """The guesses that wait for their truth, without importing the judge for it."""
    guesses = sys.modules.get("labkit.exercises._guesses")
    return guesses.pending_guesses() if guesses is not None else ()
