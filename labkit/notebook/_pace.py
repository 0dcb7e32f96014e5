"""How often Python's threads take turns: more often while a reactor callback spins.

A thread that never waits gives the interpreter away only when its turn is over,
after 5 ms by default. The notebook's thread lets go of it at every file and every
message, some thousand times on the way to a prompt: that is ten seconds, in
which the reader thinks that Stop does not work.
"""

from __future__ import annotations

import sys

BRISK = 0.0002  # seconds
_usual = sys.getswitchinterval()


def brisk(on: bool) -> None:
    """Short turns, or the usual ones. Any thread; it holds for the whole process."""
    wanted = BRISK if on else _usual
    if sys.getswitchinterval() != wanted:
        sys.setswitchinterval(wanted)
