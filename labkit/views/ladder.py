"""The ladder of a wire: who said what, in which pieces, and how it ended.

The client's lane is on the left, the server's on the right; time runs down.
"""

from __future__ import annotations

from labkit.wire import Conversation, Wire

from . import palette
from ._canvas import Canvas
from ._ladder_text import ladder as in_characters
from ._ladder_text import layer_words
from ._picture import Picture, clip, count, register
from ._rows import Story, story
from ._rungs import Rungs

SHOWN = 6  # conversations of a wire that are drawn, the newest
ROOMY = 40  # rows of all conversations together, above which each is cut shorter


@register
def of_wire(wire: Wire, timed: bool = False) -> Picture:
    """The newest conversations of a server, one below the other."""
    talks = wire.conversations[-SHOWN:]
    if not talks:
        return _nothing(wire)
    return _picture(wire.server, talks, left_out(wire, len(talks)), timed)


def left_out(wire: Wire, shown: int) -> str:
    """How many older conversations are not shown, in words; empty when all are."""
    before = wire.forgotten + len(wire) - shown
    return f"{count(before, 'earlier connection')} left out" if before else ""


@register
def of_conversation(talk: Conversation, timed: bool = False) -> Picture:
    """One conversation alone."""
    return _picture("", (talk,), "", timed)


def _picture(server: str, talks: tuple[Conversation, ...], before: str, timed: bool) -> Picture:
    stories = _stories(talks)
    title = clip(server, 60) or f"connection {talks[0].number}"
    alt = _alt(title, talks, stories, before)
    return Picture(
        title=title,
        text=_text(server, talks, stories, before, timed),
        svg=_svg(title, server, talks, stories, before, timed, alt),
        alt=alt,
        behind=_behind(talks),
    )


def _behind(talks: tuple[Conversation, ...]) -> Picture | None:
    if not any("http" in talk.layers for talk in talks):
        return None
    from ._http_heads import heads

    return heads(talks)


def _stories(talks: tuple[Conversation, ...]) -> list[Story]:
    """Long talks are cut more when there are many, so that all of them can be taken in."""
    roomy = sum(min(len(talk.events), 19) for talk in talks) <= ROOMY
    return [_story(talk, *((12, 6) if roomy else (6, 3))) for talk in talks]


def _story(talk: Conversation, head: int, tail: int) -> Story:
    if "http" not in talk.layers:
        return story(talk, head, tail)
    from ._http_rows import http_story

    return http_story(talk, head, tail)


def _text(
    server: str, talks: tuple[Conversation, ...], stories: list[Story], before: str, timed: bool
) -> str:
    name = f"{clip(server, 36)} · " if server else ""
    blocks = [before] if before else []
    for talk, told in zip(talks, stories, strict=True):
        head = clip(f"{name}connection {talk.number} · {layer_words(talk.layers)}", 79)
        blocks.append("\n".join([head, *in_characters(talk, told, timed)]))
    return "\n\n".join(blocks)


def _svg(
    title: str,
    server: str,
    talks: tuple[Conversation, ...],
    stories: list[Story],
    before: str,
    timed: bool,
    alt: str,
) -> str:
    canvas = Canvas()
    rungs = Rungs(canvas, timed)
    y = _heading(canvas, server, talks, before) if server else 12
    for place, (talk, told) in enumerate(zip(talks, stories, strict=True)):
        if place:
            canvas.line(16, y, palette.WIDTH - 16, y, colour=palette.EDGE, width=1)
            y += 12
        y = rungs.draw(talk, told, y)
    return canvas.svg(y, f"Ladder of {title}", alt)


def _heading(canvas: Canvas, server: str, talks: tuple[Conversation, ...], before: str) -> int:
    canvas.words(16, 27, clip(server, 60), size=15, bold=True)
    many = count(len(talks), "connection") + (f" shown, {before}" if before else "")
    canvas.words(palette.WIDTH - 16, 27, many, colour=palette.FAINT, anchor="end")
    canvas.line(0.5, 40, palette.WIDTH - 0.5, 40, colour=palette.EDGE, width=1)
    return 54


def _alt(title: str, talks: tuple[Conversation, ...], stories: list[Story], before: str) -> str:
    pieces = sum(told.totals.pieces for told in stories)
    sizes = sum(told.totals.client_bytes + told.totals.server_bytes for told in stories)
    more = f", {before}" if before else ""
    talk = f"{count(len(talks), 'connection')}, {count(pieces, 'piece')}, {count(sizes, 'byte')}"
    return f"Ladder of {title}: {talk}{more}. The text beside this picture says the same."


def _nothing(wire: Wire) -> Picture:
    name = clip(wire.server, 36) or "server"
    canvas = Canvas()
    canvas.words(16, 27, name, size=15, bold=True)
    canvas.line(0.5, 40, palette.WIDTH - 0.5, 40, colour=palette.EDGE, width=1)
    for x, word in ((280, "client"), (480, "server")):
        canvas.line(x, 60, x, 112, colour=palette.EDGE, stroke_dasharray="3 4")
        canvas.words(x, 128, word, colour=palette.FAINT, anchor="middle")
    said = left_out(wire, 0) or "no connection yet"
    canvas.words(380, 90, said, colour=palette.INK, anchor="middle", size=13)
    alt = f"{name}: {said}"
    return Picture(name, f"{name} · {said}", canvas.svg(148, f"Ladder of {name}", alt), alt=alt)
