"""Runs inside a notebook's kernel: what is there after the cells that was not before them."""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import psutil

_before: dict[str, set[Any]] = {}
# crochet's own, and the idle workers of the reactor's thread pool
_CROCHET = ("labkit-watch", "CrochetReactor", "CrochetLogWriter", "CrochetShutdownWatchdog")
_POOL = "PoolThread-twisted.internet.reactor"


def begin() -> None:
    """Remember what the kernel itself has."""
    _before.update(threads=set(threading.enumerate()), sockets=set(_sockets()))


def end() -> str:
    """What is left now, as JSON: a list of words, empty when the notebook was tidy."""
    gc.collect()
    left = [*_children(), *_threads(), *_descriptors()]
    if "crochet" in sys.modules:
        left = [*_reactor(), *left]
    return json.dumps(left)


def progress(chapter: str) -> str:
    """The states of the chapter's exercises and the guesses of its predictions, as JSON."""
    from labkit.exercises import rooms
    from labkit.exercises._store import store

    room = next(r for r in rooms() if r.chapter.number == chapter)
    states = {id: store().get(id) for id in room.chapter.ids}
    return json.dumps({id: [s.passed, s.guess] for id, s in states.items()})


def _reactor() -> Iterator[str]:
    from labkit.bench import servers, settle, wait

    yield from (f"a server that still listens: {s.name}" for s in servers())
    settle()
    yield from wait(_in_reactor)


def _in_reactor() -> list[str]:
    from twisted.internet import reactor

    loop: Any = reactor
    own = set(loop._internalReaders)
    open_ = {*loop.getReaders(), *loop.getWriters()} - own
    calls = [c for c in loop.getDelayedCalls() if "reapAllProcesses" not in str(c)]
    return [
        *sorted(f"an open {type(r).__name__} in the reactor" for r in open_),
        *sorted(f"a pending call: {_name(c.func)}" for c in calls),
    ]


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", type(function).__name__)


def _children() -> Iterator[str]:
    for child in psutil.Process().children(recursive=True):
        yield f"a child process: {child.name()}"


def _threads() -> Iterator[str]:
    for thread in set(threading.enumerate()) - _before["threads"]:
        if thread.name not in _CROCHET and not thread.name.startswith(_POOL):
            yield f"a thread: {thread.name}"


def _descriptors() -> Iterator[str]:
    new = _sockets()
    for inode in set(new) - _before["sockets"]:
        yield f"an open socket: {new[inode]}"


def _sockets() -> dict[Any, str]:
    """Internet and UNIX sockets of this process but those of the kernel's own channels."""
    channels = _channels()
    found = {}
    for c in psutil.Process().net_connections("all"):
        if c.laddr and not isinstance(c.laddr, str) and c.laddr.port in channels:
            continue
        kind = "UNIX" if c.family.name == "AF_UNIX" else f"TCP {c.status}".strip()
        found[_inode(c.fd)] = kind
    return found


def _inode(descriptor: int) -> Any:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:  # not Linux, or closed since
        return descriptor


def _channels() -> set[int]:
    from ipykernel import get_connection_info

    info: Any = get_connection_info(unpack=True)
    return {v for k, v in info.items() if k.endswith("_port")}
