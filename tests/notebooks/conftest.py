"""Puts the gate beside the tests on the path, and runs each notebook no more often than needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gate import runs


@pytest.fixture(scope="session")
def run_of() -> Callable[..., Any]:
    """A run of a stored notebook in a kernel of its own, once a session for the same wishes."""
    return cache(lambda path, times=1: runs.run(runs.read(path), path, times=times))
