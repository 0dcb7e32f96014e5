"""labkit.protocols.web.tower: who listens hears it at once, and who leaves is forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.protocols.web import EventStream, Lookout, NextSighting, Sighting, encode_event
from labkit.protocols.web.tower import Listening


def test_an_event_has_a_number_and_a_field_for_each_line() -> None:
    """Any line's end of the text, none of the three is a field's own."""
    assert encode_event(Sighting(7, "a\r\nb\rc\n")) == (
        b"id: 7\ndata: a\ndata: b\ndata: c\ndata: \n\n"
    )


def test_a_text_cannot_make_an_event_of_its_own() -> None:
    """An empty line within is data."""
    assert encode_event(Sighting(1, "a\n\nid: 9")).count(b"\n\n") == 1


def test_the_lookout_keeps_the_last() -> None:
    """Numbers go on; what was long ago is gone."""
    lookout = Lookout(keep=2)
    for text in "abc":
        lookout.see(text)
    assert lookout.after(0) == [Sighting(2, "b"), Sighting(3, "c")]
    assert lookout.after(2) == [Sighting(3, "c")]


def test_a_sighting_is_told_while_the_answer_goes_on(web: Any) -> None:
    """The head at once, each event when it happens, to all who listen."""
    lookout = Lookout()
    web.serve(EventStream(lookout))
    early = web.begin("GET", "/")
    assert b"text/event-stream" in web.heard()
    lookout.see("a sail")
    web.begin("GET", "/")
    lookout.see("a whale")
    for talk, events in zip(web.server.wire, (2, 1), strict=True):
        assert talk.said("server").count(b"id: ") == events
    early.reset()
    assert len(lookout.listeners) == 1


def test_who_comes_back_hears_what_was_missed(web: Any) -> None:
    """The browser says the last number itself; nonsense is none."""
    lookout = Lookout()
    web.serve(EventStream(lookout))
    for text in "abc":
        lookout.see(text)
    web.begin("GET", "/", Last_Event_ID="1")
    assert web.heard().count(b"id: ") == 2
    web.begin("GET", "/", Last_Event_ID="x")
    assert web.heard().count(b"id: ") == 0


def test_a_listener_that_is_full_misses_nothing_that_is_kept(web: Any) -> None:
    """While the transport is full nothing is written; later it is caught up."""
    lookout = Lookout(keep=2)
    web.serve(EventStream(lookout))
    web.begin("GET", "/")
    (listening,) = (told.__self__ for told in lookout.listeners)  # type: ignore[attr-defined]
    assert isinstance(listening, Listening)
    listening.pauseProducing()
    for text in "abc":
        lookout.see(text)
    assert b"id: " not in web.heard()
    listening.resumeProducing()
    assert web.heard().count(b"id: ") == 2


def test_a_stream_shows_that_it_still_stands(web: Any) -> None:
    """A comment every fifteen seconds; none after the client has gone (the fixture looks)."""
    web.serve(EventStream(Lookout()))
    client = web.begin("GET", "/")
    web.lab.advance(31)
    assert web.heard().count(b"\r\n:\n\n") == 2
    client.reset()


def test_a_long_poll_answers_when_there_is_something(web: Any) -> None:
    """It waits, and is answered with all that came after its number."""
    lookout = Lookout()
    web.serve(NextSighting(lookout))
    web.begin("GET", "/")
    assert web.heard() == b""
    lookout.see("a sail")
    assert json.loads(web.answer().body) == [{"id": 1, "text": "a sail"}]
    assert json.loads(web.ask("GET", "/?after=0").body) == [{"id": 1, "text": "a sail"}]
    assert lookout.listeners == []


def test_a_long_poll_is_patient_for_so_long(web: Any) -> None:
    """204 after its time, and nobody waits any more."""
    lookout = Lookout()
    web.serve(NextSighting(lookout, patience=25))
    web.begin("GET", "/?after=0")
    web.lab.advance(24.9)
    assert web.heard() == b""
    web.lab.advance(0.2)
    assert web.answer().status == 204
    assert lookout.listeners == []
    lookout.see("too late")


def test_a_long_poll_whose_client_left_is_over(web: Any) -> None:
    """Nothing is written to nobody, and no time-out is left (the fixture looks)."""
    lookout = Lookout()
    web.serve(NextSighting(lookout))
    web.begin("GET", "/").reset()
    assert lookout.listeners == []
    lookout.see("a sail")


@pytest.mark.parametrize("kind", [EventStream, NextSighting])
def test_the_head_alone_is_answered_at_once(web: Any, kind: Any) -> None:
    """HEAD listens to nothing, and announces no length."""
    lookout = Lookout()
    web.serve(kind(lookout))
    answer = web.ask("HEAD", "/")
    assert answer.status == 200
    assert answer.headers["Content-Length"] is None
    assert lookout.listeners == []
