"""The schedule of a trip is a value: it stays what it was, and needs no Twisted."""

from __future__ import annotations

import subprocess
import sys

import pytest
from attrs.exceptions import FrozenInstanceError

from labkit._frames import Where
from labkit.turns import Done, Pending, Schedule


def test_a_schedule_does_not_change_when_time_goes_on() -> None:
    """Two of the same moment are equal, and neither can be written to."""
    where = Where("pier.py", 3, "story")
    one, two = (
        Schedule(6.0, 1, (Done(1, 6.0, "flood", where),), (Pending("ebb", 12.0, where),))
        for _ in "ab"
    )
    assert one == two and hash(one) == hash(two)
    with pytest.raises(FrozenInstanceError):
        one.now = 7.0  # type: ignore[misc]


def test_nothing_of_twisted_is_loaded_for_it() -> None:
    """So that it can be drawn wherever a value can be read."""
    asked = "import sys, labkit.turns; print('twisted' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_schedule_of_nothing_has_no_surprise() -> None:
    """The beginning of a story that asks for nothing."""
    empty = Schedule(0.0, 0)
    assert (empty.done, empty.pending, empty.differs, empty.raised) == ((), (), 0, "")
