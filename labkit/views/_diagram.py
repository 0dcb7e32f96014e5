"""The diagram of a state machine, drawn where its plan says."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.protocols._machine import Machine

from . import palette
from ._canvas import Anchor, Canvas, r1
from ._picture import clip, count
from ._states import BOX, LINE, NARROW, Box, Edge, Plan, Rows

RIGHT = palette.WIDTH - 16


def diagram(machine: Machine, states: Sequence[str], title: str, alt: str) -> str:
    """The SVG of a machine whose states stand in that order."""
    canvas, plan = Canvas(), Plan(machine, states, top=92)
    facts = [count(len(states), "state"), count(len(machine.transitions), "transition")]
    facts += [count(len(machine.here), "live connection")] if machine.here else []
    canvas.words(16, 27, clip(machine.name, 40), size=15, bold=True)
    canvas.words(RIGHT, 27, ", ".join(facts), colour=palette.FAINT, anchor="end")
    canvas.line(0.5, 40, palette.WIDTH - 0.5, 40, colour=palette.EDGE, width=1)
    canvas.dot(plan.middle, 62, 6, palette.INK)
    canvas.arrow(plan.middle, 68, plan.middle, 91, palette.INK)
    canvas.words(plan.middle + 14, 66, "starts here", colour=palette.FAINT, size=11)
    for edge in sorted(plan.edges, key=lambda e: -e.lane):
        _lane(canvas, plan, edge)
    for box, after in zip(plan.boxes, [*plan.boxes[1:], None], strict=True):
        _box(canvas, plan, box)
        if box.loops:
            _loop(canvas, plan, box)
        if box.down and after:
            _down(canvas, plan, box, after)
    return canvas.svg(round(plan.bottom) + 22, title, alt)


def _box(canvas: Canvas, plan: Plan, box: Box) -> None:
    """A state: green where somebody stands, twice framed where nothing leads on."""
    ground, edge = palette.SHADE, palette.INK
    if box.names:
        ground, edge = palette.GOOD_TINT, palette.GOOD
    x, y, tall = r1(plan.x), r1(box.top), r1(box.height)
    canvas.box(x, y, BOX, tall, ground, 10, stroke=edge, stroke_width=2 if box.names else 1.4)
    if box.final:
        canvas.path(_frame(r1(x + 4), r1(y + 4), BOX - 8, tall - 8), edge, 1)
    middle = r1(box.top + box.height / 2 + 5 - LINE * len(box.names) / 2)
    canvas.words(plan.middle, middle, clip(box.name, 22), size=13.5, anchor="middle", bold=True)
    for place, line in enumerate(box.names, 1):
        y = r1(middle + LINE * place + 1)
        canvas.words(plan.middle, y, f"● {line}", colour=palette.GOOD, anchor="middle")


def _frame(x: float, y: float, wide: float, tall: float) -> str:
    """A rectangle with round corners, as a path."""
    across, along = wide - 14, r1(tall - 14)
    return (
        f"M{x + 7},{y} h{across} q7,0 7,7 v{along} q0,7 -7,7 h-{across} q-7,0 -7,-7 "
        f"v-{along} q0,-7 7,-7 z"
    )


def _down(canvas: Canvas, plan: Plan, box: Box, after: Box) -> None:
    canvas.arrow(plan.middle, r1(box.bottom + 1), plan.middle, r1(after.top - 2), palette.CLIENT)
    middle = (box.bottom + after.top) / 2
    _label(canvas, plan.middle + 12, middle, box.down, 44)


def _loop(canvas: Canvas, plan: Plan, box: Box) -> None:
    x, y = plan.right, r1(box.top + box.height / 2)
    d = f"M{x + 1},{y - 9} h10 a9,9 0 0 1 0,18 h-2"
    canvas.path(d, palette.CLIENT, 1.8)
    canvas.shape(x + 2, y + 9, x + 12, y + 4.5, x + 12, y + 13.5, colour=palette.CLIENT)
    _label(canvas, x + 30, y, box.loops, plan.loop_room)


def _lane(canvas: Canvas, plan: Plan, edge: Edge) -> None:
    """Out of the left side, along the lane, and into the other state's left side."""
    lane, x, y, end = map(r1, (plan.lane(edge), plan.x, edge.leaves, edge.arrives))
    turn = 7 if end > y else -7
    d = (
        f"M{x},{y} H{lane + 7} Q{lane},{y} {lane},{r1(y + turn)} V{r1(end - turn)} "
        f"Q{lane},{end} {lane + 7},{end} H{r1(x - 10)}"
    )
    canvas.path(d, palette.CARD, 6)
    canvas.path(d, palette.CLIENT, 1.8)
    head = (x - 1, end, x - 11, r1(end - 4.5), x - 11, r1(end + 4.5))
    canvas.shape(*head, colour=palette.CLIENT)
    middle = y - 4 - LINE * len(edge.label) / 2
    _label(canvas, x - 10, middle, edge.label, NARROW, "end")


def _label(
    canvas: Canvas, x: float, middle: float, rows: Rows, room: int, anchor: Anchor = "start"
) -> None:
    """One line a transition: what comes in, and what is done then."""
    y = middle - LINE * (len(rows) - 1) / 2 + 4
    for given, done in rows:
        given = clip(given, room)
        done = clip(f" / {done}", room - len(given)) if done and room - len(given) > 4 else ""
        canvas.pair(x, r1(y), given, done, anchor=anchor)
        y += LINE
