"""Failures that nobody handled: where they were made, and who holds them still.

Twisted reports one when its Deferred is collected, which a notebook delays: Out
and _ hold a cell's last value, and a variable lives on from cell to cell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakSet

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from labkit._frames import Where, readers_place

DEPTH = 3  # containers within one another that are looked into
WIDTH = 1000  # members of one container that are looked at

_installed: list[bool] = []
_cells = [0]  # how many have begun: what failed in an earlier one is told so


def remember_lines() -> None:
    """From now on a failure knows the reader's line that called errback. Twice is harmless.

    It costs nothing until a Deferred fails.
    """
    if _installed:
        return
    _installed.append(True)
    real = Deferred.errback

    def errback(self: Any, fail: Any = None) -> None:
        real(self, fail)
        result = getattr(self, "result", None)
        if isinstance(result, Failure) and not hasattr(result, "labkit_made"):
            made = (readers_place(sys._getframe(1)), _cells[0])
            result.labkit_made = made  # type: ignore[attr-defined]

    errback.__doc__ = real.__doc__
    defer.Deferred.errback = errback  # type: ignore[method-assign]


def cell_begins() -> None:
    """What fails from now on fails in a new cell."""
    _cells[0] += 1


def made_at(failure: Failure) -> Where | None:
    """The reader's line that gave a Deferred this failure, where it is known."""
    made: tuple[Where | None, int] | None = getattr(failure, "labkit_made", None)
    return made[0] if made else None


def lost_now(failure: Failure) -> str:
    """In words, for a failure that is older than the cell under which it is told; else empty."""
    name = getattr(failure, "labkit_held", "")
    made = getattr(failure, "labkit_made", None)
    if not name and (made is None or made[1] >= _cells[0]):
        return ""
    held = f", and was held by {name}" if name else ""
    return f"It failed in an earlier cell{held}; nothing holds it any more, so it is lost now."


def holds_deferred(value: Any, depth: int = DEPTH) -> bool:
    """Whether a value is a Deferred, or a container with one in it."""
    if isinstance(value, Deferred):
        return True
    return depth > 0 and any(holds_deferred(part, depth - 1) for part in _parts(value))


def _parts(value: Any) -> Iterable[Any]:
    # exactly these: a class of the reader's may do anything when it is looked through
    if type(value) is dict:
        value = list(value.values())
    return list(value)[:WIDTH] if type(value) in (list, tuple, set, frozenset) else ()


class Held:
    """Failures that variables hold: told once, and known again when they are lost."""

    def __init__(self) -> None:
        self._told: WeakSet[Any] = WeakSet()

    def found(self, names: dict[str, Any]) -> Iterator[tuple[str, Failure]]:
        """Each variable whose Deferred has failed, and was not told before."""
        for name, value in list(names.items()):
            if name.startswith("_") or not isinstance(value, Deferred):
                continue
            result = getattr(value, "result", None)
            if isinstance(result, Failure) and result not in self._told:
                self._told.add(result)
                result.labkit_held = name  # type: ignore[attr-defined]
                yield name, result
