"""The IPython side: pictures for values, and what happened in the reactor under its cell."""

from ._install import install
from ._show import view

__all__ = ["install", "view"]
