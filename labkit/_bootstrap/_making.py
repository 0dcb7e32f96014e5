"""Make the environment beside the checkout, or bring it up to date.

Each step leaves a state from which the next run goes on: a half-made virtual
environment is removed, a half-done installation is done again (the installer
keeps what it fetched), and the stamp is written last.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from . import _reasons
from ._place import Place, Stamp, read_stamp
from ._shell import Shell

_PROBE = (
    "import importlib.util as u, sys;"
    "print('%d.%d.%d' % sys.version_info[:3], 'pip' if u.find_spec('pip') else '-')"
)
# What a virtual environment holds at its top, finished or not.
_ANATOMY = {
    "bin", "Scripts", "include", "Include", "lib", "Lib", "lib64", "share", "etc", "pyvenv.cfg",
    ".lock", ".gitignore", "CACHEDIR.TAG", "labkit-stamp.json",
}  # fmt: skip


def prepare(place: Place, parts: tuple[str, ...], shell: Shell) -> None:
    """Have the environment hold labkit and these parts; do nothing where it does.

    Raises Trouble, with the cure.
    """
    held = read_stamp(place.stamp)
    version = probe(place, shell)
    if held and held.covers(_wanted(place, version, parts)):
        return
    try:
        _bring_up(place, parts, held, version, shell)
    except OSError as error:
        raise _reasons.from_error(error, place.root) from None


def probe(place: Place, shell: Shell) -> str:
    """Return the version of the environment's Python; "" when it is of no use."""
    if not place.python.exists():
        return ""
    status, output = shell.ask([str(place.python), "-I", "-c", _PROBE], place.root)
    words = output.split()
    if status or len(words) != 2:
        return ""
    return words[0] if words[1] == "pip" or shell.which("uv") else ""


def _wanted(place: Place, version: str, parts: tuple[str, ...]) -> Stamp:
    return Stamp(str(place.root), version, place.digest, parts)


def _bring_up(
    place: Place, parts: tuple[str, ...], held: Stamp | None, version: str, shell: Shell
) -> None:
    _claim(place.root)
    if not version or (held and (held.root, held.python) != (str(place.root), version)):
        version = _make(place, shell)
        held = None
    # Parts that were there stay: the tests' parts are not lost to the next `lab`.
    every = tuple(sorted({*parts, *(held.parts if held else ())}))
    place.stamp.unlink(missing_ok=True)
    _install(place, every, shell)
    _wanted(place, version, every).write(place.stamp)


def _claim(root: Path) -> None:
    """Refuse early, and by name, what would otherwise fail somewhere inside a tool."""
    if os.pathsep in str(root):
        raise _reasons.bad_path(root)
    with tempfile.TemporaryFile(dir=str(root)):
        pass


def _make(place: Place, shell: Shell) -> str:
    uv = shell.which("uv")
    clear(place, shell)
    shell.say(f"making {place.venv} with {'uv' if uv else 'venv'}")
    # The interpreter below a virtual environment: the one we run in may be the one just removed.
    base = str(getattr(sys, "_base_executable", None) or sys.executable)
    command = [uv, "venv", "--python", base] if uv else [base, "-m", "venv"]
    try:
        status, output = shell.ask([*command, str(place.venv)], place.root)
    except BaseException:
        shutil.rmtree(place.venv, ignore_errors=True)
        raise
    version = "" if status else probe(place, shell)
    if not version:
        shutil.rmtree(place.venv, ignore_errors=True)
        raise _reasons.from_output("Making the virtual environment", output, place.root)
    return version


def clear(place: Place, shell: Shell) -> None:
    """Remove what is left of an environment; never anything else."""
    if place.venv.is_symlink() or place.venv.is_file():
        raise _reasons.not_ours(place.venv)
    if not place.venv.exists():
        return
    if not {entry.name for entry in place.venv.iterdir()} <= _ANATOMY:
        raise _reasons.not_ours(place.venv)
    shell.say(f"removing {place.venv}: it is half made, or made for another Python or place")
    shutil.rmtree(place.venv)


def _install(place: Place, parts: tuple[str, ...], shell: Shell) -> None:
    uv = shell.which("uv")
    shell.say(
        f"installing labkit with its parts {', '.join(parts)}, by {'uv' if uv else 'pip'}; "
        "300 to 600 MB the first time, a minute or so"
    )
    python = str(place.python)
    start = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    # A relative path: the folder's own name, spaces and all, never meets a parser.
    command = [*start, "-e", f".[{','.join(parts)}]"]
    if shell.show(command, place.root) == 0:
        return
    shell.say("that failed; asking once more, quietly, to learn why")
    hurry = [] if uv else ["--retries", "0", "--timeout", "5"]
    status, output = shell.ask([*command, *hurry], place.root)
    if status:
        raise _reasons.from_output("Installing the packages", output, place.venv)
