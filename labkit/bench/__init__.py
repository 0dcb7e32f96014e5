"""Where things run: live servers on the background reactor, and clients that talk to them."""

from ._bench import serve, servers, stop_all
from ._client import Client, connect
from ._doctor import Report, doctor
from ._reactor import drain_failures, drain_log, in_reactor, reactor, run, settle, start, wait
from ._result import Result
from ._server import Server

__all__ = [
    "Client",
    "Report",
    "Result",
    "Server",
    "connect",
    "doctor",
    "drain_failures",
    "drain_log",
    "in_reactor",
    "reactor",
    "run",
    "serve",
    "servers",
    "settle",
    "start",
    "stop_all",
    "wait",
]
