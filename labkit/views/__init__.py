"""Value to picture: ladders of wires, machines, verdicts, tables. Nothing below knows them.

`picture(value)` gives a drawing or a page with its text twin. Values of other floors are
added with `register`.
"""

from __future__ import annotations

from . import hexdump, ladder, machine, verdict
from ._picture import Picture, framed, html, picture, preformatted, register
from .table import table

__all__ = [
    "Picture",
    "framed",
    "hexdump",
    "html",
    "ladder",
    "machine",
    "picture",
    "preformatted",
    "register",
    "table",
    "verdict",
]
