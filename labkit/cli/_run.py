"""Run the stages one after the other, and tell the truth at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import click
from attrs import evolve, frozen
from rich.console import Console
from rich.table import Table

from . import _outcome
from ._outcome import Outcome
from ._stages import Stage

_GRACE = 20.0  # seconds that a stage gets to clean up after it was told to stop


@frozen
class Course:
    """What a test run works on: the checkout, a scratch folder, the environment variables."""

    root: Path
    scratch: Path
    variables: Mapping[str, str]

    def run(self, stage: Stage) -> Outcome:
        """Run one stage to its end. Raises KeyboardInterrupt once the stage has stopped."""
        missing = tuple(f"{name} is not on this machine" for name in stage.missing())
        if not (self.root / stage.folder).is_dir():
            return Outcome(stage.name, "failed", failed=1, why=f"{stage.folder} is not there")
        if missing and stage.whole:
            return Outcome(stage.name, "left out", skipped=1, left_out=missing)
        end = self._judge(stage)
        return evolve(end, left_out=(*missing, *end.left_out))

    def _judge(self, stage: Stage) -> Outcome:
        report = self.scratch / f"{stage.name}.xml"
        command = stage.command_line(sys.executable, self.root, report)
        start = time.monotonic()
        status = self._call(command, stage.minutes * 60)
        seconds = time.monotonic() - start
        if status is None:
            why = f"not done after {stage.minutes:g} minutes"
            return Outcome(stage.name, "failed", seconds, failed=1, why=why)
        if stage.is_pytest:
            return _outcome.of_tests(stage.name, status, _outcome.read_report(report), seconds)
        return _outcome.of_command(stage.name, status, seconds)

    def _call(self, command: list[str], limit: float) -> int | None:
        """Run the command; return its status, or None when it took more than `limit` seconds."""
        child = subprocess.Popen(command, cwd=self.root, env=dict(self.variables))
        try:
            return child.wait(limit)
        except subprocess.TimeoutExpired:
            _stop(child, signal.SIGINT, signal.SIGTERM)
            return None
        except KeyboardInterrupt:
            # A terminal has told the child as well; twice would cut its clean-up short.
            _stop(child, None, signal.SIGINT)
            raise


def _stop(child: subprocess.Popen[bytes], *signs: signal.Signals | None) -> None:
    """Give one sign after the other, with time to clean up after each, until the child ends."""
    try:
        for sign in signs:
            if sign is not None:
                child.send_signal(sign)
            with suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE)
                return
    finally:  # also when the person loses patience
        child.kill()
        child.wait()


def run_all(stages: Iterable[Stage], root: Path, *, demand_all: bool) -> int:
    """Run the stages, print the table, return the exit status."""
    ends: list[Outcome] = []
    status = 0
    with tempfile.TemporaryDirectory(prefix="labkit-test-") as scratch:
        course = Course(root, Path(scratch), variables(Path(scratch)))
        for stage in stages:
            click.echo(f"\n──── {stage.name}: {stage.about} ────", nl=True)
            sys.stdout.flush()
            try:
                end = course.run(stage)
            except KeyboardInterrupt:
                ends.append(Outcome(stage.name, "stopped", why="interrupted"))
                status = 130
                break
            ends.append(end.demanding_all() if demand_all else end)
    report(ends)
    return status or int(not all(end.is_good for end in ends))


def variables(scratch: Path) -> dict[str, str]:
    """Return an environment in which a test meets nobody's progress, profile or settings."""
    own = {
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]),
        "LABKIT_HOME": str(scratch / "labkit"),
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        "JUPYTER_DATA_DIR": str(scratch / "jupyter-data"),
        # pydevd warns of frozen modules in every kernel otherwise.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return {**os.environ, **own}


def report(ends: Iterable[Outcome]) -> None:
    """Print one line a stage, and the sum as a last line that programs can read."""
    ends = tuple(ends)
    table = Table("stage", "result", "passed", "failed", "seconds", "left out, and why")
    for end in ends:
        notes = "\n".join(filter(None, (end.why, *end.left_out)))
        table.add_row(
            end.stage, end.result, str(end.passed), str(end.failed), f"{end.seconds:.1f}", notes
        )
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 110
    console.print()
    console.print(table)
    passed, failed, skipped = (
        sum(getattr(end, name) for end in ends) for name in ("passed", "failed", "skipped")
    )
    click.echo(f"labkit: {passed} passed, {failed} failed, {skipped} skipped")
