"""What chapter rooms register: checks, right answers, wrong answers, truths."""

from __future__ import annotations

import inspect
import textwrap
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen

if TYPE_CHECKING:
    from ._trial import Trial

T = TypeVar("T")
Check = Callable[["Trial"], None]

checks: dict[str, Check] = {}
truths: dict[str, Callable[[], Any]] = {}
right: dict[str, list[Right]] = defaultdict(list)
wrong: dict[str, list[Wrong]] = defaultdict(list)


@frozen
class Right:
    """An accepted answer, in one style."""

    exercise: str
    style: str
    answer: Any = field(eq=False)

    @property
    def name(self) -> str:
        """What its source calls it."""
        return str(self.answer.__name__)

    @property
    def source(self) -> str:
        """Its text, without the decorator, as it would stand in a cell."""
        text = textwrap.dedent(inspect.getsource(self.answer))
        lines = text.splitlines()
        while lines[0].startswith("@solves"):
            del lines[0]
        return "\n".join(lines) + "\n"


@frozen
class Wrong:
    """A known wrong answer and the id of the finding that it must get."""

    exercise: str
    finding: str
    answer: Any = field(eq=False)

    @property
    def name(self) -> str:
        """What its source calls it."""
        return str(self.answer.__name__)


def judge(exercise: str) -> Callable[[Check], Check]:
    """Register the function that judges an exercise's answers; it is given a Trial."""

    def register(check: Check) -> Check:
        checks[exercise] = check
        return check

    return register


def truth(exercise: str) -> Callable[[Callable[[], T]], Callable[[], T]]:
    """Register a function that finds out, by running it, what a prediction or an order asks for.

    It returns the key of the option that came true, or the pieces in the order seen.
    """

    def register(find_out: Callable[[], T]) -> Callable[[], T]:
        truths[exercise] = find_out
        return find_out

    return register


def solves(exercise: str, *, style: str) -> Callable[[T], T]:
    """Register an accepted answer; the first of an exercise has the name that the starter has."""

    def register(answer: T) -> T:
        right[exercise].append(Right(exercise, style, answer))
        return answer

    return register


def mistakes(exercise: str, *, finding: str) -> Callable[[T], T]:
    """Register a wrong answer that must be refused with exactly that finding."""

    def register(answer: T) -> T:
        wrong[exercise].append(Wrong(exercise, finding, answer))
        return answer

    return register
