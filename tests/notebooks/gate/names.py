"""What a cell names or shows is there: Twisted's names, and the package's own code."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import labkit

from .answers import values

PACKAGE = Path(labkit.__file__).parent


def apis(cell: Any) -> Iterator[str]:
    """Every dotted name of Twisted's in the prose is one that can be imported."""
    gone = values(cell, "gone:")
    for name in re.findall(r"`(twisted(?:\.\w+)+)", cell.source):
        if name not in gone and not resolves(name):
            yield f"{name} cannot be imported"
    yield from (f"{name} is not gone at all" for name in gone if resolves(name))


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


def shelf(cell: Any) -> Iterator[str]:
    """A cell that shows the package's code shows the code that the package has."""
    for name in values(cell, "shelf:"):
        path = PACKAGE / name
        if not path.is_file():
            yield f"labkit/{name} is not there"
            continue
        real = definitions(path.read_text(encoding="utf-8"))
        shown = definitions(cell.source)
        if not shown:
            yield f"it shows nothing that labkit/{name} could define"
        for what, tree in shown.items():
            if real.get(what) != tree:
                yield f"{what} is not what labkit/{name} defines"


def definitions(source: str) -> dict[str, str]:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {n.name: ast.dump(n) for n in ast.parse(source).body if isinstance(n, kinds)}
