"""The harbour office: all of it in one tree."""

from __future__ import annotations

from twisted.web.resource import Resource
from twisted.web.static import Data, File

from .arrivals import ArrivalDesk
from .cargo import Cargo
from .notices import Notices
from .tides import TideTables
from .tower import EventStream, Lookout, NextSighting
from .welcome import Welcome

__all__ = ["harbour_office"]

FRONT = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Harbour office</title>
<p><a href="tides/">Tides</a>, <a href="arrivals">arrivals</a>, <a href="notices">notices</a>
"""


def harbour_office(lookout: Lookout | None = None, charts: str | None = None) -> Resource:
    """The tree; what `lookout` sees is told at /events and /next; `charts` is a folder."""
    seen, root = lookout or Lookout(), Resource()
    root.putChild(b"", Data(FRONT, "text/html; charset=utf-8"))
    root.putChild(b"welcome", Welcome())
    root.putChild(b"tides", TideTables())
    root.putChild(b"arrivals", ArrivalDesk())
    root.putChild(b"notices", Notices())
    root.putChild(b"cargo", Cargo(1_000_000))
    root.putChild(b"events", EventStream(seen))
    root.putChild(b"next", NextSighting(seen))
    if charts is not None:
        root.putChild(b"charts", File(charts))
    return root
