"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import crawling, deadline, fetching, living, many, saving

__all__ = ["crawling", "deadline", "fetching", "living", "many", "saving"]
