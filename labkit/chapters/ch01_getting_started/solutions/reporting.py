"""Right answers to c1-report: what runs here."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import importlib.util
import platform
import sys
from importlib.metadata import version

import twisted
from twisted.internet import reactor

from labkit.exercises import solves

__all__: list[str] = []


@solves("c1-report", style="try the import")
def report():
    try:
        import OpenSSL  # noqa: F401

        tls = True
    except ImportError:
        tls = False
    return {
        "python": platform.python_version(),
        "twisted": twisted.__version__,
        "reactor": type(reactor).__name__,
        "tls": tls,
    }


@solves("c1-report", style="metadata, and a look without importing")
def report_from_metadata():
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "twisted": version("twisted"),
        "reactor": reactor.__class__.__name__,
        "tls": importlib.util.find_spec("OpenSSL") is not None,
        "platform": sys.platform,
    }
