"""Values and functions in words: short, the same in every run, whatever the reader's code does."""

from __future__ import annotations

import functools
import re
import reprlib
import time
from types import CodeType, FunctionType, MethodType
from typing import Any

from twisted.internet.defer import Deferred, FailureGroup, FirstError
from twisted.python.failure import Failure

from ._history import Shown

MOST = 60  # characters
_SLOW = 0.05  # seconds; a __repr__ that took longer is not asked again
_ADDRESS = re.compile(r" (?:at )?0x[0-9a-fA-F]+")
_PORT = re.compile(r"\bport=\d+")  # others in every run
_OBJECT = re.compile(r"<(?:\w+\.)+(\w+ object)")  # its class is enough
_MODULE = re.compile(r"\b__main__\.|(?:\w+\.)*<locals>\.")
PLAIN = frozenset({int, float, bool, complex, type(None)})  # whose values never change
_slow: set[type] = set()

Raw = Any  # a small value that never changes, or Shown
Name = str | tuple[str, CodeType]


def taken(value: Any) -> Raw:
    """The value as it can be kept: itself when it never changes, else as it looks now."""
    kind = type(value)
    if kind in PLAIN or ((kind is str or kind is bytes) and len(value) <= MOST):
        return value
    return shown(value)


def shown(value: Any) -> Shown:
    """The value in words. Calls the reader's __repr__, whatever it raises."""
    if type(value) is Shown:
        return value
    if isinstance(value, Failure):
        return Shown(cut(error(value.value)), "failure")
    if isinstance(value, Deferred):
        return Shown("", "deferred")
    return Shown(text(value))


def text(value: Any) -> str:
    """A repr without addresses, ports and modules, in at most 60 characters."""
    words = _ADDRESS.sub("", _MODULE.sub("", _repr(value)))
    return cut(_PORT.sub("port=…", _OBJECT.sub(r"<\1", words)))


def cut(words: str) -> str:
    """In one line of at most 60 characters; what is left out is an ellipsis."""
    words = words.replace("\n", "\\n")
    return words if len(words) <= MOST else words[: MOST - 1] + "…"


def error(value: Any) -> str:
    """An exception's type and message."""
    name = type(value).__name__
    if isinstance(value, FirstError):
        return f"{name}: part {value.index}, {error(value.subFailure.value)}"
    if isinstance(value, FailureGroup):
        return f"{name}: {', '.join(error(f.value) for f in value.failures)}"
    try:
        said = str(value)
    except Exception:
        said = "its __str__ raised"
    return _ADDRESS.sub("", f"{name}: {said}" if said else name)


class _Short(reprlib.Repr):
    """Few elements, few levels; a dict in its own order."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxdict, self.maxlist, self.maxtuple = 3, 6, 6, 6
        self.maxstring = self.maxother = self.maxlong = MOST

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """As they were put in, where reprlib sorts."""
        if level <= 0:
            return "{...}"
        few = [f"{self.repr1(k, level - 1)}: {self.repr1(x[k], level - 1)}" for k in list(x)[:6]]
        return "{" + ", ".join(few + ["..."] * (len(x) > 6)) + "}"

    def repr_Failure(self, x: Any, level: int) -> str:
        """What a DeferredList's result holds."""
        return f"<Failure {error(x.value)}>"

    def repr_instance(self, x: Any, level: int) -> str:
        """One object's own words, unless they took long once."""
        kind = type(x)
        if kind in _slow:
            return f"<{kind.__name__}>"
        begun = time.perf_counter()
        try:
            return repr(x)
        finally:
            if time.perf_counter() - begun > _SLOW:
                _slow.add(kind)


_short = _Short()


def _repr(value: Any) -> str:
    kind = type(value)
    try:
        # a subclass of list, or of str, has words of its own
        if kind.__module__ == "builtins" or kind is Failure:
            return _short.repr(value)
        return _short.repr_instance(value, 3)
    except Exception:
        return f"<{kind.__name__}, its __repr__ raised>"


def named(function: Any) -> Name:
    """What is needed to name a function later, without keeping it alive."""
    if type(function) is FunctionType:
        return function.__qualname__, function.__code__
    return _other_name(function)


def _other_name(function: Any) -> Name:
    if isinstance(function, MethodType):
        owner = function.__self__
        kind = owner if isinstance(owner, type) else type(owner)
        return f"{kind.__name__}.{getattr(function.__func__, '__name__', '?')}"
    if isinstance(function, functools.partial):
        return f"partial({name_of(named(function.func))})"
    found = getattr(function, "__qualname__", None)
    if isinstance(found, str):
        return found.rpartition("<locals>.")[2]
    return type(function).__name__


def name_of(name: Name | None) -> str:
    """The name in words; a lambda by its line."""
    if name is None:
        return ""
    if isinstance(name, str):
        return name
    qualname, code = name
    if qualname.endswith("<lambda>"):
        return f"lambda, line {code.co_firstlineno}"
    return qualname.rpartition("<locals>.")[2]
