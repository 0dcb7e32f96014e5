"""Right answers, each in two styles or more."""

from . import handwritten, heads, later, pages, stores

__all__ = ["handwritten", "heads", "later", "pages", "stores"]
