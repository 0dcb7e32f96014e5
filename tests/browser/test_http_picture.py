"""The folded picture of a web server's talk: its heads are one click behind, also for strangers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from .notebooks import TRUSTED, Notebook


def test_the_heads_open_with_one_click_where_nobody_trusts(
    page: Any, desk: Path, shots: Path
) -> None:
    """A fresh clone is not trusted: the picture and what is behind it are shown all the same."""
    stored = nbformat.read(desk / "04-web-servers.ipynb", as_version=4)
    for cell in stored.cells:
        cell.source += "\n"  # another text, so that no signature fits
    nbformat.write(stored, desk / "strange-web.ipynb")
    notebook = Notebook(page, "strange-web.ipynb")
    place = next(n for n, cell in enumerate(notebook.cells) if cell["id"] == "counter-picture")
    assert not page.evaluate(TRUSTED, place)
    node = notebook.go(place)
    assert node.locator("img").is_visible()
    heads = node.locator("details pre")
    assert not heads.is_visible()
    node.locator("summary").click()
    heads.wait_for()
    assert "POST /berths/7?day=2&day=3 HTTP/1.1" in heads.inner_text()
    notebook.shot(place, shots / "http-picture.png")
