"""Failures that nobody handled come under the cell that lost them, with the line that made them."""

from __future__ import annotations

import gc

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from labkit.notebook._losses import Held, holds_deferred, made_at, remember_lines

from .kernels import Kernel

LOST = "✗ nobody handled: ValueError: no anchor"


@pytest.mark.parametrize(
    "value",
    [
        "fail(ValueError('no anchor'))",
        "(fail(ValueError('no anchor')), 7)",
        "[1, [fail(ValueError('no anchor'))]]",
        "{'d': fail(ValueError('no anchor'))}",
    ],
)
def test_the_output_history_keeps_no_failure_quiet(kernel: Kernel, value: str) -> None:
    """Out and _ would hold it, alone or in a container; the card comes under this very cell."""
    shown = kernel.run(f"x = 0\n{value}")
    assert shown.cards == [f"{LOST}\n  cell, line 2: {value}"]
    assert kernel.run("None").cards == []


def test_a_deferred_that_was_shown_may_fail_later(kernel: Kernel) -> None:
    """It had no failure yet when it went to Out, and nobody else holds it then."""
    kernel.run("harbour = Deferred()\n(harbour, 7)")
    shown = kernel.run("harbour.errback(ValueError('no anchor'))\ndel harbour")
    assert shown.cards == [f"{LOST}\n  cell, line 1: harbour.errback(ValueError('no anchor'))"]


def test_what_is_shown_and_still_held_by_a_name_is_not_lost(kernel: Kernel) -> None:
    """Out gives it up, the variable does not."""
    shown = kernel.run("d = fail(ValueError('no anchor'))\n[d]")
    assert shown.cards == []
    assert kernel.run("d.addErrback(lambda f: 'moored'); print(d.result)").texts == [
        "stdout: moored\n"
    ]


def test_a_failure_that_a_name_holds_is_a_note(kernel: Kernel) -> None:
    """Once, and not as a failure: it may be handled yet."""
    shown = kernel.run("d = fail(ValueError('no anchor'))")
    assert shown.texts == [
        "! failed, and not handled yet: d · ValueError: no anchor\n"
        "  cell, line 1: d = fail(ValueError('no anchor'))"
    ]
    assert shown.cards == []
    assert kernel.run("None").texts == []
    kernel.run("d.addErrback(lambda f: None)")


def test_the_last_name_that_goes_loses_it_there(kernel: Kernel) -> None:
    """Under the later cell, with the line of the earlier one that made it."""
    kernel.run("x = 0\ny = 0\nd = fail(ValueError('no anchor'))")
    shown = kernel.run("d = None")
    assert shown.cards == [
        f"{LOST}\n  cell, line 3: d = fail(ValueError('no anchor'))\n"
        "  It failed in an earlier cell, and was held by d; "
        "nothing holds it any more, so it is lost now."
    ]


def test_what_an_object_held_says_that_it_is_older(kernel: Kernel) -> None:
    """No name of its own, and still the line."""
    kernel.run("class Pier: pass\npier = Pier()\npier.d = fail(ValueError('no anchor'))")
    (card,) = kernel.run("del pier").cards
    assert card.startswith(f"{LOST}\n  cell, line 3: pier.d = fail(")
    assert "It failed in an earlier cell; nothing holds it any more" in card


def test_what_a_callback_raised_names_the_line_that_raised(kernel: Kernel) -> None:
    """Not the one that fired it."""
    kernel.run("def moor(result):\n    raise ValueError('no anchor')\nd = Deferred()")
    shown = kernel.run("d.addCallback(moor)\nd.callback(None)\nd = None")
    assert shown.cards == [f"{LOST}\n  cell, line 2, in moor: raise ValueError('no anchor')"]


def test_a_failure_in_a_connection_is_worded_otherwise(kernel: Kernel) -> None:
    """No Deferred was lost there: something was raised, and Twisted caught it."""
    (card,) = kernel.run("reactor.callFromThread({}.__getitem__, 'anchor')").cards
    assert card.startswith("✗ in the reactor · KeyError")


def test_a_handled_failure_is_nobodys_business(kernel: Kernel) -> None:
    """Fired, failed, handled, gone: not a word."""
    cell = "d = fail(ValueError('no anchor'))\nd.addErrback(lambda f: None)\nd = None"
    assert kernel.run(cell).outputs == []


# Without a kernel


def test_a_failure_knows_the_line_that_gave_it() -> None:
    """Also when there is no traceback at all; and handled ones behave as always."""
    remember_lines()
    remember_lines()
    deferred = fail(ValueError("no anchor"))
    caught: list[Failure] = []
    result = deferred.result
    assert isinstance(result, Failure)
    where = made_at(result)
    assert where is not None and where.file == __file__
    assert where.function == "test_a_failure_knows_the_line_that_gave_it"
    deferred.addErrback(caught.append)
    assert caught == [result]


def test_containers_are_looked_into_and_classes_are_not() -> None:
    """A class of the reader's may do anything when somebody goes through it."""

    class Trap(list[int]):
        def __iter__(self) -> object:  # type: ignore[override]
            raise AssertionError("somebody looked")

    d: Deferred[None] = Deferred()
    assert holds_deferred(d) and holds_deferred({"a": [(d,)]})
    assert not holds_deferred([[[[d]]]])
    assert not holds_deferred(Trap()) and not holds_deferred("harbour")


def test_a_note_is_told_once_for_each_failure() -> None:
    """A second name for the same Deferred is the same failure."""
    d = fail(ValueError("no anchor"))
    held = Held()
    assert [name for name, _ in held.found({"d": d, "_": d, "same": d})] == ["d"]
    assert list(held.found({"d": d})) == []
    d.addErrback(lambda f: None)
    gc.collect()
