"""Values in words: short, without what changes from run to run, whatever they raise."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, FailureGroup, FirstError
from twisted.python.failure import Failure

from labkit.deferreds import Shown
from labkit.deferreds._texts import MOST, shown, taken, text


class Quiet:
    """No words of its own."""


class Angry(Exception):
    """Cannot be said."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"hi\r\n", r"b'hi\r\n'"),
        ({"b": 1, "a": [Quiet()]}, "{'b': 1, 'a': [<Quiet object>]}"),
        (
            IPv4Address("TCP", "127.0.0.1", 4711),
            "IPv4Address(type='TCP', host='127.0.0.1', port=…)",
        ),
        ([(False, Failure(ValueError("no")))], "[(False, <Failure ValueError: no>)]"),
        ([Deferred()], "[<Deferred>]"),
        (text, "<function text>"),
        (10**5000, "<int, its __repr__ raised>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_words_without_addresses_ports_and_modules(value: Any, words: str) -> None:
    """What is stored in a notebook is the same in every run."""
    assert text(value) == words


def test_words_are_cut() -> None:
    """At sixty characters, the last of them an ellipsis."""
    assert len(text(["a" * 30] * 30)) == MOST
    assert text(["a" * 30] * 30).endswith("…")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError(), "ValueError"),
        (Angry(), "Angry: its __str__ raised"),
        (FirstError(Failure(KeyError("k")), 1), "FirstError: part 1, KeyError: 'k'"),
        (FailureGroup([Failure(ValueError("a"))]), "FailureGroup: ValueError: a"),
    ],
)
def test_a_failure_is_its_exception(error: BaseException, words: str) -> None:
    """Type and message, also of those that hold others."""
    assert shown(Failure(error)) == Shown(words, "failure")


def test_what_never_changes_is_kept_and_the_rest_is_told_at_once() -> None:
    """Numbers and short texts stay themselves; a list is words from now on."""
    box = [1]
    kept = taken(box)
    box.append(2)
    assert (taken(3), taken("a"), kept) == (3, "a", Shown("[1]"))
