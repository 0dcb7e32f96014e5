"""The doctor: true of this machine, and with a cure for what is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import twisted

from labkit.bench import Report, doctor
from labkit.bench._doctor import PARTS, TOOLS, Row


def row(report: Report, name: str) -> Row:
    """The row of that name."""
    (found,) = [r for r in report.rows if r.name == name]
    return found


def test_the_report_is_true_of_this_machine() -> None:
    """Versions are those that run; nothing needed is missing where the tests run."""
    report = doctor()
    assert report.fit
    assert report.cures == ()
    assert row(report, "Python").value == ".".join(map(str, sys.version_info[:3]))
    assert row(report, "twisted").value == twisted.__version__
    for name in TOOLS:
        found = shutil.which(name) is not None
        assert row(report, name).value == ("found" if found else "missing")


def test_a_report_is_a_frozen_value() -> None:
    """The same machine, the same report."""
    assert doctor() == doctor()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        doctor().rows = ()  # type: ignore[misc]


def test_what_is_needed_and_missing_makes_it_unfit_with_a_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part that is not installed, TLS that cannot be imported, too few descriptors."""
    import labkit.bench._doctor as module

    def version(name: str) -> str:
        if name == "automat":
            raise module.PackageNotFoundError(name)  # type: ignore[attr-defined]
        return "1"

    def find_spec(name: str) -> Any:
        return None if name == "OpenSSL" else real(name)

    real = importlib.util.find_spec
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(module, "version", version)
    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (64, 64))
    report = doctor()
    assert not report.fit
    assert [cure.partition(":")[0] for cure in report.cures] == ["automat", "TLS", "open files"]
    assert all(len(cure.partition(": ")[2]) > 10 for cure in report.cures)


def test_a_missing_program_is_a_pity_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row says what it would be good for."""
    monkeypatch.setenv("PATH", os.devnull)
    report = doctor()
    assert report.fit
    assert (row(report, "nc").ok, row(report, "nc").value) == (None, "missing")
    assert "by hand" in row(report, "nc").cure


def test_a_missing_part_of_the_web_is_a_pity_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP/2, WebSocket and the way through a hub: each with what brings it."""
    parts = {"HTTP/2": "h2", "WebSocket": "wsproto", "server proxy": "jupyter_server_proxy"}
    real = importlib.util.find_spec
    missing = set(parts.values())
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else real(name)
    )
    report = doctor()
    assert report.fit
    assert [(row(report, name).ok, row(report, name).value) for name in parts] == [
        (None, "missing")
    ] * 3
    assert all(row(report, name).cure.startswith("pip install") for name in parts)


def test_the_reactors_row_follows_its_life(kernel: Callable[[str], str]) -> None:
    """Not begun is no fault; running is well; gone needs a restart."""
    said = kernel(
        """
        import threading
        from labkit.bench import doctor, reactor, start
        from twisted.internet.base import ReactorBase
        def look():
            (row,) = [r for r in doctor().rows if r.name == "reactor"]
            print(row.value.partition(", ")[2], row.ok, doctor().fit)
        look()
        start()
        look()
        gone = threading.Event()
        reactor.callFromThread(reactor.addSystemEventTrigger, "after", "shutdown", gone.set)
        reactor.callFromThread(ReactorBase.stop, reactor)
        assert gone.wait(10)
        look()
        """
    )
    assert said.splitlines() == [
        "not started yet True True",
        "turning in the background True True",
        "stopped False False",
    ]


def test_what_is_needed_says_nothing_that_differs_between_fit_machines() -> None:
    """No version, no tool that is merely good to have, and every row with its reason."""
    report = doctor()
    needs = report.needs
    assert [r.name for r in needs.rows] == [
        r.name for r in report.rows if r.name not in {*TOOLS, *PARTS}
    ]
    assert twisted.__version__ not in str(needs)
    assert all(r.ok for r in needs.rows)
    unfit = Report((Row("TLS", False, "missing", "install it"),))
    assert unfit.needs.rows[0].cure == "install it"
