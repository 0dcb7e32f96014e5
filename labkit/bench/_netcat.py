"""nc, the terminal's own client, or its twin for a machine without one.

As a program (python -m labkit.bench._netcat HOST PORT) it is that twin: what comes in
on the standard input goes out to the port, what comes back goes to the standard output,
and a second of silence is the end. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from typing import Any

IDLE = 1  # seconds of silence after which both give up


def netcat(server: Any) -> list[str]:
    """The command that talks to a server of the bench (or a link) from a terminal.

    With nc on the PATH it is nc's; it does not half-close when its input ends, because
    many servers take that for the end and their answer is lost. Else it is the twin's.
    """
    host, port = server.address
    if shutil.which("nc"):
        return ["nc", "-w", str(IDLE), host, str(port)]
    return [sys.executable, "-m", __name__, host, str(port)]


def main(host: str, port: str) -> None:
    """Carry bytes between the standard streams and the port, until the port is silent."""
    with socket.create_connection((host, int(port)), timeout=IDLE) as sock:
        threading.Thread(target=_carry, args=[sock], daemon=True).start()
        try:
            while data := sock.recv(65536):
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
        except TimeoutError:
            pass


def _carry(sock: socket.socket) -> None:
    while data := os.read(sys.stdin.fileno(), 65536):
        sock.sendall(data)


if __name__ == "__main__":
    main(*sys.argv[1:3])
