"""Time travel: a story on a clock, forward step by step, and back by telling it anew."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isclass, iscoroutine, signature
from typing import Any, cast

from twisted.python.failure import Failure

from labkit.errors import LabError
from labkit.turns import Done, Pending, Schedule

from ._travel_clock import Moment, raiser, words
from ._travel_lab import Story, StoryLab

SHOWN = 1000  # steps in one schedule: the last ones


class Travel:
    """A trip through the time of a story. Each verb returns the trip, which shows itself.

    Going back runs the story anew and repeats the steps up to that moment: what the
    story changes outside itself is not undone, and its objects are new ones; `result`
    is what the story returned this time. Use it in the thread that made it.
    """

    def __init__(self, story: Story, seed: int | None = None) -> None:
        self._story, self._seed = story, seed
        self._known: list[Moment] = []  # each step as it was when it first ran
        self._start: Pending | None = None
        self._differs = 0
        self._instead: Done | None = None
        self._begin()
        self._start = self._clock.next
        if self.lab.broken is not None:
            self.lab.broken.raiseException()

    # verbs

    def advance(self, seconds: float) -> Travel:
        """Let so many seconds pass, 0 or more; what is due meanwhile runs, each at its time."""
        wanted = _number(seconds, "advance", "a number of seconds, 0 or more")
        # a sum of tenths is to be the tenth that the reader means
        end = max(self.now, round(self.now + wanted, 9))
        return self._go(lambda: self._clock.run_until(end))

    def step(self) -> Travel:
        """Run the call that is due next, and move time to it."""
        coming = self._clock.next
        if coming is None:
            raise LabError(
                f"Nothing is pending at {self.now:g} s, so there is no step to take",
                "Go back with trip.back(), or have the story call lab.clock.callLater",
            )
        return self._go(self._one_step)

    def jump(self, to: float) -> Travel:
        """Stand at a moment, in seconds since the story began; an earlier one by replay."""
        wanted = _number(to, "jump", "the second to stand at, 0 or more")
        if wanted >= self.now:
            return self._go(lambda: self._clock.run_until(wanted))
        return self._replay(lambda: self._clock.run_until(max(wanted, self.now)))

    def back(self, steps: int = 1) -> Travel:
        """Stand right after an earlier step, by running the story anew and repeating the rest."""
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
            raise LabError(f"back was given {steps!r}", "Give a number of steps, 1 or more")
        target = len(self.steps) - steps
        if target < 0:
            raise LabError(
                f"back({steps}) would be before the story: {len(self.steps)} steps were taken",
                f"Go back by at most {len(self.steps)}, or jump(0)",
            )
        return self._replay(lambda: self._repeat(target))

    # what there is to see

    @property
    def now(self) -> float:
        """Seconds on the clock."""
        return self._clock.rightNow

    @property
    def steps(self) -> tuple[Done, ...]:
        """What ran, numbered from 1."""
        return tuple(moment.done for moment in self._clock.moments)

    @property
    def pending(self) -> tuple[Pending, ...]:
        """The calls that wait, soonest first, each with the line that asked for it."""
        return self._clock.pending

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What calls, served code and the story itself raised, oldest first."""
        return self.lab.failures

    @property
    def schedule(self) -> Schedule:
        """This moment as a frozen value: what is drawn."""
        steps = self.steps
        return Schedule(
            now=self.now,
            step=len(steps),
            done=steps[-SHOWN:],
            pending=self.pending,
            left_out=max(0, len(steps) - SHOWN),
            differs=self._differs,
            instead=self._instead,
            raised=self._raised,
            raised_at=self._raised_at,
        )

    def __repr__(self) -> str:
        return f"<Travel at {self.now:g} s, step {len(self.steps)}, {len(self.pending)} pending>"

    # how

    def _begin(self) -> None:
        self.lab = StoryLab()
        self._clock = self.lab.trip_clock
        self._dice = random.Random(self._seed).getstate()
        with self._own_dice():
            self.result = self.lab.setup(self._story)
        failures = self.lab.failures
        self._raised = "; ".join(words(f) for f in failures)
        self._raised_at = raiser(failures[0]) if failures else None

    def _go(self, travel: Callable[[], object]) -> Travel:
        self._differs, self._instead = 0, None
        before = len(self._clock.moments)
        try:
            with self.lab.here(), self._own_dice():
                travel()
        finally:
            self._compare(before)
        return self

    def _replay(self, travel: Callable[[], object]) -> Travel:
        self._begin()
        start = self._clock.next
        self._go(travel)
        if start != self._start:
            first = self._known[0].done if self._known else None
            self._start, self._differs, self._instead = start, 1, self._instead or first
            self._known = list(self._clock.moments)
        return self

    def _one_step(self) -> None:
        # twisted.web's own calls are run on the way, and are no steps
        before = len(self._clock.moments)
        while len(self._clock.moments) == before:
            self._clock.step()

    def _repeat(self, target: int) -> None:
        while len(self._clock.moments) < target and self._clock.next is not None:
            self._one_step()

    def _compare(self, since: int) -> None:
        """Find the first step that is not what it was; from there on the new way is the known."""
        for at, moment in enumerate(self._clock.moments[since:], since):
            if at == len(self._known):
                self._known.append(moment)
            elif self._known[at] != moment:
                self._note_difference(at, moment)
                return

    def _note_difference(self, at: int, moment: Moment) -> None:
        known = self._known[at]
        # the step was the same, and what it asked for was not: the next one differs
        later = known.done == moment.done
        self._differs = at + 1 + later
        first = self._known[at + later : at + later + 1]
        self._instead = first[0].done if first else None
        self._known[at:] = self._clock.moments[at:]

    @contextmanager
    def _own_dice(self) -> Iterator[None]:
        """With a seed, the module random draws for the story what it drew the first time."""
        if self._seed is None:
            yield
            return
        outside = random.getstate()
        random.setstate(self._dice)
        try:
            yield
        finally:
            self._dice = random.getstate()
            random.setstate(outside)


def _number(given: Any, verb: str, cure: str) -> float:
    usable = isinstance(given, int | float) and not isinstance(given, bool)
    if not usable or not 0 <= given < float("inf"):
        raise LabError(f"{verb} was given {given!r}", f"Give {cure}")
    return float(given)


def time_travel(story: Story, *, seed: int | None = None) -> Travel:
    """A trip through the time of `story(lab)`, which sets everything up on lab.clock.

    The lab has serve, connect, clock, and reactor for clients and endpoints. Then
    trip.advance(60), trip.step(), trip.jump(to), trip.back(). With a `seed`, what the story
    draws from the module random is the same in every run. Raises what the story raises,
    and LabError when it is no function of one argument.
    """
    return Travel(_checked(story), seed)


def _checked(story: Any) -> Story:
    cure = "Write def story(lab): … and hand over its name: time_travel(story)"
    if iscoroutine(story):
        story.close()
        raise LabError("time_travel was given a coroutine, which runs only once", cure)
    if isclass(story) or not callable(story):
        raise LabError(f"time_travel was given {type(story).__name__}, not a function", cure)
    try:
        signature(story).bind(None)
    except TypeError:
        name = getattr(story, "__name__", "the story")
        raise LabError(f"time_travel calls {name} with one argument, the lab", cure) from None
    return cast(Story, story)
