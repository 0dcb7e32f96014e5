"""What happened to a Deferred: traced, and kept as frozen values."""

from ._history import Chain, Fired, History, Link, Shown

__all__ = ["Chain", "Fired", "History", "Link", "Shown"]
