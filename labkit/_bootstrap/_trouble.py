"""What stops the start, said in one paragraph that ends with the cure."""

from __future__ import annotations

import textwrap


class Trouble(Exception):
    """The environment cannot be had: `what` happened, `cure` is what to do about it."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what, cure)
        self.what = what
        self.cure = cure

    def __str__(self) -> str:
        # Paths and commands stay whole, so that they can be copied.
        return textwrap.fill(
            f"labkit: {self.what} {self.cure}",
            width=88,
            break_long_words=False,
            break_on_hyphens=False,
        )
