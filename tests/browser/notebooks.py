"""A notebook in the real JupyterLab, driven through its application object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

OPEN = """async path => {
  const app = window.jupyterapp; await app.restored;
  const panel = await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
  await panel.context.ready; await panel.sessionContext.ready;
  app.shell.activateById(panel.id);
  app.shell.collapseLeft(); app.shell.collapseRight();
  window.panel = panel; }"""
CELLS = "() => window.panel.content.model.sharedModel.cells.map(c => c.toJSON())"
GO = """async place => {
  window.panel.content.activeCellIndex = place;
  await window.panel.content.scrollToItem(place, 'start'); }"""
TRUSTED = "place => window.panel.content.widgets[place].model.trusted"
RUN = "() => window.jupyterapp.commands.execute('notebook:run-cell')"


class Notebook:
    """A notebook open in a page, its cells found by their tags and ids."""

    def __init__(self, page: Any, path: str) -> None:
        self.page = page
        page.evaluate(OPEN, path)

    @property
    def cells(self) -> list[Any]:
        """The cells as they would be saved."""
        return list(self.page.evaluate(CELLS))

    def run_all(self) -> bool:
        """Run all; whether no cell failed."""
        return bool(
            self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        )

    def place(self, tag: str, number: int = 0) -> int:
        """Where the cell with that tag stands, or of several the one of that number."""
        tags = [cell["metadata"].get("tags", []) for cell in self.cells]
        return [n for n, found in enumerate(tags) if tag in found][number]

    def go(self, place: int) -> Any:
        """Make a cell the active one, in view; its node."""
        self.page.evaluate(GO, place)
        node = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active")
        node.wait_for()
        return node

    def run(self, place: int) -> str:
        """Run one cell; the words of its outputs."""
        self.go(place)
        self.page.evaluate(RUN)
        return words(self.cells[place])

    def write(self, place: int, lines: tuple[str, ...]) -> None:
        """Type lines in the place of a cell's text, as a person does: the editor indents."""
        self.go(place).locator(".cm-content").click()
        keyboard = self.page.keyboard
        keyboard.press("Control+a")
        keyboard.press("Delete")
        for number, line in enumerate(lines):
            if number:
                keyboard.press("Enter")
            keyboard.type(line)
        keyboard.press("Escape")

    def shot(self, place: int, path: Path) -> None:
        """A picture of the page with that cell at its top."""
        self.go(place)
        self.page.screenshot(path=path)


def words(cell: Any) -> str:
    """The text of a saved cell's outputs."""
    texts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell["outputs"]]
    return "\n".join("".join(text) for text in texts)


def source(cell: Any) -> str:
    """The text of a saved cell."""
    return "".join(cell["source"])
