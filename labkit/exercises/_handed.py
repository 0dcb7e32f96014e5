"""The answers that this kernel has checked, and what stands under their names by now."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

Names = dict[str, Any]


@frozen
class Handed:
    """An answer as it was given to check; `name` is its own in the notebook, empty if it has none.

    The reader's thread.
    """

    answer: Any = field(eq=False)
    name: str = ""

    def now(self, names: Names) -> Any:
        """What stands under that name now: the cell may have been run again since."""
        return names.get(self.name, self.answer) if self.name else self.answer


_handed_in: dict[str, Handed] = {}


def hand_in(id: str, answer: Any) -> None:
    """Keep an answer, with the name that it has where it was written."""
    _handed_in[id] = Handed(answer, _name_of(answer, notebook_names()))


def take_back(ids: Iterable[str]) -> None:
    """Forget the answers to these."""
    for id in ids:
        _handed_in.pop(id, None)


def as_it_stands(ids: Iterable[str]) -> Names:
    """Of these exercises the answers that were checked, as they stand in their cells now."""
    names = notebook_names()
    return {id: _handed_in[id].now(names) for id in ids if id in _handed_in}


def notebook_names() -> Names:
    """The names of the notebook's cells; empty in a program without cells."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return getattr(shell, "user_ns", {})


def _name_of(answer: Any, names: Names) -> str:
    """What it calls itself if that is its name there; else any under which it stands there."""
    own = str(getattr(answer, "__name__", ""))
    if own and names.get(own) is answer:
        return own
    held = (n for n, value in names.items() if value is answer and not n.startswith("_"))
    return next(held, "")
