"""Right answers, in more than one style; the first of each exercise carries the name asked for."""

from . import asking, framing, hunting, idling, rooms, sharing

__all__ = ["asking", "framing", "hunting", "idling", "rooms", "sharing"]
