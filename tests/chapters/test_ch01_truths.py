"""What chapter 1 says is true here and now, and its checks leave nothing behind."""

from __future__ import annotations

import ast
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crochet import run_in_reactor, wait_for
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort
from twisted.protocols.policies import WrappingFactory

import labkit
from labkit.bench import drain_failures, reactor, settle, stop_all, wait
from labkit.errors import BadAnswer
from labkit.exercises import NotStarted, Passed, Refused, check, reveal, rooms, run_check
from labkit.exercises._guesses import truth_of
from labkit.exercises._handout import STARTER, tagged
from labkit.exercises._pasting import pasted
from labkit.exercises._registry import right, wrong

(ROOM,) = (room for room in rooms() if room.chapter.number == "01")
ROOM.load(answers=True)
WRONG = {answer.name: answer.answer for exercise in ROOM.chapter.ids for answer in wrong[exercise]}


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """No server and no failure goes on to the next test."""
    yield
    stop_all()
    settle()
    drain_failures()


@pytest.mark.parametrize("prediction", ROOM.chapter.predictions, ids=lambda p: p.id)
def test_what_is_called_right_is_what_happens(prediction: Any) -> None:
    """Each prediction of this chapter can be tried out, and was."""
    assert truth_of(prediction.id) == prediction.answer


def test_c1_round_is_as_recorded() -> None:
    """The pieces stand in the file in the order in which two threads told them."""
    (task,) = ROOM.chapter.orders
    assert truth_of(task.id) == list(task.pieces)


@pytest.mark.parametrize(
    "answer", ["report_that_imports", "report_with_a_constant", "report_of_what_is_installed"]
)
def test_c1_report_gives_openssl_back(answer: str) -> None:
    """Hidden for one call, whatever that call does."""
    import OpenSSL

    assert isinstance(run_check("c1-report", WRONG[answer]), Refused)
    assert sys.modules["OpenSSL"] is OpenSSL


@pytest.mark.parametrize("answer", [a.name for a in wrong["c1-listen"]])
def test_c1_listen_leaves_no_port(answer: str) -> None:
    """Also where the answer kept to itself what it had opened."""
    before = wait(_ports)
    run_check("c1-listen", WRONG[answer])
    assert wait(_ports) == before


@wait_for(timeout=5)
def listen(description: str, factory: Any) -> Any:
    return serverFromString(reactor, description).listen(factory)


def stopped(factory: Any) -> Any:
    port = listen("tcp:0:interface=127.0.0.1", factory)
    wait(port.stopListening)
    return port


def wrapped(factory: Any) -> Any:
    return listen("tcp:0:interface=127.0.0.1", WrappingFactory(factory))


def elsewhere(factory: Any) -> Any:
    return listen("tcp6:0:interface=\\:\\:1", factory)


def unix(factory: Any) -> Any:
    return listen(f"unix:{tempfile.mkdtemp(prefix='labkit-')}/s", factory)


@pytest.mark.parametrize("answer", [stopped, elsewhere, unix])
def test_c1_listen_refuses_other_ports(answer: Any) -> None:
    """One that was stopped again, one of another address, one that has no address at all."""
    before = wait(_ports)
    verdict = run_check("c1-listen", answer)
    assert isinstance(verdict, Refused), verdict
    assert verdict.finding.id == "wrong-reply"
    assert wait(_ports) == before


def test_c1_listen_takes_a_factory_in_a_wrapper() -> None:
    """Whose port does not know the factory itself; it is stopped all the same."""
    before = wait(_ports)
    assert isinstance(run_check("c1-listen", wrapped), Passed)
    assert wait(_ports) == before


def test_c1_hop_refuses_a_second_call_of_f() -> None:
    """f runs in the reactor's thread each time, and once too often."""

    def in_reactor(f: Any, *args: Any) -> Any:
        run_in_reactor(f)(*args).wait(5)
        return run_in_reactor(f)(*args).wait(5)

    verdict = run_check("c1-hop", in_reactor)
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "wrong-reply"


def _ports() -> int:
    return sum(IListeningPort.providedBy(reader) for reader in reactor.getReaders())


def test_c1_hop_ends_a_loop_that_waits_for_ever() -> None:
    """The caller's thread was the check's own, and is gone with it."""
    run_check("c1-hop", WRONG["in_reactor_that_looks_again_and_again"])
    for thread in threading.enumerate():
        if thread.name == "the caller's thread":
            thread.join(2)
            spinning = any("looks" in str(w) for w in _stack(thread))
            assert not spinning


def _stack(thread: threading.Thread) -> Iterator[str]:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        yield frame.f_code.co_name
        frame = frame.f_back


def test_c1_find_takes_the_dict_and_a_function_of_it() -> None:
    """The page asks for a dict; a program that makes one is as good."""
    answer = right["c1-find"][0].answer
    assert isinstance(run_check("c1-find", answer()), Passed)
    assert isinstance(run_check("c1-find", answer), Passed)


def test_c1_report_is_a_function_and_not_its_result() -> None:
    """A check that has to call twice says so, with the cure."""
    with pytest.raises(BadAnswer, match="Hand over report itself"):
        run_check("c1-report", right["c1-report"][0].answer())


def test_c1_hello_does_not_speak_to_a_server_that_raised() -> None:
    """The silence is explained by what was raised, and by nothing that the check did."""
    verdict = run_check("c1-hello", WRONG["HelloInText"])
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "str-vs-bytes"
    assert not any(remark.who == "client" and remark.data for remark in verdict.dialogue)


PAGE = Path(labkit.__file__).parent.parent / "notebooks" / ROOM.chapter.notebook


@pytest.mark.parametrize("id", [e.id for e in ROOM.chapter.exercises if e.blanks])
def test_the_blanks_are_those_of_the_page(id: str) -> None:
    """As many dots as the room says: with fewer, the reader has begun."""
    nodes = ast.walk(ast.parse(tagged(PAGE, STARTER)[id].source))
    dots = sum(isinstance(n, ast.Constant) and n.value is ... for n in nodes)
    assert dots == next(e.blanks for e in ROOM.chapter.exercises if e.id == id)


def half_started(factory: Any) -> Any:
    place = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    print(place, factory)
    return ...


@pytest.mark.parametrize(
    ("id", "answer", "said"),
    [
        ("c1-listen", half_started, 'Fill in "return ..." in the cell above, too'),
        ("c1-find", {"lines": "twisted.protocols.basic", "later": ...}, 'Fill in "later" in'),
    ],
)
def test_what_is_still_open_is_named(id: str, answer: Any, said: str) -> None:
    """Where the starter has several places to fill in, and some are filled in."""
    verdict = check(id, answer)
    assert isinstance(verdict, NotStarted)
    assert said in verdict.next


def test_c1_find_reveals_a_dict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first solution is what the page asks for, and can be pasted."""
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    check("c1-find", right["c1-find"][0].answer())
    (_, source), *_ = reveal("c1-find").sources
    cell: dict[str, Any] = {}
    exec(source, cell)
    assert cell["names"] == right["c1-find"][0].answer()


@pytest.mark.parametrize("answer", [a for e in ROOM.chapter.exercises for a in right[e.id]])
def test_a_solution_passes_as_it_is_pasted(answer: Any, tmp_path: Path) -> None:
    """Into an empty notebook: all that it needs stands in its text."""
    file = tmp_path / "cell.py"
    file.write_text(pasted(answer))
    cell: dict[str, Any] = {"__name__": "cell"}
    exec(compile(file.read_text(), str(file), "exec"), cell)
    assert isinstance(run_check(answer.exercise, cell[answer.name]), Passed)


def test_c1_hop_gives_the_reactors_timers_back() -> None:
    """Whatever the answer did with them, and whoever watches them already."""
    before = dict(vars(reactor))
    run_check("c1-hop", WRONG["in_reactor_with_a_call_later"])
    run_check("c1-hop", right["c1-hop"][0].answer)
    kept = {n: v for n, v in vars(reactor).items() if n in ("callLater", "callWhenRunning")}
    assert kept == {n: before[n] for n in kept}


def test_c1_hello_keeps_its_question_out_of_the_talk() -> None:
    """The step is one with a client that says nothing."""
    verdict = run_check("c1-hello", WRONG["HelloWhenSpokenTo"])
    assert isinstance(verdict, Refused)
    assert not any(remark.data for remark in verdict.dialogue)


def test_c1_find_prints_the_wrong_name_as_what_was_got() -> None:
    """What was expected is a name that can be imported."""
    verdict = run_check("c1-find", WRONG["names_with_a_typo"])
    assert isinstance(verdict, Refused)
    assert "LineReciever" in str(verdict.got) and "LineReciever" not in str(verdict.expected)


def test_c1_example_may_speak_of_its_reactor() -> None:
    """A text that has the name in it does no harm where the script asks for it as well."""
    plain = right["c1-example"][0].answer()
    told = f'print("seen with {type(reactor).__name__}")\n{plain}'
    assert isinstance(run_check("c1-example", lambda: told), Passed)
