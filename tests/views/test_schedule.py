"""A trip through time as a table: what ran, where it stands, what is to come."""

from __future__ import annotations

from labkit._frames import Where
from labkit.turns._schedule import Done, Pending, Schedule
from labkit.views import picture

LINE = Where("/tmp/ipykernel_1/1.py", 4, "story")


def test_steps_now_and_what_waits_stand_in_the_order_of_time() -> None:
    """Each with the line that asked for it; times are the clock's own."""
    trip = Schedule(2.5, 1, (Done(1, 2.0, "ring", LINE, "ValueError: hoarse"),),
                    (Pending("sleep", 3600.0, LINE),))  # fmt: skip
    assert picture(trip).text.splitlines() == [
        "The clock shows 2.5 s",
        "  at       " + "        what                             asked for in",
        "  2 s      step 1  ring, raised ValueError: hoarse  line 4",
        "  2.5 s    now     after step 1",
        "  3,600 s  waits   sleep                            line 4",
    ]


def test_long_trips_are_cut_and_counted() -> None:
    """The last steps, the next calls, and how many more there are."""
    done = tuple(Done(n, float(n), "ring") for n in range(1, 69))
    waits = tuple(Pending("ring", 100.0 + n) for n in range(9))
    text = picture(Schedule(68, 68, done, waits, left_out=2)).text
    assert "64 earlier steps" in text and "and 3 more wait" in text


def test_a_replay_that_differs_says_from_where() -> None:
    """A picture of another past must not be taken for the same one."""
    text = picture(Schedule(1, 1, differs=1, instead=Done(1, 1.0, "ring"))).text
    assert "differs from step 1 on, where ring ran the first time" in text
    assert "nothing waits" in text


def test_a_story_that_raises_says_where() -> None:
    """Setting it up is part of the trip."""
    text = picture(Schedule(0, 0, raised="KeyError: 'tide'", raised_at=LINE)).text
    assert "While it was set up: KeyError: 'tide' in line 4" in text
