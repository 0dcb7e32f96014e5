"""Places in code, and which of them are the reader's own. Known to every floor."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import FrameType, TracebackType

from attrs import frozen

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OTHERS = tuple(
    {
        path(sysconfig.get_path(k)) + os.sep
        for k in ("stdlib", "platstdlib", "purelib", "platlib")
        for path in (os.path.realpath, os.path.abspath)  # frames name the one or the other
    }
    | {os.path.join(sys.prefix, ""), os.path.join(sys.base_prefix, "lib", "")}
)
_PARTS = (
    "bench", "cli", "deferreds", "exercises", "notebook", "performance", "turns", "views", "wire",
)  # fmt: skip
_OURS = tuple(os.path.join(_PACKAGE, part, "") for part in _PARTS)


@frozen
class Where:
    """A line of somebody's code: what a traceback or a picture points at."""

    file: str
    line: int
    function: str


def readers_place(frame: FrameType | None) -> Where | None:
    """The innermost line of the reader's on a stack that begins at `frame`; None when none is."""
    while frame is not None:
        code = frame.f_code
        if is_readers(code.co_filename):
            return Where(code.co_filename, frame.f_lineno, code.co_qualname)
        frame = frame.f_back
    return None


def is_readers(filename: str) -> bool:
    """Whether a file is the reader's: a cell, a script, or a program that the course shows."""
    if filename.startswith("<") and not filename.startswith("<ipython-input"):
        return filename in ("<string>", "<stdin>")
    if filename.startswith(_PACKAGE):
        if f"{os.sep}checks" in filename[len(_PACKAGE) :]:
            return False
        return not filename.startswith(_OURS) and os.path.dirname(filename) + os.sep != _PACKAGE
    return not filename.startswith(_OTHERS)


def readers_part(tb: TracebackType | None) -> TracebackType | None:
    """The same traceback with only the reader's frames; the whole of it when there are none."""
    kept = []
    step = tb
    while step is not None:
        if is_readers(step.tb_frame.f_code.co_filename):
            kept.append(step)
        step = step.tb_next
    if not kept:
        return tb
    trimmed: TracebackType | None = None
    for step in reversed(kept):
        trimmed = TracebackType(trimmed, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return trimmed
