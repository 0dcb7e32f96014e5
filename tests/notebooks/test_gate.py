"""The gate can fail: each thing that it is there to refuse is put into a good notebook."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gate import runs, structure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

SAMPLE = Path(__file__).parent / "sample" / "00-harbour.ipynb"
Change = Callable[[Any], object]


@pytest.fixture
def sample() -> Any:
    return runs.read(SAMPLE)


def test_a_good_notebook_passes_as_it_is_stored(sample: Any) -> None:
    """Nothing is wrong with the sample, so that a refusal below is due to the change."""
    assert structure.problems(sample, "00", None) == []


def test_a_good_notebook_passes_when_it_is_run(sample: Any, run_of: Any) -> None:
    """A fresh run leaves nothing behind and gives what is stored."""
    fresh = run_of(SAMPLE)
    assert runs.problems(fresh) == []
    assert runs.differences(sample, fresh.notebook) == []


def test_a_good_notebook_passes_twice_in_one_kernel(run_of: Any) -> None:
    """A second round in the same kernel is as tidy as the first."""
    assert runs.problems(run_of(SAMPLE, 2)) == []


def cell(notebook: Any, id: str) -> Any:
    return next(c for c in notebook.cells if c.id == id)


def shown(notebook: Any, text: str, **more: str) -> None:
    """Store an output under the cell that talks."""
    data = {"text/plain": text, **more}
    cell(notebook, "talk").outputs = [new_output("display_data", data)]


def starter(notebook: Any, **grade: object) -> None:
    cell(notebook, "echo").metadata["nbgrader"] = {
        "grade_id": "radio", "schema_version": 3, "grade": False, "solution": True,
        "locked": False, "task": False, **grade,
    }  # fmt: skip


def prose(notebook: Any, text: str, *tags: str) -> None:
    notebook.cells[1] = new_markdown_cell(text, id="prose", metadata={"tags": list(tags)})


def source(notebook: Any, text: str, *tags: str) -> None:
    talk = cell(notebook, "talk")
    talk.source, talk.metadata["tags"] = text, list(tags)


CHANGES: dict[str, tuple[Change, str]] = {
    "a cell that was not run": (
        lambda n: cell(n, "talk").__setitem__("execution_count", None),
        "were not run once each",
    ),
    "cells run in another order": (
        lambda n: cell(n, "talk").__setitem__("execution_count", 9),
        "were not run once each",
    ),
    "no id": (lambda n: cell(n, "talk").pop("id"), "no id"),
    "the same id twice": (lambda n: n.cells[0].__setitem__("id", "talk"), "used twice"),
    "a failure that no tag announces": (
        lambda n: cell(n, "text").metadata.pop("tags"),
        "a failure in the reactor: ✗ in the reactor · TypeError",
    ),
    "an error that no tag announces": (
        lambda n: cell(n, "late").metadata.pop("tags"),
        "DialogueError",
    ),
    "a promised failure that does not come": (
        lambda n: cell(n, "text").__setitem__("outputs", []),
        "showed none",
    ),
    "a promised error that does not come": (
        lambda n: cell(n, "late").__setitem__("outputs", []),
        "raised nothing",
    ),
    "words on stderr": (
        lambda n: cell(n, "talk").outputs.append(new_output("stream", name="stderr", text="noise")),
        "stderr",
    ),
    "a mistyped tag": (lambda n: source(n, "radio", "raise-exception"), "unknown tag"),
    "an empty cell": (lambda n: source(n, "  "), "an empty code cell"),
    "too many lines": (lambda n: source(n, "radio\n" * 26), "26 lines of code"),
    "a wide line": (lambda n: source(n, f"radio  # {'x' * 79}"), "wider than 79"),
    "long cells": (
        lambda n: [c.__setitem__("source", "radio\n" * 7) for c in n.cells if "outputs" in c],
        "half of the code cells have 7 lines",
    ),
    "many words in a cell": (lambda n: prose(n, "word " * 81), "81 words, at most 80"),
    "many words in a row": (
        lambda n: n.cells.extend(new_markdown_cell("word " * 75) for _ in range(2)),
        "words since the last code cell",
    ),
    "many words in all": (
        lambda n: n.cells.extend(
            c
            for _ in range(30)
            for c in (new_markdown_cell("word " * 61), new_code_cell("radio", execution_count=1))
        ),
        "words of prose, at most 1800",
    ),
    "many cells": (
        lambda n: n.cells.extend(new_code_cell("radio") for _ in range(60)),
        "69 cells, at most 60",
    ),
    "an exclamation mark": (lambda n: prose(n, "It works!"), "exclamation mark"),
    "an exclamation mark beside quoted words": (
        lambda n: prose(n, 'It says "Hello!", and it works! It says "Bye!".'),
        "exclamation mark",
    ),
    "a name that Twisted no longer has": (
        lambda n: prose(n, "See `twisted.web.client.getPage`."),
        "twisted.web.client.getPage cannot be imported",
    ),
    "a name said to be gone that is there": (
        lambda n: prose(n, "Gone.", "gone:twisted.web.client.Agent"),
        "is not gone at all",
    ),
    "code that is not the package's": (
        lambda n: source(n, "class Echo:\n    pass", "shelf:protocols/echo.py"),
        "Echo is not what labkit/protocols/echo.py defines",
    ),
    "code of no file": (
        lambda n: source(n, "class Echo:\n    pass", "shelf:protocols/ecco.py"),
        "labkit/protocols/ecco.py is not there",
    ),
    "a section of no chapter": (
        lambda n: prose(n, "## Echo", "covers:0.1"),
        "there is no section 0.1",
    ),
    "an exercise of no room": (
        lambda n: source(n, "class Up: ...", "exercise:c0-up"),
        "c0-up: on the page, in no room",
    ),
    "a picture that is hidden": (
        lambda n: shown(n, "wire", **{"image/svg+xml": "<svg/>"}),
        "an SVG that JupyterLab hides",
    ),
    "a picture that is elsewhere": (
        lambda n: shown(n, "wire", **{"text/html": '<img alt="wire" src="wire.png">'}),
        "not in the notebook itself",
    ),
    "a picture without words": (
        lambda n: shown(n, "", **{"text/html": '<img alt="a" src="data:image/svg+xml,x">'}),
        "without text/plain",
    ),
    "an address in memory": (lambda n: shown(n, "<Radio at 0x7f3a5c00>"), "address in memory"),
    "a port": (lambda n: shown(n, "listening on 127.0.0.1:40123"), "a port"),
    "a port in a picture": (
        lambda n: shown(
            n, "w", **{"text/html": '<img alt="w" src="data:image/svg+xml,port%2040123">'}
        ),
        "a port",
    ),
    "a time of day": (lambda n: shown(n, "12:04:59 opened"), "a time of day"),
    "a path": (lambda n: shown(n, "see /tmp/labkit-x/socket"), "a path of this machine"),
    "grading metadata of another age": (lambda n: starter(n, schema_version=2), "schema_version"),
    "points where nothing is graded": (lambda n: starter(n, points=2), "points stand where"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_refuses(sample: Any, name: str) -> None:
    """One change, and the finding that names it."""
    change, finding = CHANGES[name]
    change(sample)
    found = structure.problems(sample, "00", None)
    assert any(finding in problem for problem in found), found


def test_a_section_that_no_cell_covers_is_named(sample: Any) -> None:
    """A chapter's sections are all on its page."""
    assert "section 8.2 is covered by no cell" in structure.problems(sample, "08", None)


LEAKS = {
    "a server that still listens: Radio": "",
    "an open Port in the reactor": "",
    "a pending call: LoopingCall": (
        "from twisted.internet.task import LoopingCall\n"
        "from labkit import wait\n"
        "tick = LoopingCall(lambda: None)\n"
        "wait(lambda: tick.start(60) and None)"
    ),
    "a thread: harbour": (
        "import threading\n"
        "gate = threading.Event()\n"
        "threading.Thread(target=gate.wait, name='harbour', daemon=True).start()"
    ),
    "a child process: sleep": "import subprocess\nchild = subprocess.Popen(['sleep', '60'])",
    "an open socket: TCP LISTEN": "import socket\nown = socket.create_server(('127.0.0.1', 0))",
    "ZeroDivisionError: division by zero": "1 / 0",
    "a failure in the reactor: ✗ in the reactor · KeyError": (
        "from twisted.internet import reactor\n"
        "reactor.callFromThread({}.__getitem__, 'anchor')"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def leaky() -> list[str]:
    """What is found in a run in which every leak is made."""
    notebook = copy.deepcopy(runs.read(SAMPLE))
    notebook.cells[-1:] = [new_code_cell(code) for code in LEAKS.values() if code]
    return runs.problems(runs.run(notebook, SAMPLE))


@pytest.mark.parametrize("leak", LEAKS)
def test_a_run_that_leaves_something_is_refused(leaky: list[str], leak: str) -> None:
    """Ports, calls, threads, children, sockets, errors and failures are each named."""
    assert any(leak in problem for problem in leaky), leaky


def test_a_stored_output_that_is_not_what_runs_is_refused(sample: Any, run_of: Any) -> None:
    """An output edited by hand, or left from older code, is found."""
    shown(sample, "Radio · all is well")
    (found,) = runs.differences(sample, run_of(SAMPLE).notebook)
    assert "cell 5 (talk): outputs differs" in found
    assert "Radio · all is well" in found and "Radio · connection 1" in found


def test_a_kernel_that_dies_is_told() -> None:
    """The run does not hang, and does not pass."""
    notebook = runs.read(SAMPLE)
    notebook.cells[2:] = [new_code_cell("import os\nos._exit(1)")]
    assert "the run broke off" in runs.problems(runs.run(notebook, SAMPLE))[0]
