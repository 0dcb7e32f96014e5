"""What can be no answer at all is told so before anything is judged."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from labkit.errors import BadAnswer
from labkit.exercises._course import Exercise
from labkit.exercises._kinds import require_kind


def exercise(call: str = "", value: str = "") -> Exercise:
    return Exercise("c98-x", "X", "make", "", "", (), call=call, value=value)


def ask(port: int, lines: list[bytes]) -> None:
    """A client's function."""


class Asker:
    pass


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3, "was handed 3. Hand over ask itself"),
        ("ask", "was handed 'ask'"),
        (Asker, "was handed the class Asker"),
        (Asker(), "was handed an object of the class Asker"),
        (lambda port: None, "cannot be called as ask.port, lines. .too many positional"),
        (lambda port, lines, more: None, "missing a required argument: 'more'"),
    ],
)
def test_what_is_no_such_function_is_named_with_the_cure(answer: Any, said: str) -> None:
    """The kind, the arguments, and how it is called."""
    with pytest.raises(BadAnswer, match=said):
        require_kind(exercise("ask(port, lines)"), answer)


@pytest.mark.parametrize(
    "answer", [ask, partial(ask), lambda *a: None, lambda port, lines, more=1: None]
)
def test_whatever_can_be_called_so_is_a_function(answer: Any) -> None:
    """Its form is left open."""
    require_kind(exercise("ask(port, lines)"), answer)


@pytest.mark.parametrize("answer", ["Upper", b"", [Asker], ("tcp:0", Asker)])
def test_what_is_no_program_is_told_so(answer: Any) -> None:
    """Quotes around a name, or a list of it."""
    with pytest.raises(BadAnswer, match="asks for a program"):
        require_kind(exercise(), answer)


@pytest.mark.parametrize("answer", [{"lines": "twisted.protocols.basic"}, ["lines"], "lines"])
def test_a_plain_value_is_for_its_check_to_judge(answer: Any) -> None:
    """Where a value is asked for, a wrong kind of value is a wrong answer with a name."""
    require_kind(exercise(value="a dict of names"), answer)
