"""A Timeline made ready to be drawn: its lanes, a row for each call, and who waited for which."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from attrs import evolve, frozen

from labkit._frames import Where
from labkit.turns import Ran, Stall, Timeline, at_least

from ._chain_words import place
from ._picture import clip, printable

OWN = ("timers", "calls from threads")
LANES, CALLS = 5, 40  # that are drawn; the rest is counted
LONG = 0.05  # seconds from which one call is called long; the reactor's others then wait
# a longer call is drawn taller, in classes, so that a rerun shows the same
_HEIGHTS = ((10.0, 136), (1.0, 96), (0.25, 66), (LONG, 44), (0.0, 30))


@frozen
class Row:
    """One call, or several equal short ones.

    `waited` is the lane and the row of the long call that it had to wait for. `strips`
    are the lanes that waited while this call ran.
    """

    lane: int
    what: str
    seconds: float
    where: Where | None = None
    source: str = ""
    times: int = 1
    whose: str = ""
    timed: bool = False
    over: bool = True
    ended: bool = False
    in_c: bool = False
    waited: tuple[tuple[int, int], ...] = ()
    waited_for: str = ""
    strips: tuple[int, ...] = ()

    @property
    def long(self) -> bool:
        """Whether it kept others waiting."""
        return self.seconds >= LONG or not self.over

    @property
    def height(self) -> int:
        """Pixels, by the class of how long it took."""
        return next(tall for least, tall in _HEIGHTS if self.seconds >= least)

    def words(self, most: int = 60) -> str:
        """What was called, and how often in a row, in at most so many characters."""
        times = f" ×{self.times:,}" if self.times > 1 else ""
        return f"{clip(self.what, most - len(times))}{times}"


@frozen
class Sheet:
    """Lanes from the left, rows from the top, notes under them."""

    lanes: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def sheet(timeline: Timeline) -> Sheet:
    """The last calls, and the stalls that no call stands for; last one that goes on."""
    ran, alone = timeline.ran[-CALLS:], _alone(timeline)
    lanes = _lanes(timeline, ran, alone)
    rows = _rows(timeline, ran, lanes, alone)
    for place_, row in enumerate(rows):
        for lane, before in row.waited:
            if lane != rows[before].lane:
                rows[before] = _with_strip(rows[before], lane)
        stall = _stall_of(row, lanes, timeline.stalls)
        if stall is not None:
            rows[place_] = _told(rows[place_], stall, lanes)
    left = timeline.left_out + len(timeline.ran) - len(ran)
    return Sheet(lanes, tuple(rows), (f"and {left:,} earlier",) if left else ())


def note(row: Row) -> str:
    """How long it took, when that matters, where, and whom it had to wait for."""
    return " · ".join(filter(None, (row.whose, _length(row), place(row.where) if row.long else "",
                                    *_ends(row), row.waited_for)))  # fmt: skip


def source(row: Row) -> str:
    """The reader's line that took so long, where it is known."""
    return printable(row.source) if row.long else ""


def _length(row: Row) -> str:
    if not row.over:
        return "goes on"
    if row.timed:
        return f"{row.seconds * 1000:.1f} ms"
    return at_least(row.seconds) if row.long else ""


def _ends(row: Row) -> Iterator[str]:
    if row.in_c:
        yield "in a call into C"
    if row.ended:
        yield "ended by the lab"


def _alone(timeline: Timeline) -> list[Stall]:
    """Those that no call stands for yet."""
    known = {(call.lane, call.what) for call in timeline.ran if call.seconds >= LONG}
    return [s for s in timeline.stalls if not s.over or (s.lane, s.what) not in known]


def _lanes(timeline: Timeline, ran: tuple[Ran, ...], alone: list[Stall]) -> tuple[str, ...]:
    """The lanes that fit; what is in others shares the last column."""
    names = [call.lane for call in ran]
    names += [name for stall in alone for name in (stall.lane, *stall.waited)]
    seen = evolve(timeline, ran=tuple(Ran(0, name, "", 0, 0) for name in names))
    lanes = tuple(map(printable, seen.lanes))
    return lanes if len(lanes) <= LANES else (*lanes[: LANES - 1], "others")


def _lane(name: str, lanes: tuple[str, ...]) -> int:
    name = printable(name)
    return lanes.index(name) if name in lanes else len(lanes) - 1


def _rows(
    timeline: Timeline, ran: tuple[Ran, ...], lanes: tuple[str, ...], alone: list[Stall]
) -> list[Row]:
    """A row a call; equal short ones in a row share theirs, unless times are asked for."""
    left = deque(sorted(alone, key=lambda stall: stall.ended))
    first, timed = len(timeline.ran) - len(ran), timeline.style == "timed"
    rows: list[Row] = []
    at: dict[int, int] = {}
    for index, call in enumerate(ran, first):
        while left and left[0].ended <= call.began:
            rows.append(_of_stall(left.popleft(), lanes))
        row = _row(call, lanes, timed)
        if call.behind:
            row = _behind(row, timeline.ran[call.behind[-1]], at.get(call.behind[-1]))
        if rows and not timed and _alike(rows[-1], row):
            rows[-1] = evolve(rows[-1], times=rows[-1].times + 1)
        else:
            rows.append(row)
        at[index] = len(rows) - 1
    return [*rows, *(_of_stall(stall, lanes) for stall in left)]


def _row(call: Ran, lanes: tuple[str, ...], timed: bool) -> Row:
    name = printable(call.lane)
    whose = "" if name in lanes else name  # it stands in the lane of the others
    row = Row(_lane(call.lane, lanes), call.what, call.seconds, call.where)
    return evolve(row, timed=timed, whose=whose)


def _behind(row: Row, other: Ran, place_: int | None) -> Row:
    whom = other.what if other.lane in OWN else other.lane
    waited = () if place_ is None else ((row.lane, place_),)
    return evolve(row, waited=waited, waited_for=printable(f"waited for {whom}"))


def _alike(one: Row, other: Row) -> bool:
    plain = not (one.long or other.long or one.waited_for or other.waited_for)
    return plain and (one.lane, one.what, one.whose) == (other.lane, other.what, other.whose)


def _of_stall(stall: Stall, lanes: tuple[str, ...]) -> Row:
    return Row(_lane(stall.lane, lanes), stall.what, stall.seconds, stall.where, over=stall.over)


def _stall_of(row: Row, lanes: tuple[str, ...], stalls: tuple[Stall, ...]) -> Stall | None:
    if not row.long:
        return None
    same = [s for s in stalls if s.what == row.what and _lane(s.lane, lanes) == row.lane]
    near = [s for s in same if abs(s.seconds - row.seconds) <= max(0.05, row.seconds / 5)]
    return near[-1] if near else None


def _told(row: Row, stall: Stall, lanes: tuple[str, ...]) -> Row:
    """With what the watch saw while the call lasted."""
    row = evolve(row, source=stall.source.strip(), where=row.where or stall.where,
                 in_c=stall.in_c and not stall.over, ended=stall.rescued)  # fmt: skip
    for name in stall.waited:
        lane = _lane(name, lanes)
        if lane != row.lane:
            row = _with_strip(row, lane)
    return row


def _with_strip(row: Row, lane: int) -> Row:
    return row if lane in row.strips else evolve(row, strips=(*row.strips, lane))
