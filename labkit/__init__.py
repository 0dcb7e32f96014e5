"""The workbook's lab: live servers in the background, a picture of every byte, checked exercises.

Importing this needs the standard library alone; each name is fetched on first use.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.bench import connect, doctor, run, serve, servers, stop_all, wait
    from labkit.bench._link import link
    from labkit.bench._memory import in_memory
    from labkit.bench._page import show
    from labkit.bench._rescue import rescue
    from labkit.bench._timeline import timeline
    from labkit.bench._travel import time_travel
    from labkit.deferreds._tracer import trace, tracing
    from labkit.exercises import (
        begin,
        check,
        finish,
        hint,
        order,
        predict,
        progress,
        reset,
        reveal,
    )
    from labkit.notebook._bar import bar
    from labkit.protocols import machine_of as machine

__version__ = "0.3.0"

_HOME = {
    **dict.fromkeys(
        ("connect", "doctor", "run", "serve", "servers", "stop_all", "wait"),
        "labkit.bench",
    ),
    "bar": "labkit.notebook._bar",
    "in_memory": "labkit.bench._memory",
    "link": "labkit.bench._link",
    "time_travel": "labkit.bench._travel",
    **dict.fromkeys(
        ("begin", "check", "finish", "hint", "order", "predict", "progress", "reset", "reveal"),
        "labkit.exercises",
    ),
    "machine": "labkit.protocols:machine_of",
    "rescue": "labkit.bench._rescue",
    "show": "labkit.bench._page",
    "timeline": "labkit.bench._timeline",
    **dict.fromkeys(("trace", "tracing"), "labkit.deferreds._tracer"),
}

__all__ = [
    "bar",
    "begin",
    "check",
    "connect",
    "doctor",
    "finish",
    "hint",
    "in_memory",
    "link",
    "machine",
    "order",
    "predict",
    "progress",
    "rescue",
    "reset",
    "reveal",
    "run",
    "serve",
    "servers",
    "show",
    "stop_all",
    "time_travel",
    "timeline",
    "trace",
    "tracing",
    "wait",
]


_awake: list[bool] = []


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"labkit has no {name!r}; it offers: {', '.join(__all__)}")
    module, _, attribute = _HOME[name].partition(":")
    value = getattr(importlib.import_module(module), attribute or name)
    globals()[name] = value
    _wake()
    return value


def _wake() -> None:
    """The first name that is used starts the reactor, and in a notebook the hooks around cells."""
    if _awake:
        return
    _awake.append(True)
    importlib.import_module("labkit.bench").start()
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    if shell is not None:
        importlib.import_module("labkit.notebook").install(shell)


def __dir__() -> list[str]:
    return __all__
