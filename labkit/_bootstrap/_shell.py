"""The outside world as the start sees it: programs to run, and where they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Sequence  # noqa: UP035 - read by Pythons too old for the rest


class Shell:
    """Runs programs. Tests put another one in its place."""

    def which(self, program: str) -> str | None:
        """Where the program is on PATH."""
        return shutil.which(program)

    def show(self, command: Sequence[str], folder: Path) -> int:
        """Run with the terminal passed on, so that its progress is seen; return its status."""
        return subprocess.call(list(command), cwd=str(folder))

    def ask(self, command: Sequence[str], folder: Path) -> tuple[int, str]:
        """Run quietly; return its status and all that it printed."""
        try:
            done = subprocess.run(
                list(command),
                cwd=str(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            return 127, str(error)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def say(self, text: str) -> None:
        """Tell the person what happens now. Results go to stdout, this does not."""
        print(f"labkit: {text}", file=sys.stderr, flush=True)
