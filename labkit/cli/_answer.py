"""Check an answer that stands in a file, as an editor's user writes it."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import click

from labkit.errors import BadAnswer


def check_file(exercise: str, file: str, name: str | None) -> int:
    """Check the named object of a file; 0 when it passed, 1 when not."""
    from labkit import exercises
    from labkit.notebook import view

    name = name or last_name(Path(file).read_text(encoding="utf-8"), file)
    names = runpy.run_path(file, run_name="labkit_answer")
    if name not in names:
        raise BadAnswer(f"{file} defines no {name}", "Look at the spelling of --name.")
    verdict = exercises.check(exercise, names[name])
    click.echo(view(verdict).text)
    return int(not isinstance(verdict, exercises.Passed))


def last_name(source: str, file: str) -> str:
    """Return the name of the last class or function at the top of the source."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    names = [node.name for node in ast.parse(source, file).body if isinstance(node, kinds)]
    if not names:
        raise BadAnswer(f"{file} defines no class and no function", "Name the answer with --name.")
    return names[-1]
