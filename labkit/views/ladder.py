"""The ladder: two lanes, and between them every piece that was said, in order."""

from __future__ import annotations

import drawsvg

from labkit.wire import Conversation, View, Wire

from . import palette
from ._picture import Picture, card, finished, picture, write
from ._pieces import Rung, heading, rungs, shorten_text, state

WIDTH = 780
CLIENT, SERVER = 160, 590  # x of the lanes
ROW, HEAD, FOOT = 32, 62, 16  # heights
SHOWN = 6  # conversations drawn of one wire
LANE = 46  # columns between the lanes in the text twin


@picture.register
def of_wire(wire: Wire) -> Picture:
    """All conversations of a server, the newest six, one under the other."""
    return draw(wire, timed=False)


@picture.register
def of_conversation(talk: Conversation) -> Picture:
    """One conversation alone."""
    return draw(Wire("server", (talk,)), timed=False)


def draw(wire: Wire, timed: bool) -> Picture:
    """The ladder of a wire, with a column of milliseconds when `timed`."""
    talks = wire.conversations[-SHOWN:]
    drawn = [(talk, rungs(talk)) for talk in talks]
    notes = _notes(wire, len(talks))
    height = sum(HEAD + FOOT + ROW * len(rows) for _, rows in drawn) + 26 * len(notes) + 8
    drawing = card(WIDTH, max(height, 60))
    y: float = 4
    for note in notes:
        write(drawing, note, 16, y + 20, fill=palette.FAINT)
        y += 26
    for talk, rows in drawn:
        _conversation(drawing, wire.server, talk, rows, y, timed)
        y += HEAD + FOOT + ROW * len(rows)
    title = f"Wire of {wire.server}"
    return finished(drawing, title, _text(wire, drawn, notes, timed), _summary(drawn))


def _notes(wire: Wire, shown: int) -> list[str]:
    hidden = len(wire.conversations) - shown + wire.forgotten
    if hidden:
        return [f"{hidden:,} earlier connections are not shown"]
    return [] if wire.conversations else [f"{wire.server}: no connection yet"]


def _summary(drawn: list[tuple[Conversation, tuple[Rung, ...]]]) -> str:
    rows = sum(len(rows) for _, rows in drawn)
    return f"{len(drawn)} connections in {rows} rows; the text twin says the same in words."


def _conversation(
    d: drawsvg.Drawing, server: str, talk: Conversation, rows: tuple[Rung, ...], y: float,
    timed: bool,
) -> None:  # fmt: skip
    write(d, heading(server, talk), 16, y + 22, bold=True, size=13)
    write(d, state(talk), WIDTH - 16, y + 22, fill=palette.FAINT, anchor="end")
    top, bottom = y + HEAD - 12, y + HEAD + ROW * len(rows) + 4
    if "tls" in talk.layers:
        d.append(drawsvg.Rectangle(CLIENT, top, SERVER - CLIENT, bottom - top, fill=palette.VEIL))
        middle = (CLIENT + SERVER) / 2
        words = "inside TLS: what is shown is the plain text"
        write(d, words, middle, top - 4, size=11, fill=palette.FAINT, anchor="middle")
    for x, who, colour in ((CLIENT, "client", palette.CLIENT), (SERVER, "server", palette.SERVER)):
        d.append(drawsvg.Line(x, top, x, bottom, stroke=colour, stroke_width=2))
        write(d, who, x, top - 4, fill=colour, anchor="middle", bold=True)
    for number, row in enumerate(rows):
        _row(d, row, y + HEAD + ROW * number, timed)


def _row(d: drawsvg.Drawing, row: Rung, y: float, timed: bool) -> None:
    if timed:
        write(d, f"{row.at * 1000:.1f} ms", 12, y + 14, size=11, fill=palette.FAINT, mono=True)
    if row.who is None:
        _between(d, row, y)
        return
    colour = palette.CLIENT if row.who == "client" else palette.SERVER
    colour = palette.ALARM if row.alarm else colour
    start, end = (CLIENT, SERVER) if row.who == "client" else (SERVER, CLIENT)
    _arrow(d, row, start, end, y + 10, colour)
    middle = (CLIENT + SERVER) / 2
    ink = palette.ALARM if row.alarm else palette.INK
    mono = row.shape == "arrow"
    write(d, shorten_text(row.label, 58), middle, y + 8, fill=ink, anchor="middle", mono=mono)
    note = palette.NOTICE if row.notice else palette.FAINT
    write(d, row.client_note, CLIENT - 10, y + 14, size=11, fill=note, anchor="end")
    note = palette.ALARM if row.alarm else palette.FAINT
    write(d, row.server_note, SERVER + 10, y + 17, size=11, fill=note)


def _arrow(d: drawsvg.Drawing, row: Rung, start: float, end: float, y: float, colour: str) -> None:
    """A line that falls a little on its way, because it takes time, with its head."""
    way = 1 if end > start else -1
    dash = {"stroke_dasharray": "5 4"} if row.shape == "end" else {}
    far, low = end - 3 * way, y + 9
    if row.shape == "reset":
        far = end - 26 * way
    d.append(drawsvg.Line(start + 2 * way, y, far, low, stroke=colour, stroke_width=1.6, **dash))
    if row.shape == "reset":
        for dy in (-5, 5):
            x = far + 8 * way
            d.append(drawsvg.Line(x - 5, low - dy, x + 5, low + dy, stroke=colour, stroke_width=2))
    else:
        back = far - 9 * way
        d.append(drawsvg.Lines(far, low, back, low - 5, back, low + 4, close=True, fill=colour))


def _between(d: drawsvg.Drawing, row: Rung, y: float) -> None:
    """A row that belongs to neither side: what was left out, or the lab's own doing."""
    if row.shape == "gap":
        for x in (CLIENT, SERVER):
            d.append(drawsvg.Rectangle(x - 4, y + 2, 8, 20, fill=palette.CARD))
            for dy in (5, 12, 19):
                d.append(drawsvg.Circle(x, y + dy, 1.5, fill=palette.FAINT))
    else:
        d.append(drawsvg.Line(CLIENT, y + 20, SERVER, y + 20, stroke=palette.FAINT))
    middle = (CLIENT + SERVER) / 2
    write(d, row.label, middle, y + 15, size=11, fill=palette.FAINT, anchor="middle")


# the same in text


def _text(
    wire: Wire, drawn: list[tuple[Conversation, tuple[Rung, ...]]], notes: list[str], timed: bool
) -> str:
    lines = list(notes)
    for talk, rows in drawn:
        if lines:
            lines.append("")
        lines.append(f"{heading(wire.server, talk)} · {state(talk)}")
        lines.append(f"  client{'server':>{LANE + 1}}")
        for row in rows:
            lines += _line(row, timed)
    return "\n".join(lines)


def _line(row: Rung, timed: bool) -> list[str]:
    time = f" {row.at * 1000:.1f} ms" if timed else ""
    if row.who is None:
        return [f"    : {row.label}{time}"]
    label = shorten_text(row.label, LANE - 6)
    rest = "─" * (LANE - 4 - len(label))
    body = f"─ {label} {rest}▶" if row.who == "client" else f"◀{rest} {label} ─"
    line = f"    │{body}│ {row.server_note}{time}".rstrip()
    return (
        [line, f"    │ ({row.client_note}){'│':>{LANE - len(row.client_note) - 2}}"]
        if (row.notice)
        else [line]
    )


@picture.register
def of_view(view: View) -> Picture:
    """A wire seen in another way."""
    if view.style == "timed":
        return draw(view.wire, timed=True)
    from .hexdump import draw as dump

    return dump(view.wire)
