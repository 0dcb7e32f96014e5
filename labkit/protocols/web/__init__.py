"""A harbour office on the web: reusable servers, each a core of values and a thin Resource.

And for the clients that ask it, a body that can be given up: collect.

Kept apart from `labkit.protocols`, so that chapters without HTTP do not load it.
"""

from __future__ import annotations

from .arrivals import Arrival, ArrivalDesk, BadForm, read_arrival
from .cargo import Cargo, cargo_bytes
from .collector import Collector, TooLarge, collect
from .notices import BadNotice, Notice, NoticeBoard, Notices, read_notice
from .notices_app import notices_app
from .office import harbour_office
from .tides import Tide, TideDay, TidePage, TideTables, tides_of
from .tower import EventStream, Lookout, NextSighting, Sighting, encode_event
from .uploads import LimitedRequest, LimitedSite, Scales, Weighbridge
from .welcome import Welcome, WelcomeByHand, welcome, welcome_app

__all__ = [
    "Arrival",
    "ArrivalDesk",
    "BadForm",
    "BadNotice",
    "Cargo",
    "Collector",
    "EventStream",
    "LimitedRequest",
    "LimitedSite",
    "Lookout",
    "NextSighting",
    "Notice",
    "NoticeBoard",
    "Notices",
    "Scales",
    "Sighting",
    "Tide",
    "TideDay",
    "TidePage",
    "TideTables",
    "TooLarge",
    "Weighbridge",
    "Welcome",
    "WelcomeByHand",
    "cargo_bytes",
    "collect",
    "encode_event",
    "harbour_office",
    "notices_app",
    "read_arrival",
    "read_notice",
    "tides_of",
    "welcome",
    "welcome_app",
]
