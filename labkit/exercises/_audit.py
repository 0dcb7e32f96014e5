"""The course checks itself: every promise between words, checks, answers and notebook."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from labkit.bench import stop_all

from . import _registry
from ._course import Exercise
from ._guesses import truth_of
from ._rooms import Room, catalogue, rooms
from ._runner import SEED, run_check
from ._verdict import Finding, Passed, Refused, Verdict

SEEDS = 20
HINT_WORDS, CONTRACT_WORDS = 60, 120


@frozen
class Audit:
    """What does not hold, a sentence each, and how many checks were run to find out."""

    problems: tuple[str, ...]
    runs: int


def audit(seeds: int = SEEDS, notebooks: Path | None = None) -> Audit:
    """Check every room: words, solutions on many seeds, mistakes by their finding, notebook ids."""
    problems: list[str] = []
    runs = 0
    for room in rooms():
        room.load(answers=True)
        problems += _words(room)
        problems += _orphans(room)
        problems += _truths(room)
        problems += _ids_in_notebook(room, notebooks)
        for exercise in room.chapter.exercises:
            for problem in _answers(exercise, seeds):
                runs += 1
                problems += [problem] if problem else []
    stop_all()
    return Audit(tuple(problems), runs)


def times() -> dict[str, float]:
    """Seconds that a check of each accepted answer takes."""
    taken = {}
    for room in rooms():
        room.load(answers=True)
        for exercise in room.chapter.exercises:
            for answer in _registry.right[exercise.id]:
                begun = time.perf_counter()
                run_check(exercise.id, answer.answer)
                taken[f"{exercise.id} {answer.style}"] = time.perf_counter() - begun
    stop_all()
    return taken


def _answers(exercise: Exercise, seeds: int) -> Iterator[str]:
    """An empty line for every answer that got what it should, else what went wrong."""
    for answer in _registry.right[exercise.id]:
        for seed in range(SEED, SEED + seeds):
            verdict = run_check(exercise.id, answer.answer, seed)
            ok = isinstance(verdict, Passed)
            yield "" if ok else f"{exercise.id}: {answer.name}, right, got {_short(verdict)}"
    for wrong in _registry.wrong[exercise.id]:
        for seed in range(SEED, SEED + min(seeds, 3)):
            verdict = run_check(exercise.id, wrong.answer, seed)
            ok = isinstance(verdict, Refused) and verdict.finding.id == wrong.finding
            due = f"{exercise.id}: {wrong.name} must be {wrong.finding}, got {_short(verdict)}"
            yield "" if ok else due


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


def _ids_in_notebook(room: Room, folder: Path | None) -> Iterator[str]:
    path = folder / room.chapter.notebook if folder is not None else None
    if path is None or not path.is_file():
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    tags = [t for c in cells for t in c["metadata"].get("tags", ())]
    on_page = {t.partition(":")[2] for t in tags if t.startswith("exercise:")}
    yield from (f"{i}: in the room, on no page" for i in set(room.chapter.ids) - on_page)
    yield from (f"{i}: on the page, in no room" for i in on_page - set(room.chapter.ids))
