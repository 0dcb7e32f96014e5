"""Chains of callbacks, both twins: the way of the result, who fired it, what was lost."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from labkit._frames import Where
from labkit.deferreds import Chain, Fired, History, Link, Shown
from labkit.views import html, palette, picture

from .values import SVG, words_of


def at(line: int) -> Where:
    """A line of a cell."""
    return Where("/tmp/ipykernel_1/1.py", line, "<module>")


def bad(text: str) -> Shown:
    """A failure on the errback rail."""
    return Shown(text, "failure")


SHALLOW = bad("ValueError: too shallow")
CROSSING = Chain(
    1,
    made=at(2),
    fired=Fired("callback", Shown("b'1.10'"), at(9), "your code", step=1),
    state="fired",
    holds=Shown("'anchor outside'"),
    links=(
        Link("parse", "", at(3), "returned", "callback", Shown("b'1.10'"), Shown("1.1"), step=2),
        Link("", "rescue", at(4), "skipped", None, Shown("1.1"), Shown("1.1")),
        Link("berth", "", at(5), "raised", "callback", Shown("1.1"), SHALLOW, step=3),
        Link("announce", "", at(6), "skipped", None, SHALLOW, SHALLOW),
        Link("tell", "anchor", at(7), "recovered", "errback", SHALLOW, Shown("'anchor outside'"),
             step=4),
    ),
)  # fmt: skip
PAUSED = Chain(
    1,
    made=at(1),
    fired=Fired("callback", Shown("'go'"), at(5), "your code", step=1),
    state="paused",
    links=(Link("ask", "", at(3), "waits", "callback", Shown("'go'"), waits_for=2, step=2),
           Link("tell", "", at(4))),
)  # fmt: skip
RAN = Chain(
    3,
    "main",
    "coroutine",
    made=at(12),
    fired=Fired("end of coroutine", bad("KeyError: 'k'"), None, "the end of the coroutine", step=5),
    state="lost",
    holds=bad("KeyError: 'k'"),
    links=(
        Link("await later(2)", "", at(13), "returned", "callback", Shown("7"), Shown("7"),
             waits_for=2, step=3),
        Link("await fetch()", "", at(14), "raised", "callback", bad("KeyError: 'k'"),
             bad("KeyError: 'k'"), waits_for=1, step=4),
    ),
)  # fmt: skip
GATHERED = Chain(4, sort="gatherResults", made=at(20), parts=(1, 3))
LONG = Chain(
    1,
    fired=Fired("callback", Shown("0"), step=1),
    state="fired",
    holds=Shown("3000"),
    links=tuple(
        Link("add", "", at(3), "returned", "callback", Shown(f"{n}"), Shown(f"{n + 1}"), step=n + 2)
        for n in range(3000)
    ),
)
ALL = [History((c,)) for c in (CROSSING, PAUSED, RAN, GATHERED, LONG)]
ALL += [History(), History((CROSSING, PAUSED, RAN, GATHERED, LONG, PAUSED, RAN), left_out=3)]


@pytest.mark.parametrize("history", ALL, ids=str)
def test_every_history_is_well_formed_and_stays_on_its_card(history: History) -> None:
    """Nothing is drawn to the left, to the right or below the card; no box lies on another."""
    seen = picture(history)
    root = ElementTree.fromstring(seen.svg)
    assert root.find(f"{SVG}title") is not None and root.find(f"{SVG}desc") is not None
    height, boxes = float(root.get("height", 0)), []
    for thing in root.iter():
        x, y = float(thing.get("x", 20)), float(thing.get("y", 20))
        assert 0 <= x <= palette.WIDTH and 0 <= y <= height
        if thing.get("rx") == "6":
            boxes.append(
                (x, y, x + float(thing.get("width", 0)), y + float(thing.get("height", 0)))
            )
    for i, one in enumerate(boxes):
        for two in boxes[i + 1 :]:
            assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
    assert picture(history) == seen
    assert len(html(seen)) < 100_000


def test_the_text_is_the_same_table_in_words() -> None:
    """Both rails are columns; each link says what it did."""
    assert picture(CROSSING).text.splitlines() == [
        "chain 1 · Deferred, made in line 2",
        "  fired by your code, line 9: callback",
        "  step  callback           errback",
        "  1     ↓                                   b'1.10'",
        "  2     parse (line 3)     ·                returned 1.1",
        "        ·                  rescue (line 4)  skipped",
        "  3     berth (line 5)     ·                raised ValueError: too shallow",
        "        announce (line 6)  ·                skipped",
        "  4     tell (line 7)      anchor (line 7)  errback: recovered with 'anchor outside'",
        "  = holds 'anchor outside'",
    ]


@pytest.mark.parametrize("twin", ["text", "drawing"])
def test_both_twins_say_who_waits_and_what_was_lost(twin: str) -> None:
    """A chain that waits names the other; a failure that nobody handled says where it was made."""
    paused, ran = ((c.text if twin == "text" else words_of(c)) for c in map(picture, (PAUSED, RAN)))
    assert "waits for chain 2" in paused
    assert "lost: KeyError: 'k', and nobody handled it; made in line 12" in ran
    assert "await fetch()" in ran and "KeyError" in ran


def test_a_coroutine_ends_where_it_is_fired() -> None:
    """Its result is its last row, while that of a Deferred is the first."""
    rows = [line.split()[0] for line in picture(RAN).text.splitlines()[3:6]]
    assert rows == ["1", "2", "3"]


@pytest.mark.parametrize("twin", ["text", "drawing"])
def test_a_long_chain_shows_both_ends_and_counts_the_middle(twin: str) -> None:
    """3,000 links fit on one card."""
    seen = picture(LONG)
    words = (seen.text if twin == "text" else words_of(seen)).replace(",", "")
    assert "2984 more links" in words
    assert "2999" in words and "1500" not in words


def test_what_is_not_drawn_is_counted() -> None:
    """Of many chains the first six are shown."""
    seen = picture(ALL[-1])
    assert seen.text.endswith("and 4 more")
    assert "and 4 more" in words_of(seen)
    assert picture(History()).text == "no Deferred was seen"
