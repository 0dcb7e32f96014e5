"""What each exercise of the chapter must show. Each function reads as a specification."""

from . import adapting, clocked, hunting, many, offloading, predicting, retrying, sharing

__all__ = [
    "adapting",
    "clocked",
    "hunting",
    "many",
    "offloading",
    "predicting",
    "retrying",
    "sharing",
]
