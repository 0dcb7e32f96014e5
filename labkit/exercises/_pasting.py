"""A right answer as a cell that works by itself: its imports, then its text."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap

from ._registry import Right


def pasted(answer: Right, value: bool = False) -> str:
    """The text to put into a cell; with `value` what it returns, where that is all it does."""
    source = (_value(answer) if value else "") or answer.source
    needed = "\n".join(imports_of(answer))
    return f"{needed}\n\n{source}" if needed else source


def imports_of(answer: Right) -> list[str]:
    """The imports at the top of the solution's module that its text uses."""
    module = ast.parse(inspect.getsource(sys.modules[answer.answer.__module__]))
    names = {n.id for n in ast.walk(ast.parse(answer.source)) if isinstance(n, ast.Name)}
    lines = []
    for node in module.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [a for a in node.names if (a.asname or a.name).split(".")[0] in names]
            lines += [ast.unparse(node)] if node.names else []
    return lines


def _value(answer: Right) -> str:
    """`name = …` in the place of a function that has nothing but a return; else empty."""
    match ast.parse(answer.source).body:
        case [ast.FunctionDef(name=name, body=[ast.Return(value=ast.expr() as value)])]:
            text = ast.get_source_segment(answer.source, value, padded=True) or ""
            return f"{name} = {textwrap.dedent(text).strip()}\n"
    return ""
