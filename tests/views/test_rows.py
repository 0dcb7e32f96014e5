"""What a ladder shows, row by row: counts that hold, borders that are right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labkit.views._rows import Gap, Mark, Piece, story
from labkit.wire import Closed, Conversation, LeftOut, Said

from .values import talk, talks


@given(talks(), st.integers(1, 8), st.integers(1, 8))
def test_every_piece_is_shown_or_counted(conversation: Conversation, head: int, tail: int) -> None:
    """However it is cut."""
    rows = story(conversation, head, tail).rows
    shown = sum(row.pieces if isinstance(row, Gap) else isinstance(row, Piece) for row in rows)
    happened = conversation.events
    pieces = sum(e.pieces if isinstance(e, LeftOut) else isinstance(e, Said) for e in happened)
    assert shown == pieces


@given(st.lists(st.integers(1, 6), min_size=1), st.lists(st.integers(1, 6), min_size=1))
def test_groups_begin_and_end_with_both_a_send_and_a_piece(
    sends: list[int], sizes: list[int]
) -> None:
    """Cut up and glued together at will, each group holds as many bytes as its sends."""
    total = sum(sizes)
    sends = [*sends, max(total - sum(sends), 1)]
    told = story(talk(*(Said(0, "client", b"x" * n) for n in sizes), sends=tuple(sends)), 999, 9)
    groups = [row.group for row in told.rows if isinstance(row, Piece) and row.leads and row.group]
    assert sum(group.pieces for group in groups) == len(sizes)
    done = came = 0
    for place, group in enumerate(groups):
        done, came = done + group.sends, came + group.pieces
        if place < len(groups) - 1:
            assert sum(sends[:done]) == sum(sizes[:came])
        else:
            assert sum(sends[:done]) >= total


def test_bytes_that_were_sent_and_never_read_are_told() -> None:
    """The server closed before it had read all: that is where they went."""
    events = (Said(0, "client", b"abc"), Closed(0, "server", "closed"))
    rows = story(talk(*events, sends=(10,))).rows
    assert [r.words for r in rows if isinstance(r, Mark)][1] == "sent 7 more bytes, never read"
    rows = story(talk(*events[:1], sends=(10,))).rows
    assert [r.words for r in rows if isinstance(r, Mark)][1] == "sent 7 more bytes, not read yet"


def test_unknown_sends_say_nothing_about_borders() -> None:
    """When some of the client's bytes came from no send that is known, no guess is made."""
    told = story(talk(Said(0, "client", b"abcdef"), sends=(3,)))
    assert not told.moved
    assert not told.sends


def test_numbers_stop_where_the_tape_did_not_count() -> None:
    """After a gap in which both sides spoke, no number is made up."""
    said = Said(0, "client", b"x")
    numbers = [
        row.number
        for row in story(talk(said, LeftOut(0, 10, 5, 5), said)).rows
        if isinstance(row, Piece)
    ]
    assert numbers == [1, None]
    rows = story(talk(said, LeftOut(0, 10, 10, 0), said)).rows
    assert [row.number for row in rows if isinstance(row, Piece)] == [1, 12]


def test_leaving_out_one_row_is_not_worth_a_row() -> None:
    """Nineteen events are shown whole; of twenty, the middle goes."""
    said = Said(0, "client", b"x")
    assert not any(isinstance(row, Gap) for row in story(talk(*[said] * 18)).rows)
    gaps = [row for row in story(talk(*[said] * 19)).rows if isinstance(row, Gap)]
    assert [gap.pieces for gap in gaps] == [2]
