"""What came of an answer: its Deferred, or its coroutine, followed to the end."""

from __future__ import annotations

import gc
from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from labkit.bench import drain_failures
from labkit.exercises import Trial


class Followed:
    """The result of one Deferred: `value` or `error`, once it is `done`. Handles failures."""

    def __init__(self, deferred: Deferred[Any]) -> None:
        self.deferred = deferred
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        deferred.addCallbacks(self._took, self._failed)

    def _took(self, value: Any) -> None:
        self.done, self.value = True, value

    def _failed(self, failure: Failure) -> None:
        self.done, self.error = True, failure.value

    @property
    def words(self) -> str:
        """What it came to, for a feedback."""
        if not self.done:
            return "no result yet"
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}".removesuffix(": ")
        return repr(self.value)


def begin(t: Trial, function: Callable[..., Any], *args: Any) -> Followed:
    """Call part of the answer and follow what it returns; refused when that is no Deferred."""
    result = function(*args)
    if iscoroutine(result):
        result = Deferred.fromCoroutine(result)
    t.require(
        isinstance(result, Deferred),
        "not-a-deferred",
        expected="a Deferred, or a coroutine",
        got=f"{type(result).__name__}: {result!r}"[:70],
    )
    return Followed(result)


def expect_value(t: Trial, seen: Followed, value: Any, otherwise: str, when: str) -> None:
    """It has that value and no other result; refused with that finding when not."""
    got = seen.words
    if not seen.done or seen.error is not None or seen.value != value:
        t.refuse(otherwise, expected=f"{when}: {value!r}", got=f"{when}: {got}")


def expect_error(t: Trial, seen: Followed, error: BaseException, otherwise: str, when: str) -> None:
    """It failed with that very exception; refused with that finding when not."""
    if seen.error is not error:
        want = f"{type(error).__name__}: {error}"
        t.refuse(otherwise, expected=f"{when}: {want}", got=f"{when}: {seen.words}")


def expect_waiting(t: Trial, seen: Followed, otherwise: str, when: str) -> None:
    """It has no result yet; refused with that finding when it has."""
    if seen.done:
        t.refuse(otherwise, expected=f"{when}: no result yet", got=f"{when}: {seen.words}")


def unhandled() -> list[Failure]:
    """Failures that nobody handled, brought to light by a sweep. In the reactor's thread."""
    gc.collect()
    return list(drain_failures())
