"""The commands: each one call into a floor below, fetched when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from labkit._bootstrap import COMMANDS, HERE
from labkit.errors import LabError

from . import _stages

__all__ = ["group", "main"]

_PASS_ON = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. What the lab refuses is a sentence on stderr."""
    try:
        return int(group.main(argv, prog_name="labkit", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except LabError as error:
        click.echo(f"labkit: {error}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        return 130


@click.group()
@click.version_option(package_name="labkit", prog_name="labkit")
def group() -> None:
    """A workbook for Twisted: one notebook a chapter, on live servers."""


def command(name: str, **settings: Any) -> Callable[[Callable[..., int]], click.Command]:
    """Register a function under a name, with the summary that an empty machine shows too."""
    return group.command(name, help=COMMANDS[name], **settings)


@command("lab", context_settings=_PASS_ON)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[JUPYTER OPTIONS]")
def lab(options: tuple[str, ...]) -> int:
    from ._lab import open_lab

    return open_lab(HERE.root, options)


def _chosen(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...]:
    names = tuple(text.split(",")) if text else _stages.NAMES
    unknown = [name for name in names if name not in _stages.NAMES]
    if unknown:
        raise click.BadParameter(
            f"no stage {', '.join(unknown)}; there are {', '.join(_stages.NAMES)}"
        )
    return names


@command("test", epilog="Stages: " + ", ".join(_stages.NAMES) + ".")
@click.option("--only", callback=_chosen, metavar="STAGE,…", help="Run these stages alone.")
def test(only: tuple[str, ...]) -> int:
    from ._run import run_all

    stages = [stage for stage in _stages.STAGES if stage.name in only]
    return run_all(
        stages, HERE.root, demand_all=os.environ.get("LABKIT_REQUIRE_TOOLS", "0") not in ("", "0")
    )


@command("check")
@click.argument("exercise")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--name", help="The answer's name in the file; otherwise its last class or function.")
def check(exercise: str, file: str, name: str | None) -> int:
    from ._answer import check_file

    return check_file(exercise, file, name)


@command("progress")
@click.argument("chapter", required=False)
def progress(chapter: str | None) -> int:
    from labkit import exercises

    return _show(exercises.progress(chapter))


@command("reset")
@click.argument("what", required=False)
@click.option("--sure", is_flag=True, help="Do not ask.")
def reset(what: str | None, sure: bool) -> int:
    from labkit import exercises

    return _show(exercises.reset(what, sure))


@command("doctor")
def doctor() -> int:
    from labkit import bench

    found = bench.doctor()
    for row in found.rows:
        word = {True: "ok", False: "NO", None: "--"}[row.ok]
        cure = f" ({row.cure})" if row.cure and not row.ok else ""
        click.echo(f"{word:<4}{row.name:<20}{row.value}{cure}")
    return int(not found.fit)


@command("audit")
def audit() -> int:
    from labkit import exercises
    from labkit.exercises._audit import quiet

    quiet()
    found = exercises.audit(notebooks=HERE.root / "notebooks", jobs=2)
    for problem in found.problems:
        click.echo(problem)
    click.echo(f"{found.runs} checks were run, {len(found.problems)} promises do not hold")
    return int(bool(found.problems) or not found.runs)


@command("refresh")
@click.argument("chapters", nargs=-1, required=True)
def refresh(chapters: tuple[str, ...]) -> int:
    from labkit.refresh import refresh as store

    for chapter in chapters:
        click.echo(f"{chapter}: {'stored anew' if store(chapter) else 'the same as before'}")
    return 0


@command("figures", context_settings=_PASS_ON)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[PART]…")
def figures(options: tuple[str, ...]) -> int:
    from labkit.performance._figures import main as measure

    return int(bool(measure(options)))


def _show(value: object) -> int:
    from labkit.notebook import view

    click.echo(view(value).text)
    return 0
