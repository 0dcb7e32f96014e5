"""Right answers, each in two styles or more."""

from . import handwritten, heads, pages, stores

__all__ = ["handwritten", "heads", "pages", "stores"]
