"""c1-report: what runs in this kernel, with and without OpenSSL."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import ModuleType
from typing import Any

from labkit.bench import reactor
from labkit.exercises import Trial, judge

KEYS = ("python", "twisted", "reactor", "tls")
RESULT = "a dict with four keys; more do no harm."
VERSIONS = 'python and twisted are versions as str, such as "3.11.7".'
REACTOR = "reactor is the name of the reactor's class, as str."
NOW = "tls is a bool: can OpenSSL be imported now, at the time of the call?"


@judge("c1-report")
def report(t: Trial) -> None:
    """Four facts; the last one is found out at each call."""
    with t.step("the dict", cites=RESULT):
        seen = _asked(t)
    with t.step("python", cites=VERSIONS, shows="Python's version"):
        short = ".".join(map(str, sys.version_info[:3]))
        _text(t, seen["python"], {platform.python_version(), short}, "wrong-python")
    with t.step("twisted", cites=VERSIONS, shows="Twisted's"):
        import twisted

        _text(t, seen["twisted"], {version("twisted"), twisted.__version__}, "wrong-twisted")
    with t.step("reactor", cites=REACTOR, shows="the reactor's class"):
        _text(t, seen["reactor"], {type(reactor).__name__}, "wrong-reactor")
    with t.step("tls, with OpenSSL", cites=NOW), _openssl():
        _tls(t, True)
    with t.step("tls, with OpenSSL hidden", cites=NOW, shows="TLS, asked at each call"), _hidden():
        _tls(t, False)


def _asked(t: Trial) -> Any:
    """The report, if it has what is asked for."""
    seen = t.answer()
    t.require(isinstance(seen, dict), "not-a-dict", expected="a dict", got=repr(seen)[:60])
    for key in KEYS:
        t.require(key in seen, "missing-key", expected=repr(key), got=repr(list(seen)))
    return seen


def _text(t: Trial, got: Any, accepted: set[str], otherwise: str) -> None:
    expected = repr(max(accepted, key=len))
    t.require(isinstance(got, str), "not-str", expected=expected, got=repr(got))
    t.require(got in accepted, otherwise, expected=expected, got=repr(got))


def _tls(t: Trial, due: bool) -> None:
    try:
        got = _asked(t)["tls"]
    except ImportError as e:
        t.refuse("raises-without-tls", expected=repr(due), got=f"{type(e).__name__}: {e}")
    t.require(isinstance(got, bool), "not-bool", expected=repr(due), got=repr(got))
    t.require(got is due, "tls-hardcoded", expected=repr(due), got=repr(got))


@contextmanager
def _hidden() -> Iterator[None]:
    """As if OpenSSL were not installed, for imports and for those who look for it."""
    with _replaced(None):
        yield


@contextmanager
def _openssl() -> Iterator[None]:
    """OpenSSL, or a stand-in where it is not installed."""
    if importlib.util.find_spec("OpenSSL") is not None:
        yield
        return
    stand_in = ModuleType("OpenSSL")
    stand_in.__spec__ = importlib.machinery.ModuleSpec("OpenSSL", None)
    with _replaced(stand_in):
        yield


@contextmanager
def _replaced(module: ModuleType | None) -> Iterator[None]:
    """Another OpenSSL for as long as the block runs; its parts are put away too."""
    names = [n for n in sys.modules if n.partition(".")[0] == "OpenSSL"]
    before = {name: sys.modules.pop(name) for name in names}
    sys.modules["OpenSSL"] = module  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop("OpenSSL", None)
        sys.modules.update(before)
