"""The IPython side: pictures for values, and what happened in the reactor under its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._install import install

if TYPE_CHECKING:
    from labkit.views import Picture

__all__ = ["install", "view"]


def view(value: Any) -> Picture:
    """The picture of any value of the lab, with its text twin."""
    from . import _show

    return _show.view(value)
