"""Chains of callbacks, both twins: the way of the result, who fired it, what was lost."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit._frames import Where
from labkit.deferreds import Chain, Fired, History, Link, Shown
from labkit.views import html, palette, picture

from .layout import apart, boxes_of, texts_of
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
HANDED = Chain(2, made=at(1), fired=Fired("callback", Shown("'tide'"), at(6), "your code", step=3))
HANDED = evolve(HANDED, state="fired")
WAITED = Chain(
    1,
    made=at(1),
    fired=Fired("callback", Shown("'go'"), at(5), "your code", step=1),
    state="fired",
    holds=Shown("'tide'"),
    links=(Link("ask", "", at(3), "returned", "callback", Shown("'go'"), Shown("'tide'"), 2,
                step=2),),
)  # fmt: skip
PART = Link("DeferredList, one part done", "DeferredList, one part done", at(4), "returned",
            "callback", Shown("1"), Shown("1"), step=2)  # fmt: skip
JOINED = History(
    (
        Chain(1, fired=Fired("callback", Shown("1"), at(5), step=1), links=(PART,), state="fired"),
        Chain(2, fired=Fired("errback", SHALLOW, at(6), step=3), state="failed"),
        Chain(3, sort="DeferredList", made=at(4), parts=(1, 2, 9)),
    )
)
WIDE = Chain(
    1,
    made=Where("/srv/a_long_name_of_a_harbour_script.py", 1200, "f"),
    fired=Fired("errback", bad("ValueError: " + "m" * 47), at(2), "a timer", "another", step=12345),
    state="lost",
    holds=bad("ValueError: " + "m" * 47),
    links=(
        Link("w" * 50, "", Where("/srv/a_long_name_of_a_harbour_script.py", 1200, "f"), "skipped"),
        Link("w" * 50, "e" * 50, at(5), "raised", "errback", SHALLOW, bad("K" * 60), step=12346,
             late=True, waits_for=1000),
    ),
)  # fmt: skip
ALL = [History((c,)) for c in (CROSSING, PAUSED, RAN, GATHERED, LONG, WIDE)]
ALL += [History((WAITED, HANDED)), JOINED]
ALL += [History(), History((CROSSING, PAUSED, RAN, GATHERED, LONG, PAUSED, RAN), left_out=3)]

shown = st.builds(Shown, st.text(max_size=60), st.sampled_from(["value", "failure", "deferred"]))
lines = st.none() | st.builds(Where, st.sampled_from(["/tmp/ipykernel_1/1.py", "/a/pier.py"]),
                              st.integers(1, 9999), st.just("f"))  # fmt: skip
names = st.sampled_from(["", "tell", "lambda, line 3", "await fetch()"]) | st.text(max_size=40)
outcomes = st.sampled_from(["pending", "skipped", "returned", "raised", "recovered", "waits"])
links = st.builds(
    Link, names, names, lines, outcomes, st.sampled_from([None, "callback", "errback"]),
    st.none() | shown, st.none() | shown, st.none() | st.integers(1, 9), st.booleans(),
    st.integers(0, 10**5),
)  # fmt: skip
hows = st.sampled_from(["callback", "errback", "cancel", "timeout", "end of coroutine"])
fires = st.builds(
    Fired, hows, shown, lines, st.text(max_size=30), st.text(max_size=9), st.integers(0, 99)
)
sorts = st.sampled_from(["Deferred", "DeferredList", "race", "coroutine", "inlineCallbacks"])
states = st.sampled_from(["waiting", "paused", "fired", "failed", "lost"])
chains = st.builds(
    Chain, st.integers(1, 9), st.text(max_size=20), sorts, lines,
    st.lists(links, max_size=5).map(tuple), st.none() | fires, st.none() | shown, states,
    st.lists(st.integers(1, 9), max_size=4).map(tuple),
)  # fmt: skip
histories = st.builds(History, st.lists(chains, max_size=4).map(tuple), st.integers(0, 3))


def stays_on_its_card(history: History) -> None:
    """Well formed, the same twice, described, small; nothing beside the card or on another."""
    seen = picture(history)
    root = ElementTree.fromstring(seen.svg)
    assert root.find(f"{SVG}title") is not None and root.find(f"{SVG}desc") is not None
    height = float(root.get("height", 0))
    for left, top, right, bottom in boxes_of(root) + texts_of(root):
        assert left >= 0 and top >= 0 and right <= palette.WIDTH and bottom <= height
    assert apart(boxes_of(root))
    assert picture(history) == seen
    assert len(html(seen)) < 100_000


@pytest.mark.parametrize("history", ALL, ids=str)
def test_every_history_stays_on_its_card(history: History) -> None:
    """No word is cut off, no box and no word lies on another."""
    stays_on_its_card(history)
    assert apart(texts_of(ElementTree.fromstring(picture(history).svg)))


@settings(max_examples=50, deadline=None)
@given(histories)
def test_any_history_can_be_drawn(history: History) -> None:
    """Also one that a tracer would never give."""
    stays_on_its_card(history)
    assert picture(history).text.replace("\n", "").isprintable()


def test_the_text_is_the_same_table_in_words() -> None:
    """Both rails are columns; each link says what it did."""
    assert picture(CROSSING).text.splitlines() == [
        "chain 1 · Deferred, made in line 2",
        "  fired by your code, line 9: callback(b'1.10')",
        "  step  callback           errback",
        "  1     ↓                  ·                b'1.10'",
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


def test_what_is_not_drawn_is_counted_and_named() -> None:
    """Of many chains the first six with links are shown."""
    many = History(tuple(evolve(PAUSED, number=n) for n in range(1, 9)), left_out=3)
    for twin in (picture(many).text, words_of(picture(many))):
        assert "and 2 more chains: 7, 8, and 3 beyond what is recorded" in twin
    assert picture(History()).text == "no Deferred was seen"


def test_parts_without_links_of_their_own_stand_with_their_whole() -> None:
    """What Twisted adds to a part to hear of it is the line that joins them."""
    seen = picture(JOINED)
    assert seen.text.splitlines() == [
        "chain 3 · DeferredList, made in line 4",
        "  part  chain 1 · Deferred, fired by your code, line 5: callback(1) (step 1)",
        "  part  chain 2 · Deferred, fired by your code, line 6: errback(ValueError: too shallow)"
        " (step 2)",
        "  part  and 1 more part",
        "  not fired yet: it waits for its parts",
        "  = holds nothing yet",
    ]
    assert "one part done" not in words_of(seen) and "ValueError: too shallow" in words_of(seen)


@pytest.mark.parametrize("twin", ["text", "drawing"])
def test_a_result_that_another_took_says_which(twin: str) -> None:
    """The inner chain is empty afterwards, and the outer one says whom it waited for."""
    seen = picture(History((WAITED, HANDED)))
    words = seen.text if twin == "text" else words_of(seen)
    assert "waited for chain 2" in words and "its result went to chain 1" in words


@pytest.mark.parametrize("twin", ["text", "drawing"])
@pytest.mark.parametrize(
    ("fire", "words"),
    [
        (None, "not fired yet"),
        (Fired("callback", Shown("5"), at(9)), "fired by your code, line 9: callback(5)"),
        (Fired("callback", Shown("5"), None, "a timer"), "fired by a timer: callback(5)"),
        (Fired("cancel", bad("CancelledError"), at(9)), "cancelled by your code, line 9"),
        (Fired("timeout", bad("CancelledError"), None, "a timer"), "timed out, by a timer"),
        (Fired("callback", Shown("5"), None, "Twisted", "another"),
         "fired by Twisted, another thread: callback(5)"),
    ],
)  # fmt: skip
def test_who_fired_it_is_told(twin: str, fire: Fired | None, words: str) -> None:
    """The question that a newcomer cannot answer."""
    seen = picture(Chain(1, fired=fire, links=(Link("tell", "", at(2)),)))
    assert words in (seen.text if twin == "text" else words_of(seen))


@pytest.mark.parametrize("twin", ["text", "drawing"])
def test_each_link_says_in_a_word_what_it_did(twin: str) -> None:
    """Words before colour."""
    late = Link("tell", "", at(9), "returned", "callback", Shown("1"), Shown("1"), late=True)
    passed = Link("", "look", at(9), "raised", "errback", SHALLOW, SHALLOW)
    seen = picture(History((CROSSING, PAUSED, Chain(3, links=(late, passed)))))
    words = seen.text if twin == "text" else words_of(seen)
    for word in ("skipped", "raised", "recovered", "waits", "added late, ran at once", "passed on"):
        assert word in words


def test_the_way_crosses_where_a_callback_raised_and_where_an_errback_recovered() -> None:
    """Two bends: to the errback rail in the colour of alarm, and back."""
    root = ElementTree.fromstring(picture(CROSSING).svg)
    bends = [t.get("stroke") for t in root.iter(f"{SVG}path") if " C " in t.get("d", "")]
    assert bends == [palette.ALARM, palette.GOOD]


def test_a_line_of_a_script_is_named_by_its_file_and_one_of_a_cell_is_not() -> None:
    """A stored picture must not change when a cell is put in above it."""
    link = Link("tell", "", Where("/home/me/pier.py", 7, "f"))
    assert "tell (pier.py, line 7)" in picture(Chain(1, made=at(4), links=(link,))).text
    assert "ipykernel" not in picture(CROSSING).svg


def test_steps_are_counted_over_what_is_drawn_and_skipped_links_have_none() -> None:
    """A tracer counts over everything that it sees."""
    far_links = (evolve(PAUSED.links[0], step=800), evolve(CROSSING.links[1], step=750))
    far = evolve(PAUSED, fired=evolve(PAUSED.fired, step=700), links=far_links)
    steps = [line.split()[0] for line in picture(far).text.splitlines()[3:5]]
    assert steps == ["1", "2"]
