"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import asking, framing, hunting, idling, living, rooms, sharing

__all__ = ["asking", "framing", "hunting", "idling", "living", "rooms", "sharing"]
