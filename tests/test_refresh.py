"""Storing a notebook: the same run, the same bytes; a failing cell changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit.errors import BadCourse, UnknownExercise
from labkit.refresh import normalised, refresh

INFO = {"name": "python", "version": "3.11.7"}


def write(folder: Path, *cells: Any) -> Path:
    """A notebook as an editor leaves it, with traces of that editor."""
    path = folder / "07-harbour.ipynb"
    notebook = new_notebook(cells=list(cells), metadata={"widgets": {"state": 1}})
    nbformat.write(notebook, path)
    return path


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_second_refresh_changes_nothing(tmp_path: Path) -> None:
    """What is stored has outputs and counts, keeps its ids, and is stored once."""
    path = write(
        tmp_path,
        new_markdown_cell("# Harbour", id="title"),
        new_code_cell("print('ahoy')\n6 * 7", id="sum", metadata={"tags": ["a"], "scrolled": True}),
    )
    assert refresh("7", tmp_path) is True
    stored = path.read_bytes()
    title, cell = read(path)["cells"]
    assert (title["id"], cell["id"], cell["execution_count"]) == ("title", "sum", 1)
    assert cell["outputs"][0]["text"] == ["ahoy\n"]
    assert cell["outputs"][1]["data"] == {"text/plain": ["42"]}
    assert cell["metadata"] == {"tags": ["a"]}
    assert refresh("07", tmp_path) is False
    assert path.read_bytes() == stored


def test_a_failing_cell_is_named_and_nothing_is_stored(tmp_path: Path) -> None:
    """Its number, its id, its text and its error; the file is as it was."""
    path = write(
        tmp_path, new_code_cell("1"), new_code_cell("ship = {}\nship['berth']", id="berth")
    )
    before = path.read_bytes()
    with pytest.raises(BadCourse) as caught:
        refresh("07", tmp_path)
    told = str(caught.value)
    assert "Cell 2 of 07-harbour.ipynb (id berth) failed: KeyError: 'berth'" in told
    assert "    ship['berth']" in told
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_that_is_announced_is_stored(tmp_path: Path) -> None:
    """A cell that breaks on purpose says so by its tag."""
    tags = {"tags": ["raises-exception"]}
    path = write(tmp_path, new_code_cell("{}['berth']", metadata=tags))
    assert refresh("07", tmp_path) is True
    assert read(path)["cells"][0]["outputs"][0]["ename"] == "KeyError"


def test_nobodys_progress_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel has a home of its own, and is not one that a person looks at."""
    monkeypatch.setenv("LABKIT_HOME", "/nobodys/home")
    monkeypatch.setenv("JPY_SESSION_NAME", "live")
    code = "import os\nprint(os.environ['LABKIT_HOME'], os.environ.get('JPY_SESSION_NAME'))"
    path = write(tmp_path, new_code_cell(code))
    refresh("07", tmp_path)
    home, live = "".join(read(path)["cells"][0]["outputs"][0]["text"]).split()
    assert home != "/nobodys/home" and live == "None"


def test_a_chapter_without_a_notebook_is_told(tmp_path: Path) -> None:
    """With the numbers that there are."""
    write(tmp_path)
    with pytest.raises(UnknownExercise, match="There are: 07"):
        refresh("08", tmp_path)


def test_the_kernel_is_named_and_its_version_is_not() -> None:
    """Another Python on another machine stores the same metadata."""
    metadata = normalised(new_notebook(metadata={"language_info": INFO})).metadata
    assert metadata["kernelspec"]["name"] == "python3"
    assert metadata["language_info"] == {"name": "python"}
