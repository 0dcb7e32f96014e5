"""The law of every protocol on a stream: how bytes are cut into pieces changes no answer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from attrs import frozen
from hypothesis import given
from twisted.internet.testing import StringTransport

from labkit.protocols import ChatFactory, Echo, LineLengths, LineSplitter, QuoteFactory, Visitor


@frozen
class Subject:
    """Something to feed: `feed` makes it, and gives a receiver and a look at its answer."""

    name: str
    feed: Callable[[], tuple[Callable[[bytes], Any], Callable[[], bytes]]]
    said: bytes
    answered: bytes


def shell(make: Callable[[], Any]) -> Callable[[], Any]:
    """A Twisted protocol on a string transport."""

    def feed() -> tuple[Callable[[bytes], Any], Callable[[], bytes]]:
        protocol, transport = make(), StringTransport()
        protocol.makeConnection(transport)
        return protocol.dataReceived, transport.value

    return feed


def core(make: Callable[[], Any], word: Callable[[Any], bytes]) -> Callable[[], Any]:
    """A core without a network: what its receive returns, put into bytes by `word`."""

    def feed() -> tuple[Callable[[bytes], Any], Callable[[], bytes]]:
        subject, out = make(), bytearray()

        def receive(data: bytes) -> None:
            for value in subject.receive(data):
                out.extend(word(value) + b"|")

        return receive, lambda: bytes(out)

    return feed


SUBJECTS = [
    Subject("Echo", shell(Echo), b"sea\r\n\0\xff", b"sea\r\n\0\xff"),
    Subject("LineLengths", shell(LineLengths), b"sea\nb\ry\r\n\r\n\xc3\xab", b"3\r\n3\r\n0\r\n"),
    Subject(
        "QuoteServer",
        shell(lambda: QuoteFactory().buildProtocol(None)),
        b"one\r\ntwo\nthree\r\nfo",
        b"(empty)\r\none\r\ntwo\r\n",
    ),
    Subject(
        "Chat",
        shell(lambda: ChatFactory().buildProtocol(None)),
        b"ada\r\nhello\r\n",
        b"nick?\r\nhi ada\r\n",
    ),
    Subject("LineSplitter", core(LineSplitter, bytes), b"a\r\n\nb\rc\nd", b"a||b\rc|"),
    Subject(
        "Visitor",
        core(lambda: Visitor({b"bo"}), lambda effect: effect.line),
        b"bo\r\nada\r\nhello\r\n",
        b"taken|hi ada|* ada joined|<ada> hello|",
    ),
]
subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: s.name)


def answers(subject: Subject, pieces: list[bytes]) -> bytes:
    receive, look = subject.feed()
    for piece in pieces:
        receive(piece)
    return look()


@subjects
def test_answers_as_stated_when_all_comes_in_one_piece(subject: Subject) -> None:
    """The law would hold for a protocol that never answers, so the answer itself is stated."""
    assert answers(subject, [subject.said]) == subject.answered


@subjects
def test_answers_the_same_one_byte_at_a_time(subject: Subject) -> None:
    """One piece a byte."""
    assert answers(subject, [bytes([b]) for b in subject.said]) == subject.answered


@subjects
@given(data=st.data())
def test_answers_the_same_for_any_cuts(subject: Subject, data: st.DataObject) -> None:
    """Any schedule of pieces."""
    cuts = data.draw(st.sets(st.integers(1, len(subject.said) - 1)))
    borders = [0, *sorted(cuts), len(subject.said)]
    pieces = [subject.said[a:b] for a, b in pairwise(borders)]
    assert answers(subject, pieces) == subject.answered
