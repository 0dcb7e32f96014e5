"""Executes a chapter's notebook and stores it: the same run, the same bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from labkit._bootstrap import HERE
from labkit.errors import BadCourse, UnknownExercise

__all__ = ["CELL_SECONDS", "client", "executed", "normalised", "private", "refresh"]

CELL_SECONDS = 20  # the longest that one cell may take
_CELL_METADATA = ("tags", "nbgrader", "editable", "deletable")
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def refresh(chapter: str, folder: Path | None = None) -> bool:
    """Execute the notebook of a chapter ("02") and store it; say whether the file changed.

    Raises BadCourse when a cell fails, UnknownExercise when there is no such
    notebook; the file is then untouched.
    """
    path = _path_of(chapter, folder if folder is not None else HERE.root / "notebooks")
    before = path.read_bytes()
    after = nbformat.writes(executed(nbformat.read(path, as_version=4), path)).encode() + b"\n"
    if after == before:
        return False
    _replace(path, after)
    return True


def executed(notebook: Any, path: Path) -> Any:
    """The notebook with the outputs of a run in a fresh kernel, normalised. `path`: its place."""
    current = {"index": 0}
    with private() as variables:
        runner = client(notebook, path.parent, on_cell_start=_note(current))
        try:
            runner.execute(env=variables, cleanup_kc=True)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise _failed(notebook, path, current["index"], error) from None
    return normalised(notebook)


def client(notebook: Any, folder: Path, **settings: Any) -> Any:
    """An nbclient for the notebook, on a kernel of this very Python, without timings."""
    manager = AsyncKernelManager(
        kernel_name="python3",
        # no folders to look in: the kernel is this interpreter, not one that has taken its name
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
    )
    return NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_SECONDS,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        # else each start warns that its channels, on loopback, are not encrypted
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        **settings,
    )


@contextmanager
def private() -> Iterator[Mapping[str, str]]:
    """Environment variables for a kernel that meets nobody's progress, profile or settings."""
    with tempfile.TemporaryDirectory(prefix="labkit-", ignore_cleanup_errors=True) as home:
        own = {
            "LABKIT_HOME": os.path.join(home, "labkit"),
            "IPYTHONDIR": os.path.join(home, "ipython"),
            # pydevd warns of frozen modules in every kernel otherwise
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        live = ("JPY_SESSION_NAME", "LABKIT_LIVE")
        yield {k: v for k, v in os.environ.items() if k not in live} | own


def normalised(notebook: Any) -> Any:
    """The notebook without what differs between programs, machines and runs."""
    notebook.metadata = nbformat.from_dict(_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        kept = {k: v for k, v in cell.metadata.items() if k in _CELL_METADATA}
        cell.metadata = nbformat.from_dict(kept)
    return notebook


def _path_of(chapter: str, folder: Path) -> Path:
    number = chapter.zfill(2) if chapter.isdigit() else chapter
    found = sorted(folder.glob(f"{number}-*.ipynb"))
    if not found:
        known = ", ".join(p.name[:2] for p in sorted(folder.glob("[0-9][0-9]-*.ipynb")))
        raise UnknownExercise(
            f"There is no notebook for chapter {chapter!r} in {folder}",
            f"There are: {known or 'none yet'}",
        )
    return found[0]


def _note(current: dict[str, int]) -> Any:
    def begins(cell: Any, cell_index: int) -> None:
        current["index"] = cell_index

    return begins


def _failed(notebook: Any, path: Path, index: int, error: Exception) -> BadCourse:
    """Which cell it was, what stands in it, and what it said."""
    if isinstance(error, CellExecutionError):
        why = f"{error.ename}: {error.evalue}"
    elif isinstance(error, CellTimeoutError):
        why = f"it takes more than {CELL_SECONDS} s"
    else:
        why = "the kernel died"
    cell = notebook.cells[index]
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    return BadCourse(
        f"Cell {index + 1} of {path.name} (id {cell.get('id')}) failed: {why}\n{source}\n"
        "  The file was left as it was",
        "Mend that cell, or give it the tag raises-exception",
    )


def _replace(path: Path, content: bytes) -> None:
    """Write the file whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
