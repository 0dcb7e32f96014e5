"""The reactor's turns as frozen values. Times are seconds since the timeline began. No Twisted."""

from __future__ import annotations

from math import inf

from attrs import evolve, frozen

from labkit._frames import Where

# what a length of time is said to be at least: a picture must be the same in every run
_STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


@frozen
class Ran:
    """One call that the reactor made: bytes that came, a timer that was due, a call from a thread.

    `turn` counts the turns of the loop. `lane` is whom it was for: a connection
    ("echo · client 2", "client of port 80"), "timers", or "calls from threads".
    `what` names the call: "dataReceived", "tick", … `where` is the reader's line in
    it, when it is known. `behind` are the indexes, in the timeline, of calls of that same
    or an earlier turn which it had to wait for, and that took long.
    """

    turn: int
    lane: str
    what: str
    began: float
    seconds: float
    where: Where | None = None
    behind: tuple[int, ...] = ()


@frozen
class Stall:
    """One call that kept the reactor from everything else, or many of one turn.

    `seconds` so far, or in all when it is `over`. `waited` are the lanes of those
    who had something to be read meanwhile. `in_c`: the thread stands in a call into
    C, such as time.sleep, which nothing can break off. `rescued`: the lab ended it.
    `many`: none of them alone, but all together; `where` is the line seen last, `lane`
    for whom most of them were. `began` is in perf_counter's seconds, in a timeline in its own.
    """

    lane: str
    what: str
    seconds: float
    where: Where | None = None
    source: str = ""
    waited: tuple[str, ...] = ()
    in_c: bool = False
    over: bool = True
    rescued: bool = False
    many: bool = False
    began: float | None = None

    @property
    def ended(self) -> float:
        """When it was over, as `began`; infinite while it lasts, and where that is not known."""
        return self.began + self.seconds if self.over and self.began is not None else inf


@frozen
class Timeline:
    """What the reactor called, in order; `left_out` counts calls that were let go to bound memory.

    `style` "plain" draws no times, so that a rerun shows the same.
    """

    ran: tuple[Ran, ...] = ()
    stalls: tuple[Stall, ...] = ()
    left_out: int = 0
    style: str = "plain"

    @property
    def lanes(self) -> tuple[str, ...]:
        """Everybody for whom something ran, in the order of their first call; timers last."""
        found = dict.fromkeys(r.lane for r in self.ran)
        own = ("calls from threads", "timers")
        return (*(lane for lane in found if lane not in own), *(o for o in own if o in found))

    @property
    def timed(self) -> Timeline:
        """The same with times, in milliseconds."""
        return evolve(self, style="timed")


def at_least(seconds: float) -> str:
    """A length of time in words that do not change from run to run: more than 0.25 s."""
    step = max((s for s in _STEPS if s <= seconds), default=0.0)
    return f"more than {step:g} s" if step else f"less than {_STEPS[0]:g} s"
