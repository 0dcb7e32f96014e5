"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import deadline, fetching, many, saving

__all__ = ["deadline", "fetching", "many", "saving"]
