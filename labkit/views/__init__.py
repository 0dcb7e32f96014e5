"""Value to picture: ladders of wires, machines, verdicts, tables. Nothing below knows them.

`picture(value)` gives a drawing or a page with its text twin. Values of other floors are
added with `register`.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from labkit.wire import Conversation, View, Wire

from . import ladder
from ._picture import Picture, html

__all__ = ["Picture", "html", "picture", "register"]


@singledispatch
def picture(value: Any) -> Picture:
    """What a value looks like. Raises TypeError for a value that nobody taught to be drawn."""
    raise TypeError(f"There is no picture of a {type(value).__name__}. Teach one with register().")


register = picture.register


@register
def _wire(value: Wire) -> Picture:
    return ladder.of_wire(value)


@register
def _conversation(value: Conversation) -> Picture:
    return ladder.of_conversation(value)
