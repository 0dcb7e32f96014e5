"""What a clock has run and what still waits on it, as frozen values. Seconds of that clock."""

from __future__ import annotations

from attrs import frozen

from labkit._frames import Where


@frozen
class Pending:
    """A call that waits for its time: what is called, when it is due, the line that asked."""

    what: str
    at: float
    where: Where | None = None


@frozen
class Done:
    """A call that ran. Steps count from 1. `where` is the line that had asked for it.

    `raised` is the exception's type and message, empty when it raised none;
    `raised_at` is the reader's line that raised.
    """

    step: int
    at: float
    what: str
    where: Where | None = None
    raised: str = ""
    raised_at: Where | None = None


@frozen
class Schedule:
    """A moment of a trip through time: what ran to get there, and what is to come, soonest first.

    `left_out` counts steps that were let go to bound memory, the oldest ones. `differs`
    is the first step in which a replay was not what it had been the first
    time, 0 when it was the same; `instead` is what ran there the first time. `raised`
    is what was raised while the story set everything up, `raised_at` the reader's line.
    """

    now: float
    step: int
    done: tuple[Done, ...] = ()
    pending: tuple[Pending, ...] = ()
    left_out: int = 0
    differs: int = 0
    instead: Done | None = None
    raised: str = ""
    raised_at: Where | None = None
