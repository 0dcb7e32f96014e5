"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import deadline, fetching, living, many, saving

__all__ = ["deadline", "fetching", "living", "many", "saving"]
