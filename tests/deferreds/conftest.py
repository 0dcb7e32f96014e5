"""Stories of Deferreds, told in the reader's own code: this file is nobody else's."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from twisted.logger import LogEvent, globalLogPublisher

from labkit.deferreds._record import faults


@pytest.fixture(autouse=True)
def sound() -> Iterator[None]:
    """Nothing goes wrong in the recording itself, which would hide it."""
    faults.clear()
    yield
    assert faults == []


@pytest.fixture
def unhandled() -> Iterator[list[str]]:
    """The messages of failures that Twisted logs as unhandled."""
    said: list[str] = []

    def observe(event: LogEvent) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            said.append(failure.getErrorMessage())

    gc.collect()
    globalLogPublisher.addObserver(observe)
    yield said
    globalLogPublisher.removeObserver(observe)
