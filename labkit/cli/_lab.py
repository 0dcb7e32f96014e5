"""Open JupyterLab on the notebooks, for this machine alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from labkit.errors import MissingTool, NotHere


def open_lab(root: Path, extra: Sequence[str]) -> int:
    """Become JupyterLab on `root`/notebooks; `extra` is passed on to it."""
    notebooks = root / "notebooks"
    if not notebooks.is_dir():
        raise NotHere(
            f"There is no folder {notebooks}", "Run this command from a checkout of the workbook."
        )
    trusted = trust(sorted(notebooks.glob("*.ipynb")))
    click.echo(f"labkit: {trusted} notebooks are marked as trusted on this machine", err=True)
    command = command_line(notebooks, extra, is_root=getattr(os, "geteuid", lambda: 1)() == 0)
    # The course's own kernel comes before one of the same name that the reader installed.
    variables = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    if os.name == "nt":  # no true exec there
        return subprocess.call(command, env=variables)
    sys.stderr.flush()
    os.execve(command[0], command, variables)


def command_line(notebooks: Path, extra: Sequence[str], *, is_root: bool) -> list[str]:
    """Return the command that starts JupyterLab.

    Bound to loopback; the token is Jupyter's own, new at every start. What the
    reader adds wins: Jupyter refuses to be told a thing twice.
    """
    given = {option.partition("=")[0].replace("--ip", "--ServerApp.ip") for option in extra}
    own = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={notebooks}"]
    own = [option for option in own if option.partition("=")[0] not in given]
    if is_root:
        own.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *own, *extra]


def trust(notebooks: Iterable[Path]) -> int:
    """Sign the notebooks as `jupyter trust` does, so that their pictures show; return how many.

    A notebook that cannot be read is left to JupyterLab, which says why.
    """
    try:
        import nbformat
        from nbformat.sign import NotebookNotary
    except ImportError:
        raise MissingTool(
            "Jupyter is not installed here", 'Install it with: pip install -e ".[lab]"'
        ) from None
    notary = NotebookNotary()
    signed = 0
    for path in notebooks:
        try:
            notary.sign(nbformat.read(path, as_version=nbformat.NO_CONVERT))
        except Exception as error:  # a broken notebook, or no place to keep the signature
            click.echo(f"labkit: {path.name} is not marked as trusted: {error}", err=True)
        else:
            signed += 1
    return signed
