"""A bench that is empty again after each test, and kernels of their own for what would kill it."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest

from labkit.bench import drain_failures, drain_log, settle, start, stop_all

# pytest keeps each record for its report, and a record keeps what a failure holds on to
logging.getLogger("twisted").propagate = False


@pytest.fixture
def bench() -> Iterator[None]:
    """The live bench; what a test leaves behind in failures that it did not read is an error."""
    start()
    settle()
    drain_failures()
    drain_log()
    yield
    stop_all()
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == []


@pytest.fixture(scope="session")
def kernel() -> Callable[[str], str]:
    """Run code in a fresh Python, as cells of a new kernel; gives what it printed."""

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return run
