"""An untouched starter is told from an attempt."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.exercises._starter import is_starter


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
