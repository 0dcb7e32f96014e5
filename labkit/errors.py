"""What the lab says when it cannot do what was asked: one sentence that ends with the cure.

A wrong *answer* to an exercise is never one of these: that is a value, a verdict.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BadAnswer",
    "BadCourse",
    "CannotServe",
    "DialogueError",
    "LabError",
    "MissingTool",
    "NotHere",
    "NotPassed",
    "PortTaken",
    "ReactorGone",
    "ReactorThread",
    "ServerStopped",
    "StoreError",
    "UnknownExercise",
    "WaitTimeout",
]


class LabError(Exception):
    """Anything the lab refuses or fails to do.

    `what` is what happened, `cure` what to do about it, `facts` the values
    behind both, for programs that look. Shown as "what. cure".
    """

    def __init__(self, what: str, cure: str, **facts: Any) -> None:
        super().__init__(what, cure)
        self.what = what
        self.cure = cure
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.what}. {self.cure}"


class CannotServe(LabError):
    """The thing given to serve is not something that can be served, or not here."""


class PortTaken(LabError):
    """Another program, or another server of this notebook, holds the address."""


class ServerStopped(LabError):
    """The server this was meant for no longer listens."""


class DialogueError(LabError):
    """A peer did not say what was expected; `dialogue` is the talk so far.

    `facts` has `expected` and `got` (bytes), `end` ("open", "closed", "reset") and
    `wanted`: "bytes", "line", "close", "silence" or "response".
    """

    def __init__(self, what: str, cure: str, *, dialogue: str, **facts: Any) -> None:
        super().__init__(what, cure, **facts)
        self.dialogue = dialogue

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.dialogue}"


class WaitTimeout(LabError, TimeoutError):
    """What was waited for did not come in time; it was cancelled. Also a builtin TimeoutError."""


class ReactorGone(LabError):
    """The background reactor has stopped, and a reactor cannot be started twice in one process."""


class ReactorThread(LabError):
    """A call that waits was made in the reactor's own thread, which would wait for itself."""


class NotHere(LabError):
    """Code that belongs in a script of its own was run in the notebook's kernel."""


class UnknownExercise(LabError):
    """No chapter has an exercise of that id."""


class BadAnswer(LabError):
    """What was handed in is not of the kind that the task asks for."""


class NotPassed(LabError):
    """An answer that did not pass, said to a program that grades: it goes by the error."""


class BadCourse(LabError):
    """A chapter room contradicts itself: the author's mistake, not the reader's."""


class MissingTool(LabError):
    """An optional program or package is not on this machine."""


class StoreError(LabError):
    """The reader's progress could not be read or saved."""
