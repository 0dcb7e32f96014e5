"""A class that a notebook's cell defined: inspect cannot find its text, the judge can."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from labkit.exercises._starter import is_starter


def in_a_cell(source: str, name: str) -> Any:
    """What `name` is after a cell with this source: a file that only linecache knows."""
    file = f"/tmp/ipykernel_1/{abs(hash(source))}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space: dict[str, Any] = {"__name__": "__a_notebook__"}
    exec(compile(source, file, "exec"), space)
    return space[name]


STARTERS = (
    "class Relay:\n    ...\n",
    "class Upper:\n    def dataReceived(self, data):\n        ...\n",
    "class Vend:\n    def start(self):\n        pass\n    def line(self, text):\n        ...\n",
    "class Lines:\n    def received(self, data):\n        length = ...\n        return length\n",
    "class Room:\n    class protocol:\n        def line(self, text): ...\n",
)
WRITTEN = (
    "class Upper:\n    def dataReceived(self, data):\n        return data.upper()\n",
    "class Room:\n    class protocol:\n        def line(self, text): return text\n",
    "class Relay:\n    last = b'(empty)'\n",
)


@pytest.mark.parametrize("source", STARTERS)
def test_an_empty_class_of_a_cell_is_not_started(source: str) -> None:
    """inspect cannot find its source; its code objects know the cell."""
    assert is_starter(in_a_cell(source, source.split()[1].rstrip(":")))


@pytest.mark.parametrize("source", WRITTEN)
def test_a_written_class_of_a_cell_is_an_attempt(source: str) -> None:
    """Whatever it does, it is judged."""
    assert not is_starter(in_a_cell(source, source.split()[1].rstrip(":")))
