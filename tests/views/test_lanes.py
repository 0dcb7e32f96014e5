"""Lanes drawn: the same in the picture and in its text twin."""

from __future__ import annotations

from labkit.views import picture
from labkit.wire import Lanes, Note

TOLD = (
    Note("asks", group="events"),
    Note("hears", "reactor", "events"),
    Note("answers", "reactor", "events"),
    Note("waits", group="events"),
)


def test_the_text_twin_has_the_steps_and_the_lanes() -> None:
    """A line for each step, the lane's notes beside and below it."""
    assert picture(Lanes(TOLD)).text.splitlines() == [
        "       events",
        "       reactor",
        "asks   hears",
        "       answers",
        "waits",
    ]


def test_the_drawing_shows_every_note() -> None:
    """Words of steps, lanes, groups and notes are all in the SVG."""
    drawn = picture(Lanes(TOLD)).svg
    assert all(f">{word}<" in drawn for word in ("asks", "waits", "hears", "answers", "reactor"))


def test_no_notes_are_a_picture_too() -> None:
    """A reader may look before anything happened."""
    assert picture(Lanes(())).svg.startswith("<svg")


def test_the_same_notes_are_the_same_bytes() -> None:
    """A rerun changes nothing in a stored notebook."""
    assert picture(Lanes(TOLD)).svg == picture(Lanes(list(TOLD))).svg


def test_markup_in_a_note_stays_text() -> None:
    """What a protocol heard may look like a tag."""
    assert "<b>" not in picture(Lanes([Note("<b>", "reactor")])).svg


def test_lanes_without_a_caller_begin_at_the_left() -> None:
    """Where nobody's steps are told, no column is kept free for them, and lanes are wider."""
    told = [Note("asks", "the cell"), Note("answers, at some length, the first time", "reactor")]
    alone, beside = picture(Lanes(told)).svg, picture(Lanes([Note("waits"), *told])).svg
    assert '<rect x="20"' in alone
    assert '<rect x="20"' not in beside
    assert ">answers, at some length, the first time<" in alone
    assert ">answers, at some length, the first time<" not in beside
