"""Which lines are the reader's own."""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType

import attrs
import pytest
import twisted.internet.defer as defer

import labkit._frames as frames
from labkit._frames import is_readers, readers_part

LABKIT = os.path.dirname(os.path.abspath(frames.__file__))


@pytest.mark.parametrize(
    "file",
    [
        "<ipython-input-3-0123456789ab>",
        "/tmp/ipykernel_4711/2718281828.py",
        "/home/reader/tea.py",
        "tea.py",
        "<stdin>",
        "<string>",
        f"{LABKIT}/protocols/echo.py",
        f"{LABKIT}/chapters/ch02_clients_and_servers/solutions/rooms.py",
        __file__,
    ],
)
def test_cells_scripts_and_what_the_course_shows_are_the_readers(file: str) -> None:
    """These lines may stand in a traceback."""
    assert is_readers(file)


@pytest.mark.parametrize(
    "file",
    [
        defer.__file__,
        os.__file__,
        os.path.realpath(os.__file__),
        attrs.__file__,
        f"{sys.prefix}/lib/tea.py",
        "<frozen importlib._bootstrap>",
        "<attrs generated init tea>",
        f"{LABKIT}/__init__.py",
        f"{LABKIT}/errors.py",
        f"{LABKIT}/bench/_server.py",
        f"{LABKIT}/wire/_tape.py",
        f"{LABKIT}/exercises/_trial.py",
        f"{LABKIT}/notebook/_cells.py",
        f"{LABKIT}/views/ladder.py",
        f"{LABKIT}/chapters/ch02_clients_and_servers/checks/rooms.py",
    ],
)
def test_twisted_python_and_the_lab_are_not(file: str) -> None:
    """These lines say nothing to a reader."""
    assert not is_readers(file)


def spill() -> None:
    """The reader's function."""
    raise ValueError("spilt")


def caught(call: object) -> TracebackType:
    """The traceback of what a call raises."""
    try:
        call()  # type: ignore[operator]
    except Exception as error:
        assert error.__traceback__ is not None
        return error.__traceback__
    raise AssertionError("nothing was raised")


def names(tb: TracebackType | None) -> list[str]:
    """The functions of a traceback."""
    return [step.name for step in traceback.extract_tb(tb)]


def test_the_readers_part_keeps_order_and_lines() -> None:
    """Twisted's frames between go, the lines of the others stay what they were."""
    whole = caught(_through)
    part = readers_part(whole)
    assert names(whole).count("_through") == 1
    assert "raiseException" in names(whole)
    assert names(part)[-1] == "spill"
    assert not {"raiseException", "execute", "maybeDeferred"} & set(names(part))
    lines = {(s.name, s.lineno) for s in traceback.extract_tb(whole)}
    assert {(s.name, s.lineno) for s in traceback.extract_tb(part)} <= lines


def _through() -> None:
    outcome: list[object] = []
    defer.execute(spill).addErrback(outcome.append)
    outcome[0].raiseException()  # type: ignore[attr-defined]


def test_without_any_of_the_readers_the_whole_is_kept() -> None:
    """Better too much than nothing; no traceback stays none."""
    tb = _foreign()
    assert readers_part(tb) is tb
    assert readers_part(None) is None


def _foreign() -> TracebackType:
    try:
        os.path.join(1)  # type: ignore[call-overload]
    except TypeError as error:
        assert error.__traceback__ is not None
        inner = error.__traceback__.tb_next
        assert inner is not None
        return inner
    raise AssertionError("nothing was raised")
