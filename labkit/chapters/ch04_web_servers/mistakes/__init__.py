"""Known wrong answers, each with the finding that names it."""

from . import forms, handwritten, heads, later, pages, stores

__all__ = ["forms", "handwritten", "heads", "later", "pages", "stores"]
