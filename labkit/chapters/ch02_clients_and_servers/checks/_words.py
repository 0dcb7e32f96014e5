"""What several checks of the chapter say in the same way.

Keyword arguments that are not named here (`cites`, `otherwise`, `shows`) are those of Trial.step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from labkit.errors import DialogueError
from labkit.exercises import Trial, TrialClient


def expect_end(client: Any) -> None:
    """The connection must end now; in which way the contract leaves open."""
    try:
        client.expect_close()
    except DialogueError as e:
        if e.facts["got"] or e.facts["end"] != "reset":
            raise


@contextmanager
def one_client(t: Trial, doing: str, *, name: str = "client", **told: Any) -> Iterator[TrialClient]:
    """A step with one client, who comes for it and leaves at its end."""
    with t.step(doing, **told), t.connect(name=name) as c:
        yield c


def exchange(
    t: Trial,
    doing: str,
    said: bytes,
    due: bytes,
    *,
    pieces: int | Sequence[int] | None = None,
    name: str = "client",
    **told: Any,
) -> None:
    """A step in which one client says something, and must get what is due for it."""
    with one_client(t, doing, name=name, **told) as c:
        c.send(said, pieces=pieces)
        c.expect(due)


def one_byte_at_a_time(t: Trial, said: bytes, due: bytes, **told: Any) -> None:
    """The same in the smallest pieces: what is due must come, and nothing else."""
    told = {"otherwise": "fragmented", "shows": "any pieces", **told}
    with one_client(t, "one byte at a time", **told) as c:
        c.send(said, pieces=1)
        c.expect(due)
        c.expect_nothing()


def after_a_stranger(
    t: Trial, half: str, left: bytes, said: bytes, due: bytes, **told: Any
) -> None:
    """What somebody left unfinished is no part of what the next client says."""
    told = {"otherwise": "shared-buffer", "shows": "a client that leaves early", **told}
    with t.step(f"a stranger leaves {half}, then a new client speaks", **told):
        with t.connect(name="stranger") as c:
            c.send(left)
        with t.connect() as c:
            c.send(said)
            c.expect(due)
