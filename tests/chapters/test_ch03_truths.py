"""What chapter 3 says in its predictions and its order is what its own snippets do."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import (
    AlreadyCalledError,
    CancelledError,
    Deferred,
    ensureDeferred,
    succeed,
)
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from labkit.bench import drain_failures, settle
from labkit.exercises._guesses import truth_of

ROOM = Path(__file__).parents[2] / "labkit" / "chapters" / "ch03_deferreds"
TOML = tomllib.loads((ROOM / "chapter.toml").read_text("utf-8"))
PREDICTIONS = {prediction["id"]: prediction for prediction in TOML["predictions"]}


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """No failure goes on to the next test."""
    yield
    settle()
    drain_failures()


def right_option(prediction: str) -> str:
    found = PREDICTIONS[prediction]
    (option,) = (o for o in found["options"] if o["key"] == found["answer"])
    return str(option["text"])


def told(log: list[Any]) -> str:
    """A log as the options write it."""
    return ", ".join(e if isinstance(e, str) else repr(e).replace("'", '"') for e in log)


def notes(log: list[Any], word: str, value: object) -> Callable[[object], object]:
    def note(_: object) -> object:
        log.append(word)
        return value

    return note


def prelude(log: list[Any]) -> dict[str, Any]:
    """What the notebook has defined when the snippets run."""

    def melt(_: object) -> None:
        log.append("melt")
        raise RuntimeError("hot")

    clock = Clock()

    async def job(name: str, seconds: int) -> None:
        log.append(name + ">")
        await deferLater(clock, seconds)
        log.append(name + "<")

    return {
        "log": log, "d": Deferred(), "outer": Deferred(), "inner": Deferred(), "c": clock,
        "melt": melt, "cool": notes(log, "cool", "ok"), "tell": notes(log, "tell", "told"),
        "bye": lambda x: log.append(f"bye:{x}"), "job": job, "ensureDeferred": ensureDeferred,
        "succeed": succeed,
    }  # fmt: skip


def run_snippet(prediction: str, after: str = "", **names: Any) -> list[Any]:
    log: list[Any] = []
    exec(PREDICTIONS[prediction]["snippet"] + after, prelude(log) | names | {"log": log})
    return log


START = "\nensureDeferred(main())\nfor _ in range(4):\n    c.advance(1)\n"
LOGS = [("p-none", ""), ("p-pair", ""), ("p-zigzag", ""), ("p-pause", ""), ("p-late", ""),
        ("p-coro-start", START)]  # fmt: skip


@pytest.mark.parametrize(("prediction", "after"), LOGS)
def test_the_right_option_is_the_log_of_the_snippet(prediction: str, after: str) -> None:
    """Word by word; the snippet is the one that the reader sees."""
    log = told(run_snippet(prediction, after))
    assert log == right_option(prediction)
    wrong = [o["text"] for o in PREDICTIONS[prediction]["options"] if "belief" in o]
    assert log not in wrong


def test_an_exception_that_is_returned_is_a_value() -> None:
    """Raised, returned, and in a Failure."""

    def raises(_: object) -> None:
        raise ValueError

    ways: list[Callable[[object], object]] = [
        raises, lambda _: ValueError(), lambda _: Failure(ValueError()),
    ]  # fmt: skip
    logs = [told(run_snippet("p-returned-exc", f=f)) for f in ways]
    assert ", ".join(logs) == right_option("p-returned-exc")


def test_a_late_result_after_a_cancel_is_ignored_once() -> None:
    """As the right option says; the second raises, as a reply says."""
    assert "that one call is ignored" in right_option("p-cancel")
    log: list[Any] = []
    plain: Deferred[str] = Deferred()
    plain.addCallbacks(log.append, lambda failure: log.append(failure.type))
    plain.cancel()
    plain.callback("late")
    assert log == [CancelledError]
    with pytest.raises(AlreadyCalledError):
        plain.callback("later")


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_the_answer_is_what_a_live_run_shows(prediction: str) -> None:
    """Each prediction has a truth that is found out by running."""
    assert truth_of(prediction) == PREDICTIONS[prediction]["answer"]


def test_the_order_is_as_lived() -> None:
    """The pieces of the order stand in the file as the reactor goes through them."""
    (order,) = TOML["orders"]
    assert truth_of(order["id"]) == order["pieces"]


def test_a_reply_has_two_sentences_at_most() -> None:
    """Short enough to be read before the next cell."""
    options = [o for p in PREDICTIONS.values() for o in p["options"]]
    replies = [o["reply"] for o in options + TOML["orders"][0]["beliefs"]]
    assert not [reply for reply in replies if reply.replace("?", ".").count(". ") > 1]


def test_the_right_letter_is_not_always_the_same() -> None:
    """Nobody is right by habit."""
    assert len({p["answer"] for p in PREDICTIONS.values()}) == 4


BELIEFS = {
    "a Deferred is a thread": "deferred-is-a-thread",
    "a Deferred makes code non-blocking": "deferred-makes-non-blocking",
    "adding a callback late loses the result": "too-late-never-runs",
    "an errback ends the chain": "ends-after-errback",
    "await blocks the reactor": "sequential",
    "callLater(0) runs now": "call-later-zero-runs-now",
    "a thread may call a transport": "callback-in-wrong-thread",
}


@pytest.mark.parametrize("belief", BELIEFS.values(), ids=BELIEFS)
def test_each_wrong_belief_of_the_chapter_is_met(belief: str) -> None:
    """By an option, by the order, or by what a check finds."""
    options = {o.get("belief") for p in PREDICTIONS.values() for o in p["options"]}
    met = options | {b["id"] for b in TOML["orders"][0]["beliefs"]}
    assert belief in met | {finding["id"] for finding in TOML["findings"]}
