"""What several checks of the chapter say in the same way."""

from __future__ import annotations

from typing import Any

from labkit.errors import DialogueError


def expect_end(client: Any) -> None:
    """The connection must end now; in which way the contract leaves open."""
    try:
        client.expect_close()
    except DialogueError as e:
        if e.facts["got"] or e.facts["end"] != "reset":
            raise
