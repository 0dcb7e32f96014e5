"""Right answers, each in two styles or more."""

from . import deadline, fetching, saving

__all__ = ["deadline", "fetching", "saving"]
