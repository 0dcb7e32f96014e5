"""How a link looks: the colours of its box, the words beside it, the circle with its step."""

from __future__ import annotations

from labkit._frames import Where
from labkit.deferreds import Link

from . import palette
from ._canvas import Canvas
from ._chain_words import gave, place_parts, raised, value
from ._picture import clip

STEP = 30  # where the circle with a step's number stands, in pixels


def came(link: Link) -> str:
    """What came of an await, as short as it can be said."""
    ready = ", at once" if link.late else ""
    caught = {"recovered": ", caught"}.get(link.outcome, "")
    if link.outcome in ("waits", "pending"):
        return "waits"
    return f"→ {clip(value(link.came or link.went), 42 - len(caught + ready))}{caught}{ready}"


def look(link: Link, ran: bool, station: bool = False) -> tuple[str, str, str, dict[str, str]]:
    """A box's edge, ground and ink, and its dashes: what came to it, or did not."""
    if link.outcome == "waits" and ran:
        return palette.NOTICE, palette.NOTICE_TINT, palette.INK, {}
    if link.outcome == "pending":
        return palette.LANE, palette.CARD, palette.FAINT, {"stroke_dasharray": "4 3"}
    if not ran:
        return palette.EDGE, palette.SHADE, palette.FAINT, {}
    if link.outcome == "raised" and not (station and gave(link) == "gave"):
        return palette.ALARM, palette.ALARM_TINT, palette.INK, {}
    return palette.GOOD, palette.GOOD_TINT, palette.INK, {}


def remarks(link: Link) -> tuple[tuple[str, ...], str]:
    """What is worth a word beside a link, in lines, and its colour."""
    lines: tuple[str, ...] = ()
    both = bool(link.callback and link.errback)
    if link.late and link.ran:
        lines = ("added late,", "ran at once") if both else ("added late, ran at once",)
    if link.waits_for:
        verb = "waits for" if link.outcome == "waits" else "waited for"
        return (*lines, f"{verb} chain {link.waits_for}"), palette.NOTICE
    if link.outcome in ("skipped", "pending", "waits"):
        word = "skipped" if link.outcome == "skipped" else "waits"
        return (*lines, word), palette.FAINT if word == "skipped" else palette.NOTICE
    if link.outcome == "raised":
        return (*lines, raised(link)), palette.ALARM
    return (*lines, *(["recovered"] if link.outcome == "recovered" else [])), palette.FAINT


def place_lines(where: Where | None) -> tuple[str, ...]:
    """The file above the line, where it is a file's; the line always whole."""
    return tuple(clip(part, 16) for part in place_parts(where))


def circle(canvas: Canvas, step: int, y: float, x: float = STEP) -> None:
    """The number of a step, in the order of all that happened."""
    if step:
        wide = 20 if step < 100 else 8 + 7 * len(f"{step:,}")
        canvas.box(x - wide / 2, y - 10, wide, 20, palette.CLIENT, 10)
        canvas.words(
            x, y + 4, f"{step:,}", colour=palette.WHITE, size=11, anchor="middle", bold=True
        )
