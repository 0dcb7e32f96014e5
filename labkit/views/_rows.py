"""What a ladder shows of a conversation, row by row: both twins are drawn from these."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Literal, Protocol

from attrs import frozen

from labkit.wire import (
    Closed,
    Conversation,
    Event,
    HalfClosed,
    LeftOut,
    Opened,
    Said,
    Who,
)

from ._picture import count

MarkKind = Literal["opened", "half", "closed", "reset", "crashed", "stopped", "open", "unread"]
_DO = {"closed": "closes", "reset": "resets", "crashed": "crashed"}


@frozen
class Group:
    """The fewest sends and pieces that begin and end together."""

    sends: int
    pieces: int

    @property
    def words(self) -> str:
        """What became of the sends; empty when each came as it went."""
        if self.pieces == 1:
            return "" if self.sends == 1 else f"{self.sends:,} sends joined in 1 piece"
        pieces = count(self.pieces, "piece")
        return (
            f"1 send split in {pieces}"
            if self.sends == 1
            else f"{self.sends:,} sends cut in {pieces}"
        )


@frozen
class Piece:
    """One piece. `number` counts its side's pieces from 1; None when that is not known."""

    said: Said
    number: int | None
    group: Group | None = None
    leads: bool = False


@frozen
class Gap:
    """Pieces that are not shown. Those of one side are None when the tape counted them together."""

    at: float
    pieces: int
    client_bytes: int
    server_bytes: int
    client_pieces: int | None = None
    server_pieces: int | None = None

    @property
    def words(self) -> tuple[str, tuple[str, ...]]:
        """How much is left out, and what of it each side had said, a line a side."""
        sides = (
            _side(self.client_pieces, self.client_bytes, "client"),
            _side(self.server_pieces, self.server_bytes, "server"),
        )
        return f"{count(self.pieces, 'piece')} left out", tuple(filter(None, sides))


@frozen
class Mark:
    """Something that is not data. `words` say it, `tag` is TCP's own name, `why` adds a reason."""

    at: float | None
    kind: MarkKind
    who: Who | None
    words: str
    tag: str = ""
    why: str = ""


class Note(Protocol):
    """A row of another kind: an arrow with words above it, and lines of words under it."""

    @property
    def at(self) -> float:
        """Seconds since the connection opened."""

    @property
    def who(self) -> Who:
        """From whose lane the arrow goes."""

    @property
    def words(self) -> str:
        """What the arrow is."""

    @property
    def size(self) -> str:
        """How much it carries."""

    @property
    def badge(self) -> str:
        """A short mark on the lane; empty for none."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What else there is to know, a line each."""


Row = Piece | Gap | Mark | Note


@frozen
class Totals:
    """How much was said on a conversation, shown or not."""

    client_pieces: int | None
    server_pieces: int | None
    pieces: int
    client_bytes: int
    server_bytes: int


@frozen
class Story:
    """A conversation as rows, with its totals. `moved`: borders of sends were not kept."""

    rows: tuple[Row, ...]
    totals: Totals
    sends: int = 0
    moved: bool = False


def story(talk: Conversation, head: int = 12, tail: int = 6) -> Story:
    """The first `head` and the last `tail` rows; what lies between is counted."""
    unread = _unread(talk)
    groups = _groups(talk, unread)
    rows = _Rows(groups)
    events = talk.events
    cut = len(events) > head + tail + 1
    for index, event in enumerate(events):
        rows.take(event, hide=cut and head <= index < len(events) - tail)
    rows.finish(talk, unread)
    moved = any(group.words for group in groups)
    sends = len(talk.sends) if unread >= 0 else 0
    return Story(tuple(rows.rows), totals(talk), sends, moved)


class _Rows:
    """Makes rows of events in their order, and keeps count of each side's pieces."""

    def __init__(self, groups: list[Group]) -> None:
        self.rows: list[Row] = []
        self.numbers: dict[Who, int | None] = {"client": 0, "server": 0}
        self._group_of = _by_piece(groups)
        self._hidden: list[Said | LeftOut] = []

    def take(self, event: Event, hide: bool) -> None:
        if isinstance(event, LeftOut):
            self._hidden.append(event)
            _skip(self.numbers, event)
        elif isinstance(event, Said):
            self._said(event, hide)
        else:
            self._flush()
            self.rows.append(mark(event))

    def _said(self, event: Said, hide: bool) -> None:
        number = self.numbers[event.who]
        if number is not None:
            number += 1
            self.numbers[event.who] = number
        if hide:
            self._hidden.append(event)
            return
        self._flush()
        group, leads = (None, False)
        if event.who == "client" and number is not None:
            group, leads = self._group_of.get(number, (None, False))
        self.rows.append(Piece(event, number, group, leads))

    def _flush(self) -> None:
        if self._hidden:
            self.rows.append(_gap(self._hidden))
            self._hidden = []

    def finish(self, talk: Conversation, unread: int) -> None:
        self._flush()
        if unread > 0:
            when = "not read yet" if talk.open else "never read"
            words = f"sent {count(unread, 'more byte')}, {when}"
            place = len(self.rows) - (0 if talk.open else 1)
            self.rows.insert(place, Mark(None, "unread", "client", words))
        if talk.open:
            self.rows.append(Mark(None, "open", None, "still open"))


def _side(pieces: int | None, size: int, who: str) -> str:
    if not size and not pieces:
        return ""
    if pieces is None:
        return f"{count(size, 'byte')} from the {who}"
    return f"{pieces:,} from the {who} ({count(size, 'byte')})"


def _skip(numbers: dict[Who, int | None], gap: LeftOut) -> None:
    """Go on counting when one side alone spoke in the gap; otherwise give up."""
    if not gap.server_bytes:
        numbers["client"] = _plus(numbers["client"], gap.pieces)
    elif not gap.client_bytes:
        numbers["server"] = _plus(numbers["server"], gap.pieces)
    else:
        numbers["client"] = numbers["server"] = None


def _plus(number: int | None, more: int) -> int | None:
    return None if number is None else number + more


def _gap(hidden: list[Said | LeftOut]) -> Gap:
    numbers: dict[Who, int | None] = {"client": 0, "server": 0}
    sizes: dict[Who, int] = {"client": 0, "server": 0}
    pieces = 0
    for event in hidden:
        if isinstance(event, LeftOut):
            pieces += event.pieces
            sizes["client"] += event.client_bytes
            sizes["server"] += event.server_bytes
            _skip(numbers, event)
        else:
            pieces += 1
            sizes[event.who] += event.size
            numbers[event.who] = _plus(numbers[event.who], 1)
    at = hidden[0].at
    return Gap(at, pieces, sizes["client"], sizes["server"], numbers["client"], numbers["server"])


def totals(talk: Conversation) -> Totals:
    """How much both sides said, shown or not."""
    gap = _gap([e for e in talk.events if isinstance(e, Said | LeftOut)] or [LeftOut(0, 0, 0, 0)])
    return Totals(
        gap.client_pieces, gap.server_pieces, gap.pieces, gap.client_bytes, gap.server_bytes
    )


def mark(event: Opened | HalfClosed | Closed) -> Mark:
    """An event that is not data, in words."""
    if isinstance(event, Opened):
        return Mark(event.at, "opened", "client", "connects")
    if isinstance(event, HalfClosed):
        return Mark(event.at, "half", event.who, "sends no more, still reads", "half-close")
    return _ending(event)


def _ending(event: Closed) -> Mark:
    if event.how == "stopped":
        return Mark(event.at, "stopped", event.who, "stopped by the lab")
    if event.how == "crashed":
        words = "crashes; the connection is dropped"
        return Mark(event.at, "crashed", event.who, words, "", event.why)
    tag = "FIN" if event.how == "closed" else "RST"
    words = _DO[event.how] if event.who else f"the network {_DO[event.how]} the connection"
    return Mark(event.at, event.how, event.who, words, tag, event.why)


def _groups(talk: Conversation, unread: int) -> list[Group]:
    """How the client's sends became pieces, up to the first gap; empty when it is not known."""
    sizes = list(_client_sizes(talk))
    if unread < 0 or not sizes or not talk.sends:
        return []
    return list(_aligned(list(accumulate(talk.sends)), list(accumulate(sizes))))


def _unread(talk: Conversation) -> int:
    """Bytes that the client sent and no piece brought; negative when not all sends are known."""
    return sum(talk.sends) - sum(map(_size, talk.events)) if talk.sends else 0


def _size(event: Event) -> int:
    """The client's bytes in an event."""
    if isinstance(event, LeftOut):
        return event.client_bytes
    return event.size if isinstance(event, Said) and event.who == "client" else 0


def _client_sizes(talk: Conversation) -> Iterator[int]:
    for event in talk.events:
        if isinstance(event, LeftOut):
            return
        if size := _size(event):
            yield size


def _aligned(sends: list[int], pieces: list[int]) -> Iterator[Group]:
    """Cut the running sums of both wherever they agree; the last send may have come in part."""
    i = j = 0
    for end in sorted(set(sends) & set(pieces)):
        past_i, past_j = sends.index(end, i) + 1, pieces.index(end, j) + 1
        yield Group(past_i - i, past_j - j)
        i, j = past_i, past_j
    if j < len(pieces):
        yield Group(bisect_left(sends, pieces[-1]) + 1 - i, len(pieces) - j)


def _by_piece(groups: list[Group]) -> dict[int, tuple[Group, bool]]:
    """For each of the client's pieces, by number: its group, and whether it leads it."""
    found: dict[int, tuple[Group, bool]] = {}
    for group in groups:
        first = len(found) + 1
        found |= {n: (group, n == first) for n in range(first, first + group.pieces)}
    return found
