"""Where in the reader's code something happened, in words that are the same in every run."""

from __future__ import annotations

import linecache
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType, TracebackType

from attrs import frozen

from labkit._frames import Where, is_readers

MOST = 4  # lines of one traceback; the innermost are kept

Namer = Callable[[str], str]
Row = tuple[str, str, int]  # function, file, line


@frozen
class Place:
    """A line of the reader's code: `where` is a cell or a file, `source` the line itself."""

    where: str
    line: int
    function: str
    source: str

    def __str__(self) -> str:
        inside = "" if self.function.startswith("<") else f", in {self.function}"
        return f"{self.where}, line {self.line}{inside}: {self.source}"


def numbered(shell: object) -> Namer:
    """Names a cell as IPython's own tracebacks do: Cell In[7]."""
    label = getattr(getattr(shell, "compile", None), "format_code_name", lambda name: None)

    def name(file: str) -> str:
        known = label(file)
        return " ".join(known) if known else short(file)

    return name


def short(file: str) -> str:
    """A file's name without the machine it lies on; a cell has no number.

    What is stored in a notebook must not change when a cell is put in above it.
    """
    parts = file.split(os.sep)
    if "labkit" in parts:
        return "/".join(parts[len(parts) - 1 - parts[::-1].index("labkit") :])
    return "cell" if "ipykernel" in file or file.startswith("<") else parts[-1]


def of_rows(rows: Iterable[Row], namer: Namer = short) -> tuple[Place, ...]:
    """The reader's lines among (function, file, line), outermost first."""
    found = [
        Place(namer(file), line, function, linecache.getline(file, line).strip())
        for function, file, line in rows
        if is_readers(file)
    ]
    return tuple(found[-MOST:])


def of_traceback(tb: TracebackType | None, namer: Namer = short) -> tuple[Place, ...]:
    """The reader's lines of a traceback, outermost first."""
    return of_rows((_row(f.f_code, line) for f, line in traceback.walk_tb(tb)), namer)


def of_where(where: Where, namer: Namer = short) -> tuple[Place, ...]:
    """The one line of the reader's that is known."""
    name = where.function.rpartition("<locals>.")[2]
    return of_rows([(name, where.file, where.line)], namer)


def of_thread(ident: int | None, namer: Namer = short) -> tuple[Place, ...]:
    """The reader's lines that a thread is in at this moment, outermost first."""
    frames = list(_outwards(sys._current_frames().get(ident or 0)))[::-1]
    return of_rows((_row(f.f_code, f.f_lineno) for f in frames), namer)


def _row(code: CodeType, line: int) -> Row:
    name = code.co_qualname.rpartition("<locals>.")[2]
    return name, code.co_filename, line


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


_CHANGING = (
    (re.compile(r"\b0x[0-9a-fA-F]{5,}"), "0x…"),
    (re.compile(r"((?:127\.0\.0\.1|localhost|::1\]?)['\"]?(?::|, ))\d{2,5}"), r"\1…"),
    (re.compile(r"(?i)(\bport[=: ] ?)\d{2,5}\b"), r"\1…"),
    (re.compile(re.escape(tempfile.gettempdir()) + r"/[^\s'\",:)]+"), "a temporary file"),
    (re.compile(r"\b\d{12,}\b"), "…"),
)


def steady(text: str) -> str:
    """A message without what changes from run to run: addresses, ports, temporary files."""
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text
