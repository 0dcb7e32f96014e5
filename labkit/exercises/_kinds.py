"""Whether what was handed in is of the kind that the task asks for, before it is judged."""

from __future__ import annotations

import inspect
import re
from inspect import isclass, iscoroutinefunction, isfunction
from typing import Any

from labkit.errors import BadAnswer

from ._course import Exercise


def require_kind(exercise: Exercise, answer: Any) -> None:
    """Raise BadAnswer, with the cure, for what can be no answer at all.

    Something to serve is looked at by serve itself, which knows every kind, and a
    plain value by its check.
    """
    if exercise.call:
        _require_function(exercise, answer)
    elif not exercise.value and isinstance(answer, str | bytes | tuple | list | dict):
        raise BadAnswer(
            f"{exercise.id} asks for a program to serve, and was handed {_named(answer)}",
            "Hand over your class, without quotes",
        )


def _require_function(exercise: Exercise, answer: Any) -> None:
    name = exercise.call.partition("(")[0]
    if not callable(answer) or (isclass(answer) and not name[:1].isupper()):
        raise BadAnswer(
            f"{exercise.id} asks for a function, {exercise.call}, and was handed {_named(answer)}",
            f"Hand over {name} itself, without quotes and without calling it",
        )
    parameters = re.findall(r"\w+", exercise.call.partition("(")[2])
    try:
        inspect.signature(answer).bind(*parameters)
    except TypeError as e:
        raise BadAnswer(
            f"Your function cannot be called as {exercise.call} ({e})",
            "Give it these parameters, and no others that must be given",
        ) from None
    except ValueError:  # some functions written in C have no signature to look at
        return


def async_callbacks(answer: Any) -> tuple[str, ...]:
    """Methods that Twisted calls and nobody awaits: `async def` in the place of plain ones."""
    kind = getattr(answer, "protocol", answer)
    if not isclass(kind):
        return ()
    return tuple(
        name
        for name in dir(kind)
        if iscoroutinefunction(getattr(kind, name, None))
        and any(isfunction(b.__dict__.get(name)) and not _is_async(b, name) for b in kind.__mro__)
    )


def _is_async(kind: type, name: str) -> bool:
    return iscoroutinefunction(kind.__dict__[name])


def _named(answer: Any) -> str:
    """What it is, in words: the value itself where that is short and plain."""
    if isclass(answer):
        return f"the class {answer.__name__}"
    if isinstance(answer, str | bytes | int | float) and len(repr(answer)) <= 40:
        return repr(answer)
    return f"an object of the class {type(answer).__name__}"
