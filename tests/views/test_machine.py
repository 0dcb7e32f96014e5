"""State machines, drawn and as tables."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from labkit.protocols._machine import Machine, Transition
from labkit.views import mermaid, picture
from labkit.views._states import LINE, Plan
from labkit.views.machine import all_states

from .values import words_of

DOOR = Machine(
    "Door",
    ("shut", "open", "locked"),
    "shut",
    (
        Transition("shut", "push", "open", ("swing", "creak")),
        Transition("open", "pull", "shut"),
        Transition("open", "push", "open", ("creak",)),
        Transition("shut", "lock", "locked"),
        Transition("open", "look", "open"),
    ),
    (("ann", "open"), ("bob", "open")),
)

names = st.sampled_from(["idle", "busy", "<b>", "gone & lost", "a:b;c", "\x00"]) | st.text(
    max_size=30
)
rows = st.builds(Transition, names, names, names, st.lists(names, max_size=3).map(tuple))
machines = st.builds(
    Machine,
    st.text(max_size=50),
    st.lists(names, max_size=5).map(tuple),
    names,
    st.lists(rows, max_size=14).map(tuple),
    st.lists(st.tuples(names, names), max_size=9).map(tuple),
)


@given(machines)
def test_any_machine_can_be_drawn(machine: Machine) -> None:
    """Well-formed, the same each time, in 79 columns."""
    seen = picture(machine)
    assert words_of(seen)
    assert seen == picture(machine)
    assert max(map(len, seen.text.split("\n"))) <= 79
    assert seen.text.replace("\n", "").isprintable()


@given(machines)
def test_no_state_and_no_label_of_a_lane_stand_on_each_other(machine: Machine) -> None:
    """States below each other; each lane has rows of its own at both its ends."""
    plan = Plan(machine, all_states(machine), 90)
    for above, below in zip(plan.boxes, plan.boxes[1:], strict=False):
        assert above.bottom + LINE * len(above.down) < below.top
    taken = [(e.leaves - LINE * len(e.label), e.leaves) for e in plan.edges]
    taken += [(e.arrives - 6, e.arrives + 6) for e in plan.edges]
    for (top, bottom), (other_top, other_bottom) in combinations(taken, 2):
        assert bottom <= other_top or other_bottom <= top


@given(machines)
def test_lanes_that_share_a_place_do_not_meet(machine: Machine) -> None:
    """And all of them are on the card."""
    plan = Plan(machine, all_states(machine), 90)
    for one, other in combinations(plan.edges, 2):
        if one.lane == other.lane:
            assert one.reach[1] < other.reach[0] or other.reach[1] < one.reach[0]
    assert all(8 < plan.lane(edge) < plan.x for edge in plan.edges)


def test_states_inputs_outputs_and_who_is_there_are_in_both_twins() -> None:
    """The same information."""
    seen = picture(DOOR)
    for twin in (seen.text, words_of(seen)):
        for word in ("shut", "open", "locked", "push", "swing, creak", "lock", "ann, bob"):
            assert word in twin


def test_an_end_is_marked() -> None:
    """Nothing leads on from it: two frames, and a sentence."""
    assert "locked is an end" in picture(DOOR).text
    assert "open is an end" not in picture(DOOR).text


def test_a_crowd_is_counted() -> None:
    """A hundred visitors in one state do not make the picture grow."""
    crowd = tuple((f"client {n}", "open") for n in range(100))
    seen = picture(evolve(DOOR, here=crowd))
    assert "now in open (100)" in seen.text
    assert "and 96 more" in words_of(seen)
    height = ElementTree.fromstring(seen.svg).get("height")
    assert int(height or 0) < 600


def test_mermaid_has_every_state_and_transition() -> None:
    """What JupyterLab draws as text/vnd.mermaid."""
    assert mermaid(DOOR).split("\n") == [
        "stateDiagram-v2",
        "    direction LR",
        '    state "shut" as s0',
        '    state "open" as s1',
        '    state "locked" as s2',
        "    [*] --> s0",
        "    s0 --> s1: push / swing, creak",
        "    s1 --> s0: pull",
        "    s1 --> s1: push / creak<br/>look",
        "    s0 --> s2: lock",
        "    note right of s1: ann, bob",
        "",
    ]


@given(machines)
def test_names_are_no_mermaid_syntax(machine: Machine) -> None:
    """A line a thing, and no quote that closes too early."""
    text = mermaid(machine)
    standing = len({state for _, state in machine.here})
    states = len(all_states(machine))
    arrows = len({(row.source, row.target) for row in machine.transitions})
    assert len(text.split("\n")) == 4 + states + arrows + standing
    assert text.count('"') == 2 * states
