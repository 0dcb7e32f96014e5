"""Known wrong answers, each with the finding that names it."""

from . import handwritten, heads, pages, stores

__all__ = ["handwritten", "heads", "pages", "stores"]
