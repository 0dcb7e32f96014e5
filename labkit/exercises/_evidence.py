"""What was seen when a step failed, and the signals that end a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from attrs import evolve, frozen
from twisted.python.failure import Failure

from labkit.wire import End, Remark

from ._verdict import Refused

Wanted = Literal["bytes", "line", "close", "silence", "value", "response"]


@frozen
class Evidence:
    """The facts of one failed step.

    `wanted` is what kind of thing was waited for, `end` the state of the
    connection, `failures` what the answer raised in the reactor (or, with `called`, to
    the check that called it), `blocked` the seconds that the reactor stood still at most.
    """

    expected: bytes | str | None = None
    got: bytes = b""
    end: End = "open"
    wanted: Wanted = "value"
    failures: tuple[Failure, ...] = ()
    called: bool = False
    blocked: float = 0.0
    blocked_at: str = ""
    talk: tuple[Remark, ...] = ()
    where: str = ""

    def with_failures(self, failures: tuple[Failure, ...]) -> Evidence:
        """The same with what the answer raised."""
        return evolve(self, failures=failures)


class Refusal(Exception):
    """Ends a check: the step named a finding by itself. Never leaves the runner."""

    def __init__(
        self,
        finding: str,
        expected: bytes | str | None = None,
        got: bytes | str | None = None,
        caret: str = "",
    ) -> None:
        super().__init__(finding)
        self.finding = finding
        self.expected = expected
        self.got = got
        self.caret = caret


class Verdicted(Exception):
    """Carries a finished verdict out of the check. Never leaves the runner."""

    def __init__(self, verdict: Refused) -> None:
        super().__init__(verdict)
        self.verdict = verdict


WANTED = {
    "line": "a whole line",
    "close": "the server closes",
    "silence": "nothing",
    "response": "a whole HTTP response",
}


def until_closed(talk: Sequence[Remark]) -> Sequence[Remark]:
    """Without the goodbyes of the check's own clients at the end of a failed step."""
    end = len(talk)
    while end and talk[end - 1].note == "closes" and talk[end - 1].who != "server":
        end -= 1
    return talk[:end] if end else talk


def ending(seen: Evidence) -> str:
    """What came of it in words, where it matters: what was raised, or how the connection ended."""
    if seen.failures:
        first = seen.failures[0]
        kind, said = first.type.__name__ if first.type else "Failure", first.getErrorMessage()
        return f"{kind}: {said}" if said else kind
    if seen.wanted == "value":
        return ""
    return {"closed": "then the server closed", "reset": "then came a reset"}.get(seen.end, "")
