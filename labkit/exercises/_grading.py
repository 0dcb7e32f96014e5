"""What nbgrader is told: the metadata of an exercise's two cells, and a pass or an error."""

from __future__ import annotations

import os
from typing import Any, Literal

from labkit.errors import NotPassed

from ._course import Exercise
from ._verdict import Passed, Refused, Verdict

SCHEMA = 3  # of nbgrader's cell metadata
Part = Literal["starter", "check"]


def grade_metadata(exercise: Exercise, part: Part = "starter") -> dict[str, Any]:
    """nbgrader's metadata of the cell where the answer is written, or of the one that checks it.

    The check carries the points; nbgrader gives them when its cell raises nothing.
    """
    checks = part == "check"
    found: dict[str, Any] = {
        "grade": checks,
        "grade_id": f"{exercise.id}-check" if checks else exercise.id,
        "locked": checks,
        "schema_version": SCHEMA,
        "solution": not checks,
        "task": False,
    }
    return found | ({"points": exercise.points} if checks else {})


def grading() -> bool:
    """Whether nbgrader runs this notebook, to grade it or to validate it."""
    return os.environ.get("NBGRADER_EXECUTION", "") in ("autograde", "validate")


def graded(verdict: Verdict) -> Verdict:
    """The verdict, if it is a pass; anything else raises NotPassed."""
    if isinstance(verdict, Passed):
        return verdict
    if isinstance(verdict, Refused):
        why = f"{verdict.finding.id} in step {verdict.step}, {verdict.doing}: {verdict.finding.why}"
        raise NotPassed(f"{verdict.exercise} did not pass: {why.rstrip('.')}", "No points here")
    kind = "was not started" if not hasattr(verdict, "why") else "could not be told"
    raise NotPassed(f"{verdict.exercise} {kind}", "No points here")
