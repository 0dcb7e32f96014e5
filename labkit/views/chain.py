"""Chains of callbacks: two rails, the way that the result took over them, and what it was there."""

from __future__ import annotations

from labkit.deferreds import Chain, History

from . import palette
from ._canvas import Canvas
from ._chain_marks import circle
from ._chain_rails import LEFT, Rails, Wait, Way
from ._chain_story import Story, story
from ._chain_text import NOTHING, text
from ._chain_words import badge, fired, head, held, place, value
from ._picture import Picture, clip, count, register

_PART, _GAP, _TALL = 176, 8, 40  # a part's box, and the space between two
_GUTTER, _LANES = 750, 3  # where arrows to other chains run, and how many side by side
_END = (16, 700)  # pixels within which the last line of a chain stands
_COLOURS = {
    "waits": (palette.NOTICE, palette.NOTICE_TINT),
    "fired": (palette.GOOD, palette.GOOD_TINT),
    "failed": (palette.ALARM, palette.ALARM_TINT),
    "lost": (palette.WHITE, palette.ALARM),
}


@register
def of_chain(chain: Chain) -> Picture:
    """One chain alone."""
    return of_history(History((chain,)))


@register
def of_history(history: History) -> Picture:
    """Chains below each other, in the order in which they were met."""
    told = story(history)
    many = len(history.chains)
    title = head(told.chains[0]) if many == 1 else count(many, "chain")
    alt = _alt(history, told)
    return Picture(title, text(told), svg=_Sheet(told).svg(title, alt), alt=alt)


def _alt(history: History, told: Story) -> str:
    links = sum(len(chain.links) for chain in history.chains)
    last = told.chains[-1:]
    facts = [f"{c.number} {held(c, told.goes_to.get(c.number))}. " for c in last]
    return (
        f"{count(len(history.chains), 'chain')} of callbacks with {count(links, 'link')}. "
        f"{''.join(f'Chain {fact}' for fact in facts)}"
        "The text beside this picture says the same."
    )


class _Sheet:
    """All chains on one card, and the arrows from those that were waited for."""

    def __init__(self, told: Story) -> None:
        self.canvas, self.told = Canvas(), told
        self._waits: list[Wait] = []
        self._ends: dict[int, tuple[float, float]] = {}
        self._y = 8
        for number, chain in enumerate(told.chains):
            if number:
                self.canvas.line(0.5, self._y, palette.WIDTH - 0.5, self._y,
                                 colour=palette.EDGE, width=1)  # fmt: skip
            self._chain(chain)
        self._arrows()

    def svg(self, title: str, alt: str) -> str:
        """The card."""
        words = self.told.left or ("" if self.told.chains else NOTHING)
        if words:
            self.canvas.words(16, self._y + 22, clip(words, 110), colour=palette.FAINT)
            self._y += 34
        return self.canvas.svg(self._y + 4, title, alt)

    def _chain(self, chain: Chain) -> None:
        self._head(chain)
        self._parts(chain)
        if not chain.links and not chain.parts:
            self._small(chain)
            return
        if not chain.links and not chain.fired:
            self._y += 12
            self._end(chain, None)
            return
        y = self._y + 22
        rails = Rails(self.canvas, chain, y)
        way = rails.draw(y)
        self._waits += rails.waits
        self._y = rails.bottom
        self._end(chain, way)

    def _head(self, chain: Chain) -> None:
        y = self._y
        self.canvas.words(16, y + 20, clip(head(chain), 90), size=13, bold=True)
        if chain.links or chain.parts:
            self.canvas.words(16, y + 38, clip(fired(chain, 44), 104), colour=palette.FAINT)
        word = badge(chain)
        ink, ground = _COLOURS[word]
        self.canvas.box(palette.WIDTH - 94, y + 7, 60, 20, ground, 10)
        x = palette.WIDTH - 64
        self.canvas.words(x, y + 21, word, colour=ink, size=11, anchor="middle", bold=True)
        self._y += 44

    def _small(self, chain: Chain) -> None:
        """A Deferred without links: who fired it, and what became of its result."""
        self._y -= 10
        circle(self.canvas, chain.fired.step if chain.fired else 0, self._y + 14)
        self.canvas.words(52, self._y + 9, clip(fired(chain, 44), 100), colour=palette.FAINT)
        words = held(chain, self.told.goes_to.get(chain.number))
        self._last_line(chain, words, 52, 27)
        self._y += 40

    def _end(self, chain: Chain, way: Way | None) -> None:
        """What it holds, at the end of the way."""
        words = clip(held(chain, self.told.goes_to.get(chain.number), 30), 98)
        wide = 7 * len(words)
        x: float = 52
        if way is not None:
            self._terminal(chain, way, self._y + 4)
            right = palette.WIDTH - 30 - (way.x + 14)
            x = way.x + 14 if wide < right else way.x - 14 - wide
            if x < 16:  # too long for either side of the rail
                x, self._y = 52, self._y + 22
        self._last_line(chain, words, x, 9)
        self._y += 24

    def _terminal(self, chain: Chain, way: Way, y: float) -> None:
        if chain.state == "lost":
            for dx in (-6, 6):
                self.canvas.line(way.x - dx, y - 6, way.x + dx, y + 6, colour=way.colour, width=3)
        elif chain.holds is None:
            self.canvas.shape(way.x - 7, y - 5, way.x + 7, y - 5, way.x, y + 6, colour=way.colour)
        else:
            self.canvas.dot(way.x, y, 6, way.colour)

    def _last_line(self, chain: Chain, words: str, x: float, down: float = 0) -> None:
        bad = chain.holds is not None and chain.state in ("lost", "failed")
        words = clip(words, 102)
        self.canvas.words(
            x, self._y + down, words, colour=palette.ALARM if bad else palette.INK,
            bold=chain.state == "lost", halo=palette.CARD,
        )  # fmt: skip
        self._ends[chain.number] = (min(x + 6 * len(words), _GUTTER - 26), self._y + down - 4)

    # the parts of a gather

    def _parts(self, chain: Chain) -> None:
        """Small boxes whose lines join above the rails."""
        parts = self.told.parts(chain)
        if not parts:
            return
        top = self._y + 4
        lines = (len(parts) + 2) // 3
        bus = top + (_TALL + _GAP) * lines + 2
        for number in range(len(parts)):  # under the boxes
            x, y = _place(number, top)
            self.canvas.line(x + _PART - 8, y + _TALL / 2, x + _PART + 4, y + _TALL / 2,
                             x + _PART + 4, bus, LEFT, bus, LEFT, bus + 10)  # fmt: skip
        for number, part in enumerate(parts):
            self._part(part, *_place(number, top))
        self._y = bus + 12
        if len(chain.parts) > len(parts):
            more = f"and {count(len(chain.parts) - len(parts), 'more part')}"
            self.canvas.words(626, bus + 4, more, colour=palette.FAINT, size=11)

    def _part(self, part: Chain, x: float, y: float) -> None:
        ink, ground = _COLOURS["waits"] if part.fired is None else _COLOURS[_fate(part)]
        self.canvas.box(x, y, _PART, _TALL, ground, 6, stroke=ink, stroke_width=1.2)
        made = f" · {place(part.made)}" if part.made else ""
        self.canvas.words(x + 10, y + 16, clip(f"chain {part.number}{made}", 27), size=10.5)
        words = clip(value(part.fired.what), 23) if part.fired else "not fired yet"
        self.canvas.words(x + 10, y + 32, words, colour=ink, size=11, font=palette.MONO)
        circle(self.canvas, part.fired.step if part.fired else 0, y + 12, x + _PART - 14)

    # arrows from chain to chain

    def _arrows(self) -> None:
        """From the end of a chain, along the right edge, to the link that waited for it."""
        lane = 0
        for wait in self._waits:
            end = self._ends.get(wait.chain)
            if end is None or lane >= _LANES:
                continue
            self._arrow(end, wait, _GUTTER - 7 * lane)
            lane += 1

    def _arrow(self, end: tuple[float, float], wait: Wait, x: float) -> None:
        colour = palette.NOTICE
        dash = {} if wait.over else {"stroke_dasharray": "4 3"}
        self.canvas.line(end[0] + 6, end[1], x, end[1], x, wait.y, wait.x + 8, wait.y,
                         colour=colour, width=1.4, **dash)  # fmt: skip
        self.canvas.shape(wait.x, wait.y, wait.x + 8, wait.y - 4, wait.x + 8, wait.y + 4,
                          colour=colour)  # fmt: skip


def _place(number: int, top: float) -> tuple[float, float]:
    """Where a part's box stands: three on a line."""
    return 52 + (_PART + 2 * _GAP) * (number % 3), top + (_TALL + _GAP) * (number // 3)


def _fate(part: Chain) -> str:
    bad = part.fired is not None and part.fired.what.kind == "failure"
    return "failed" if bad else "fired"
