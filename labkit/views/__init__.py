"""Value to picture: ladders of wires, machines, verdicts, tables. Nothing below knows them.

`picture(value)` gives a drawing or a page with its text twin. Values of other floors are
added with `register`.
"""

from __future__ import annotations

from . import chain, hexdump, ladder, lanes, machine, schedule, timeline, verdict
from ._picture import Picture, framed, html, picture, preformatted, register
from .machine import mermaid
from .table import table

__all__ = [
    "Picture",
    "chain",
    "framed",
    "hexdump",
    "html",
    "ladder",
    "lanes",
    "machine",
    "mermaid",
    "picture",
    "preformatted",
    "register",
    "schedule",
    "table",
    "timeline",
    "verdict",
]
