"""What a cell left behind in the reactor, as a value, and as a card under that cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import frozen
from twisted.python.failure import Failure

from labkit.bench._failures import LogLine
from labkit.errors import LabError

from ._losses import lost_now, made_at
from ._traces import Place, of_rows, of_traceback, of_where, steady

MOST = 4  # different troubles shown under one cell
LONGEST = 400  # characters of one message

Kind = Literal["failure", "warning", "blocked", "note"]


@frozen
class Trouble:
    """One thing that went wrong. `when` is empty for what happened while the cell ran."""

    kind: Kind
    what: str
    places: tuple[Place, ...] = ()
    note: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """In words: the message, the reader's lines, a note."""
        first, *more = self.what.splitlines() or [""]
        return (first, *more, *map(str, self.places), *self.note.splitlines())


def of_failure(failure: Failure, early: bool = False) -> Trouble:
    """An exception that reactor code raised, or that a Deferred held when it was lost."""
    places = _places(failure)
    kind = failure.type.__name__ if failure.type else "Failure"
    # a LabError has its cure in its text
    text = str(failure.value) if isinstance(failure.value, LabError) else failure.getErrorMessage()
    message = f": {_clipped(text)}" if text else ""
    origin = "" if places else f"none of your lines is in it; it comes from {_origin(failure)}"
    note = "\n".join(filter(None, (origin, lost_now(failure))))
    return Trouble("failure", f"✗ {_where(failure, early)}{kind}{message}", places, note)


def _where(failure: Failure, early: bool) -> str:
    if getattr(failure, "lost", False):
        return "between two cells, nobody handled: " if early else "nobody handled: "
    return "between two cells · " if early else "in the reactor · "


def _places(failure: Failure) -> tuple[Place, ...]:
    """The reader's lines that raised; for one that was not raised, the line that gave it."""
    tb, made = failure.tb, made_at(failure)
    # a failure that was cleaned has frames, and no traceback
    found = of_traceback(tb) if tb else of_rows((f[0], f[1], f[2]) for f in failure.frames)
    return found or (of_where(made) if made else ())


def of_held(name: str, failure: Failure) -> Trouble:
    """A Deferred that has failed, and that a variable still holds: it may be handled yet."""
    kind = failure.type.__name__ if failure.type else "Failure"
    text = _clipped(failure.getErrorMessage())
    what = f"! failed, and not handled yet: {name} · {kind}{f': {text}' if text else ''}"
    return Trouble("note", what, _places(failure)[-1:])


def of_line(line: LogLine) -> Trouble:
    """A warning or an error that was logged without an exception."""
    return Trouble("warning", f"! logged · {line.level}: {_clipped(line.text)}")


def of_silence(places: tuple[Place, ...]) -> Trouble:
    """A reactor that does not answer, for no reason that the watch saw."""
    note = "Until that line is done nothing else happens there. To end it: menu Kernel, Restart."
    where = "" if places else ", and none of your lines is running in it"
    return Trouble("blocked", f"! the reactor does not answer{where}", places[-1:], note)


def text_of(troubles: Iterable[Trouble]) -> str:
    """All of them, each once and with its count, the first few in full."""
    counted = Counter(troubles)
    blocks = ["\n".join(_block(t, n)) for t, n in counted.most_common()[:MOST]]
    left = sum(counted.values()) - sum(n for _, n in counted.most_common()[:MOST])
    return "\n".join(blocks + ([f"and {left} more"] if left else []))


def _block(trouble: Trouble, times: int) -> Iterator[str]:
    first, *rest = trouble.lines
    yield f"{first} ({times} times)" if times > 1 else first
    yield from (f"  {line}" for line in rest)


def _clipped(text: str) -> str:
    text = steady(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _origin(failure: Failure) -> str:
    frames = failure.frames
    if not frames:
        return "a Deferred that was handed a failure"
    path = frames[-1][1].removesuffix(".py").replace("\\", "/").split("/")
    start = path.index("twisted") if "twisted" in path else len(path) - 1
    return f"{'.'.join(path[start:])}, in {frames[-1][0]}"
