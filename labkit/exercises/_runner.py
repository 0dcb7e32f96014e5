"""Runs one check against one answer and gives the verdict. The caller's thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import evolve
from twisted.internet.tcp import Port

from labkit.bench import drain_failures, reactor, settle, start, wait
from labkit.bench._failures import collector
from labkit.bench._rescue import Rescued, RescuedAtLast, break_out, turns
from labkit.errors import BadCourse, WaitTimeout

from . import _registry
from ._course import Exercise
from ._deadline import Overdue
from ._evidence import Verdicted
from ._heartbeat import reactor_frame, readers_line, timers
from ._kinds import require_kind
from ._patience import STUCK
from ._rooms import Room, catalogue, exercise_of, room_of
from ._trial import Trial
from ._verdict import CouldNotTell, Passed, Refused, Verdict

SEED = 7
LINGER = 0.4  # seconds that a refused answer's loose ends get; an endpoint gives up in 0.3


def run_check(id: str, answer: Any, seed: int = SEED) -> Verdict:
    """The verdict on an answer to an exercise. After a refusal the answer stays served."""
    room, exercise = room_of(id), exercise_of(id)
    verdict = _run(room, exercise, answer, seed)
    if isinstance(verdict, Refused):
        return evolve(verdict, steps=max(exercise.steps, verdict.step))
    return verdict


def _run(room: Room, exercise: Exercise, answer: Any, seed: int) -> Verdict:
    room.load()
    judged = _registry.checks.get(exercise.id)
    if judged is None:
        raise BadCourse(f"{exercise.id} has no check", f"Write one with @judge({exercise.id!r})")
    require_kind(exercise, answer)
    trial = Trial(exercise, answer, seed, catalogue(room.module))
    keep = False
    with _quiet_lab(trial):
        before = wait(_loose_ends)
        try:
            verdict = _judged(trial, judged)
            keep = isinstance(verdict, Refused)
        finally:
            if turns():
                trial.close(keep_serving=keep)
                if keep:
                    _let_go(before)
    return verdict


def _let_go(before: int) -> None:
    """Give what a refused answer left half done a moment to fail, while nobody is told.

    Its requests to peers that are gone would else be news under a later cell.
    """
    end = time.monotonic() + LINGER
    while wait(_loose_ends) > before and time.monotonic() < end:
        time.sleep(0.01)


def _loose_ends() -> int:
    """What the reactor still has to do: connections, and calls that are due in a moment."""
    watched = {*reactor.getReaders(), *reactor.getWriters()}
    connections = sum(not isinstance(one, Port) for one in watched)
    return connections + timers(within=LINGER)


def _judged(trial: Trial, judged: _registry.Check) -> Verdict:
    """Let the check speak; what it raises that is no verdict is the lab's own trouble."""
    try:
        with trial.deadline:
            judged(trial)
            _nothing_lost(trial)
    except Verdicted as e:
        return e.verdict
    except Overdue:
        return trial.overdue()
    except (Rescued, RescuedAtLast, WaitTimeout) as e:
        if isinstance(e, WaitTimeout) and trial.heartbeat.stale < STUCK:
            raise
        return trial.stuck()
    return _passed(trial)


def _passed(trial: Trial) -> Verdict:
    if not trial.steps:
        why = "the check of this exercise took no step"
        return CouldNotTell(trial.exercise.id, 0, 0, "nothing", why)
    return Passed(trial.exercise.id, tuple(trial.shown), len(trial.steps))


def _nothing_lost(trial: Trial) -> None:
    """A failure that only the sweep brings to light belongs to this answer too."""
    with trial.step("nothing is left unsaid"):
        settle()
    trial.steps.pop()


@contextmanager
def _quiet_lab(trial: Trial) -> Iterator[None]:
    """What earlier cells left behind is not charged to this answer, nor the reverse.

    It is put back afterwards, to be shown as what it is.
    """
    start()
    _require_turning()
    settle()
    trial.earlier += drain_failures()
    trial.heartbeat.start()
    try:
        yield
    finally:
        trial.heartbeat.stop()
        if turns():
            settle()
        drain_failures()
        collector.failures.extend(trial.earlier)


def _require_turning() -> None:
    """Raise WaitTimeout when earlier code keeps the reactor from turning, and will not let go."""
    if not turns(1.0) and not break_out():
        place = readers_line(reactor_frame()) or "a call that cannot be broken off"
        raise WaitTimeout(
            f"The reactor is blocked, so nothing can be checked: {place}",
            "Wait until that returns; if it never does, restart the kernel",
        )
