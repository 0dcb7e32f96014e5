"""What every test stands on: nobody's real progress, named programs, the same draws everywhere."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

HERE = Path(__file__).parent
APART = {"chapters", "notebooks", "interop", "browser"}

# Set before any test module is imported: the reader's own progress is never touched.
os.environ.setdefault("LABKIT_HOME", tempfile.mkdtemp(prefix="labkit-home-"))

hypothesis.settings.register_profile("labkit", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "labkit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of the folder that sets it apart."""
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        folder = item.path.relative_to(HERE).parts[0]
        if folder in APART:
            item.add_marker(folder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out, by name, when a program that it needs is not here."""
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not on this machine")
