"""The ladder in characters: the text twin, at most 79 columns, with the same information."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from labkit.wire import Conversation, Who

from ._bytes import shown, written
from ._picture import clip, count
from ._rows import Gap, Mark, Note, Piece, Row, Story

_TAILS = {
    "opened": ("── ", "▶"),
    "closed": ("── ", "▶"),
    "half": ("── ", "▷"),
    "reset": ("── ", "✕"),
}


@frozen
class Lanes:
    """Where the two lanes stand. `time` is the width of a column of times, 0 without one."""

    time: int = 0
    gutter: int = 7

    @property
    def inner(self) -> int:
        """Characters between the lanes."""
        return 79 - self.time - 2 * self.gutter - 2

    def row(
        self, inner: str, left: str = "", right: str = "", time: str = "", bars: str = "||"
    ) -> str:
        """One line: time, the client's piece, what passes between the lanes, the server's."""
        start = f"{time:>{self.time - 1}} " if self.time else ""
        left, right = f"{left:>{self.gutter - 1}} ", f" {right}"
        return f"{start}{left}{bars[0]}{inner:<{self.inner}}{bars[1]}{right}".rstrip()


def ladder(talk: Conversation, story: Story, timed: bool) -> list[str]:
    """The lines of one conversation, without its heading."""
    lanes = Lanes(time=11 if timed else 0)
    lines = [_heads(lanes)]
    for row in story.rows:
        lines += _lines(lanes, row)
    return [*lines, *foot(talk, story)]


def foot(talk: Conversation, story: Story) -> list[str]:
    """How much was said, and what became of the borders between sends."""
    lines = [f"  {words}" for words in sums(story)]
    if story.moved:
        lines.append("  " + LESSON)
    if "tls" in talk.layers:
        lines.append("  " + INSIDE_TLS)
    return lines


LESSON = "The order of the bytes is kept; the borders between sends are not."
INSIDE_TLS = "Shown as the programs see it; on the network these bytes are encrypted."


def sums(story: Story) -> Iterator[str]:
    """One sentence a side on how much it said."""
    t = story.totals
    sends = f" from {count(story.sends, 'send')}" if story.sends and t.client_bytes else ""
    sides = (
        ("client → server", t.client_pieces, t.client_bytes, sends),
        ("server → client", t.server_pieces, t.server_bytes, ""),
    )
    for words, pieces, size, more in sides:
        many = "" if pieces is None else f"{count(pieces, 'piece')}, "
        yield f"{words}   " + (f"{many}{count(size, 'byte')}{more}" if size else "nothing")


def layer_words(layers: tuple[str, ...]) -> str:
    """How the conversation came, in words."""
    known = {
        "tcp": "TCP",
        "tls": "inside TLS",
        "unix": "UNIX socket",
        "memory": "in memory, no network",
        "http": "read as HTTP",
        "h2": "HTTP/2 frames",
    }
    return ", ".join(known.get(layer, layer) for layer in layers)


def milliseconds(at: float | None) -> str:
    """When, since the connection opened."""
    return "" if at is None else f"{at * 1000:,.1f}"


def _heads(lanes: Lanes) -> str:
    left = lanes.time + lanes.gutter - 3
    head = "ms".rjust(lanes.time - 1) if lanes.time else ""
    return f"{head:<{left}}client{'server':>{lanes.inner + 2}}"


def _lines(lanes: Lanes, row: Row) -> list[str]:
    if isinstance(row, Piece):
        return _piece(lanes, row)
    if isinstance(row, Gap):
        return _gap(lanes, row)
    if isinstance(row, Mark):
        return _mark(lanes, row)
    return _noted(lanes, row)


def _piece(lanes: Lanes, row: Piece) -> list[str]:
    said = row.said
    size = f" {count(said.size, 'byte')} "
    label = written(shown(said.data, lanes.inner - len(size) - 8, said.left_out))
    number = "" if row.number is None else f"{row.number}"
    time = milliseconds(said.at)
    if said.who == "server":
        inner = _to_left(lanes, f"{size}──", f" {label} ──")
        return [lanes.row(inner, right=number, time=time)]
    lines = [lanes.row(_to_right(lanes, f"── {label} ", f"──{size}"), number, time=time)]
    if row.leads and row.group and row.group.words:
        lines.append(lanes.row(f"   └ {row.group.words}"))
    return lines


def _noted(lanes: Lanes, row: Note) -> list[str]:
    words, size = clip(row.words, lanes.inner - len(row.size) - 10), f" {row.size} "
    time = milliseconds(row.at)
    if row.who == "client":
        inner = _to_right(lanes, f"── {words} ", f"──{size}")
        lines = [lanes.row(inner, row.badge, time=time)]
    else:
        inner = _to_left(lanes, f"{size}──", f" {words} ──")
        lines = [lanes.row(inner, right=row.badge, time=time)]
    return lines + [lanes.row(clip(f"   └ {note}", lanes.inner)) for note in row.notes]


def _to_right(lanes: Lanes, start: str, end: str, head: str = "▶") -> str:
    return start + "─" * (lanes.inner - len(start) - len(end) - 3) + end + "──" + head


def _to_left(lanes: Lanes, start: str, end: str, head: str = "◀") -> str:
    return head + "──" + start + "─" * (lanes.inner - len(start) - len(end) - 3) + end


def _gap(lanes: Lanes, row: Gap) -> list[str]:
    first, sides = row.words
    time = milliseconds(row.at)
    lines = [lanes.row(clip(f"… {first}:", lanes.inner).center(lanes.inner), time=time, bars="┊┊")]
    return lines + [lanes.row(clip(p, lanes.inner).center(lanes.inner), bars="┊┊") for p in sides]


def _mark(lanes: Lanes, row: Mark) -> list[str]:
    tag = f" ({row.tag})" if row.tag else ""
    words = clip(f"{row.words}{tag}", lanes.inner - 12)
    time = milliseconds(row.at)
    lines = [lanes.row(_drawn(lanes, row.kind, row.who, words), time=time, bars=_bars(row))]
    if row.why:
        lines.append(lanes.row(clip(f"   └ {row.why}", lanes.inner), bars=_bars(row)))
    return lines


def _bars(row: Mark) -> str:
    return "┊┊" if row.kind == "open" else "||"


def _drawn(lanes: Lanes, kind: str, who: Who | None, words: str) -> str:
    """The shape of a mark: an arrow where one side did it, a bar where neither or a third did."""
    if kind in ("open", "unread"):
        return f" {words}" if kind == "unread" else words.center(lanes.inner)
    if kind == "stopped":
        return f" ■ {words} ■ ".center(lanes.inner, "═")
    if kind == "crashed":
        return _to_left(lanes, "", f" {words} ── ✱", "◀")
    if who is None:
        mark = "✕" if kind == "reset" else "┼"
        return f" {mark} {words} {mark} ".center(lanes.inner, "─")
    head = {"reset": "✕✕", "half": "▷◁"}.get(kind, "▶◀")
    if who == "client":
        return _to_right(lanes, f"── {words} ", "", head[0])
    return _to_left(lanes, "", f" {words} ──", head[1])
