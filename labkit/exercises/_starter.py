"""Tells an untouched starter from an attempt."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from typing import Any


def is_starter(answer: Any) -> bool:
    """Whether nothing was written yet: `...`, None, empty bodies, values left out."""
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, dict):
        return any(value is Ellipsis for value in answer.values())
    if not (inspect.isclass(answer) or inspect.isfunction(answer)):
        return False
    node = _definition(answer)
    if node is None:
        return inspect.isclass(answer) and all(name.startswith("__") for name in vars(answer))
    return any(map(_unfinished, _parts(node, answer))) or _empty(node)


def left_open(answer: Any) -> tuple[str, ...]:
    """What is still to be filled in: keys of a dict, or lines of a definition."""
    if isinstance(answer, dict):
        return tuple(str(key) for key, value in answer.items() if value is Ellipsis)
    if not (inspect.isclass(answer) or inspect.isfunction(answer)):
        return ()
    try:
        lines = textwrap.dedent(inspect.getsource(answer)).splitlines()
    except (OSError, TypeError):
        return ()
    tree = ast.parse("\n".join(lines))
    open_ = {n.lineno for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value is ...}
    return tuple(lines[n - 1].strip().rstrip(",") for n in sorted(open_))


def is_unwritten(source: str, name: str) -> bool:
    """Whether a cell's text defines this name and leaves it to be written."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        else:
            names = [getattr(node, "name", "")]
        if name in names:
            return any(map(_unfinished, ast.walk(node))) or _empty(node)
    return False


def _definition(answer: Any) -> ast.stmt | None:
    """The statement that defined it, None when its text is not to be had."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(answer))).body[0]
    except (OSError, TypeError, SyntaxError):
        return _in_cell(answer) if inspect.isclass(answer) else None


def _in_cell(kind: type) -> ast.stmt | None:
    """A class of a notebook's cell, which inspect cannot find: only its code knows the cell."""
    file = next(_files(kind), "")
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return None
    named = (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == kind.__name__)
    return next(named, None)


def _files(kind: type) -> Iterator[str]:
    """Where the functions of a class, and of the classes inside it, were written."""
    for thing in vars(kind).values():
        if inspect.isfunction(thing):
            yield thing.__code__.co_filename
        elif inspect.isclass(thing) and thing.__module__ == kind.__module__:
            yield from _files(thing)


def _parts(node: ast.AST, thing: Any) -> Iterator[ast.AST]:
    """Every node but those of a typing.Protocol, whose methods have no bodies on purpose."""
    yield node
    for child in ast.iter_child_nodes(node):
        named = getattr(thing, child.name, None) if isinstance(child, ast.ClassDef) else None
        if not getattr(named, "_is_protocol", False):
            yield from _parts(child, named)


def _unfinished(node: ast.AST) -> bool:
    """A function whose body is nothing, or a value still to be filled in."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _says_nothing(node.body) and any(_is_dots(s) for s in node.body)
    if isinstance(node, ast.Call):
        return any(_is_dots(a) for a in node.args)
    if isinstance(node, ast.Dict):
        return any(_is_dots(v) for v in node.values)
    return isinstance(node, ast.Assign | ast.Return) and _is_dots(node.value)


def _empty(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and _says_nothing(node.body)


def _says_nothing(body: list[ast.stmt]) -> bool:
    return all(isinstance(s, ast.Pass) or _is_constant(s) for s in body)


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_dots(node: ast.AST | None) -> bool:
    if isinstance(node, ast.Expr):
        node = node.value
    return isinstance(node, ast.Constant) and node.value is Ellipsis
