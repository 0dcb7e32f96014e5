"""The judge: exercises, checks that judge by behaviour, verdicts that are values."""

from ._audit import Audit, audit, times
from ._course import Chapter, Exercise, Order, Prediction
from ._diagnosis import STANDSTILL
from ._evidence import Evidence, Refusal
from ._grading import grade_metadata
from ._guesses import (
    Guess,
    GuessResult,
    Question,
    order,
    predict,
    right_guess,
    settle_guesses,
)
from ._http import Reply, read_reply, request_bytes
from ._loop import (
    Asked,
    Begun,
    Finished,
    Hint,
    Progress,
    Solution,
    begin,
    check,
    finish,
    hint,
    progress,
    reset,
    reveal,
)
from ._registry import judge, mistakes, solves, truth
from ._rooms import rooms
from ._runner import run_check
from ._trial import Trial, TrialClient
from ._verdict import CouldNotTell, Finding, NotStarted, Passed, Refused, Verdict

__all__ = [
    "STANDSTILL",
    "Asked",
    "Audit",
    "Begun",
    "Chapter",
    "CouldNotTell",
    "Evidence",
    "Exercise",
    "Finding",
    "Finished",
    "Guess",
    "GuessResult",
    "Hint",
    "NotStarted",
    "Order",
    "Passed",
    "Prediction",
    "Progress",
    "Question",
    "Refusal",
    "Refused",
    "Reply",
    "Solution",
    "Trial",
    "TrialClient",
    "Verdict",
    "audit",
    "begin",
    "check",
    "finish",
    "grade_metadata",
    "hint",
    "judge",
    "mistakes",
    "order",
    "predict",
    "progress",
    "read_reply",
    "request_bytes",
    "reset",
    "reveal",
    "right_guess",
    "rooms",
    "run_check",
    "settle_guesses",
    "solves",
    "times",
    "truth",
]
