"""Wrong answers as readers give them, each with the one finding that it must get."""

from . import asking, framing, hunting, idling, rooms, sharing

__all__ = ["asking", "framing", "hunting", "idling", "rooms", "sharing"]
