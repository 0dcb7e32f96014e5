"""A reactor that stands still: told at once where a person looks, and on one card after the cell.

A page that is stored shows the card alone. Where a person sits before it, the card
comes while the reactor still stands, and changes in its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from itertools import count

from labkit.turns import Stall, at_least

from ._aftermath import Trouble, text_of
from ._card import card
from ._pace import brisk
from ._traces import of_where

LATE = 5.0  # seconds from which help is offered

_INSTEAD = "Instead: deferLater to wait, deferToThread for work that takes long."
_SPREAD = "Instead: spread them over several turns, with task.cooperate for instance."
_MANY = "Many calls follow each other in one turn. Until the last is done nobody is served."
_WERE_MANY = "No call did it alone: many followed each other in one turn."
_STANDS = "Until that line is done nothing else happens there."
_FREE = "rescue() frees it: press Stop if a cell runs, then call it in a cell."
_IN_C = "It is inside a call that nothing can break off; menu Kernel, Restart, if it lasts."


def of_stall(stall: Stall, early: bool = False, offer: bool = True) -> Trouble:
    """The card of a stall, over or not, with or without help; the same words in every run."""
    places = () if stall.where is None else of_where(stall.where)
    lost = () if places else ("none of your lines was seen in it",)
    told = _end(stall) if stall.over else _still(stall)[: 1 + offer]
    when = "between two cells " if early else ""
    lasted = f" for {at_least(stall.seconds)}" if stall.over or stall.seconds > LATE else ""
    stood = "stood" if stall.over else "stands"
    notes = (*lost, *_meanwhile(stall), *told)
    return Trouble(
        "blocked", f"! {when}the reactor {stood} still{lasted}", places, "\n".join(notes)
    )


def turns_again(stall: Stall) -> Trouble:
    """For a stall that was told while it lasted: it is over now."""
    return Trouble("blocked", f"! the reactor turns again{_by_whom(stall)}")


def _meanwhile(stall: Stall) -> tuple[str, ...]:
    if not stall.waited:
        return ()
    names = ", ".join(stall.waited)
    return (f"Meanwhile {names} waited{'' if stall.over else ' and waits'}.",)


def _end(stall: Stall) -> tuple[str, ...]:
    if stall.rescued:
        return (f"The lab ended it{_cost(stall)}.",)
    return (_WERE_MANY, _SPREAD) if stall.many else (_INSTEAD,)


def _cost(stall: Stall) -> str:
    if "client" not in stall.lane:
        return ""
    return f": {stall.lane} lost its connection, the others go on"


def _by_whom(stall: Stall) -> str:
    return f"; the lab ended the call{_cost(stall)}" if stall.rescued else ""


def _still(stall: Stall) -> tuple[str, ...]:
    if stall.many:
        return (_MANY,)
    return (_STANDS, _IN_C if stall.in_c else _FREE)


class Live:
    """Shows a stall under the cell that runs while it lasts. Called in the watch's thread."""

    def __init__(self, publish: Callable[..., object]) -> None:
        self._publish = publish
        self._context: Context = copy_context()
        self._ids = count(1)
        self._slot: str | None = None
        self._shown: set[int] = set()
        self._lock = threading.Lock()

    def cell_begins(self) -> None:
        """What is shown from now on belongs to the cell that runs now. The cell's thread."""
        self._context = copy_context()

    def __call__(self, stall: Stall) -> None:
        """The watch tells: a stall was noticed, lasts long, or is over."""
        with self._lock:
            if self._slot is None:
                if not stall.over:
                    self._open(stall)
            else:
                self._show(stall)

    def finish(self, stall: Stall) -> bool:
        """Whether a stall that is over was, or is hereby, told in its place. Any thread."""
        with self._lock:
            if self._slot is not None:
                self._show(stall)
            return id(stall) in self._shown

    def _open(self, stall: Stall) -> None:
        self._slot = f"labkit-stall-{next(self._ids)}"
        self._send(stall, update=False)

    def _show(self, stall: Stall) -> None:
        self._send(stall, update=True)
        if stall.over:
            self._slot = None
            self._shown = {id(stall)}

    def _send(self, stall: Stall, update: bool) -> None:
        text = text_of([of_stall(stall, offer=stall.seconds > LATE)])
        # a context can be entered once at a time
        self._context.copy().run(
            self._publish,
            data={"text/plain": text, "text/html": card(text, False)},
            metadata={"labkit": ["blocked"]},
            transient={"display_id": self._slot},
            update=update,
        )


def quicken(stall: Stall) -> None:
    """While code spins in the reactor, the other threads get their turns more often."""
    brisk(not stall.over)
