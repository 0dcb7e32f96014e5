"""From a bare Python to a running command: find or make the environment, then go there.

Standard library only, and parsed by Python 3.8, so that an old Python gets a
sentence and not a traceback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Sequence  # noqa: UP035 - read by Pythons too old for the rest

from . import _reasons
from ._making import prepare
from ._place import Place
from ._shell import Shell
from ._trouble import Trouble

__all__ = ["COMMANDS", "HERE", "main", "parts_of"]

HERE = Place(Path(__file__).resolve().parents[2])

# Each command, and what it does. labkit.cli has the same, with their options.
COMMANDS = {
    "lab": "Open JupyterLab on the notebooks.",
    "test": "Run every test that can run here, and name what was left out.",
    "check": "Check an answer that stands in a file.",
    "progress": "Show which exercises are passed.",
    "reset": "Forget the progress of an exercise, a chapter, or all.",
    "doctor": "Look whether this machine is fit for the course.",
    "audit": "Let the course check itself: starters, solutions, mistakes.",
    "refresh": "Run a chapter's notebook and store it.",
    "figures": "Measure, and print the figures.",
}

_OLDEST = (3, 11)


def parts_of(command: str) -> tuple[str, ...]:
    """Return which parts of the project the command needs."""
    return ("lab", "test") if command == "test" else ("lab",)


def main(argv: Sequence[str]) -> int:
    """Run the command in an environment that has all it needs; return the exit status."""
    try:
        shell = Shell()
        _demand_python(shell)
        return _start(list(argv), HERE, shell)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nlabkit: stopped; the same command goes on from here.", file=sys.stderr)
        return 130


def _demand_python(shell: Shell) -> None:
    if sys.version_info[:2] >= _OLDEST:
        return
    # Asked, not looked up alone: a version manager's shim may stand for nothing.
    names = (f"python3.{minor}" for minor in range(20, _OLDEST[1] - 1, -1))
    newer = (name for name in names if shell.which(name) and not shell.ask([name, "-V"], Path())[0])
    raise _reasons.old_python("{}.{}.{}".format(*sys.version_info[:3]), next(newer, None))


def _start(argv: list[str], place: Place, shell: Shell) -> int:
    from ._running import look

    if not place.is_checkout:
        return _run_here(argv)
    if not _names_a_command(argv) and not place.stamp.exists():
        return _tell_commands(argv)
    parts = parts_of(argv[0] if argv else "")
    running = look(place, parts)
    at_home = running.prefix == place.venv.resolve()
    if running.serves and not at_home:
        shell.say(f"using the {running.kind} {running.prefix}; nothing is installed")
        return _run_here(argv)
    if running.kind == "conda environment" or (running.missing and "labkit" not in running.missing):
        lacks = ", ".join(running.missing[:4]) + (", …" if running.missing[4:] else "")
        shell.say(f"the {running.kind} {running.prefix} lacks {lacks}: using {place.venv}")
    before = place.stamp.exists()
    prepare(place, parts, shell)
    # A start from inside the environment goes on in place, unless the files were laid anew.
    return _run_here(argv) if at_home and before else _go(argv, place)


def _names_a_command(argv: list[str]) -> bool:
    return bool(argv) and argv[0] in COMMANDS


def _tell_commands(argv: list[str]) -> int:
    """Answer without an environment: no 500 MB for a question or a slip of the pen."""
    asked = not argv or argv[0] in ("-h", "--help", "help")
    if not asked:
        print(f"labkit: there is no command {argv[0]!r}.", file=sys.stderr)
    print("Usage: python3 -m labkit COMMAND [OPTIONS]\n\nCommands:")
    print("\n".join(f"  {name:<10}{does}" for name, does in COMMANDS.items()))
    return 0 if asked else 2


def _run_here(argv: list[str]) -> int:
    from labkit.cli import main as command_line

    return command_line(argv)


def _go(argv: list[str], place: Place) -> int:
    """Become the same command in the environment."""
    command = [str(place.python), "-m", "labkit", *argv]
    if os.name == "nt":  # no true exec there: the prompt would come back at once
        return subprocess.call(command, env=environment(place))
    sys.stderr.flush()
    os.execve(command[0], command, environment(place))


def environment(place: Place) -> dict[str, str]:
    """Return the variables under which the environment's programs find each other."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    variables["PATH"] = os.pathsep.join([str(place.bin), variables.get("PATH", os.defpath)])
    variables["VIRTUAL_ENV"] = str(place.venv)
    return variables
