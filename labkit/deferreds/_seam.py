"""The only lines that know the private shapes of Twisted's Deferred (25.5 to 26.10).

Twisted's own methods are compiled once more from their source, with the recorder's
calls put between their lines. Names, file and line numbers stay: tracebacks and warnings
are the same as without. Nothing is wrapped, so a reader's functions are called as ever.
"""

from __future__ import annotations
import __future__

import ast
import inspect
from collections.abc import Iterator, Mapping
from types import FrameType, FunctionType
from typing import Any

from twisted.internet import defer
from twisted.internet.defer import Deferred

from labkit.errors import LabError

METHODS = (
    "__init__", "addCallbacks", "addCallback", "addErrback", "addBoth", "_startRunCallbacks",
    "_runCallbacks", "cancel", "__iter__",
)  # fmt: skip
PASS = (defer.passthru, defer._failthru)  # the empty rails of addErrback and addCallback
GOT = defer._gotResultInlineCallbacks  # what a coroutine adds to the Deferred that it awaits
CANCELLED = defer._handleCancelInlineCallbacks  # what a cancelled coroutine adds to its own
FILE = Deferred.__init__.__code__.co_filename
_NO_RESULT = defer._NO_RESULT

_LINK = "labkit_link = item[2] if len(item) > 2 else None"
_GIVES = "(labkit_link, current.result)"
# The most frequent link and value are noted on the spot: a call would cost as much again.
_BEGUN = f"""
if labkit_link is not None:
    if type(labkit_link) is labkit_Plainly and type(current.result) in labkit_PLAIN:
        labkit_link.step = labkit_next_step()
        labkit_link.came = current.result
        labkit_link.ran = "callback"
    else:
        labkit_begun{_GIVES}
"""
_RETURNED = f"""
if labkit_link is not None:
    if (
        type(labkit_link) is labkit_Plainly
        and type(current.result) in labkit_PLAIN
        and labkit_link.ran is not None
    ):
        labkit_link.went = current.result
        labkit_link.outcome = "returned"
    else:
        labkit_returned{_GIVES}
"""
_RAISED = f"if labkit_link is not None: labkit_raised{_GIVES}"
_TAKEN = "if not labkit_waited: labkit_awaited(self, result)"
# What stands before or after which line of which method. A call of a name that begins
# with labkit_ is one of the recorder's.
_PARTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "__init__": (("after", "self._canceller = canceller", "labkit_made(self)"),),
    "cancel": (
        ("before", "if not self.called:\n    canceller =", "labkit_cancelled(self)"),
    ),
    "_startRunCallbacks": (("before", "self.result = result", "labkit_fired(self, result)"),),
    "_runCallbacks": (
        ("after", "item = current._callbacks.pop(0)", _LINK),
        ("before", "chainee: Deferred", "labkit_handed(current, args[0], current.result)"),
        ("before", "current._runningCallbacks = True", _BEGUN),
        ("before", "if type(current.result) in", _RETURNED),
        ("after", "current.result = Failure(", _RAISED),
    ),
    "__iter__": (
        ("before", "while True:", "labkit_waited = False"),
        ("before", "yield self", "labkit_waited = True"),
        ("before", "if isinstance(result, Failure)", _TAKEN),
    ),
}  # fmt: skip
# The link of the functions rides as a third part in the pair that Twisted keeps of them.
_ADDED = {
    "addCallbacks": "labkit_added(self, callback, errback, callbackArgs)",
    "addCallback": "labkit_added(self, callback, None, args)",
    "addErrback": "labkit_added(self, None, errback, args)",
    "addBoth": "labkit_added(self, callback, callback, args)",
}


class _Putting(ast.NodeTransformer):
    """Puts the recorder's lines between Twisted's; `left` are those that found no place."""

    def __init__(self, name: str) -> None:
        self.left = list(_PARTS.get(name, ()))
        self.link = _ADDED.get(name)

    def visit(self, node: ast.AST) -> Any:
        """The node, or several where a line was put beside it; deepest first."""
        self.generic_visit(node)
        if not isinstance(node, ast.stmt):
            return self.visit_Call(node) if isinstance(node, ast.Call) else node
        text = ast.unparse(node) + "\n"
        for part in [p for p in self.left if text.startswith(p[1])]:
            self.left.remove(part)
            ours = [_at(node, line) for line in ast.parse(part[2]).body]
            return [*ours, node] if part[0] == "before" else [node, *ours]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The link goes in where the pair of functions is appended."""
        if self.link and ast.unparse(node.func) == "self._callbacks.append":
            (pair,) = node.args
            if isinstance(pair, ast.Tuple):
                pair.elts.append(_at(node, ast.parse(self.link, mode="eval").body))
                self.link = None
        return node


def _at(place: ast.AST, node: Any) -> Any:
    """The node and all below it, on the line of `place`."""
    for part in ast.walk(node):
        ast.copy_location(part, place)
    return node


def recording(hooks: Mapping[str, Any]) -> dict[str, Any]:
    """Deferred's methods, each as Twisted wrote it and with calls of `hooks` in between.

    Raises LabError when this Twisted's source has another shape.
    """
    made = {name: _compiled(name, vars(Deferred)[name], hooks) for name in METHODS}
    made["__await__"] = made["__iter__"]
    return made


def _compiled(name: str, method: Any, hooks: Mapping[str, Any]) -> Any:
    code = method.__code__
    # one line above it, so that the columns stay as well
    tree = ast.parse("if 1:\n" + inspect.getsource(method))
    ast.increment_lineno(tree, code.co_firstlineno - 2)
    (function,) = tree.body[0].body  # type: ignore[attr-defined]
    putting = _Putting(name)
    function.body = [n for line in function.body for n in _many(putting.visit(line))]
    if putting.left or putting.link:
        raise LabError(
            f"This release of Twisted has another Deferred.{name} than the tracer knows",
            "Install the release of Twisted that pyproject.toml names",
        )
    return _function(function, method, hooks)


def _many(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _function(tree: Any, method: Any, hooks: Mapping[str, Any]) -> Any:
    """Made within a function that takes the hooks, with defer's own globals."""
    outer = ast.parse(f"def make({', '.join(hooks)}):\n return {tree.name}").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body.insert(0, tree)
    code = compile(
        ast.fix_missing_locations(ast.Module([outer], [])),
        method.__code__.co_filename,
        "exec",
        flags=__future__.annotations.compiler_flag,
        dont_inherit=True,
    )
    names: dict[str, Any] = {}
    exec(code, vars(defer), names)
    function: FunctionType = names["make"](**hooks)
    function.__code__ = function.__code__.replace(co_qualname=method.__code__.co_qualname)
    function.__qualname__ = method.__qualname__
    function.__doc__ = method.__doc__
    return function


def items(deferred: Deferred[Any]) -> list[Any]:
    """Its callbacks that have not run: pairs of (function, args, kwargs)."""
    return deferred._callbacks


def continues(item: Any) -> Deferred[Any] | None:
    """The Deferred that waits for the one in whose list this stands, if it is no function."""
    return item[0][1][0] if item[0][0] is defer._CONTINUE else None


def waits_on(deferred: Deferred[Any]) -> Deferred[Any] | None:
    """The Deferred whose result it was promised by a callback, while it waits."""
    on = deferred._chainedTo
    return on if deferred.paused or not deferred.called else None


def result_of(deferred: Deferred[Any], nothing: Any) -> Any:
    """What it holds now; `nothing` while it has no result."""
    return getattr(deferred, "result", nothing)


def gives_at_once(deferred: Deferred[Any]) -> bool:
    """Whether a callback that returns it is not made to wait."""
    result = getattr(deferred, "result", _NO_RESULT)
    return not (result is _NO_RESULT or isinstance(result, Deferred) or deferred.paused)


def is_list(deferred: Deferred[Any]) -> bool:
    """Whether it is a DeferredList, which Twisted shows to type checkers as a function."""
    return isinstance(deferred, defer.DeferredList)  # type: ignore[arg-type]


def parts_of(deferred: Deferred[Any]) -> list[Deferred[Any]]:
    """Those that a DeferredList was made of."""
    return list(getattr(deferred, "_deferredList", ()))


def awaited_by_coroutine(deferred: Deferred[Any]) -> Deferred[Any] | None:
    """What the coroutine whose end fires this Deferred awaits now."""
    status = _cells(getattr(deferred, "_canceller", None)).get("status")
    return None if status is None else status.waitingOn


def parts_of_race(deferred: Deferred[Any]) -> list[Deferred[Any]]:
    """Those that raced for it."""
    canceller = getattr(deferred, "_canceller", None)
    if getattr(canceller, "__qualname__", "") != "race.<locals>.cancel":
        return []
    return list(_cells(canceller).get("to_cancel", ()))


def _cells(function: Any) -> dict[str, Any]:
    code = getattr(function, "__code__", None)
    if code is None or code.co_filename != FILE:
        return {}
    found = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    return found


def status_on(frame: FrameType | None) -> Any:
    """Twisted's status of the generator or coroutine that runs on this stack."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_inlineCallbacks" and code.co_filename == FILE:
            return frame.f_locals["status"]
        frame = frame.f_back
    return None


def awaiting(generator: Any) -> Iterator[FrameType]:
    """The suspended frames of a coroutine, outermost first, through those that it awaits."""
    while generator is not None:
        for prefix in ("cr", "gi", "ag"):
            frame = getattr(generator, f"{prefix}_frame", None)
            if frame is not None:
                yield frame
                below = "yieldfrom" if prefix == "gi" else "await"
                generator = getattr(generator, f"{prefix}_{below}", None)
                break
        else:
            return
