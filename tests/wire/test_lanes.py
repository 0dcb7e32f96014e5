"""Notes from several threads, set beside the steps of the one who called them."""

from __future__ import annotations

from labkit.wire import Lanes, Note

TOLD = Lanes(
    [
        Note("asks"),
        Note("hears", "reactor"),
        Note("answers", "reactor"),
        Note("waits"),
        Note("asks", group="threads"),
        Note("hears", "thread 1", "threads"),
    ]
)


def test_a_note_stands_beside_the_step_after_which_it_came() -> None:
    """Step and place of each note, counted for each group on its own."""
    assert TOLD.rows() == (
        (0, 0, "", "reactor", "hears"),
        (0, 1, "", "reactor", "answers"),
        (0, 0, "threads", "thread 1", "hears"),
    )


def test_the_steps_are_those_of_the_longest_telling() -> None:
    """A group that saw fewer steps does not shorten the others'."""
    assert TOLD.steps == ("asks", "waits")


def test_lanes_stand_by_group_and_name() -> None:
    """Whichever thread spoke first, its place is the same."""
    late_first = Lanes([Note("b", "thread 2", "threads"), Note("a", "thread 1", "threads")])
    assert late_first.lanes == (("threads", "thread 1"), ("threads", "thread 2"))


def test_what_came_before_any_step_is_kept() -> None:
    """Its step is -1."""
    assert Lanes([Note("early", "reactor")]).rows() == ((-1, 0, "", "reactor", "early"),)
