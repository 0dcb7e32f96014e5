"""The siege itself: what is wrong with a server is found, named, and shown by little."""

from __future__ import annotations

import tempfile
from random import Random
from typing import Any

import pytest
from twisted.web.resource import Resource

from labkit.bench import drain_failures, reactor, serve, wait
from labkit.protocols.web import welcome

from .explained import TWISTED
from .junk import Attempt, attempt
from .siege import Broken, Gate, besiege, smallest

GOOD = b"GET / HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n"


class Page(Resource):
    """A right page, from which the wrong ones are made."""

    isLeaf = True

    def render_GET(self, request: Any) -> Any:
        return welcome()

    def render_POST(self, request: Any) -> Any:
        return welcome()


class Raises(Page):
    """Takes each request to have a Range of two numbers."""

    def render_GET(self, request: Any) -> Any:
        for said in request.requestHeaders.getRawHeaders(b"Range", []):
            said.split(b"-")[2]
        return welcome()


class Forgets(Page):
    """Leaves a call behind when a method is unknown to it."""

    def render(self, request: Any) -> Any:
        if request.method not in (b"GET", b"HEAD"):
            reactor.callLater(60, welcome)
        return welcome()


class Keeps(Page):
    """Opens a file for each query, and keeps it."""

    kept: list[Any] = []  # noqa: RUF012

    def render_GET(self, request: Any) -> Any:
        if request.args:
            self.kept.append(tempfile.TemporaryFile())  # noqa: SIM115
        return welcome()


class Dies(Page):
    """After a POST it answers nobody rightly any more."""

    dead = False

    def render_POST(self, request: Any) -> Any:
        self.dead = True
        return b""

    def render_GET(self, request: Any) -> Any:
        return b"" if self.dead else welcome()


class Silent(Page):
    """Returns what is no answer; twisted.web's page for that is logged nowhere."""

    def render_POST(self, request: Any) -> Any:
        return None


def gate_of(page: Page) -> Gate:
    return Gate(serve(page, name=type(page).__name__), GOOD, welcome(), TWISTED)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Raises, "IndexError"),
        (Forgets, "left waiting: Counter"),
        (Keeps, "left open"),
        (Dies, "a good request got"),
        (Silent, "no bytes were returned"),
    ],
)
def test_each_kind_of_damage_is_found(clean: None, page: Any, words: str) -> None:
    """With the seed, and an input that a person can read."""
    with pytest.raises(Broken, match="seed 7") as found:
        besiege(gate_of(page()), 7, 50_000, 300)
    said = str(found.value)
    assert words in said
    assert said.count("bytes)") <= 16
    while Keeps.kept:
        Keeps.kept.pop().close()
    drain_failures()
    wait(forget)


def forget() -> None:
    """Cancel what Forgets has left."""
    for call in reactor.getDelayedCalls():
        if call.func is welcome:
            call.cancel()


def test_the_input_shown_is_small(clean: None) -> None:
    """Nothing but what it takes: the line, the header that is at fault, the end."""
    with pytest.raises(Broken) as found:
        besiege(gate_of(Raises()), 7, 50_000, 300)
    shown = str(found.value).splitlines()[-1]
    assert "Range:" in shown
    assert int(shown.rsplit("(", 1)[1].split()[0]) < 120
    drain_failures()


def test_a_right_page_stands(clean: None) -> None:
    """And the same page without the fault is found without fault."""
    sent, seen = besiege(gate_of(Page()), 7, 50_000, 300)
    assert sent >= 50_000
    assert all("ontent-" in reason for reason in seen)


def test_a_seed_says_all() -> None:
    """The same seed makes the same attempts, another makes others; there is no empty piece."""
    one, same, other = ([attempt(random) for _ in range(200)] for random in map(Random, (1, 1, 2)))
    assert one == same != other
    assert all(all(a.pieces) and a.pieces for a in one)
    assert {a.ending for a in one} == {"half", "leave", "reset"}


def test_the_smallest_is_found_by_leaving_out() -> None:
    """One attempt of many, in one piece, without what does not matter."""
    many = [Attempt((b"fog " * 50,), "half"), Attempt((b"fog", b" and a sa", b"il " * 90), "leave")]
    few = smallest(lambda those: any(b"sail" in b"".join(a.pieces) for a in those), many)
    assert few == [Attempt((b"sail",), "leave")]


def test_what_takes_several_is_left_as_it_is() -> None:
    """No single one breaks it."""
    both = [Attempt((b"a",), "half"), Attempt((b"b",), "half")]
    assert smallest(lambda those: len(those) == 2, both) == both
