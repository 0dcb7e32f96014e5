"""Where the checkout and its environment are, and what the environment was made from."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A checkout: the folder that holds pyproject.toml, notebooks and labkit."""

    root: Path

    @property
    def is_checkout(self) -> bool:
        """False where labkit was installed like any other package."""
        return (self.root / "pyproject.toml").is_file() and (self.root / "labkit").is_dir()

    @property
    def venv(self) -> Path:
        """The environment beside the checkout's files."""
        return self.root / ".venv"

    @property
    def bin(self) -> Path:
        """The folder of the environment's programs."""
        return self.venv / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.bin / ("python.exe" if os.name == "nt" else "python")

    @property
    def stamp(self) -> Path:
        """Written last: an environment without it is not finished."""
        return self.venv / "labkit-stamp.json"

    @property
    def digest(self) -> str:
        """SHA-256 of pyproject.toml, the only list of what is needed."""
        return hashlib.sha256((self.root / "pyproject.toml").read_bytes()).hexdigest()


@dataclass(frozen=True)
class Stamp:
    """What a finished environment was made from.

    The root belongs to it because an environment's programs hold its absolute
    path: a checkout that was moved needs a new one.
    """

    root: str
    python: str
    digest: str
    parts: tuple[str, ...]

    def covers(self, wanted: Stamp) -> bool:
        """Tell whether an environment with this stamp serves the wanted one."""
        same = (self.root, self.python, self.digest) == (wanted.root, wanted.python, wanted.digest)
        return same and set(wanted.parts) <= set(self.parts)

    def write(self, path: Path) -> None:
        """Store the stamp."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read_stamp(path: Path) -> Stamp | None:
    """Return the stored stamp, or None when there is none that can be read."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(held["root"], held["python"], held["digest"], tuple(held["parts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
