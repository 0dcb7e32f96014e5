"""Known wrong answers, each with the finding that names it."""

from . import deadline, fetching, saving

__all__ = ["deadline", "fetching", "saving"]
