"""A reader's way through chapter 2 in the real JupyterLab: open, run, type, see red, see green."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from labkit.refresh import normalised

from .notebooks import CELLS, TRUSTED, Notebook, source, words

CHAPTER = "02-clients-and-servers.ipynb"
EXERCISE = "c2-upper"
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"

IMAGES = """async place => {
  const found = [...window.panel.content.widgets[place].node.querySelectorAll('img')];
  await Promise.all(found.map(i => i.decode()));
  return found.map(i => [i.alt, i.naturalWidth, i.getBoundingClientRect().width]); }"""


@pytest.fixture
def chapter(page: Any) -> Notebook:
    return Notebook(page, CHAPTER)


def ladders(cells: list[Any]) -> list[int]:
    """The places of the cells that show a wire."""
    found = []
    for place, cell in enumerate(cells):
        pages = [o.get("data", {}).get("text/html", "") for o in cell.get("outputs", ())]
        if any("<img" in "".join(page) for page in pages):
            found.append(place)
    return found


def theme(page: Any, name: str) -> None:
    """Change the theme, and wait until the page wears it."""
    page.evaluate(
        "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
    )
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)


@pytest.fixture
def stranger(page: Any, desk: Path) -> Notebook:
    """The chapter as in a fresh clone on another machine: JupyterLab does not trust it."""
    notebook = nbformat.read(desk / CHAPTER, as_version=4)
    notebook.cells[0].source += "\n"  # another text, so that no signature fits
    nbformat.write(notebook, desk / "stranger.ipynb")
    return Notebook(page, "stranger.ipynb")


def test_a_fresh_clone_shows_its_pictures(stranger: Notebook, shots: Path) -> None:
    """Before anything is run or trusted, and in both themes, the stored pictures are there."""
    places = ladders(stranger.cells)
    assert places
    assert not stranger.page.evaluate(TRUSTED, places[0])
    for name in (LIGHT, DARK):
        theme(stranger.page, name)
        for place in places:
            stranger.go(place)
            images = stranger.page.evaluate(IMAGES, place)
            assert images
            assert all(alt and natural > 0 and shown > 100 for alt, natural, shown in images)
        stranger.shot(places[0], shots / f"ladder-{name.split()[1].lower()}.png")


def test_a_failure_on_stage_is_a_card(stranger: Notebook, shots: Path) -> None:
    """What the reactor met stands under its cell, in colour and with the reader's line."""
    place = stranger.place("shows-failure", 1)  # the first one is a stall, a drawing
    card = stranger.go(place).locator(".jp-RenderedHTMLCommon", has_text="in the reactor")
    card.wait_for()
    assert "rgb" in card.locator("div").first.evaluate("n => getComputedStyle(n).borderLeftColor")
    assert card.locator("div").first.evaluate("n => getComputedStyle(n).borderLeftWidth") == "5px"
    for name in (LIGHT, DARK):
        theme(stranger.page, name)
        stranger.shot(place, shots / f"failure-{name.split()[1].lower()}.png")


def test_the_chapter_runs_from_top_to_bottom(chapter: Notebook) -> None:
    """Run All succeeds: no cell fails, each has run, failures stay on their stage."""
    assert chapter.run_all()
    code = [cell for cell in chapter.cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    errors = [o for cell in code for o in cell["outputs"] if o["output_type"] == "error"]
    assert errors == []


WRONG = ("class Upper(Protocol):", "def dataReceived(self, data):", "self.transport.write(data)")
RIGHT = (*WRONG[:2], "self.transport.write(data.upper())")


def test_an_exercise_is_solved_by_typing(chapter: Notebook, shots: Path) -> None:
    """A first try is refused with a reason, a second passes: red, then green."""
    assert chapter.run_all()
    starter, check = chapter.place(f"exercise:{EXERCISE}"), chapter.place(f"check:{EXERCISE}")
    assert "not started" in words(chapter.cells[check])
    chapter.write(starter, WRONG)
    assert source(chapter.cells[starter]).splitlines()[-1] == "        " + WRONG[-1]
    chapter.run(starter)
    assert chapter.run(check).startswith(f"✗ {EXERCISE} · step 1")
    pictures(chapter, starter, shots, "refused")
    chapter.write(starter, RIGHT)
    chapter.run(starter)
    assert chapter.run(check).startswith(f"✓ {EXERCISE} · passed")
    pictures(chapter, starter, shots, "passed")


def pictures(notebook: Notebook, place: int, shots: Path, name: str) -> None:
    for wearing in (LIGHT, DARK):
        theme(notebook.page, wearing)
        notebook.shot(place, shots / f"{name}-{wearing.split()[1].lower()}.png")


STUCK = {
    "waits for what never comes": "wait(Deferred(), timeout=60)",
    "expects what never comes": "connect(serve(Protocol)).expect(b'word', within=60)",
    "waits for a loop without end": "def spin():\n    while True: pass\nwait(spin, timeout=60)",
}


@pytest.mark.parametrize("name", STUCK)
def test_stop_gives_the_prompt_back(page: Any, desk: Path, name: str) -> None:
    """The stop button ends a cell that waits, whatever the reactor does meanwhile."""
    imports = (
        "from twisted.internet.defer import Deferred\n"
        "from twisted.internet.protocol import Protocol\nfrom labkit import connect, serve, wait\n"
    )
    cell = new_code_cell(f"{imports}print('begun', flush=True)\n{STUCK[name]}", id="stuck")
    path = desk / f"{name}.ipynb"  # JupyterLab takes up an old session of the same path
    nbformat.write(normalised(new_notebook(cells=[cell])), path)
    notebook = Notebook(page, path.name)
    notebook.go(0)
    page.evaluate("() => { window.ran = window.jupyterapp.commands.execute('notebook:run-cell'); }")
    page.wait_for_function(f"({CELLS})()[0].outputs.length > 0")
    took = page.evaluate(
        "async () => { const begun = performance.now();"
        " await window.jupyterapp.commands.execute('notebook:interrupt-kernel');"
        " await window.ran; return performance.now() - begun; }"
    )
    print(f"{name}: the prompt is back after {took:.0f} ms")
    errors = [o["ename"] for o in notebook.cells[0]["outputs"] if o["output_type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    assert took < 20_000  # of the 60 s that the cell would take
