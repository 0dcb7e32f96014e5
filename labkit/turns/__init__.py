"""What the reactor did, turn by turn: calls, how long each kept it, who waited for whom."""

from ._schedule import Done, Pending, Schedule
from ._timeline import Ran, Stall, Timeline, at_least

__all__ = ["Done", "Pending", "Ran", "Schedule", "Stall", "Timeline", "at_least"]
