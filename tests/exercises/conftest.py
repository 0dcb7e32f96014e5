"""A home of its own for every test, and a chapter room that is not the workbook's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import labkit.chapters
from labkit.bench import stop_all
from labkit.exercises import _registry, _rooms

TOML = """
number = "98"
title = "A room for tests"
notebook = "98-a-room.ipynb"
minutes = 1

[[findings]]
id = "quiet"
why = "Shouting was asked for."

[[exercises]]
id = "c98-shout"
title = "Shout"
kind = "make"
steps = 1
goal = "Write Shout, a Protocol that answers each piece in upper case."
contract = "framing: none."
hints = ["Is it loud?", "bytes have upper()", "write(data.____())"]
findings = ["quiet"]

[[predictions]]
id = "c98-guess"
question = "How loud?"
answer = "b"
options = [
  {key = "a", text = "not at all", belief = "silence", reply = "It is not silent."},
  {key = "b", text = "very", reply = "Right."},
]

[[exercises]]
id = "c98-life"
title = "In order"
kind = "order"
goal = "Order them."
contract = "as seen"
hints = ["a?", "b", "____"]

[[orders]]
id = "c98-life"
question = "In which order?"
pieces = ["born", "working", "retired"]
beliefs = [{id = "child-labour", first = "working", before = "born", reply = "Born first."}]
"""

CHECKS = """
from labkit.exercises import judge, truth

@judge("c98-shout")
def shout(t):
    t.serve()
    with t.step("one word", cites="framing: none.", otherwise="quiet", shows="one word"):
        with t.connect() as c:
            c.send(b"ho")
            c.expect(b"HO")

@truth("c98-guess")
def how_loud():
    return "b"
"""

SOLUTIONS = """
from twisted.internet.protocol import Protocol
from labkit.exercises import solves

@solves("c98-shout", style="upper")
class Shout(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())

@solves("c98-shout", style="sequence")
class ShoutAll(Protocol):
    def dataReceived(self, data):
        self.transport.writeSequence([data.upper()])
"""

MISTAKES = """
from twisted.internet.protocol import Protocol
from labkit.exercises import mistakes

@mistakes("c98-shout", finding="quiet")
class Whisper(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Progress goes to a folder of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LABKIT_HOME", str(folder))
    yield folder
    stop_all()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A sixteenth room, found by its name alone: no engine module was told of it."""
    folder = tmp_path / "rooms" / "ch98_a_room"
    folder.mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "chapter.toml": TOML,
        "checks.py": CHECKS,
        "solutions.py": SOLUTIONS,
        "mistakes.py": MISTAKES,
    }.items():
        (folder / name).write_text(text)
    monkeypatch.setattr(labkit.chapters, "__path__", [str(folder.parent)])
    forget()
    yield folder
    monkeypatch.undo()
    forget()


def forget() -> None:
    """Let the rooms be found anew."""
    import sys

    _rooms.rooms.cache_clear()
    _rooms.catalogue.cache_clear()
    for module in [m for m in sys.modules if m.startswith("labkit.chapters.ch98")]:
        del sys.modules[module]
    for table in (_registry.checks, _registry.truths, _registry.right, _registry.wrong):
        for id in [i for i in table if i.startswith("c98-")]:
            del table[id]  # type: ignore[attr-defined]
