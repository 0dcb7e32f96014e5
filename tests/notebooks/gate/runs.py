"""Running a notebook in a fresh kernel, and what its run must not leave behind."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from attrs import frozen
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell

from labkit.refresh import client, normalised, private

PROBE = Path(__file__).with_name("probe.py")


@frozen
class Run:
    """A notebook with the outputs of its last round, what it left, and how far it came.

    `progress` has (passed, guess) by exercise id, when a chapter was asked for.
    """

    notebook: Any
    left: tuple[str, ...]
    progress: dict[str, tuple[bool, str | None]]
    died: str = ""


def read(path: Path) -> Any:
    """A notebook as stored, its ids as they are."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def run(notebook: Any, path: Path, *, times: int = 1, chapter: str = "") -> Run:
    """Run a notebook's cells, `times` over in one kernel, as if it lay at `path`."""
    notebook = copy.deepcopy(notebook)
    count = len(notebook.cells)
    notebook.cells.append(new_code_cell())  # the probe's place
    with private() as variables:
        runner = client(notebook, path.parent, allow_errors=True)
        with runner.setup_kernel(env=variables, cleanup_kc=True):
            return _rounds(runner, count, times, chapter)


def _rounds(runner: Any, count: int, times: int, chapter: str) -> Run:
    notebook = runner.nb
    try:
        _ask(runner, "begin()")
        for _ in range(times):
            for index in range(count):
                runner.execute_cell(notebook.cells[index], index)
        left = json.loads(_ask(runner, "end()"))
        states = json.loads(_ask(runner, f"progress({chapter!r})")) if chapter else {}
    except (CellTimeoutError, DeadKernelError) as error:
        return Run(_without_probe(notebook), (), {}, str(error).splitlines()[0])
    progress = {id: (passed, guess) for id, (passed, guess) in states.items()}
    return Run(_without_probe(notebook), tuple(left), progress)


def _ask(runner: Any, call: str) -> str:
    """Call a function of the probe in the kernel, leaving no name behind; what it printed."""
    cell = runner.nb.cells[-1]
    folder = str(PROBE.parent)
    cell.source = (
        f"__import__('sys').path.insert(0, {folder!r})\n"
        f"print(__import__('importlib').import_module('probe').{call})\n"
        f"__import__('sys').path.remove({folder!r})"
    )
    runner.execute_cell(cell, len(runner.nb.cells) - 1, store_history=False)
    errors = [o for o in cell.outputs if o.output_type == "error"]
    if errors:
        raise RuntimeError("the probe failed:\n" + "\n".join(errors[0].traceback))
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def _without_probe(notebook: Any) -> Any:
    del notebook.cells[-1]
    return normalised(notebook)


def problems(result: Run) -> list[str]:
    """What was wrong with a run: errors, failure cards, noise, and all that is left."""
    found = [f"the run broke off: {result.died}"] if result.died else []
    for number, cell in enumerate(result.notebook.cells, 1):
        found += [f"cell {number} ({cell.get('id')}): {p}" for p in of_outputs(cell)]
    return found + [f"left at the end: {thing}" for thing in result.left]


def of_outputs(cell: Any) -> Iterator[str]:
    """Errors and failure cards must be announced by a tag, and then be there."""
    if cell.cell_type != "code":
        return
    tags = cell.metadata.get("tags", ())
    errors = [o for o in cell.outputs if o.output_type == "error"]
    cards = [o for o in cell.outputs if o.get("metadata", {}).get("labkit")]
    if errors and "raises-exception" not in tags:
        yield f"{errors[0].ename}: {errors[0].evalue}"
    if "raises-exception" in tags and not errors:
        yield "it is tagged raises-exception, and raised nothing"
    if cards and "shows-failure" not in tags:
        yield f"a failure in the reactor: {cards[0].data['text/plain']}"
    if "shows-failure" in tags and not cards:
        yield "it is tagged shows-failure, and showed none"
    noise = [o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
    if noise:
        yield f"it wrote to stderr: {noise[0].strip()[:200]}"


def differences(stored: Any, fresh: Any) -> list[str]:
    """Where a stored notebook is not what a run gives now."""
    found = []
    if len(stored.cells) != len(fresh.cells):
        return [f"{len(stored.cells)} cells are stored, {len(fresh.cells)} were run"]
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=True), 1):
        for part in ("id", "source", "metadata", "execution_count", "outputs"):
            if old.get(part) != new.get(part):
                diff = "\n    ".join(_diff(old.get(part), new.get(part)))
                found.append(f"cell {number} ({old.get('id')}): {part} differs\n    {diff}")
    if stored.metadata != fresh.metadata:
        found.append("the notebook's metadata are not those that refresh stores")
    return found


def _diff(stored: Any, fresh: Any) -> list[str]:
    """The lines that differ, stored ones with a minus."""
    lines = difflib.unified_diff(_lines(stored), _lines(fresh), "stored", "now", n=0, lineterm="")
    return list(lines)[:20]


def _lines(value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
    return [line[:200] for part in text.split("\n") for line in part.split("\\n")]
