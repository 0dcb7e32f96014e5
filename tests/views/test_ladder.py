"""The ladder, both twins: everything that happened is on it, in order, and it stays small."""

from __future__ import annotations

from time import perf_counter
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from labkit.views import html, picture
from labkit.wire import Closed, Conversation, HalfClosed, LeftOut, Opened, Said, View, Wire

from .values import SVG, echo, talk, talks, wires, words_of


@settings(max_examples=60)
@given(wires)
def test_any_wire_is_well_formed_and_keeps_its_width(wire: Wire) -> None:
    """Whatever a reader named or sent, the drawing parses, and the text stays in 79 columns."""
    for seen in (picture(wire), picture(View(wire, "timed"))):
        root = ElementTree.fromstring(seen.svg)
        assert root.find(f"{SVG}title") is not None
        assert root.find(f"{SVG}desc") is not None
        assert max(map(len, seen.text.split("\n"))) <= 79
        assert seen.text.replace("\n", "").isprintable()


@settings(max_examples=30)
@given(wires)
def test_the_same_wire_gives_the_same_bytes(wire: Wire) -> None:
    """No random ids, no clock."""
    assert picture(wire) == picture(wire)
    assert html(picture(wire)) == html(picture(wire))


@given(talks())
def test_all_bytes_are_counted_shown_or_not(conversation: Conversation) -> None:
    """The sums at the foot are those of all events."""
    sizes = {"client": 0, "server": 0}
    for event in conversation.events:
        if isinstance(event, Said):
            sizes[event.who] += event.size
        elif isinstance(event, LeftOut):
            sizes["client"] += event.client_bytes
            sizes["server"] += event.server_bytes
    seen = picture(conversation)
    for who, size in sizes.items():
        start = "client → server" if who == "client" else "server → client"
        for twin in (seen.text, words_of(seen)):
            foot = [line for line in twin.split("\n") if line.strip().startswith(start)][-1]
            assert (f"{size:,} byte" if size else "nothing") in foot


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Said(0, "client", b"\x00\r\n<&>"), r"b'\x00\r\n<&>'"),
        (Said(0, "server", b"it's"), 'b"it\'s"'),
        (Said(0, "server", b"x", left_out=999), "999 bytes"),
        (LeftOut(0, 1234, 5, 6), "1,234 pieces left out"),
        (HalfClosed(0, "client"), "sends no more, still reads"),
        (HalfClosed(0, "server"), "half-close"),
        (Closed(0, "client", "closed"), "closes"),
        (Closed(0, "server", "closed"), "FIN"),
        (Closed(0, None, "closed"), "the network closes the connection"),
        (Closed(0, "client", "reset"), "resets"),
        (Closed(0, None, "reset", "TLS: alert"), "TLS: alert"),
        (Closed(0, "server", "reset"), "RST"),
        (Closed(0, "server", "crashed", "ValueError: no"), "ValueError: no"),
        (Closed(0, "server", "crashed"), "crashes"),
        (Closed(0, None, "stopped"), "stopped by the lab"),
        (Opened(0), "connects"),
    ],
)
def test_every_kind_of_event_is_in_both_twins(event: object, words: str) -> None:
    """Nothing that was taped is silently missing from either."""
    conversation = talk(event)  # type: ignore[arg-type]
    seen = picture(conversation)
    assert words in seen.text
    assert words in words_of(seen)


def test_shapes_tell_the_endings_apart() -> None:
    """Closed, reset, crashed, stopped, half-closed and open differ in more than their words."""
    events = [
        *(Closed(0, "server", how) for how in ("closed", "reset", "crashed", "stopped")),
        HalfClosed(0, "server"),
    ]
    shapes = set()
    for event in events:
        root = ElementTree.fromstring(picture(talk(event)).svg)
        shapes.add(tuple((e.tag, e.get("d")) for e in root.iter() if e.tag != f"{SVG}text"))
    assert len(shapes) == len(events)


def test_pieces_are_numbered_for_each_side() -> None:
    """The client's second piece is 2, whatever the server said in between."""
    pieces = [Said(0, who, b"x") for who in ("client", "server", "client", "server", "server")]
    lines = picture(talk(*pieces)).text.split("\n")
    assert [line.split()[0] for line in lines if "▶|" in line and "b'" in line] == ["1", "2"]
    assert [line.split()[-1] for line in lines if "|◀" in line] == ["1", "2", "3"]


def test_a_long_talk_shows_its_ends_and_counts_its_middle() -> None:
    """Twelve rows, what is left out by side, and six rows."""
    pieces = [Said(i, "server" if i % 2 else "client", b"12345") for i in range(1000)]
    seen = picture(talk(*pieces, Closed(9, "client", "closed")))
    for twin in (seen.text, words_of(seen)):
        assert "984 pieces left out" in twin
        assert "492 from the client (2,460 bytes)" in twin
        assert "492 from the server (2,460 bytes)" in twin
        assert "500 pieces, 2,500 bytes" in twin
    assert seen.text.count("b'12345'") == 16


def test_a_half_close_in_the_middle_of_a_long_talk_is_kept() -> None:
    """Only pieces are left out: what changes the connection is shown."""
    pieces = [Said(0, "client", b"x")] * 50
    seen = picture(talk(*pieces, HalfClosed(0, "server"), *pieces))
    assert "half-close" in seen.text
    assert seen.text.count("pieces left out") == 2


def test_a_hundred_thousand_pieces_make_a_small_picture() -> None:
    """Under 300 KB as it is stored, with the numbers of the last pieces still right."""
    pieces = [Said(i, "server" if i % 2 else "client", b"piece %d" % i) for i in range(100_000)]
    start = perf_counter()
    seen = picture(Wire("flood", (talk(*pieces),)))
    assert len(html(seen)) < 300_000
    assert "50000" in seen.text
    assert perf_counter() - start < 30  # a bound on the order of growth, not a measurement


def test_sends_that_were_joined_and_split_are_said() -> None:
    """TCP keeps order, not borders: the ladder shows where they went."""
    joined = picture(talk(Said(0, "client", b"one two three"), sends=(4, 4, 5)))
    split = picture(talk(*[Said(0, "client", b"abc")] * 4, sends=(12,)))
    for twin in (joined.text, words_of(joined)):
        assert "3 sends joined in 1 piece" in twin
    for twin in (split.text, words_of(split)):
        assert "1 send split in 4 pieces" in twin
        assert "the borders between sends are not" in twin
    assert "borders" not in picture(echo).text


def test_tls_is_named_and_explained() -> None:
    """What is shown under TLS is the plain text, and the picture says so."""
    seen = picture(talk(layers=("tcp", "tls")))
    assert "inside TLS" in seen.text
    assert "inside TLS" in words_of(seen)
    assert "encrypted" in seen.text
    assert "UNIX socket" in picture(talk(layers=("unix",))).text
    assert "in memory" in picture(talk(layers=("memory",))).text


def test_times_are_shown_only_when_asked_for() -> None:
    """The same run gives the same bytes; the timed view is the one that may differ."""
    late = Conversation(1, events=(Opened(0), Said(7.5, "client", b"hello")))
    early = Conversation(1, events=(Opened(0), Said(1.25, "client", b"hello")))
    assert picture(late) == picture(early)
    assert "7,500.0" in picture(View(Wire("echo", (late,)), "timed")).text
    assert "1,250.0" in words_of(picture(View(Wire("echo", (early,)), "timed")))


def test_only_the_newest_conversations_are_drawn_and_the_rest_counted() -> None:
    """Six are shown."""
    conversations = tuple(Conversation(n) for n in range(1, 11))
    seen = picture(Wire("echo", conversations, forgotten=5))
    assert "9 earlier connections left out" in seen.text
    assert "9 earlier connections left out" in words_of(seen)
    assert "connection 4 " not in seen.text
    assert "connection 5 " in seen.text


def test_no_connection_yet_is_said() -> None:
    """An empty wire is a card, not an error."""
    seen = picture(Wire("echo"))
    assert "no connection yet" in seen.text
    assert "no connection yet" in words_of(seen)


def test_ids_of_two_drawings_do_not_meet() -> None:
    """A page may hold many of them."""
    ids = [
        {e.get("id") for e in ElementTree.fromstring(picture(value).svg).iter() if e.get("id")}
        for value in (Wire("echo", (echo,)), Wire("shout", (echo,)))
    ]
    assert ids[0]
    assert not ids[0] & ids[1]
