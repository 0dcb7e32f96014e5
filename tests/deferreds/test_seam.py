"""Twisted's private shapes, as the tracer knows them: a change there is loud here."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from twisted.internet import defer
from twisted.internet.defer import Deferred

from labkit.deferreds import _seam
from labkit.deferreds._hooks import HOOKS
from labkit.errors import LabError


def test_every_method_of_this_twisted_takes_the_recorder_s_lines() -> None:
    """Each place is found, in each method."""
    made = _seam.recording(HOOKS)
    assert set(made) == {*_seam.METHODS, "__await__"}


@pytest.mark.parametrize("name", _seam.METHODS)
def test_a_recording_method_looks_like_twisted_s(name: str) -> None:
    """File, lines, name, signature and defaults: what tracebacks and help show."""
    theirs, ours = vars(Deferred)[name], _seam.recording(HOOKS)[name]
    assert inspect.signature(ours) == inspect.signature(theirs)
    code, same = ours.__code__, theirs.__code__
    assert (code.co_filename, code.co_qualname, code.co_firstlineno) == (
        same.co_filename,
        same.co_qualname,
        same.co_firstlineno,
    )
    lines = {line for _, _, line in same.co_lines()}
    assert {line for _, _, line in code.co_lines()} <= lines | {None}
    assert ours.__doc__ == theirs.__doc__


def test_another_shape_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Twisted whose lines are others is no crash somewhere deep."""

    def cancel(self: Any) -> None:
        """A Deferred.cancel of some other release."""

    monkeypatch.setattr(Deferred, "cancel", cancel)
    with pytest.raises(LabError, match=r"another Deferred\.cancel .* Install"):
        _seam.recording(HOOKS)


def test_the_callback_list_is_pairs_that_may_carry_a_third() -> None:
    """Twisted reads the first two by their index."""
    d: Deferred[int] = Deferred()
    d.addCallback(int)
    (item,) = _seam.items(d)
    assert item == ((int, (), {}), (defer._failthru, (), {}))
    _seam.items(d)[0] = (*item, "a link")
    d.callback(4)
    assert d.result == 4  # type: ignore[attr-defined]


def test_a_waiting_deferred_knows_for_whom_and_is_known_there() -> None:
    """What trace follows in both directions."""
    inner: Deferred[int] = Deferred()
    outer: Deferred[int] = Deferred()
    outer.addCallback(lambda _: inner)
    outer.callback(1)
    assert _seam.waits_on(outer) is inner
    assert _seam.continues(_seam.items(inner)[0]) is outer
    assert not _seam.gives_at_once(outer)


def test_parts_and_awaits_are_found_in_twisted_s_closures() -> None:
    """race's own list, and the status of a coroutine."""
    one: Deferred[int] = Deferred()
    assert _seam.parts_of_race(defer.race([one])) == [one]
    assert _seam.parts_of(defer.DeferredList([one])) == [one]

    async def waits() -> None:
        await one

    d = Deferred.fromCoroutine(waits())
    assert _seam.awaited_by_coroutine(d) is one
    one.callback(1)
