"""What was seen when a step failed, and the signals that end a check."""

from __future__ import annotations

from typing import Literal

from attrs import evolve, frozen
from twisted.python.failure import Failure

from labkit.wire import End, Remark

Wanted = Literal["bytes", "line", "close", "silence", "value"]


@frozen
class Evidence:
    """The facts of one failed step.

    `wanted` is what kind of thing was waited for, `end` the state of the
    connection, `failures` what the answer raised in the reactor, `blocked` the
    seconds that the reactor stood still at most.
    """

    expected: bytes | str | None = None
    got: bytes = b""
    end: End = "open"
    wanted: Wanted = "value"
    failures: tuple[Failure, ...] = ()
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

    def __init__(self, verdict: object) -> None:
        super().__init__(verdict)
        self.verdict = verdict
