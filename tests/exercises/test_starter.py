"""An untouched starter is told from an attempt."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.exercises._starter import is_starter, left_open


class Dots:
    def dataReceived(self, data: bytes) -> None:
        """Answer it."""
        ...


class HalfFilled:
    buffer = b""

    def dataReceived(self, data: bytes) -> None:
        self.buffer += data
        self.write(...)

    def write(self, data: Any) -> None:
        print(data)


class Nothing:
    """A docstring."""


class Honest:
    def dataReceived(self, data: bytes) -> None:
        print(data)

    def connectionLost(self, reason: object) -> None:
        pass


def hunt(connect: object) -> None: ...


def tried(connect: object) -> None:
    print(connect)


@pytest.mark.parametrize("answer", [None, ..., Dots, HalfFilled, Nothing, hunt, {"a": ..., "b": 1}])
def test_nothing_written_yet(answer: object) -> None:
    """Dots where code should be."""
    assert is_starter(answer)


@pytest.mark.parametrize("answer", [Honest, tried, 3, "text", Honest(), {}, {"a": 1}])
def test_an_attempt(answer: object) -> None:
    """Also one whose connectionLost passes on purpose."""
    assert not is_starter(answer)


def half_filled() -> object:
    place = "tcp:0"
    print(place, ...)
    return ...


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        (half_filled, ("print(place, ...)", "return ...")),
        ({"a": ..., "b": 1}, ("a",)),
        (Honest, ()),
        (3, ()),
    ],
)
def test_what_is_left_open_is_named(answer: object, places: tuple[str, ...]) -> None:
    """The lines with dots in them, the keys without a value."""
    assert left_open(answer) == places
