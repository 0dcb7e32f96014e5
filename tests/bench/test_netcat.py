"""nc, or its twin: what a terminal would say to a server of the bench."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from labkit.bench import netcat, serve, stop_all
from labkit.protocols import Echo


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """No server goes on to the next test."""
    yield
    stop_all()


def said_back(command: list[str]) -> bytes:
    return subprocess.run(command, input=b"ahoy\n", capture_output=True, timeout=10).stdout


def without_nc(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> Any:
        return None

    monkeypatch.setattr(shutil, "which", nowhere)


@pytest.mark.needs("nc")
def test_nc_hears_the_answer_although_its_input_has_ended() -> None:
    """The command for nc does not half-close, so the answer is not lost."""
    command = netcat(serve(Echo))
    assert command[0] == "nc"
    assert said_back(command) == b"ahoy\n"


def test_the_twin_says_and_hears_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nc the command starts a twin, whose output is the same."""
    without_nc(monkeypatch)
    command = netcat(serve(Echo))
    assert command[0] == sys.executable
    assert said_back(command) == b"ahoy\n"
