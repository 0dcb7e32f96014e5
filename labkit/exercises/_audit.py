"""The course checks itself: every promise between words, checks, answers and notebook."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from attrs import frozen

from labkit.bench import stop_all

from . import _registry
from ._guesses import truth_of
from ._handout import page_problems
from ._rooms import Room, catalogue, exercise_of, room_of, rooms
from ._runner import SEED, run_check
from ._verdict import Finding, Passed, Refused, Verdict

SEEDS = 20
HINT_WORDS, CONTRACT_WORDS = 60, 120


@frozen
class Audit:
    """What does not hold, a sentence each, and how many checks were run to find out.

    `seconds` has, for each exercise, the longest that one check of a right answer took.
    """

    problems: tuple[str, ...]
    runs: int
    seconds: tuple[tuple[str, float], ...] = ()


def audit(seeds: int = SEEDS, notebooks: Path | None = None, jobs: int = 1) -> Audit:
    """Check every room: words, solutions on many seeds, mistakes by their finding, the page.

    With more than one job the checks run in so many processes, an exercise each.
    """
    problems: list[str] = []
    checked: list[str] = []
    for room in rooms():
        room.load(answers=True)
        for promises in (_words, _orphans, _truths, _beliefs):
            problems += promises(room)
        problems += page_problems(room, notebooks)
        checked += [e.id for e in room.chapter.exercises if e.id in _registry.checks]
    runs = _side_by_side(checked, seeds, jobs) if jobs > 1 else _in_turn(checked, seeds)
    stop_all()
    slowest: dict[str, float] = {}
    for run in runs:
        if run.right:
            slowest[run.exercise] = max(run.seconds, slowest.get(run.exercise, 0.0))
    problems += [run.problem for run in runs if run.problem]
    return Audit(tuple(dict.fromkeys(problems)), len(runs), tuple(slowest.items()))


@frozen
class Run:
    """One check of a known answer; `problem` is empty when it got what it should."""

    exercise: str
    right: bool
    seconds: float
    problem: str


def times() -> tuple[list[float], list[float]]:
    """Seconds that a check takes: of each accepted answer, of each known wrong one.

    Without programs that never end, which get the time that their contract grants.
    """
    taken: dict[bool, list[float]] = {True: [], False: []}
    for room in rooms():
        room.load(answers=True)
        for exercise in room.chapter.exercises:
            wrong = [w for w in _registry.wrong[exercise.id] if w.finding != "never-ends"]
            known: list[_registry.Right | _registry.Wrong] = [*_registry.right[exercise.id], *wrong]
            for answer in known:
                run = _run(answer, SEED)
                taken[run.right].append(run.seconds)
    stop_all()
    return taken[True], taken[False]


def _side_by_side(ids: list[str], seeds: int, jobs: int) -> list[Run]:
    context = get_context("spawn")  # a fork would inherit the reactor, and not its thread
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=quiet) as pool:
        parts = pool.map(_in_turn, [[id] for id in ids], repeat(seeds))
        return [run for part in parts for run in part]


def quiet() -> None:
    """The mistakes raise on purpose; their tracebacks are evidence, not news."""
    logging.getLogger("twisted").addHandler(logging.NullHandler())


def _in_turn(ids: list[str], seeds: int) -> list[Run]:
    found: list[Run] = []
    for id in ids:
        room_of(id).load(answers=True)
        found += _runs(id, seeds)
    return found


def _runs(id: str, seeds: int) -> Iterator[Run]:
    for right in _registry.right[id]:
        yield from (_run(right, seed) for seed in range(SEED, SEED + seeds))
    for wrong in _registry.wrong[id]:
        yield from (_run(wrong, seed) for seed in range(SEED, SEED + min(seeds, 3)))


def _run(answer: _registry.Right | _registry.Wrong, seed: int) -> Run:
    begun = time.perf_counter()
    try:
        verdict = run_check(answer.exercise, answer.answer, seed)
        got = _short(verdict)
    except Exception as e:  # a check that breaks is one problem of many, to be told with them
        verdict, got = None, f"{type(e).__name__}: {e}"
    seconds = time.perf_counter() - begun
    if isinstance(answer, _registry.Right):
        said = f"{answer.exercise}: {answer.name}, right, got {got}"
        if isinstance(verdict, Passed):
            said = _miscounted(verdict)
        return Run(answer.exercise, True, seconds, said)
    due = isinstance(verdict, Refused) and verdict.finding.id == answer.finding
    said = f"{answer.exercise}: {answer.name} must be {answer.finding}, got {got}"
    return Run(answer.exercise, False, seconds, "" if due else said)


def _miscounted(verdict: Passed) -> str:
    due = exercise_of(verdict.exercise).steps
    said = f"{verdict.exercise}: steps = {due}, and a right answer goes through {verdict.steps}"
    return "" if verdict.steps == due else said


def _short(verdict: Verdict) -> str:
    if isinstance(verdict, Refused):
        return f"{verdict.finding.id} (step {verdict.step}, {verdict.doing}, seed {verdict.seed})"
    return type(verdict).__name__


def _words(room: Room) -> Iterator[str]:
    for e in room.chapter.exercises:
        if len(e.hints) != 3:
            yield f"{e.id}: {len(e.hints)} hints, three are due"
        for number, text in enumerate(e.hints, 1):
            if len(text.split()) > HINT_WORDS:
                yield f"{e.id}: hint {number} has {len(text.split())} words, at most {HINT_WORDS}"
        if len(e.contract.split()) > CONTRACT_WORDS:
            yield f"{e.id}: the contract has {len(e.contract.split())} words"


def _orphans(room: Room) -> Iterator[str]:
    chapter = room.chapter
    known: dict[str, Finding] = catalogue(room.module)
    provoked: set[str] = set()
    for e in chapter.exercises:
        if e.kind == "order":
            if chapter.order(e.id) is None:
                yield f"{e.id}: no [[orders]] of that id"
            continue
        if e.id not in _registry.checks:
            yield f"{e.id}: no check"
        if len({r.style for r in _registry.right[e.id]}) < 2:
            yield f"{e.id}: fewer than two accepted styles"
        found = {w.finding for w in _registry.wrong[e.id]}
        provoked |= found
        yield from (f"{e.id}: no mistake provokes {f}" for f in set(e.findings) - found)
        yield from (f"{e.id}: {f} is missing in its findings" for f in found - set(e.findings))
        yield from (f"{e.id}: {f} is in no catalogue" for f in found - set(known))
    yield from (f"{f.id}: no mistake provokes it" for f in chapter.findings if f.id not in provoked)
    mine = [i for i in (*_registry.checks, *_registry.truths) if i.startswith(_prefix(room))]
    yield from (f"{i}: a check without an exercise" for i in mine if i not in chapter.ids)


def _prefix(room: Room) -> str:
    return f"c{int(room.chapter.number)}-"


def _truths(room: Room) -> Iterator[str]:
    """What the words call true must be what a live run shows."""
    for prediction in room.chapter.predictions:
        if prediction.option(prediction.answer) is None:
            yield f"{prediction.id}: its answer is none of its options"
        seen = truth_of(prediction.id)
        if seen not in (None, prediction.answer):
            yield f"{prediction.id}: a live run shows {seen!r}, the words say {prediction.answer!r}"
    for task in room.chapter.orders:
        seen = truth_of(task.id)
        if seen is not None and tuple(seen) != task.pieces:  # type: ignore[arg-type]
            yield f"{task.id}: a live run shows another order: {seen}"


def _beliefs(room: Room) -> Iterator[str]:
    """Each wrong guess is a belief with a name; what is true shows none of them."""
    for prediction in room.chapter.predictions:
        keys = [o.key for o in prediction.options]
        if len(set(keys)) < len(keys):
            yield f"{prediction.id}: an option's key is used twice"
        for option in prediction.options:
            if (option.key == prediction.answer) == bool(option.belief):
                who = f"{prediction.id}, option {option.key}"
                yield f"{who}: wrong options have a belief, the right one none"
    for task in room.chapter.orders:
        for belief in task.beliefs:
            if not {belief.first, belief.before} <= set(task.pieces):
                yield f"{task.id}: {belief.id} names a piece that is not there"
            elif task.pieces.index(belief.first) < task.pieces.index(belief.before):
                yield f"{task.id}: {belief.id} is what really happens"
