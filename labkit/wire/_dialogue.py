"""What was said, line by line, as the lab's own clients keep it and its errors show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

End = Literal["open", "closed", "reset"]


@frozen
class Remark:
    """One line of a dialogue: `who` says `data` to `to`.

    `note` stands in place of the data for what is not bytes: "closes", "resets".
    """

    who: str
    to: str
    data: bytes = b""
    note: str = ""


def shorten(data: bytes, most: int = 60) -> str:
    """The bytes as Python would write them, the middle left out and counted when long."""
    if len(data) <= most:
        return repr(data)
    half = most // 2
    gone = len(data) - 2 * half
    return f"{data[:half]!r} … {gone:,} bytes … {data[-half:]!r}"


def as_text(remarks: Iterable[Remark], most: int = 8) -> str:
    """The last `most` remarks, one a line, with a word on how many came before."""
    lines = list(remarks)
    before = len(lines) - most
    shown = [f"  {r.who} → {r.to}   {r.note or shorten(r.data)}" for r in lines[-most:]]
    if before > 0:
        shown.insert(0, f"  ({before} earlier remarks)")
    return "\n".join(shown)
