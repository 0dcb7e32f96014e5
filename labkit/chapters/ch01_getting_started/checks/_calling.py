"""Calls the reader's code in a thread of its own, which the check can leave behind.

A wait that nobody ends, such as Event.wait(), cannot be broken off from outside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from labkit.exercises import Refusal, Trial
from labkit.exercises._deadline import Overdue, raise_in

CALLER = "the caller's thread"
PATIENCE = 1.5  # seconds, of a machine at leisure
NOTHING = "nothing, for a second and a half"


class Stuck(Refusal):
    """The call did not return in time."""

    def __init__(self) -> None:
        super().__init__("never-returns", got=NOTHING)


def in_a_thread_of_its_own(t: Trial, function: Callable[..., Any], *args: Any) -> Any:
    """What the function returns or raises; Stuck when it does neither in time."""
    outcome: list[tuple[bool, Any]] = []

    def call() -> None:
        try:
            outcome.append((True, function(*args)))
        except BaseException as e:
            outcome.append((False, e))

    caller = threading.Thread(target=call, name=CALLER, daemon=True)
    caller.start()
    caller.join(PATIENCE * t.heartbeat.slowness)
    if not outcome:
        raise_in(caller.ident or 0, Overdue)  # ends a loop; a wait in C goes on, and harms nobody
        raise Stuck
    returned, value = outcome[0]
    if returned:
        return value
    t._raised = value
    raise value
