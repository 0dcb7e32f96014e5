"""The form of section 4.9, filled in by a person's browser in the chapter's own page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .notebooks import Notebook
from .test_page import live

NEEDED = (
    *("trap-office", "trap-works", "mirror", "mirror-show", "counter"),
    *("mooring", "arrivals", "arrivals-page"),
)


def test_the_form_is_filled_in_and_answered(page: Any, desk: Path, shots: Path) -> None:
    """What was typed comes back as text, markup and all; a blank name is refused."""
    notebook = Notebook(page, "04-web-servers.ipynb")
    places = {cell["id"]: number for number, cell in enumerate(notebook.cells)}
    for cell in NEEDED:
        notebook.run(places[cell])
        assert "error" not in [o["output_type"] for o in notebook.cells[places[cell]]["outputs"]]
    frame = live(page)
    frame.fill("input[name=ship]", "  ")
    frame.click("button")
    frame.wait_for_selector("p:text('A ship has a name.')", state="attached")
    frame.fill("input[name=ship]", "<b>Zoë</b>")
    frame.click("button")
    frame.wait_for_selector("p:text('<b>Zoë</b> is expected.')", state="attached")
    notebook.shot(places["arrivals-page"], shots / "form.png")
