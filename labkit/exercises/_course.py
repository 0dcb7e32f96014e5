"""A chapter's words, read from its chapter.toml into frozen values."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path
from typing import Literal, TypeVar

import cattrs
from attrs import field, frozen

from labkit.errors import BadCourse

from ._verdict import Finding

Kind = Literal["make", "modify", "order", "predict", "break"]


@frozen
class Exercise:
    """One task: what is asked (`goal`), the contract on the wire, three hints, its findings.

    `call` is set where the answer is a function, as "ask(port, lines)", `value` where
    it is a plain value, as "a dict of names" (a function that returns one will do);
    other answers are served. `blanks` counts the dots in the starter, where there are
    several. `remarks` stand beside the solutions when they are shown. `steps` is how many
    a check leads a right answer through; the audit counts them.
    """

    id: str
    title: str
    kind: Kind
    goal: str
    contract: str
    hints: tuple[str, ...]
    points: int = 1
    stretch: bool = False
    findings: tuple[str, ...] = ()
    call: str = ""
    value: str = ""
    blanks: int = 0
    remarks: tuple[str, ...] = ()
    steps: int = 0


@frozen
class Option:
    """One answer to choose. `belief` names the misconception behind a wrong one."""

    key: str
    text: str
    reply: str
    belief: str = ""


@frozen
class Prediction:
    """A question asked before the cell that answers it; `answer` is the true option's key."""

    id: str
    question: str
    answer: str
    options: tuple[Option, ...]
    snippet: str = ""

    def option(self, key: str) -> Option | None:
        """The option of that key."""
        return next((o for o in self.options if o.key == key), None)


@frozen
class Belief:
    """A misconception shown by putting one piece before another."""

    id: str
    first: str
    before: str
    reply: str


@frozen
class Order:
    """Pieces to put in order; they stand here in the true one."""

    id: str
    question: str
    pieces: tuple[str, ...]
    beliefs: tuple[Belief, ...] = ()


@frozen
class Chapter:
    """All words of one chapter room."""

    number: str
    title: str
    notebook: str
    minutes: int
    exercises: tuple[Exercise, ...]
    predictions: tuple[Prediction, ...] = ()
    orders: tuple[Order, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def ids(self) -> tuple[str, ...]:
        """Everything a reader can answer, in the chapter's order."""
        known = [e.id for e in self.exercises]
        return tuple(known + [p.id for p in self.predictions if p.id not in known])

    def exercise(self, id: str) -> Exercise | None:
        """The exercise of that id."""
        return next((e for e in self.exercises if e.id == id), None)

    def prediction(self, id: str) -> Prediction | None:
        """The prediction of that id."""
        return next((p for p in self.predictions if p.id == id), None)

    def order(self, id: str) -> Order | None:
        """The order task of that id."""
        return next((o for o in self.orders if o.id == id), None)

    def title_of(self, id: str) -> str:
        """What to call it in a list."""
        exercise = self.exercise(id)
        if exercise is not None:
            return exercise.title
        asked = self.prediction(id)
        words = f"Prediction: {asked.question}" if asked else id
        return textwrap.shorten(words, 50, placeholder=" …")


C = TypeVar("C")
_converter = cattrs.Converter(forbid_extra_keys=True)


def read_chapter(path: Path) -> Chapter:
    """The chapter in a toml file. BadCourse says which file and which key is wrong."""
    return _read(path, Chapter)


def read_findings(path: Path) -> tuple[Finding, ...]:
    """The findings in a toml file that has nothing else."""
    return _read(path, _Findings).findings


@frozen
class _Findings:
    findings: tuple[Finding, ...]


def _read(path: Path, kind: type[C]) -> C:
    try:
        with path.open("rb") as file:
            return _converter.structure(tomllib.load(file), kind)
    except tomllib.TOMLDecodeError as e:
        raise BadCourse(f"{path.name} is not TOML ({e})", "Mend that line") from None
    except cattrs.BaseValidationError as e:
        wrong = "; ".join(cattrs.transform_error(e))
        raise BadCourse(f"{path.parent.name}/{path.name}: {wrong}", "Mend these keys") from None
