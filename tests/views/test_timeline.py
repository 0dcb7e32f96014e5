"""The reactor's calls as lanes, both twins: what ran, what took long, who waited for whom."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from labkit._frames import Where
from labkit.turns import Ran, Timeline
from labkit.views import palette, picture

from .values import words_of

LINE = Where("/tmp/ipykernel_1/1.py", 4, "measure")
STOOD = Timeline(
    (
        Ran(1, "desk · client 1", "dataReceived", 0.0, 0.0002),
        Ran(2, "timers", "look", 0.01, 0.31, LINE),
        Ran(3, "desk · client 2", "dataReceived", 0.32, 0.0001, behind=(1,)),
    )
)
MANY = Timeline(tuple(Ran(n, f"desk · client {n}", "dataReceived", n, 0.001) for n in range(90)))


def test_a_long_call_names_its_line_and_who_waited_names_it() -> None:
    """Without times, because a rerun must show the same."""
    assert picture(STOOD).text.splitlines() == [
        "desk · client 1  desk · client 2  timers",
        "dataReceived",
        "                                  look    more than 0.25 s, line 4",
        "                 dataReceived             waited for look",
    ]


def test_the_timed_twin_has_milliseconds() -> None:
    """Whoever wants them asks."""
    assert "310.0 ms" in picture(STOOD.timed).text
    assert "310.0 ms" in words_of(picture(STOOD.timed))


@pytest.mark.parametrize("timeline", [STOOD, STOOD.timed, MANY, Timeline()])
def test_every_timeline_stays_on_its_card(timeline: Timeline) -> None:
    """Well formed, the same twice, nothing outside."""
    seen = picture(timeline)
    root = ElementTree.fromstring(seen.svg)
    for thing in root.iter():
        assert 0 <= float(thing.get("x", 20)) <= palette.WIDTH
        assert 0 <= float(thing.get("y", 20)) <= float(root.get("height", 0))
    assert picture(timeline) == seen


def test_what_is_not_drawn_is_counted() -> None:
    """The last calls are shown; lanes that do not fit share one."""
    assert "and 50 earlier" in picture(MANY).text
    assert "others" in picture(MANY).text.splitlines()[0]
