"""Chains of callbacks: two rails, the way that the result took over them, and what it was there."""

from __future__ import annotations

from attrs import frozen

from labkit.deferreds import Chain, History, Link, Shown

from . import palette
from ._canvas import Canvas
from ._chain_words import (
    CHAINS,
    RUNS,
    fired,
    head,
    held,
    is_station,
    kept,
    place,
    renumbered,
    text,
    value,
)
from ._picture import Picture, clip, count, register

LEFT, RIGHT = 250, 510  # the rails, in pixels
HALF, BOX, ROW = 104, 28, 62  # half a box's width, its height, from one link to the next
HEAD, TAIL = 84, 44
_STEP = 30  # where the circle with a step's number stands


@frozen
class _Way:
    """Where the result stands between two links: the rail, and what it is."""

    x: int
    what: Shown | None

    @property
    def colour(self) -> str:
        return palette.ALARM if self.x == RIGHT else palette.GOOD


@register
def of_chain(chain: Chain) -> Picture:
    """One chain alone."""
    return of_history(History((chain,)))


@register
def of_history(history: History) -> Picture:
    """Chains below each other, in the order in which they were met."""
    history = renumbered(history)
    chains = history.chains[:CHAINS]
    links = sum(len(chain.links) for chain in history.chains)
    alt = (
        f"{count(len(history.chains), 'chain')} of callbacks with {count(links, 'link')}. "
        "The text beside this picture says the same."
    )
    canvas, y = Canvas(), 8
    for number, chain in enumerate(chains):
        if number:
            canvas.line(16, y, palette.WIDTH - 16, y, colour=palette.EDGE, width=1)
        y = _chain(canvas, chain, y)
    left = len(history.chains) - len(chains) + history.left_out
    if left or not chains:
        words = f"and {left} more" if left else "no Deferred was seen"
        canvas.words(16, y + 22, words, colour=palette.FAINT)
        y += 32
    title = head(chains[0]) if len(chains) == 1 else count(len(history.chains), "chain")
    return Picture(title, text(history), svg=canvas.svg(y + 8, title, alt), alt=alt)


def _chain(canvas: Canvas, chain: Chain, y: int) -> int:
    """Draw one chain from y down; where it ends."""
    canvas.words(16, y + 20, clip(head(chain), 100), size=13, bold=True)
    canvas.words(16, y + 38, clip(fired(chain), 110), colour=palette.FAINT)
    links, top = kept(chain)[0], y + HEAD
    at, bottom = y + 66, top + ROW * len(links)
    if links or chain.fired:
        _rails(canvas, at, bottom)
    way = _start(canvas, chain, at)
    for number, link in enumerate(links):
        way, at = _link(canvas, chain, link, way, at, top + ROW * number)
    if way is not None:
        canvas.line(way.x, at, way.x, bottom, colour=way.colour, width=3.5)
    _end(canvas, chain, way, bottom)
    return bottom + TAIL


def _rails(canvas: Canvas, y: int, bottom: int) -> None:
    for x, name in ((LEFT, "callback"), (RIGHT, "errback")):
        canvas.words(x, y - 6, name, colour=palette.FAINT, size=11, anchor="middle")
        canvas.line(x, y, x, bottom, colour=palette.EDGE, width=2)


def _end(canvas: Canvas, chain: Chain, way: _Way | None, y: int) -> None:
    """What it holds, under the rail where it holds it, or further left when that is long."""
    words = held(chain)
    bad = chain.state in ("lost", "failed")
    x = 16 if way is None else way.x - 60
    if chain.sort in RUNS and chain.fired is not None:
        _circle(canvas, chain.fired.step, y + 14)
    if x == 16 or x + 6.6 * len(words) > palette.WIDTH - 16:
        x = 52
    colour = palette.ALARM if bad else palette.INK
    canvas.words(x, y + 18, clip(words, 108), colour=colour, bold=chain.state == "lost")


def _start(canvas: Canvas, chain: Chain, y: int) -> _Way | None:
    """A Deferred begins when it is fired, a coroutine when it is called."""
    fire = chain.fired
    if chain.sort in RUNS:
        return _Way(LEFT, None) if chain.links else None
    if fire is None:
        return None
    way = _Way(_rail(fire.what), fire.what)
    _circle(canvas, fire.step, y + 8)
    _label(canvas, way, y + 12)
    return way


def _link(
    canvas: Canvas, chain: Chain, link: Link | int, way: _Way | None, at: int, y: int
) -> tuple[_Way | None, int]:
    """Draw one link, the way to it and the way out of it; the way on and from where."""
    if isinstance(link, int):
        canvas.words((LEFT + RIGHT) / 2, y + 20, f"⋮ {link:,} more links", anchor="middle")
        return way, at
    done = link.outcome not in ("pending",) and way is not None
    if done and way is not None:
        canvas.line(way.x, at, way.x, y + (BOX if link.outcome == "skipped" else 0),
                    colour=way.colour, width=3.5)  # fmt: skip
    _boxes(canvas, chain, link, y)
    if link.outcome == "skipped":
        return way, y + BOX
    if not done:
        return (None if link.outcome == "pending" else way), at
    _circle(canvas, link.step, y + BOX // 2)
    if link.outcome == "waits" or way is None:
        return None, y + BOX
    out = _Way(_rail(link.went), link.went)
    start = y + BOX
    if out.x != way.x:
        canvas.path(f"M {way.x} {start} C {way.x} {start + 16}, {out.x} {start - 4}, "
                    f"{out.x} {start + 14}", colour=out.colour, width=3.5)  # fmt: skip
        start += 14
    station = chain.sort in RUNS and link.outcome != "raised"
    _label(canvas, _Way(out.x, link.came) if station else out, y + BOX + 24)
    return out, start


def _boxes(canvas: Canvas, chain: Chain, link: Link, y: int) -> None:
    added = place(link.added)
    if is_station(chain, link):
        _box(canvas, LEFT - HALF, RIGHT - LEFT + 2 * HALF, y, link.callback, link, True)
        _aside(canvas, link, added, y, left=True)
        return
    for x, name, rail in ((LEFT, link.callback, "callback"), (RIGHT, link.errback, "errback")):
        if name:
            _box(canvas, x - HALF, 2 * HALF, y, name, link, link.ran == rail)
    _aside(canvas, link, added, y, left=bool(link.callback))


def _box(canvas: Canvas, x: int, width: int, y: int, name: str, link: Link, ran: bool) -> None:
    done = ran and link.outcome not in ("pending", "skipped")
    raised = done and link.outcome == "raised"
    edge = palette.ALARM if raised else palette.GOOD if done else palette.LANE
    ground = palette.ALARM_TINT if raised else palette.GOOD_TINT if done else palette.CARD
    dash = {} if done else {"stroke_dasharray": "4 3"}
    if done and link.outcome == "waits":
        edge, ground = palette.NOTICE, palette.NOTICE_TINT
    canvas.box(x, y, width, BOX, ground, 6, stroke=edge, stroke_width=1.4, **dash)
    ink = palette.INK if done else palette.FAINT
    canvas.words(x + width / 2, y + 18, clip(name, (width - 16) // 7), colour=ink,
                 font=palette.MONO, anchor="middle", size=11.5)  # fmt: skip


def _aside(canvas: Canvas, link: Link, added: str, y: int, left: bool) -> None:
    """Beside the boxes: the line that added it, and what is worth a word."""
    x, anchor = (LEFT - HALF - 8, "end") if left else (RIGHT + HALF + 8, "start")
    canvas.words(x, y + 12, clip(added, 16), colour=palette.FAINT, size=10.5, anchor=anchor)  # type: ignore[arg-type]
    words = ""
    if link.outcome == "skipped":
        words = "skipped"
    elif link.late and link.outcome != "pending":
        words = "was there" if link.callback.startswith(("await", "yield")) else "added late"
    if words:
        canvas.words(x, y + 25, words, colour=palette.FAINT, size=10.5, anchor=anchor)  # type: ignore[arg-type]
    if link.waits_for:
        wide = link.callback.startswith(("await", "yield"))
        verb = "waits for" if link.outcome == "waits" else "waited for"
        note = f"{verb} chain {link.waits_for}"
        alone = bool(link.callback) and not link.errback and not wide
        x = LEFT + HALF + 8 if alone else RIGHT + HALF + 8
        canvas.words(x, y + 18, note, colour=palette.NOTICE, size=11, halo=palette.CARD)


def _label(canvas: Canvas, way: _Way, y: int) -> None:
    """What travels here, beside the rail."""
    ink = way.colour if way.x == RIGHT else palette.INK
    words = clip(value(way.what), 33)
    canvas.words(way.x + 9, y, words, font=palette.MONO, size=11, colour=ink, halo=palette.CARD)


def _circle(canvas: Canvas, step: int, y: float) -> None:
    if step:
        canvas.dot(_STEP, y, 10, palette.CLIENT)
        canvas.words(_STEP, y + 4, str(step), colour=palette.WHITE, size=11, anchor="middle")


def _rail(shown: Shown | None) -> int:
    return RIGHT if shown is not None and shown.kind == "failure" else LEFT
