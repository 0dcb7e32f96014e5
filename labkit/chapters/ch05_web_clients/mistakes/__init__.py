"""Known wrong answers, each with the finding that names it."""

from . import crawling, deadline, fetching, many, saving

__all__ = ["crawling", "deadline", "fetching", "many", "saving"]
