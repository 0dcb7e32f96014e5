"""Right answers, each in two styles or more."""

from . import handwritten, heads

__all__ = ["handwritten", "heads"]
