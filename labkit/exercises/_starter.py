"""Tells an untouched starter from an attempt."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any


def is_starter(answer: Any) -> bool:
    """Whether nothing was written yet: `...`, None, or a class or function of empty bodies."""
    if answer is None or answer is Ellipsis:
        return True
    if not (inspect.isclass(answer) or inspect.isfunction(answer)):
        return False
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError, SyntaxError):
        return False
    return any(map(_unfinished, _parts(tree.body[0], answer))) or _empty(tree.body[0])


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
