"""The stages of the test command: a table, and how a row becomes a command line."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from attrs import frozen


@frozen
class Stage:
    """One line of the test run's table.

    `command` is what follows `python`. `folder` must exist: a stage whose tests
    are gone is an error, not a pass. A program is written with its alternatives,
    "chromium|google-chrome"; `whole` says that the stage is of no use when one
    is missing (otherwise its tests leave themselves out, one by one).
    """

    name: str
    about: str
    command: tuple[str, ...]
    folder: str
    programs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    whole: bool = False
    minutes: float = 10

    @property
    def is_pytest(self) -> bool:
        """True when pytest runs it, and so counts its tests."""
        return self.command[:2] == ("-m", "pytest")

    def missing(self) -> tuple[str, ...]:
        """Name what is not on this machine."""
        programs = (p for p in self.programs if not any(map(shutil.which, p.split("|"))))
        packages = (p for p in self.packages if importlib.util.find_spec(p) is None)
        return tuple(p.replace("|", " or ") for p in (*programs, *packages))

    def command_line(self, python: str, root: Path, report: Path) -> list[str]:
        """Return the whole command; pytest also writes its counts to `report`."""
        line = [python, *self.command]
        if self.is_pytest:
            line.append(f"--junitxml={report}")
        if "--nbval" in self.command and (root / _SANITIZE).is_file():
            line.append(f"--nbval-sanitize-with={_SANITIZE}")
        return line


_SANITIZE = "tests/nbval-sanitize.cfg"
_APART = ("chapters", "notebooks", "interop", "browser")
_TWO = ("-n", "2", "--dist", "loadfile")  # two processes, a file each: files share fixtures
_FLOORS = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"

STAGES = (
    Stage("lint", "ruff, notebooks included", ("-m", "ruff", "check", "."), "labkit"),
    Stage("types", "mypy, strict", ("-m", "mypy", "labkit"), "labkit"),
    Stage("floors", "who imports whom", ("-c", _FLOORS), "labkit"),
    Stage(
        "unit",
        "every module by itself",
        (
            *("-m", "pytest", "tests", "-m", " and ".join(f"not {name}" for name in _APART)),
            *(f"--ignore=tests/{name}" for name in _APART),
            *_TWO,
        ),
        "tests",
    ),
    Stage(
        "chapters",
        "solutions and mistakes",
        ("-m", "pytest", "tests/chapters", "-n", "2"),
        "tests/chapters",
    ),
    Stage("audit", "the course checks itself", ("-m", "labkit", "audit"), "labkit/chapters",
          minutes=20),
    Stage(
        "notebooks",
        "stored outputs against a new run",
        (
            *("-m", "pytest", "--nbval", *_TWO),
            *("--nbval-cell-timeout=20", "notebooks"),
        ),
        "notebooks",
    ),
    Stage("gate", "what a notebook leaves behind", ("-m", "pytest", "tests/notebooks"),
          "tests/notebooks"),
    Stage(
        "interop",
        "foreign programs",
        ("-m", "pytest", "tests/interop"),
        "tests/interop",
        programs=("nc", "curl", "tshark", "openssl", "nginx", "wrk", "h2load"),
    ),
    Stage(
        "browser",
        "JupyterLab in Chromium",
        ("-m", "pytest", "tests/browser"),
        "tests/browser",
        programs=("chromium|chromium-browser|google-chrome",),
        packages=("playwright",),
        whole=True,
    ),
)  # fmt: skip

NAMES = tuple(stage.name for stage in STAGES)
