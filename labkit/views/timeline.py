"""The reactor's calls in order: a lane for each connection, one for timers, and who waited."""

from __future__ import annotations

from labkit.turns import Stall, Timeline

from . import palette
from ._canvas import Canvas
from ._picture import Picture, clip, count, register
from ._turn_rows import Row, Sheet, note, sheet, source

TOP, LEFT, WIDEST = 78, 16, 150
WORDS = 206  # pixels on the right for what is worth a word
TITLE = "What the reactor called, one after the other"


@register
def of_timeline(timeline: Timeline) -> Picture:
    """Each call a box in its lane, in the order of time; a long one tall, in alarm's colour."""
    seen = sheet(timeline)
    facts = f"{count(len(timeline.ran), 'call')} in {count(len(timeline.lanes), 'lane')}"
    alt = f"What the reactor called, in order: {facts}. The text beside this picture says the same."
    return Picture("What the reactor called", _text(seen), svg=_Drawn(seen).svg(alt), alt=alt)


@register
def of_stall(stall: Stall) -> Picture:
    """One call that kept the reactor: a timeline with that call, and who waited for it."""
    return of_timeline(Timeline(stalls=(stall,)))


class _Drawn:
    """Time runs down. A call that took long is tall; who waited for it has a strip beside it."""

    def __init__(self, seen: Sheet) -> None:
        self.canvas, self.seen = Canvas(), seen
        self._wide = min(WIDEST, (palette.WIDTH - 2 * LEFT - WORDS) // max(len(seen.lanes), 1))
        self._tops = [TOP]
        for row in seen.rows:
            self._tops.append(self._tops[-1] + row.height)
        self._lanes()
        self._strips()
        for row, y in zip(seen.rows, self._tops, strict=False):
            self._box(row, y)
            self._note(row, y)

    def svg(self, alt: str) -> str:
        """The card."""
        bottom = self._tops[-1] + (0 if self.seen.rows else 30)
        if not self.seen.rows:
            self.canvas.words(LEFT, TOP + 8, "nothing of yours yet", colour=palette.FAINT)
        for words in self.seen.notes:
            bottom += 20
            self.canvas.words(LEFT, bottom, clip(words, 110), colour=palette.FAINT, size=11.5)
        return self.canvas.svg(bottom + 14, TITLE, alt)

    def _x(self, lane: int) -> float:
        return LEFT + self._wide * lane

    def _lanes(self) -> None:
        self.canvas.words(LEFT, 24, TITLE, size=13, bold=True)
        for number, lane in enumerate(self.seen.lanes):
            middle = self._x(number) + self._wide / 2
            first, _, second = lane.partition(" · ")
            for place_, words in enumerate((first, second) if second else ("", first)):
                self.canvas.words(
                    middle, 46 + 14 * place_, clip(words, (self._wide - 6) // 6),
                    colour=palette.SERVER, size=11.5, anchor="middle", bold=not place_,
                )  # fmt: skip
            self.canvas.line(middle, TOP - 10, middle, self._tops[-1], colour=palette.EDGE)

    def _strips(self) -> None:
        """Beside a long call a strip in each lane that waited, and a line to what ran then."""
        for row, y in zip(self.seen.rows, self._tops, strict=False):
            for lane, before in row.waited:
                if lane != self.seen.rows[before].lane:
                    x = self._x(lane) + self._wide / 2
                    self.canvas.line(x, self._tops[before + 1] - 3, x, y + 3, colour=palette.NOTICE,
                                     width=2, stroke_dasharray="4 3")  # fmt: skip
        for row, y in zip(self.seen.rows, self._tops, strict=False):
            for lane in row.strips:
                self._strip(lane, y + 3, row.height - 6)

    def _strip(self, lane: int, y: int, tall: int) -> None:
        x, wide = self._x(lane) + 5, self._wide - 10
        self.canvas.box(x, y, wide, tall, palette.NOTICE_TINT, 5, stroke=palette.NOTICE,
                        stroke_dasharray="4 3")  # fmt: skip
        self.canvas.words(x + wide / 2, y + tall / 2 + 4, "waits", colour=palette.NOTICE, size=11,
                          anchor="middle")  # fmt: skip

    def _box(self, row: Row, y: int) -> None:
        edge, ground = (
            (palette.ALARM, palette.ALARM_TINT) if row.long else (palette.GOOD, palette.GOOD_TINT)
        )
        x, tall = self._x(row.lane) + 5, row.height - 6
        dash = {} if row.over else {"stroke_dasharray": "4 3"}
        self.canvas.box(x, y + 3, self._wide - 10, tall, ground, 5, stroke=edge, **dash)
        words = row.words((self._wide - 14) // 6)
        self.canvas.words(x + self._wide / 2 - 5, y + 3 + tall / 2 + 4, words, size=11.5,
                          anchor="middle", bold=row.long)  # fmt: skip

    def _note(self, row: Row, y: int) -> None:
        x, middle = self._x(len(self.seen.lanes)) + 12, y + row.height / 2 + 4
        room = palette.WIDTH - LEFT - x
        ink = palette.ALARM if row.long else palette.NOTICE if row.waited else palette.FAINT
        code = clip(source(row), int(room / 6.7))
        words = clip(note(row), int(room / (6.2 if row.long else 5.8)))
        self.canvas.words(x, middle - (8 if code else 0), words, size=11, colour=ink, bold=row.long)
        if code:
            self.canvas.words(x, middle + 8, code, size=11, font=palette.MONO)


def _text(seen: Sheet) -> str:
    """A table: a column for each lane, a row for each call."""
    rows = [[*seen.lanes, ""]]
    for row in seen.rows:
        cells = ["waits" if n in row.strips else "" for n in range(len(seen.lanes))]
        cells[row.lane] = row.words()
        code = source(row)
        rows.append([*cells, f"{note(row)}{f': {code}' if code else ''}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    if not seen.rows:
        lines = ["The reactor called nothing of yours"]
    return "\n".join([*lines, *seen.notes])
