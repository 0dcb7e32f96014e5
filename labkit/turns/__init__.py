"""What the reactor did, turn by turn: calls, how long each kept it, who waited for whom."""

from ._timeline import Ran, Stall, Timeline, at_least

__all__ = ["Ran", "Stall", "Timeline", "at_least"]
