"""What was said on a connection: recorded, kept as frozen values, saved for other tools."""

from ._conversation import (
    Closed,
    Conversation,
    Event,
    HalfClosed,
    LeftOut,
    Opened,
    Said,
    View,
    Where,
    Who,
    Wire,
)
from ._dialogue import End, Remark, as_text, shorten
from ._lanes import Lanes, Note

__all__ = [
    "Closed",
    "Conversation",
    "End",
    "Event",
    "HalfClosed",
    "Lanes",
    "LeftOut",
    "Note",
    "Opened",
    "Remark",
    "Said",
    "View",
    "Where",
    "Who",
    "Wire",
    "as_text",
    "shorten",
]
