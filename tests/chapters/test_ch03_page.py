"""Under each question of chapter 3's page stands, at once, what really happens."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "labkit" / "chapters" / "ch03_deferreds"
PREDICTIONS = tomllib.loads((ROOM / "chapter.toml").read_text("utf-8"))["predictions"]
PAGE = json.loads((ROOT / "notebooks" / "03-deferreds.ipynb").read_text("utf-8"))
CODE = [cell for cell in PAGE["cells"] if cell["cell_type"] == "code"]
LOGS = {
    "p-none": "[('pay', 5), ('gate', None)]",
    "p-zigzag": "['E1', 'C2:saved', 'E4:AttributeError', 'C5:None']",
    "p-late": "['made', 'one', 'fired', 'two:7', 'added', 'three:None']",
    "p-pause": "['a', 'main', ('b', 'in'), 'end']",
    "p-pair": "['melt', 'tell', 'bye:told']",
    "p-returned-exc": "['eb', 'cb', 'eb']",
    "p-coro-start": "['b>', 'm', 'a>', 'b<', 'a<', 'done']",
}


def after(prediction: str) -> Any:
    """The code cell under which the answer to a prediction appears."""
    tags = [cell["metadata"].get("tags", ()) for cell in CODE]
    return CODE[next(n for n, t in enumerate(tags) if f"exercise:{prediction}" in t) + 1]


@pytest.mark.parametrize("prediction", [p["id"] for p in PREDICTIONS])
def test_the_answer_appears_where_it_happens(prediction: str) -> None:
    """The next cell ends with something to see; a mere definition shows nothing."""
    cell = after(prediction)
    assert isinstance(ast.parse("".join(cell["source"])).body[-1], ast.Expr)
    assert cell["outputs"]


@pytest.mark.parametrize("prediction", LOGS)
def test_what_stands_in_the_log_is_in_the_picture(prediction: str) -> None:
    """In words, and it is what the right option says."""
    seen = "".join("".join(o["data"].get("text/plain", "")) for o in after(prediction)["outputs"])
    assert f"holds {LOGS[prediction]}" in seen
    (found,) = (p for p in PREDICTIONS if p["id"] == prediction)
    (right,) = (o["text"] for o in found["options"] if o["key"] == found["answer"])
    assert _bare(LOGS[prediction]) == _bare(right)


def _bare(text: str) -> str:
    return text.translate(str.maketrans("", "", "[]'\" "))
