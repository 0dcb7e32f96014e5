"""What chapter 4 accepts as right withstands junk, too: its answers under the same siege."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.protocol import Protocol

from labkit.bench import serve
from labkit.exercises._registry import Right, right
from labkit.exercises._rooms import room_numbered

from .explained import HEAD, KLEIN
from .siege import Gate, besiege

ASKED = b"GET / HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n"
SERVED = ("c4-mend", "c4-raw", "c4-greet", "c4-tree", "c4-form", "c4-notes", "c4-head", "c4-limit")


def accepted() -> list[Any]:
    """The accepted answers that are servers by themselves."""
    room_numbered("04").load(answers=True)
    return [pytest.param(a, id=f"{id}-{a.name}") for id in SERVED for a in right[id]]


@pytest.mark.parametrize("answer", accepted())
def test_an_accepted_answer_stands(clean: None, answer: Right) -> None:
    """Fifty thousand bytes and more: it answers, and nothing is left or logged."""
    made = answer.answer
    if answer.exercise == "c4-limit":
        made = made(2000)
    elif not issubclass(made, Protocol):
        made = made()
    gate = Gate(serve(made, name=answer.exercise), ASKED, b"HTTP/1.1 ", (*KLEIN, HEAD))
    sent, _ = besiege(gate, 4, 50_000, 320)
    assert sent >= 50_000
