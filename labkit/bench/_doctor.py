"""Is this machine fit for the workbook? Versions, parts, programs, limits."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version

from attrs import evolve, frozen

TOOLS = {
    "nc": "talk to a server by hand (Debian: netcat-openbsd)",
    "curl": "the web's command-line client",
    "openssl": "look at TLS from outside",
    "tshark": "read capture files (Debian: tshark)",
    "chromium": "the browser tests",
}
PARTS = {
    "HTTP/2": ("h2", "pip install 'twisted[http2]': a web server over TLS then offers it"),
    "WebSocket": ("wsproto", "pip install 'twisted[websocket]'"),
    "server proxy": (
        "jupyter_server_proxy",
        "pip install jupyter-server-proxy: it shows live pages through a JupyterHub",
    ),
}
# What each thing is wanted for, in words that are the same on every machine.
NEEDED = {
    "Python": "3.11 or later",
    "twisted": "what this workbook is about",
    "crochet": "has the reactor turn behind your cells",
    "automat": "state machines",
    "reactor": "calls your code when something happens",
    "TLS": "encrypted connections",
    "open files": "at least 256, one for each connection",
}


@frozen
class Row:
    """One thing looked at. `ok` is None for what is merely good to have; `cure`: how to get it."""

    name: str
    ok: bool | None
    value: str
    cure: str = ""


@frozen
class Needs:
    """What the workbook cannot do without, and whether it is there; `value` says what for.

    No version and no number of this machine: the same picture wherever the workbook runs.
    """

    rows: tuple[Row, ...]


@frozen
class Report:
    """What the doctor saw. `fit` says whether the workbook can run here."""

    rows: tuple[Row, ...]

    @property
    def fit(self) -> bool:
        """Whether nothing needed is missing."""
        return all(row.ok is not False for row in self.rows)

    @property
    def needs(self) -> Needs:
        """The same without what differs between two machines on which the workbook runs."""
        return Needs(tuple(evolve(r, value=NEEDED[r.name]) for r in self.rows if r.name in NEEDED))

    @property
    def cures(self) -> tuple[str, ...]:
        """What to do, for each thing needed and missing."""
        return tuple(f"{r.name}: {r.cure}" for r in self.rows if r.ok is False)


def doctor() -> Report:
    """Look at this machine: Python, Twisted, the reactor, TLS, descriptors, foreign programs."""
    rows = (*_python(), _reactor(), _tls(), _descriptors())
    return Report((*rows, *map(_part, PARTS), *map(_tool, TOOLS)))


def _python() -> list[Row]:
    current = ".".join(map(str, sys.version_info[:3]))
    rows = [Row("Python", sys.version_info >= (3, 11), current, "install Python 3.11 or later")]
    for name in ("twisted", "crochet", "automat"):
        try:
            rows.append(Row(name, True, version(name)))
        except PackageNotFoundError:
            rows.append(Row(name, False, "missing", "start with: python3 -m labkit lab"))
    return rows


def _reactor() -> Row:
    from ._reactor import reactor, state

    words = {"new": "not started yet", "running": "turning in the background", "gone": "stopped"}
    value = f"{type(reactor).__name__}, {words[state()]}"
    return Row("reactor", state() != "gone", value, "restart the kernel")


def _tls() -> Row:
    ok = importlib.util.find_spec("OpenSSL") is not None
    return Row("TLS", ok, "available" if ok else "missing", "pip install 'twisted[tls]'")


def _descriptors() -> Row:
    try:
        import resource
    except ImportError:  # Windows counts otherwise
        return Row("open files", None, "not counted here")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    cure = "raise it before the start: ulimit -n 4096"
    return Row("open files", soft >= 256, f"at most {soft}", cure)


def _part(name: str) -> Row:
    module, cure = PARTS[name]
    found = importlib.util.find_spec(module) is not None
    return Row(name, True if found else None, "available" if found else "missing", cure)


def _tool(name: str) -> Row:
    found = shutil.which(name)
    return Row(name, True if found else None, "found" if found else "missing", TOOLS[name])
