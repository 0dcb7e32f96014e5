"""The reactor's calls as lanes, both twins: what ran, what took long, who waited for whom."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit._frames import Where
from labkit.turns import Ran, Stall, Timeline
from labkit.views import html, palette, picture

from .layout import apart, boxes_of, texts_of
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
        "                 waits            look    more than 0.25 s · line 4",
        "                 dataReceived             waited for look",
    ]


def test_the_timed_twin_has_milliseconds() -> None:
    """Whoever wants them asks."""
    assert "310.0 ms" in picture(STOOD.timed).text
    assert "310.0 ms" in words_of(picture(STOOD.timed))


SPIN = Stall("desk · client 1", "dataReceived", 6.2, LINE, "while True: pass",
             ("desk · client 2", "desk · client 3"), over=False)  # fmt: skip
SLEPT = Stall("timers", "look", 0.31, LINE, "    time.sleep(0.3)", ("desk · client 2",))
names = st.sampled_from(["desk · client 1", "desk · client 2", "timers", "calls from threads"])
names |= st.text(max_size=40)
seconds = st.sampled_from([0.0, 0.001, 0.05, 0.3, 2.0, 900.0])
lines = st.none() | st.just(LINE)
stalls = st.builds(
    Stall, names, st.text(max_size=30), seconds, lines, st.text(max_size=60),
    st.lists(names, max_size=3).map(tuple), *[st.booleans()] * 3,
)  # fmt: skip


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Calls that waited for earlier ones, and stalls that may or may not belong to them."""
    ran = [
        Ran(n, draw(names), draw(st.text(max_size=30)), float(n), draw(seconds), draw(lines),
            tuple(draw(st.lists(st.integers(0, n - 1), max_size=2))) if n else ())
        for n in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    style = draw(st.sampled_from(["plain", "timed"]))
    return Timeline(tuple(ran), tuple(draw(st.lists(stalls, max_size=2))), draw(st.integers(0, 3)),
                    style)  # fmt: skip


def stays_on_its_card(timeline: Timeline) -> None:
    """Well formed, the same twice, small; nothing beside the card or on another."""
    seen = picture(timeline)
    root = ElementTree.fromstring(seen.svg)
    height = float(root.get("height", 0))
    for left, top, right, bottom in boxes_of(root) + texts_of(root):
        assert left >= 0 and top >= 0 and right <= palette.WIDTH and bottom <= height
    assert apart(boxes_of(root))
    assert picture(timeline) == seen
    assert len(html(seen)) < 100_000


@pytest.mark.parametrize("timeline", [STOOD, STOOD.timed, MANY, MANY.timed, Timeline()])
def test_every_timeline_stays_on_its_card(timeline: Timeline) -> None:
    """No word lies on another."""
    stays_on_its_card(timeline)
    assert apart(texts_of(ElementTree.fromstring(picture(timeline).svg)))


@settings(max_examples=50, deadline=None)
@given(timelines())
def test_any_timeline_can_be_drawn(timeline: Timeline) -> None:
    """Also one that a reactor would never give."""
    stays_on_its_card(timeline)


def test_a_longer_call_is_drawn_taller_and_two_of_one_class_alike() -> None:
    """The length of a box is a class of time: exact times change from run to run."""
    first, second = (evolve(STOOD, ran=(evolve(STOOD.ran[1], seconds=s),)) for s in (0.31, 0.38))
    short, long = (evolve(STOOD, ran=(evolve(STOOD.ran[1], seconds=s),)) for s in (0.01, 1.2))
    assert picture(first) == picture(second)
    tall = [boxes_of(ElementTree.fromstring(picture(t).svg))[0] for t in (short, first, long)]
    assert [box[3] - box[1] for box in tall] == [24, 60, 90]


@pytest.mark.parametrize("twin", ["text", "drawing"])
def test_a_stall_names_the_readers_line_and_who_waited(twin: str) -> None:
    """What the watch saw is told with the call; one that goes on says so."""
    over = picture(evolve(STOOD, stalls=(SLEPT,)))
    now = picture(SPIN)
    words, going = ((p.text if twin == "text" else words_of(p)) for p in (over, now))
    assert "time.sleep(0.3)" in words and "line 4" in words and "goes on" not in words
    assert "goes on" in going and "while True: pass" in going and going.count("waits") == 2


def test_a_stall_of_another_call_is_not_taken_for_this_one() -> None:
    """Two calls of one name are told apart by how long they took."""
    other = evolve(SLEPT, seconds=2.0)
    assert "time.sleep" not in picture(evolve(STOOD, stalls=(other,))).text


@pytest.mark.parametrize(
    ("stall", "words"),
    [
        (evolve(SPIN, in_c=True), "in a call into C"),
        (evolve(SPIN, over=True, rescued=True), "ended by the lab"),
    ],
)
def test_how_a_stall_ended_is_told(stall: Stall, words: str) -> None:
    """Broken off by the lab, or still in a call that nothing can break off."""
    assert words in picture(stall).text and words in words_of(picture(stall))


def test_equal_short_calls_in_a_row_are_counted() -> None:
    """A clock that ticks does not fill the card; with times each has its own row."""
    ticks = Timeline(tuple(Ran(n, "timers", "tick", n, 0.001) for n in range(7)))
    assert picture(ticks).text.splitlines() == ["timers", "tick ×7"]
    assert len(picture(ticks.timed).text.splitlines()) == 8


def test_who_waited_in_the_lane_of_the_long_call_has_no_strip_over_it() -> None:
    """A connection's second message waited for its first."""
    one = evolve(STOOD.ran[1], lane="desk · client 1")
    two = Ran(3, "desk · client 1", "dataReceived", 0.4, 0.001, behind=(0,))
    assert "waits" not in words_of(picture(Timeline((one, two))))
    assert "waited for desk · client 1" in picture(Timeline((one, two))).text


def test_what_is_not_drawn_is_counted() -> None:
    """The last calls are shown; lanes that do not fit share one."""
    assert "and 50 earlier" in picture(MANY).text
    assert "others" in picture(MANY).text.splitlines()[0]
