"""A trip through time: what a clock has run, where it stands, what still waits on it."""

from __future__ import annotations

from labkit.turns._schedule import Done, Pending, Schedule

from ._chain_words import place
from ._picture import Picture, register
from .table import table

FIRST, LAST = 6, 6  # steps, and calls that wait, which are shown


@register
def of_schedule(schedule: Schedule) -> Picture:
    """A table by time: the steps that ran, now, and what is to come, soonest first."""
    done, pending = schedule.done, schedule.pending
    rows = [_done(one) for one in done[-LAST:]]
    hidden = max(0, len(done) - LAST) + schedule.left_out
    rows.append((_seconds(schedule.now), "now", f"after step {schedule.step}", ""))
    rows += [_pending(one) for one in pending[:FIRST]]
    notes = [f"{hidden:,} earlier steps are not shown"] if hidden else []
    if len(pending) > FIRST:
        notes.append(f"and {len(pending) - FIRST:,} more wait")
    if not pending:
        notes.append("nothing waits on this clock")
    title = f"The clock shows {_seconds(schedule.now)}"
    heads = ("at", "", "what", "asked for in")
    return table(title, heads, rows, [*notes, *_differs(schedule), *_raised(schedule)])


def _done(one: Done) -> tuple[str, ...]:
    raised = f", raised {one.raised}" if one.raised else ""
    return _seconds(one.at), f"step {one.step}", f"{one.what}{raised}", place(one.where)


def _pending(one: Pending) -> tuple[str, ...]:
    return _seconds(one.at), "waits", one.what, place(one.where)


def _seconds(at: float) -> str:
    return f"{round(at, 6):,g} s" if at < 1e6 else f"{at:,.0f} s"


def _differs(schedule: Schedule) -> list[str]:
    if not schedule.differs:
        return []
    first = f", where {schedule.instead.what} ran the first time" if schedule.instead else ""
    why = "something random, the real time, or a global that has changed"
    return [f"The replay differs from step {schedule.differs} on{first}: {why}"]


def _raised(schedule: Schedule) -> list[str]:
    if not schedule.raised:
        return []
    where = f" in {place(schedule.raised_at)}" if schedule.raised_at else ""
    return [f"While it was set up: {schedule.raised}{where}"]
