"""Why a tool failed, read from what it printed."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from ._trouble import Trouble

_FULL = ("No space left on device", "os error 28", "Errno 28", "Disk quota exceeded")
_DENIED = ("Permission denied", "Read-only file system", "Operation not permitted")
_NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeout",
    "ReadTimeout",
    "dns error",
    "Failed to fetch",
    "error sending request",
    "Cannot connect to proxy",
    "ProxyError",
)
_NO_ENSUREPIP = ("ensurepip", "No module named venv", "No module named pip")


def old_python(version: str, newer: str | None) -> Trouble:
    """The interpreter is too old; `newer` names a fitting one found on PATH."""
    cure = (
        f"This machine has {newer}: run {newer} -m labkit in place of what you typed."
        if newer
        else "Install a newer Python beside it (python.org, your system's packages, or "
        "uv python install 3.12), and run the same command with that one."
    )
    return Trouble(f"Python 3.11 or later is needed, and this is Python {version}.", cure)


def no_venv() -> Trouble:
    """The standard library came without venv or ensurepip, as on bare Debian."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Trouble(
        f"Python {minor} here cannot make virtual environments: its venv or ensurepip is missing.",
        f"On Debian or Ubuntu: sudo apt install python{minor}-venv. Elsewhere install the rest of "
        "Python, or put uv on PATH. Then run the same command again.",
    )


def read_only(folder: Path) -> Trouble:
    """Nothing can be written where the environment belongs."""
    return Trouble(
        f"{folder} cannot be written to, and the environment and your notebooks live there.",
        "Copy the whole checkout to a folder of your own (cp -r), or make this one yours "
        "(sudo chown -R), and run the same command there.",
    )


def disk_full(folder: Path) -> Trouble:
    """The disk has no room for the environment."""
    return Trouble(
        f"The disk that holds {folder} is full; the environment takes up to 600 MB.",
        "Free some room and run the same command again: it goes on from here.",
    )


def no_network() -> Trouble:
    """The package index was not reached."""
    return Trouble(
        "The package index could not be reached, so the environment is not complete yet.",
        "Look at your network (behind a proxy: set HTTPS_PROXY) and run the same command again: "
        "it goes on from here.",
    )


def bad_path(folder: Path) -> Trouble:
    """A colon separates the entries of PATH, so venv refuses it in a folder's name."""
    return Trouble(
        f"The path {folder} holds a colon, which no virtual environment can live with.",
        "Rename the folder, and run the same command there. Spaces are fine.",
    )


def not_ours(folder: Path) -> Trouble:
    """Something else sits where the environment belongs."""
    return Trouble(
        f"{folder} exists and is no virtual environment, so it is left alone.",
        "Move it out of the way and run the same command again.",
    )


def from_error(error: OSError, folder: Path) -> Trouble:
    """Translate what the operating system said while `folder` was written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return read_only(folder)
    return Trouble(
        f"{folder} could not be written: {error.strerror}.",
        "Look at that folder and run the same command again.",
    )


def from_output(doing: str, output: str, folder: Path) -> Trouble:
    """Translate what a tool printed before it failed at `doing`."""
    if _any(_FULL, output):
        return disk_full(folder)
    if _any(_DENIED, output):
        return read_only(folder)
    if _any(_NO_NETWORK, output):
        return no_network()
    if _any(_NO_ENSUREPIP, output):
        return no_venv()
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = f'It said last: "{lines[-1]}".' if lines else "It said nothing."
    return Trouble(
        f"{doing} failed. {said}",
        "The lines above tell more. Once that is mended, run the same command again: it goes "
        "on from here.",
    )


def _any(signs: tuple[str, ...], output: str) -> bool:
    return any(sign in output for sign in signs)
