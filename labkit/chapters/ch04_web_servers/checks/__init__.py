"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import handwritten, heads, later, living, pages, stores

__all__ = ["handwritten", "heads", "later", "living", "pages", "stores"]
