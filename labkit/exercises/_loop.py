"""The exercise loop as the reader meets it. Every function returns a value and prints nothing."""

from __future__ import annotations

import sys
from typing import Any

from attrs import evolve, frozen

from labkit.bench import Report, doctor, drain_failures, servers, settle, start, stop_all
from labkit.errors import BadAnswer

from . import _registry
from ._grading import graded, grading
from ._guesses import forget_guesses
from ._handed import as_it_stands, hand_in, take_back
from ._pasting import pasted
from ._rooms import exercise_of, room_numbered, room_of, rooms
from ._runner import run_check
from ._starter import is_starter, left_open
from ._store import State, store
from ._verdict import CouldNotTell, NotStarted, Passed, Refused, Verdict


@frozen
class Hint:
    """One of the three hints of an exercise. `next` says what opens after it."""

    exercise: str
    number: int
    of: int
    text: str
    next: str


@frozen
class Solution:
    """The reference solutions, as (style, source); or, still closed, what is missing.

    `remarks` are the author's words on their design.
    """

    exercise: str
    sources: tuple[tuple[str, str], ...]
    missing: str = ""
    remarks: tuple[str, ...] = ()


@frozen
class Line:
    """One exercise in a list of progress."""

    id: str
    title: str
    state: str
    tries: int


@frozen
class Progress:
    """How far the reader is.

    `notes` says, once, what happened to the saved file; `saved` whether it is one.
    """

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    saved: bool = True

    @property
    def passed(self) -> int:
        """How many are passed."""
        return sum(line.state.startswith("passed") for line in self.lines)


@frozen
class Asked:
    """A question before something is lost: nothing was done yet."""

    text: str
    how: str


@frozen
class Begun:
    """The start of a chapter: is the machine fit, and where does the reader stand."""

    title: str
    minutes: int
    report: Report
    progress: Progress


@frozen
class Finished:
    """The end of a chapter: all checks afresh, and what was still open."""

    title: str
    progress: Progress
    verdicts: tuple[Verdict, ...]
    stopped: tuple[str, ...]
    failures: tuple[str, ...]


def check(id: str, answer: Any = ...) -> Verdict:
    """Check an answer by what it does, over real sockets. The verdict is a value, and saved.

    While nbgrader grades, what did not pass raises NotPassed instead, and nothing is saved:
    a grader goes by the error.
    """
    exercise = exercise_of(id)
    if exercise.kind == "order":
        raise BadAnswer(f"{id} is a task to order", f'Answer with order("{id}", "…")')
    if is_starter(answer):
        verdict = _not_started(id, answer)
        return graded(verdict) if grading() else verdict
    verdict = run_check(id, answer)
    hand_in(id, answer)
    return graded(verdict) if grading() else _noted(verdict)


def _not_started(id: str, answer: Any) -> Verdict:
    places = left_open(answer)
    if 0 < len(places) < exercise_of(id).blanks:
        still = " and ".join(f'"{place}"' for place in places)
        what = f"{still} in the cell above, too"
    else:
        what = "the cell above"
    return NotStarted(id, f'Fill in {what}, run it, then run this one. hint("{id}")')


def _noted(verdict: Verdict) -> Verdict:
    """The same verdict, saved; a finding that was seen before says how often."""
    id = verdict.exercise
    store().tried(id, isinstance(verdict, Passed))
    if isinstance(verdict, Refused):
        return evolve(verdict, times_seen=store().met(id, verdict.finding.id))
    return verdict


def hint(id: str) -> Hint:
    """The next of three hints: a question, the idea with its Twisted name, a skeleton."""
    exercise = exercise_of(id)
    number = min(store().get(id).hints + 1, len(exercise.hints))
    store().hinted(id, number)
    if number < len(exercise.hints):
        then = f'hint("{id}") again'
    elif _missing(store().get(id), number):
        then = f'after an honest try: reveal("{id}")'
    else:
        then = f'reveal("{id}") is open'
    return Hint(id, number, len(exercise.hints), exercise.hints[number - 1], then)


def reveal(id: str) -> Solution:
    """The solutions: open after a pass, or after the third hint and an honest try."""
    exercise, state = exercise_of(id), store().get(id)
    missing = _missing(state, len(exercise.hints))
    if missing:
        return Solution(id, (), missing)
    store().revealed(id)
    return Solution(id, _sources(id), remarks=exercise.remarks)


def _sources(id: str) -> tuple[tuple[str, str], ...]:
    """What is right, as (style, text): programs, or the pieces in their order."""
    room = room_of(id)
    task = room.chapter.order(id)
    if task is not None:
        lines = [f"{n}. {piece}" for n, piece in enumerate(task.pieces, 1)]
        return (("in order", "\n".join(lines) + "\n"),)
    room.load(answers=True)
    value = bool(exercise_of(id).value)
    return tuple((r.style, pasted(r, value)) for r in _registry.right[id])


def _missing(state: State, hints: int) -> str:
    if state.passed:
        return ""
    steps = []
    if state.hints < hints:
        steps.append(f"{hints - state.hints} more hint{'s' * (hints - state.hints != 1)}")
    if not state.tries:
        steps.append("one try, checked")
    return " and ".join(steps)


def progress(chapter: str | None = None) -> Progress:
    """How far you are: in one chapter ("02"), or in all."""
    chosen = [room_numbered(chapter)] if chapter is not None else list(rooms())
    lines = []
    for room in chosen:
        for id in room.chapter.ids:
            state = store().get(id)
            lines.append(Line(id, room.chapter.title_of(id), state.word, state.tries))
    title = f"Chapter {int(chosen[0].chapter.number)}" if chapter is not None else "All chapters"
    return Progress(title, tuple(lines), store().news(), store().saved)


def reset(what: str | None = None, sure: bool = False) -> Asked | Progress:
    """Forget progress: of one exercise, of a chapter ("02"), or of all. Asks first."""
    ids, name = _meant(what)
    given = "" if what is None else f'"{what}", '
    how = f"reset({given}sure=True)"
    if not sure and not _agreed(name):
        return Asked(f"Nothing was forgotten. This would forget your progress in {name}.", how)
    store().forget(ids)
    forget_guesses(ids)
    take_back(ids)
    return progress(None if what is None else room_of(ids[0]).chapter.number)


def _meant(what: str | None) -> tuple[tuple[str, ...], str]:
    if what is None:
        return tuple(i for room in rooms() for i in room.chapter.ids), "all chapters"
    if str(what).isdigit():
        room = room_numbered(what)
        return room.chapter.ids, f"chapter {int(room.chapter.number)}"
    room_of(what)
    return (what,), what


def _agreed(name: str) -> bool:
    """Ask where somebody can answer; elsewhere the answer is no."""
    try:
        return input(f"Forget your progress in {name}? [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, OSError, RuntimeError, NotImplementedError):
        return False


def begin(chapter: str) -> Begun:
    """Start a chapter: the reactor turns, the machine is looked at, progress is read."""
    room = room_numbered(chapter)
    start()
    return Begun(room.chapter.title, room.chapter.minutes, doctor(), progress(chapter))


def finish(chapter: str) -> Finished:
    """End a chapter: the answers that were checked are checked afresh, every port is closed.

    In a notebook that is what stands in their cells by now, whatever check was given.
    """
    room = room_numbered(chapter)
    handed = as_it_stands(room.chapter.ids)
    settle()
    failures = tuple(f"{type(f.value).__name__}: {f.getErrorMessage()}" for f in drain_failures())
    stopped = tuple(s.name for s in servers() if s.name not in handed)
    verdicts = tuple(_afresh(id, answer) for id, answer in handed.items())
    for verdict in verdicts:
        if isinstance(verdict, Passed):
            store().passed(verdict.exercise)
    stop_all()
    return Finished(room.chapter.title, progress(chapter), verdicts, stopped, failures)


def _afresh(id: str, answer: Any) -> Verdict:
    """The verdict on what stands there now, which may be no answer at all."""
    if is_starter(answer):
        return _not_started(id, answer)
    try:
        return run_check(id, answer)
    except BadAnswer as e:
        return CouldNotTell(id, 0, 0, "what stands there now", e.what)


def in_a_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    return "ipykernel" in sys.modules
