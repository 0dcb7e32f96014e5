"""Each wrong belief about Deferreds and the reactor is named by a check and drawn as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.exercises._rooms import room_numbered

NOTEBOOKS = Path(labkit.__file__).parent.parent / "notebooks"

# the belief, the chapter, the id under which a check names it, the cell that draws the truth
BELIEFS = [
    ("a Deferred is a thread", "03", "deferred-is-a-thread", "slow-run"),
    ("a Deferred makes code non-blocking", "03", "deferred-makes-non-blocking", "slow-run"),
    ("adding a callback late loses the result", "03", "too-late-never-runs", "late"),
    ("an errback ends the chain", "03", "ends-after-errback", "zigzag"),
    ("await blocks the reactor", "03", "sequential", "await-run"),
    ("callLater(0) runs now", "03", "call-later-zero-runs-now", "path"),
    ("a thread may call what is Twisted's", "03", "callback-in-wrong-thread", "thread-run"),
    ("a cell and the reactor are one thread", "01", "one-thread", "round-run"),
    ("what seems to work from any thread is fine", "01", "it-finds-its-way", "direct"),
    ("an error in one connection stops the server", "02", "error-stops-the-server", "raise"),
    ("loseConnection is immediate", "02", "lose-is-immediate", "close-wire"),
]


def named(number: str) -> set[str]:
    """All that a chapter's questions, orders and findings can tell a reader by name."""
    chapter = room_numbered(number).chapter
    options = {o.belief for p in chapter.predictions for o in p.options}
    beliefs = {b.id for order in chapter.orders for b in order.beliefs}
    return options | beliefs | {finding.id for finding in chapter.findings}


def cell(number: str, id: str) -> Any:
    """A cell of the stored notebook."""
    path = next(NOTEBOOKS.glob(f"{number}-*.ipynb"))
    return next(c for c in json.loads(path.read_text())["cells"] if c["id"] == id)


@pytest.mark.parametrize(("belief", "number", "id", "shown"), BELIEFS, ids=[b[0] for b in BELIEFS])
def test_a_wrong_belief_is_named_and_drawn(belief: str, number: str, id: str, shown: str) -> None:
    """Under the reader's own cell stands a picture, or a card of the lab's, of what really is."""
    assert id in named(number), belief
    pages = [
        "".join(o.get("data", {}).get("text/html", "")) for o in cell(number, shown)["outputs"]
    ]
    assert any("<img" in page or "<div" in page for page in pages), belief
