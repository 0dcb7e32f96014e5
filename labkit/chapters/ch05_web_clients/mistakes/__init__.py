"""Known wrong answers, each with the finding that names it."""

from . import crawling, deadline, fetching, many, posting, resuming, saving

__all__ = ["crawling", "deadline", "fetching", "many", "posting", "resuming", "saving"]
