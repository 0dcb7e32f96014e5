"""Right answers, each in two styles or more."""

from . import deadline, fetching, many, saving

__all__ = ["deadline", "fetching", "many", "saving"]
