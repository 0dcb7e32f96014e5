"""A trip through time as a table: what ran, where it stands, what is to come."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit._frames import Where
from labkit.turns._schedule import Done, Pending, Schedule
from labkit.views import html, palette, picture

from .layout import apart, texts_of
from .values import words_of

LINE = Where("/tmp/ipykernel_1/1.py", 4, "story")

TRIP = Schedule(2.5, 1, (Done(1, 2.0, "ring", LINE, "ValueError: hoarse", LINE),),
                (Pending("sleep", 3600.0, LINE),), 7)  # fmt: skip

lines = st.none() | st.just(LINE)
seconds = st.floats(0, 10**9, allow_nan=False)
done = st.builds(Done, st.integers(1, 10**5), seconds, st.text(max_size=60), lines,
                 st.text(max_size=90), lines)  # fmt: skip
pending = st.builds(Pending, st.text(max_size=60), seconds, lines)
schedules = st.builds(
    Schedule, seconds, st.integers(0, 10**5), st.lists(done, max_size=9).map(tuple),
    st.lists(pending, max_size=9).map(tuple), st.integers(0, 9), st.integers(0, 9),
    st.none() | done, st.text(max_size=90),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(schedules)
def test_any_trip_can_be_drawn(trip: Schedule) -> None:
    """Well formed, the same twice, small, and all on its card."""
    seen = picture(trip)
    root = ElementTree.fromstring(seen.svg)
    for left, top, right, bottom in texts_of(root):
        assert left >= 0 and top >= 0
        assert right <= palette.WIDTH and bottom <= float(root.get("height", 0))
    assert seen == picture(trip) and len(html(seen)) < 100_000


def test_both_twins_tell_steps_now_what_waits_and_what_raised() -> None:
    """The same information, and no word on another."""
    seen = picture(TRIP)
    assert apart(texts_of(ElementTree.fromstring(seen.svg)))
    for twin in (seen.text, words_of(seen)):
        for word in ("2.5 s", "ring", "raised ValueError: hoarse in line 4", "after step 1",
                     "3,600 s", "sleep", "waits", "line 4", "7 earlier steps"):  # fmt: skip
            assert word in twin


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
    assert "64 earlier steps not shown" in text and "and 3 more wait" in text


def test_a_replay_that_differs_says_from_where() -> None:
    """A picture of another past must not be taken for the same one."""
    text = picture(Schedule(1, 1, differs=1, instead=Done(1, 1.0, "ring"))).text
    assert "differs from step 1 on, where ring ran the first time" in text
    assert "nothing waits" in text


def test_a_story_that_raises_says_where() -> None:
    """Setting it up is part of the trip."""
    text = picture(Schedule(0, 0, raised="KeyError: 'tide'", raised_at=LINE)).text
    assert "While it was set up: KeyError: 'tide' in line 4" in text
