"""The exercise loop as a reader goes through it."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import Protocol

from labkit.bench import connect, servers
from labkit.errors import BadAnswer, UnknownExercise
from labkit.exercises import (
    Asked,
    CouldNotTell,
    NotStarted,
    Passed,
    Refused,
    _handed,
    begin,
    check,
    finish,
    hint,
    order,
    progress,
    reset,
    reveal,
    right_guess,
)

pytestmark = pytest.mark.usefixtures("room")


class Shout(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())


class Whisper(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Starter(Protocol):
    def dataReceived(self, data: bytes) -> None: ...


def state(id: str = "c98-shout") -> str:
    return next(line.state for line in progress("98").lines if line.id == id)


def test_a_right_answer_passes_and_says_what_was_shown() -> None:
    """A pass names the properties, and is kept."""
    assert check("c98-shout", Shout) == Passed("c98-shout", ("one word",), steps=1)
    assert state() == "passed"


def test_a_wrong_answer_is_refused_by_name() -> None:
    """The finding, the sentence of the task, what was due and what came."""
    verdict = check("c98-shout", Whisper)
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "quiet"
    assert verdict.cites == "framing: none."
    assert (verdict.expected, verdict.got) == (b"HO", b"ho")
    assert (verdict.step, verdict.steps) == (1, 1)
    assert "dataReceived, line" in verdict.where


def test_a_later_wrong_answer_takes_no_pass_back() -> None:
    """What was passed stays passed."""
    check("c98-shout", Shout)
    check("c98-shout", Whisper)
    assert state() == "passed"


def test_the_refused_answer_stays_on_the_air_for_the_try_line() -> None:
    """The line to try by hand names a port on which the answer listens."""
    verdict = check("c98-shout", Whisper)
    assert isinstance(verdict, Refused)
    port = int(verdict.replay.rpartition(" ")[2])
    with connect(port) as client:
        client.send(b"still here")
        client.expect(b"still here")


def test_a_passed_answer_leaves_no_server() -> None:
    """Nothing stays open after a pass."""
    check("c98-shout", Shout)
    assert servers() == ()


def test_the_third_time_is_counted() -> None:
    """From the third time on the short form is due; the verdict says which time it is."""
    seen = [check("c98-shout", Whisper) for _ in range(3)]
    assert [v.times_seen for v in seen if isinstance(v, Refused)] == [1, 2, 3]


@pytest.mark.parametrize("starter", [..., None, Starter])
def test_a_starter_is_not_started(starter: object) -> None:
    """Neither a failure nor a pass, and no try."""
    assert isinstance(check("c98-shout", starter), NotStarted)
    assert state() == "not started"


def test_an_unknown_id_names_the_near_ones() -> None:
    """A typing slip gets the right id back."""
    with pytest.raises(UnknownExercise, match="Did you mean c98-shout"):
        check("c98-shuot", Shout)


@pytest.mark.parametrize(
    ("answer", "cure"),
    [(3, "Hand over a Protocol class"), (Shout(), r"serve\(Shout\)"), (str, "Derive it")],
)
def test_an_answer_of_the_wrong_kind_is_told_the_right_one(answer: object, cure: str) -> None:
    """A clear sentence with the cure, and no try is counted."""
    with pytest.raises(BadAnswer, match=cure):
        check("c98-shout", answer)
    assert state() == "not started"


def test_three_hints_then_the_last_again() -> None:
    """The hints come one by one; after the third it says what opens the solution."""
    given = [hint("c98-shout") for _ in range(4)]
    assert [h.number for h in given] == [1, 2, 3, 3]
    assert "reveal" in given[2].next and "hint" in given[0].next


def test_the_solution_stays_closed_until_it_is_earned() -> None:
    """Three hints and an honest try, or a pass."""
    assert reveal("c98-shout").missing == "3 more hints and one try, checked"
    for _ in range(3):
        hint("c98-shout")
    assert reveal("c98-shout").missing == "one try, checked"
    check("c98-shout", Whisper)
    solution = reveal("c98-shout")
    assert [style for style, _ in solution.sources] == ["upper", "sequence"]
    assert "\n\nclass Shout(Protocol):" in solution.sources[0][1]
    assert state() == "solution seen"


def test_a_solution_is_a_cell_by_itself() -> None:
    """Its imports come with it, so that it can be pasted."""
    check("c98-shout", Shout)
    for _, source in reveal("c98-shout").sources:
        cell: dict[str, Any] = {}
        exec(source, cell)
        assert [n for n, kind in cell.items() if isinstance(kind, type) and "Shout" in n]


def test_an_order_reveals_its_order() -> None:
    """It has no programs to show."""
    order("c98-life", right_guess("c98-life"))
    assert reveal("c98-life").sources == (("in order", "1. born\n2. working\n3. retired\n"),)


def test_the_last_hint_says_what_opens_the_solution() -> None:
    """Before an honest try, and after it."""
    for _ in range(3):
        closed = hint("c98-shout")
    check("c98-shout", Whisper)
    assert closed.next == 'after an honest try: reveal("c98-shout")'
    assert hint("c98-shout").next == 'reveal("c98-shout") is open'


def test_a_pass_opens_the_solution() -> None:
    """And it is noted that it was seen."""
    check("c98-shout", Shout)
    assert reveal("c98-shout").sources
    assert state() == "passed, solution seen"


def test_reset_asks_first_and_no_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a yes forgets; where nobody can answer, the answer is no."""
    check("c98-shout", Shout)
    monkeypatch.setattr(builtins, "input", lambda prompt: "n")
    assert isinstance(reset("c98-shout"), Asked)
    monkeypatch.setattr(builtins, "input", _nobody)
    assert isinstance(reset("98"), Asked)
    assert state() == "passed"
    monkeypatch.setattr(builtins, "input", lambda prompt: "y")
    reset("c98-shout")
    assert state() == "not started"


def _nobody(prompt: str) -> str:
    raise EOFError


@pytest.mark.parametrize("what", ["c98-shout", "98", None])
def test_reset_forgets_one_a_chapter_or_all(what: str | None) -> None:
    """Surely asked for, it is done."""
    check("c98-shout", Whisper)
    reset(what, sure=True)
    assert state() == "not started"
    verdict = check("c98-shout", Whisper)
    assert isinstance(verdict, Refused) and verdict.times_seen == 1


def test_progress_is_kept_by_another_kernel(home: Path) -> None:
    """It is in the file, not in this process."""
    from labkit.exercises._store import Store

    check("c98-shout", Shout)
    assert Store(home).get("c98-shout").passed


def test_begin_and_finish_frame_a_chapter() -> None:
    """The start looks at machine and progress; the end checks afresh and closes every port."""
    begun = begin("98")
    assert begun.title == "A room for tests" and begun.progress.passed == 0
    check("c98-shout", Shout)
    check("c98-shout", Whisper)
    done = finish("98")
    assert [type(v) for v in done.verdicts] == [Refused]
    assert servers() == ()


def test_checking_afresh_is_no_further_try() -> None:
    """The end of a chapter counts nothing twice."""
    check("c98-shout", Whisper)
    finish("98")
    verdict = check("c98-shout", Whisper)
    assert isinstance(verdict, Refused) and verdict.times_seen == 2
    assert next(line.tries for line in progress("98").lines if line.id == "c98-shout") == 2


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of a notebook's cells."""
    names: dict[str, Any] = {}
    monkeypatch.setattr(_handed, "notebook_names", lambda: names)
    return names


def test_the_end_checks_what_stands_in_the_cell_now(cells: dict[str, Any]) -> None:
    """The cell was run again with something else, and check was not."""
    cells["Shout"] = Shout
    check("c98-shout", Shout)
    cells["Shout"] = Whisper
    assert [type(v) for v in finish("98").verdicts] == [Refused]
    assert state() == "passed"


def test_an_answer_is_known_by_the_name_that_it_stands_under(cells: dict[str, Any]) -> None:
    """A dict has no name of its own, a class may stand under another."""
    cells.update(_9=Whisper, mine=Whisper)
    check("c98-shout", Whisper)
    cells["mine"] = Shout
    assert [type(v) for v in finish("98").verdicts] == [Passed]


@pytest.mark.parametrize(("now", "verdict"), [(Starter, NotStarted), (3, CouldNotTell)])
def test_the_end_survives_what_is_no_answer(
    cells: dict[str, Any], now: object, verdict: type
) -> None:
    """The starter again, or what is of another kind: no pass, and no error."""
    cells["Shout"] = Shout
    check("c98-shout", Shout)
    cells["Shout"] = now
    assert [type(v) for v in finish("98").verdicts] == [verdict]
    assert servers() == ()


def test_what_was_forgotten_is_not_checked_afresh() -> None:
    """After a reset the chapter ends without it."""
    check("c98-shout", Shout)
    reset("98", sure=True)
    assert finish("98").verdicts == ()


def test_an_unknown_chapter_is_told_which_there_are() -> None:
    """A number without a room."""
    with pytest.raises(UnknownExercise, match="There are: 98"):
        progress("42")
