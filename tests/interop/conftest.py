"""The harbour office on the air, and foreign programs to try it with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from labkit.bench import Server, drain_failures, serve, settle, stop_all, wait
from labkit.protocols.web import Lookout, harbour_office

LIMIT = 20  # seconds for any program


@pytest.fixture
def clean() -> Iterator[None]:
    """Nothing is left of a test, no failure either."""
    drain_failures()
    yield
    stop_all()
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == []


@frozen
class Office:
    """The office, served; what its lookout sees; the folder of its charts."""

    server: Server
    lookout: Lookout
    charts: Path

    def at(self, path: str) -> str:
        """The address of a page."""
        return self.server.url + path.lstrip("/")

    def see(self, text: str) -> None:
        """Have something seen, in the reactor's thread."""
        wait(self.lookout.see, text)


@pytest.fixture
def office(clean: None, tmp_path: Path) -> Office:
    """A harbour office with two charts; beside their folder lies what is nobody's business."""
    charts = tmp_path / "charts"
    charts.mkdir()
    (charts / "north.txt").write_text("0123456789")
    (charts / "south.bin").write_bytes(bytes(range(256)) * 1000)
    (tmp_path / "secret.txt").write_text("gold")
    lookout = Lookout()
    return Office(serve(harbour_office(lookout, str(charts)), name="office"), lookout, charts)


Run = Callable[..., bytes]
Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def until() -> Until:
    """Let the reactor turn until something is so. It takes some turns, or the test fails."""

    def until(happened: Callable[[], object]) -> None:
        for _ in range(3000):
            if happened():
                return
            settle(collect=False)
        raise AssertionError("it did not happen")

    return until


@pytest.fixture
def run() -> Run:
    """Run a program to its end: run("curl", "-s", url, status=0) gives what it printed."""

    def run(*command: Any, status: int = 0, said: bytes = b"") -> bytes:
        found = shutil.which(command[0])
        assert found is not None
        line = [found, *map(str, command[1:])]
        done = subprocess.run(line, input=said, capture_output=True, timeout=LIMIT)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    return run
