"""Known wrong answers, each with the finding that it must provoke."""

from . import adapting, clocked, hunting, many, offloading, retrying, sharing

__all__ = ["adapting", "clocked", "hunting", "many", "offloading", "retrying", "sharing"]
