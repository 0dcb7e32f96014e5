"""One chain, drawn: two rails, a box for each function, and the way that the result took."""

from __future__ import annotations

from attrs import evolve, frozen

from labkit.deferreds import Chain, Link, Shown

from . import palette
from ._canvas import Anchor, Canvas
from ._chain_marks import came, circle, look, place_lines, remarks
from ._chain_story import RUNS, End, Gap, Row, is_both, is_station, rows
from ._chain_words import ended, source, value
from ._picture import clip, printable

LEFT, RIGHT = 250, 510  # the rails, in pixels
HALF, BOX = 104, 28  # half a box's width, its height
WAY = 3.5  # the width of the way
_BEND = 14  # pixels in which the way comes from one rail to the other
_WIDE, _GLYPH = 60, 6.7  # characters of a value, and the width of one


@frozen
class Way:
    """Where the result stands: the rail, and from which height it is still to be drawn."""

    x: int
    y: float
    late: bool = False

    @property
    def colour(self) -> str:
        return palette.ALARM if self.x == RIGHT else palette.GOOD


@frozen
class Wait:
    """A place beside a link that waited for another chain: an arrow may end there."""

    chain: int
    x: float
    y: float
    over: bool


def height(chain: Chain) -> int:
    """Pixels of the rails with all that stands on them."""
    start = 34 if chain.fired and chain.sort not in RUNS else 18
    return start + sum(map(_tall, [(chain, row) for row in rows(chain)]))


def _tall(one: tuple[Chain, Row]) -> int:
    chain, row = one
    if isinstance(row, End | Gap):
        return 44 if isinstance(row, End) else 38
    if is_station(chain, row):
        return BOX + 14
    return BOX + (12 if row.outcome in ("skipped", "pending", "waits") else 34)


class Rails:
    """Draws one chain from `y` on; afterwards `waits` are the places that waited."""

    def __init__(self, canvas: Canvas, chain: Chain, y: int) -> None:
        self.canvas = canvas
        self.chain = chain
        self.bottom = y + height(chain)
        self.waits: list[Wait] = []
        self._way: Way | None = None
        self._rails(y)
        self._start(y)

    def draw(self, y: int) -> Way | None:
        """All rows; the way at its end, None where nothing has come."""
        y += 34 if self.chain.fired and self.chain.sort not in RUNS else 18
        for row in rows(self.chain):
            self._row(row, y)
            y += _tall((self.chain, row))
        if self._way is not None:
            self._on(self.bottom)
        return self._way

    def _rails(self, y: int) -> None:
        for x, name in ((LEFT, "callback"), (RIGHT, "errback")):
            self.canvas.words(x, y - 6, name, colour=palette.FAINT, size=11, anchor="middle")
            self.canvas.line(x, y, x, self.bottom, colour=palette.EDGE, width=2)

    def _start(self, y: int) -> None:
        """A Deferred begins when it is fired, a coroutine when it is called."""
        fire, runs = self.chain.fired, self.chain.sort in RUNS
        if runs and self.chain.links:
            self._way = Way(LEFT, y)
        elif fire is not None and not runs:
            self._way = Way(_rail(fire.what), y)
            circle(self.canvas, fire.step, y + 14)
            self._value(fire.what, y + 21)

    def _row(self, row: Row, y: int) -> None:
        if isinstance(row, Gap):
            words = f"⋮ {row.links:,} more links"
            self._on(y)
            middle = (LEFT + RIGHT) / 2
            self.canvas.words(middle, y + 18, words, colour=palette.FAINT, anchor="middle")
        elif isinstance(row, End):
            circle(self.canvas, row.fire.step, y + 22)
            self._on(y)
            self._cross(row.fire.what, y)
            self._value(row.fire.what, y + 26, ended(row.fire))
        elif is_station(self.chain, row):
            self._station(row, y)
        else:
            self._link(row, y)

    # the way

    def _on(self, y: float) -> None:
        """Draw the way on as far as y."""
        way = self._way
        if way is not None and y > way.y:
            self.canvas.line(way.x, way.y, way.x, y, colour=way.colour, width=WAY)
            self._way = evolve(way, y=y)

    def _cross(self, went: Shown | None, y: float) -> None:
        """The way goes on from a box, on the rail of what went out."""
        out = Way(_rail(went), y)
        if self._way is not None and self._way.x != out.x:
            x = self._way.x
            self.canvas.path(
                f"M {x} {y} C {x} {y + 16}, {out.x} {y - 4}, {out.x} {y + _BEND}",
                colour=out.colour,
                width=WAY,
            )
            out = Way(out.x, y + _BEND)
        self._way = out

    def _value(self, shown: Shown | None, y: float, words: str = "") -> None:
        """What travels, beside its rail; a long failure stands on the left of it."""
        x, ink = (RIGHT, palette.ALARM) if _rail(shown) == RIGHT else (LEFT, palette.INK)
        words = clip(words or value(shown), _WIDE)
        fits = x + 10 + _GLYPH * len(words) < palette.WIDTH - 34
        self.canvas.words(
            x + 10 if fits else x - 10, y, words, font=palette.MONO, size=11, colour=ink,
            anchor="start" if fits else "end", halo=palette.CARD,
        )  # fmt: skip

    # links

    def _link(self, link: Link, y: int) -> None:
        if link.outcome == "pending":
            self._way = None
        elif self._way is None and link.outcome != "skipped":
            self._way = Way(RIGHT if link.ran == "errback" else LEFT, y)
        self._on(y + BOX if link.outcome == "skipped" else y)
        self._boxes(link, y)
        self._place(link, y)
        self._notes(link, y)
        circle(self.canvas, link.step, y + BOX // 2)
        if link.outcome == "waits":
            self._way = None
        elif link.ran:
            self._cross(link.went, y + BOX)
            self._value(link.went, y + BOX + 23)

    def _boxes(self, link: Link, y: int) -> None:
        if is_both(link):
            self._box(LEFT - HALF, RIGHT - LEFT + 2 * HALF, y, link.callback, link, True)
            return
        for x, name, rail in ((LEFT, link.callback, "callback"), (RIGHT, link.errback, "errback")):
            if name:
                self._box(x - HALF, 2 * HALF, y, name, link, link.ran == rail)

    def _box(self, x: int, wide: int, y: int, name: str, link: Link, ran: bool) -> None:
        edge, ground, ink, dash = look(link, ran)
        self.canvas.box(x, y, wide, BOX, ground, 6, stroke=edge, stroke_width=1.4, **dash)
        name = printable(name)
        small = 7 * len(name) > wide - 14
        words = clip(name, int((wide - 10) / 6.1)) if small else name
        self.canvas.words(
            x + wide / 2, y + 18, words, colour=ink,
            font=palette.MONO, anchor="middle", size=10 if small else 11.5,
        )  # fmt: skip

    def _place(self, link: Link, y: int) -> None:
        """The line that added it, on the outer side of its box."""
        left = bool(link.callback)
        x, anchor = (LEFT - HALF - 9, "end") if left else (RIGHT + HALF + 9, "start")
        self._aside(x, y, place_lines(link.added), anchor, palette.FAINT)

    def _notes(self, link: Link, y: int) -> None:
        """What is worth a word, between the rails, or on the right of a box that fills both."""
        lines, colour = remarks(link)
        right = bool(link.callback and link.errback)
        if right:
            x, anchor = RIGHT + HALF + 9, "start"
        elif link.callback:
            x, anchor = LEFT + HALF + 9, "start"
        else:
            x, anchor = RIGHT - HALF - 9, "end"
        self._aside(x, y, lines, anchor, colour)
        if link.waits_for:
            reach = x + 5.4 * max(map(len, lines)) if anchor == "start" else RIGHT + HALF
            self._waited(link, reach, y)

    def _aside(self, x: float, y: int, lines: tuple[str, ...], anchor: str, colour: str) -> None:
        first = y + BOX / 2 + 4 - 6 * (len(lines) - 1)
        side: Anchor = "end" if anchor == "end" else "start"
        for number, words in enumerate(lines):
            self.canvas.words(
                x, first + 12 * number, words, colour=colour, size=10.5, anchor=side,
                halo=palette.CARD,
            )  # fmt: skip

    def _waited(self, link: Link, x: float, y: int) -> None:
        if link.waits_for:
            over = link.outcome != "waits"
            self.waits.append(Wait(link.waits_for, x + 6, y + BOX // 2, over))

    # a coroutine's stations

    def _station(self, link: Link, y: int) -> None:
        """An await: the expression on the left in the box, what came of it on the right."""
        self._on(y)
        x, wide = LEFT - HALF, RIGHT - LEFT + 2 * HALF
        edge, ground, ink, dash = look(link, link.outcome != "pending", True)
        self.canvas.box(x, y, wide, BOX, ground, 6, stroke=edge, stroke_width=1.4, **dash)
        words = came(link)
        room = 64 - len(words)
        self.canvas.words(x + 12, y + 18, clip(link.callback, room), colour=ink,
                          font=palette.MONO, size=11.5, bold=True)  # fmt: skip
        failed = link.came is not None and link.came.kind == "failure"
        self.canvas.words(x + wide - 12, y + 18, words, colour=palette.ALARM if failed else ink,
                          font=palette.MONO, size=11, anchor="end")  # fmt: skip
        self._place(link, y)
        circle(self.canvas, link.step, y + BOX // 2)
        note = f"from {source(link)}" if link.outcome != "waits" else f"waits for {source(link)}"
        lines = (note,) if link.waits_for else ()
        self._aside(RIGHT + HALF + 9, y, lines, "start", palette.NOTICE)
        self._waited(link, RIGHT + HALF + 9 + 5.4 * len(note), y)
        self._way = None if link.outcome in ("waits", "pending") else Way(LEFT, y + BOX)


def _rail(shown: Shown | None) -> int:
    return RIGHT if shown is not None and shown.kind == "failure" else LEFT
