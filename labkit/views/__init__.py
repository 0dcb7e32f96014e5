"""From a value to its picture. Nothing below knows that it can be drawn."""

from . import ladder, verdict
from ._picture import Picture, framed, html, picture, preformatted
from .table import table

__all__ = ["Picture", "framed", "html", "ladder", "picture", "preformatted", "table", "verdict"]
