"""The form of section 4.9, filled in by a person's browser in the chapter's own page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .notebooks import Notebook, source
from .test_page import live

SHOWN = "arrivals-page"  # the cell that shows the form


def test_the_form_is_filled_in_and_answered(page: Any, desk: Path, shots: Path) -> None:
    """What was typed comes back as text, markup and all; a blank name is refused."""
    notebook = Notebook(page, "04-web-servers.ipynb")
    ids = [cell["id"] for cell in notebook.cells]
    run_before(notebook, ids.index(SHOWN) + 1)
    frame = live(page)
    frame.fill("input[name=ship]", "  ")
    frame.click("button")
    frame.wait_for_selector("p:text('A ship has a name.')", state="attached")
    frame.fill("input[name=ship]", "<b>Zoë</b>")
    frame.click("button")
    frame.wait_for_selector("p:text('<b>Zoë</b> is expected.')", state="attached")
    notebook.shot(ids.index(SHOWN), shots / "form.png")


def run_before(notebook: Notebook, end: int) -> None:
    """Run the cells up to there that ask the reader for nothing; each is to work."""
    for place, cell in enumerate(notebook.cells[:end]):
        tags = cell["metadata"].get("tags", [])
        starter = any(tag.startswith("exercise:") for tag in tags)
        if cell["cell_type"] != "code" or starter or "check(" in source(cell):
            continue
        notebook.run(place)
        errors = [o for o in notebook.cells[place]["outputs"] if "ename" in o]
        assert not errors or "raises-exception" in tags, errors
