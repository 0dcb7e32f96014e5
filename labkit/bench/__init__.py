"""Where things run: live servers on the background reactor, and clients that talk to them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._bench import serve, servers, stop_all
from ._client import Client, connect
from ._doctor import Report, doctor
from ._reactor import drain_failures, drain_log, in_reactor, reactor, run, settle, start, wait
from ._result import Result
from ._server import Server

if TYPE_CHECKING:
    from ._credentials import authority_file
    from ._link import Hop, Link, link
    from ._memory import MemoryBench, MemoryClient, MemoryServer, in_memory
    from ._netcat import netcat
    from ._peer import ScriptedPeer

__all__ = [
    "Client",
    "Hop",
    "Link",
    "MemoryBench",
    "MemoryClient",
    "MemoryServer",
    "Report",
    "Result",
    "ScriptedPeer",
    "Server",
    "authority_file",
    "connect",
    "doctor",
    "drain_failures",
    "drain_log",
    "in_memory",
    "in_reactor",
    "link",
    "netcat",
    "reactor",
    "run",
    "serve",
    "servers",
    "settle",
    "start",
    "stop_all",
    "wait",
]

# fetched on first use, because most readers of a chapter never need them
_LATER = {
    **dict.fromkeys(("Hop", "Link", "link"), "._link"),
    **dict.fromkeys(("MemoryBench", "MemoryClient", "MemoryServer", "in_memory"), "._memory"),
    "ScriptedPeer": "._peer",
    "authority_file": "._credentials",
    "netcat": "._netcat",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LATER[name], __name__), name)
    globals()[name] = value
    return value
