"""What a check found out: a value. Nothing here draws, and nothing here is an error."""

from __future__ import annotations

from typing import Any, Literal

from attrs import field, frozen

from labkit.wire import Remark

Certainty = Literal["certain", "likely", "possible"]


@frozen
class Finding:
    """A wrong belief or a fault that has a name, the same name everywhere.

    `why` is one sentence on the idea behind it, `look` (may be empty) what to
    look for in the reader's own code. `called` is said in the place of `why` when a
    function raised to the check that called it, and not in a connection.
    """

    id: str
    why: str
    certainty: Certainty = "certain"
    look: str = ""
    called: str = ""


@frozen
class Passed:
    """Every one of `steps` held; `shown` names the properties, in the task's words."""

    exercise: str
    shown: tuple[str, ...]
    steps: int = 0


def _readable(value: Any) -> bytes | str | None:
    """Bytes and words as they are, other values as Python writes them."""
    return value if value is None or isinstance(value, (bytes, str)) else repr(value)


@frozen
class Refused:
    """One step failed, with what was seen. One problem at a time.

    Values that were compared and are neither bytes nor text are kept as they are written.
    """

    exercise: str
    step: int
    steps: int
    doing: str
    finding: Finding
    cites: str = ""
    seed: int | None = None
    dialogue: tuple[Remark, ...] = ()
    expected: bytes | str | None = field(default=None, converter=_readable)
    got: bytes | str | None = field(default=None, converter=_readable)
    caret: str = ""
    where: str = ""
    replay: str = ""
    times_seen: int = 1


@frozen
class NotStarted:
    """The starter as it was handed out: neither a failure nor a pass."""

    exercise: str
    next: str


@frozen
class CouldNotTell:
    """A step that proved nothing; never a pass. `why` says what stood in the way."""

    exercise: str
    step: int
    steps: int
    doing: str
    why: str


Verdict = Passed | Refused | NotStarted | CouldNotTell
