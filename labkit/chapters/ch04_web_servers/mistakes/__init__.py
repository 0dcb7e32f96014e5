"""Known wrong answers, each with the finding that names it."""

from . import handwritten, heads, later, pages, stores

__all__ = ["handwritten", "heads", "later", "pages", "stores"]
