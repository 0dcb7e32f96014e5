"""How to try it by hand: what the failed step's client sent, as a line for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from labkit.bench import Client, Server

MOST = 200  # bytes; more is not typed by hand
PIECES = 4  # that are sent as they were; of more, the first goes alone and the rest together


def replay_line(clients: Sequence[Client], server: Server | None) -> str:
    """A line with printf and nc that says the same to the server; empty when there is none.

    The last sleep keeps nc from half-closing before the answer is out.
    """
    if server is None or server.path or server.tls or not clients:
        return ""
    client = clients[-1]
    if client.by_hand:
        return client.by_hand
    said = [r.data for r in client.transcript if r.who == client.name and r.data]
    if not said or sum(map(len, said)) > MOST:
        return ""
    if len(said) > PIECES:
        said = [said[0], b"".join(said[1:])]
    pause = "; sleep 1; "
    return f"{{ {pause.join(map(_printf, said))}{pause}}} | nc 127.0.0.1 {server.port}"


def curl_line(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """A line for curl that asks the same; empty when the body is not typed by hand."""
    if len(body) > MOST or not body.isascii() or b"\0" in body:
        return ""
    how = {"GET": [], "HEAD": ["--head"]}.get(method, ["-X", method])
    said = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    said += ["--data-binary", body.decode()] if body else []
    shown = [] if method == "HEAD" else ["-i"]
    return shlex.join(["curl", *shown, *how, *said, url])


def _printf(data: bytes) -> str:
    words = "".join(map(_escaped, data))
    # a leading dash would be taken for an option
    return "printf '" + ("\\055" + words[1:] if words.startswith("-") else words) + "'"


def _escaped(value: int) -> str:
    """One byte as POSIX printf reads it in its format, inside single quotes."""
    if value in _NAMED:
        return _NAMED[value]
    character = chr(value)
    return character if 32 <= value < 127 and character not in "'\\%" else f"\\{value:03o}"


_NAMED = {13: "\\r", 10: "\\n", ord("%"): "%%"}
