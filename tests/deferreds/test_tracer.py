"""trace and tracing: what is recorded, and what the reader's code never notices."""

from __future__ import annotations

import functools
import gc
import threading
import traceback
import warnings
import weakref
from contextlib import ExitStack, suppress
from time import perf_counter
from typing import Any

import pytest
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    DeferredSemaphore,
    fail,
    gatherResults,
    inlineCallbacks,
    maybeDeferred,
    race,
    succeed,
)
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from labkit import trace, tracing
from labkit.deferreds import Chain, History, Link, Shown
from labkit.deferreds._record import Record
from labkit.errors import LabError
from labkit.notebook import _losses

_PLAIN = Deferred.errback


@pytest.fixture(params=["plain", "kernel"], autouse=True)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script, and a kernel, in which errback remembers the reader's line."""
    monkeypatch.setattr(Deferred, "errback", _PLAIN)
    monkeypatch.setattr(_losses, "_installed", [])
    if request.param == "kernel":
        _losses.remember_lines()
        assert Deferred.errback is not _PLAIN


def more(value: int) -> int:
    return value + 1


def refuse(value: object) -> None:
    raise ValueError("no")


def mend(failure: Failure) -> int:
    return 7


def line_of(text: str) -> int:
    """The number of the line of this file that has the mark in a comment."""
    with open(__file__) as file:
        return next(n for n, line in enumerate(file, 1) if line.rstrip().endswith(f"# {text}"))


def outcomes(chain: Chain) -> list[str]:
    return [link.outcome for link in chain.links]


def text(link: Link) -> tuple[str, str]:
    assert link.came is not None and link.went is not None
    return link.came.text, link.went.text


# --- one chain


def test_each_link_tells_its_function_its_line_and_its_values() -> None:
    """Raised, skipped, recovered, returned: both rails, in the order in which they ran."""
    with tracing() as seen:
        d: Deferred[int] = Deferred()  # made
        d.addCallback(refuse)  # added
        d.addCallback(more)
        d.addErrback(mend)
        d.addBoth(more)
        d.callback(1)  # fired
    (chain,) = seen.history
    assert outcomes(chain) == ["raised", "skipped", "recovered", "returned"]
    assert [(k.callback, k.errback) for k in chain.links] == [
        ("refuse", ""),
        ("more", ""),
        ("", "mend"),
        ("more", "more"),
    ]
    assert [k.ran for k in chain.links] == ["callback", None, "errback", "callback"]
    assert [k.step for k in chain.links] == [2, 3, 4, 5]
    assert text(chain.links[0]) == ("1", "ValueError: no")
    assert text(chain.links[2]) == ("ValueError: no", "7")
    assert chain.made and chain.made.line == line_of("made")
    assert chain.links[0].added and chain.links[0].added.line == line_of("added")
    assert chain.fired and chain.fired.by
    assert (chain.fired.by.line, chain.fired.who, chain.fired.how) == (
        line_of("fired"),
        "your code",
        "callback",
    )
    assert chain.holds and (chain.holds.text, chain.state) == ("8", "fired")


def test_a_callback_added_late_runs_at_once_and_says_so() -> None:
    """The result was there already, and is not lost."""
    with tracing() as seen:
        d = succeed(1)
        d.addCallback(more)
    (chain,) = seen.history
    assert (chain.links[0].late, chain.links[0].outcome) == (True, "returned")
    assert chain.fired and chain.fired.what.text == "1"


def test_a_chain_that_waits_shows_for_whom() -> None:
    """Before the inner one fires, and after it."""
    inner: Deferred[int] = Deferred()
    with tracing() as seen:
        d: Deferred[int] = Deferred()
        d.addCallback(lambda _: inner)
        d.addCallback(more)
        d.callback(0)
        waiting = seen.history
        inner.callback(4)
    assert (waiting[0].state, waiting[0].links[0].outcome) == ("paused", "waits")
    assert waiting[0].links[0].waits_for == 2
    after = seen.history
    assert text(after[0].links[0]) == ("0", "4")
    assert after[0].holds and after[0].holds.text == "5"
    assert (after[1].holds, after[1].state) == (None, "fired")


def test_an_inner_one_that_had_fired_is_met_too() -> None:
    """Its result is taken on the spot, and the link still says from whom."""
    with tracing() as seen:
        d = succeed(0).addCallback(lambda _: succeed(3))
    assert d.result == 3  # type: ignore[attr-defined]
    link = seen.history[0].links[0]
    assert (link.outcome, link.waits_for) == ("returned", 2)


def test_failures_returned_raised_and_given_are_on_the_errback_rail() -> None:
    """A callback may return a Failure, and an errback may hand one on."""
    with tracing() as seen:
        d: Deferred[Any] = Deferred()
        d.addCallback(lambda _: Failure(KeyError("k")))
        d.addErrback(lambda f: f)
        d.addErrback(mend)
        d.callback(None)
    assert outcomes(seen.history[0]) == ["raised", "raised", "recovered"]


def test_a_value_is_shown_as_it_was_then() -> None:
    """A list that a later callback changes is not changed in the picture."""
    with tracing() as seen:
        d: Deferred[list[int]] = Deferred()
        d.addCallback(lambda box: box.append(1) or box)
        d.addCallback(lambda box: box.append(2) or box)
        d.callback([])
    first, second = seen.history[0].links
    assert (text(first), text(second)) == (("[]", "[1]"), ("[1]", "[1, 2]"))


def test_a_callback_that_returns_its_own_deferred() -> None:
    """Drawn as a chain that waits for itself; Twisted's warning is the same as ever."""

    def told(on: bool) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            d: Deferred[Any] = Deferred()
            if on:
                with tracing() as seen:
                    d.addCallback(lambda _: d)
                    d.callback(1)
                assert seen.history[0].links[0].waits_for == 1
            else:
                d.addCallback(lambda _: d)
                d.callback(1)
        return [f"{w.message} {w.filename} {w.category}" for w in caught]

    assert told(True) == told(False) != []


def test_three_thousand_links_run_and_two_hundred_are_kept() -> None:
    """The rest is counted; what the chain holds at the end is right all the same."""
    with tracing() as seen:
        d: Deferred[int] = Deferred()
        for _ in range(3000):
            d.addCallback(more)
        d.callback(0)
    history = seen.history
    assert (len(history[0].links), history.left_out) == (200, 2800)
    assert history[0].holds and history[0].holds.text == "3000"


def test_chains_above_the_bound_are_counted() -> None:
    """Two hundred stay, the first ones."""
    with tracing() as seen:
        kept = [succeed(n) for n in range(250)]
    assert (len(seen.history), seen.history.left_out, len(kept)) == (200, 50, 250)


@pytest.mark.parametrize("block", [False, True])
def test_a_coroutine_without_end_does_not_fill_the_memory(block: bool) -> None:
    """Two hundred awaits are kept, and as many chains; the others are counted and go."""
    clock = Clock()

    async def beat() -> None:
        while True:
            await deferLater(clock, 1)

    with ExitStack() as stack:
        seen = stack.enter_context(tracing()) if block else None
        d = Deferred.fromCoroutine(beat())
        trace(d)
        for _ in range(900):
            clock.advance(1)
    history = seen.history if seen is not None else trace(d)
    assert len(history) == 200 and history.left_out > 600
    assert len(history[0].links) == 200
    gc.collect()
    records = [o for o in gc.get_objects() if isinstance(o, Record)]
    assert len(records) < 500
    d.addErrback(lambda f: None)
    d.cancel()


def test_a_deferred_that_waits_for_a_thousand_others_is_met() -> None:
    """However deep; Python's stack has an end, and trace does not run into it."""
    deep: Deferred[int] = Deferred()
    last = deep
    for _ in range(1000):
        outer = succeed(0)
        outer.addCallback(lambda _, inner=last: inner)
        last = outer
    assert len(trace(last)) > 20
    deep.callback(5)
    assert trace(last)[0].holds == Shown("5")


@pytest.mark.parametrize("result", ["text", ValueError("no"), None])
def test_errback_with_what_is_no_failure(result: Any) -> None:
    """Twisted makes one of it; with nothing, of the exception that is handled now."""
    with tracing() as seen, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        d: Deferred[Any] = Deferred()
        d.addErrback(lambda f: None)
        try:
            raise KeyError("k")
        except KeyError:
            d.errback(result)
    chain = seen.history[0]
    assert chain.fired and chain.fired.what.kind == "failure"
    assert outcomes(chain) == ["recovered"]


def test_a_pause_of_the_reader_s_is_a_pause() -> None:
    """Nothing runs until unpause, and then all."""
    with tracing() as seen:
        d: Deferred[int] = Deferred()
        d.addCallback(more)
        d.pause()
        d.callback(1)
        assert (seen.history[0].state, outcomes(seen.history[0])) == ("paused", ["pending"])
        d.unpause()
    assert seen.history[0].state == "fired"


def test_a_deferred_given_as_a_result_is_shown_as_one() -> None:
    """Twisted hands it to the first callback as it is."""
    inner: Deferred[int] = Deferred()
    with tracing() as seen:
        d: Deferred[Any] = Deferred()
        d.addCallback(lambda given: given is inner)
        d.callback(inner)
    assert seen.history[0].links[0].came == Shown("", "deferred")
    assert seen.history[0].holds == Shown("True")


def test_a_slow_repr_is_asked_once() -> None:
    """And then no more, whatever comes by."""
    asked: list[int] = []

    class Slow:
        def __repr__(self) -> str:
            asked.append(1)
            deadline = perf_counter() + 0.06
            while perf_counter() < deadline:
                pass
            return "slow words"

    with tracing():
        d: Deferred[Any] = Deferred()
        for _ in range(5):
            d.addCallback(lambda thing: thing)
        d.callback(Slow())
    assert len(asked) == 1


# --- who fired it


def test_a_timer_a_cancel_and_a_time_out_are_told_apart() -> None:
    """callLater's function, cancel() without and with a canceller, addTimeout."""
    clock = Clock()
    with tracing() as seen:
        timed: Deferred[int] = Deferred()
        clock.callLater(1, timed.callback, 5)
        dropped: Deferred[int] = Deferred()
        dropped.addErrback(lambda f: f.trap(CancelledError) and None)
        dropped.cancel()  # drop
        kindly: Deferred[str] = Deferred(lambda d: d.callback("stopped"))
        kindly.cancel()
        late: Deferred[int] = Deferred()
        late.addTimeout(2, clock).addErrback(lambda f: f.trap(LateError) and None)
        clock.pump([1, 1])
    fired = [c.fired for c in seen.history]
    assert [(f.how, f.who) for f in fired if f] == [
        ("callback", "a timer"),
        ("cancel", "your code"),
        ("cancel", "your code"),
        ("timeout", "a timer"),
    ]
    assert fired[1] and fired[1].by and fired[1].by.line == line_of("drop")
    assert fired[2] and fired[2].what.text == "'stopped'"
    assert seen.history[3].links[0].callback == "addTimeout, in time or not"


def test_the_end_of_another_chain_fires_a_chained_one() -> None:
    """chainDeferred, and the parts of a DeferredList."""
    with tracing() as seen:
        source: Deferred[int] = Deferred()
        target: Deferred[int] = Deferred()
        source.chainDeferred(target)
        source.callback(3)
    assert seen.history[1].fired and seen.history[1].fired.who == "the end of chain 1"


# --- many at once


def test_lists_gathers_and_races_name_their_parts() -> None:
    """Each by its own name, with the numbers of the chains it was made of."""
    with tracing() as seen:
        one, two = Deferred[int](), Deferred[int]()
        DeferredList([one, two])
        gatherResults([one, two])
        race([one, two])
        one.callback(1)
        two.callback(2)
    assert [c.sort for c in seen.history][2:] == ["DeferredList", "gatherResults", "race"]
    assert [c.parts for c in seen.history][2:] == [(1, 2)] * 3
    assert all(c.fired for c in seen.history)


# --- coroutines


def test_each_await_is_a_station() -> None:
    """Waited for, fired before, failed and caught; the end fires the coroutine's Deferred."""
    gate: Deferred[int] = Deferred()

    async def fetch() -> int:
        first = await gate
        with suppress(ValueError):
            await fail(ValueError("no"))
        return first + await succeed(1)

    with tracing() as seen:
        d = Deferred.fromCoroutine(fetch())
        d.addCallback(more)
        before = seen.history
        gate.callback(5)
    assert before[0].links[0].outcome == "waits"
    chain = next(c for c in seen.history if c.sort == "coroutine")
    assert chain.name == "fetch"
    assert [(k.callback, k.outcome) for k in chain.links] == [
        ("await gate", "returned"),
        ('await fail(ValueError("no"))', "recovered"),
        ("await succeed(1)", "returned"),
        ("more", "returned"),
    ]
    assert chain.fired and chain.fired.how == "end of coroutine"
    assert chain.holds and chain.holds.text == "7"


def test_what_a_coroutine_raises_fires_it_by_its_end() -> None:
    """Not by a line of the reader's; and an errback in the reader's line is that line's."""

    async def itself() -> None:
        raise KeyError("mine")

    with tracing() as seen:
        Deferred.fromCoroutine(itself()).addErrback(mend)
        d: Deferred[int] = Deferred()
        d.addErrback(mend)
        d.errback(ValueError("by hand"))
    by_end, by_hand = (c.fired for c in seen.history)
    assert by_end and (by_end.how, by_end.by) == ("end of coroutine", None)
    assert by_hand and by_hand.how == "errback"
    assert by_hand.by and by_hand.by.file == __file__


def test_a_coroutine_that_lets_it_through_has_raised() -> None:
    """So has one that raises by itself after a good await."""

    async def through() -> None:
        await fail(ValueError("no"))

    async def itself() -> None:
        await succeed(1)
        raise KeyError("mine")

    with tracing() as seen:
        for coroutine in (through, itself):
            Deferred.fromCoroutine(coroutine()).addErrback(mend)
    chains = [c for c in seen.history if c.sort == "coroutine"]
    assert [c.links[0].outcome for c in chains] == ["raised", "raised"]
    assert [k.went and k.went.text for c in chains for k in c.links[:1]] == [
        "ValueError: no",
        "KeyError: 'mine'",
    ]


def test_inline_callbacks_are_chains_of_chains() -> None:
    """A generator that waits for a coroutine that waits for a timer."""
    clock = Clock()

    async def inner() -> int:
        return await deferLater(clock, 1, lambda: 3)

    @inlineCallbacks
    def outer() -> Any:
        found = yield Deferred.fromCoroutine(inner())
        return found + 1

    with tracing() as seen:
        outer()
        clock.advance(1)
    by_sort = {c.sort: c for c in seen.history}
    link = by_sort["inlineCallbacks"].links[0]
    assert link.callback == "yield Deferred.fromCoroutine(inner())"
    assert link.waits_for == by_sort["coroutine"].number
    assert by_sort["inlineCallbacks"].holds


def test_a_cancelled_coroutine_is_one_chain() -> None:
    """Twisted cancels it through a second Deferred, which is no concern of the reader's."""

    async def forever() -> None:
        await Deferred()

    with tracing() as seen:
        d = Deferred.fromCoroutine(forever())
        d.addErrback(lambda f: f.trap(CancelledError) and None)
        d.cancel()
    chain = seen.history[0]
    assert chain.fired and (chain.fired.how, chain.fired.who) == ("cancel", "your code")
    assert chain.fired.what.text == "CancelledError"
    assert outcomes(chain) == ["raised", "recovered"]


# --- failures that nobody handles


def test_a_lost_failure_is_lost_when_twisted_says_so(unhandled: list[str]) -> None:
    """Failed while it can be handled, lost once it is gone, and logged at that same time."""
    with tracing() as seen:
        d = fail(ValueError("nobody"))
        assert seen.history[0].state == "failed"
        assert unhandled == []
        del d
        assert unhandled == ["nobody"]
        assert seen.history[0].state == "lost"
    assert seen.history[0].made


def test_a_failure_that_another_took_is_not_lost(unhandled: list[str]) -> None:
    """Awaited and caught, or returned and recovered: gone, and handled."""

    async def careful() -> None:
        with suppress(ValueError):
            await fail(ValueError("no"))

    with tracing() as seen:
        Deferred.fromCoroutine(careful())
        succeed(1).addCallback(lambda _: fail(ValueError("no"))).addErrback(mend)
        gc.collect()
    assert unhandled == []
    assert [c.state for c in seen.history if c.name == "fail"] == ["failed", "failed"]


@pytest.mark.parametrize("way", [refuse, lambda _: Failure(ValueError("no"))])
def test_a_traced_one_goes_when_a_bare_one_goes(unhandled: list[str], way: Any) -> None:
    """Logged at the same moment: with its last reference, or with the garbage."""

    def said() -> list[list[str]]:
        unhandled.clear()
        succeed(1).addCallback(more).addCallback(way)
        at_once = list(unhandled)
        gc.collect()
        return [at_once, list(unhandled)]

    bare = said()
    with tracing():
        assert said() == bare
        assert bare[1] == ["no"]


def test_neither_a_deferred_nor_its_values_are_kept(unhandled: list[str]) -> None:
    """Nor its functions: neither by the tracer nor by what it returns."""

    class Box:
        """Something that can be watched."""

    box = Box()
    gone = weakref.ref(box)
    d: Deferred[Any] = Deferred()
    trace(d)
    d.addCallback(lambda _, box=box: box).addCallback(refuse)
    d.callback(box)
    history = trace(d)
    del d, box
    gc.collect()
    assert unhandled == ["no"]
    assert gone() is None and len(history) == 1


# --- what the reader's code never notices


def test_off_the_class_is_as_twisted_made_it() -> None:
    """Before a block, after it, after an exception in it, after nested ones and threads."""
    before = dict(vars(Deferred))
    with pytest.raises(KeyError), tracing():
        assert vars(Deferred)["addCallback"] is not before["addCallback"]
        with tracing():
            succeed(1)
        assert vars(Deferred)["addCallback"] is not before["addCallback"]
        raise KeyError
    d: Deferred[int] = Deferred()
    trace(d)
    assert dict(vars(Deferred)) == before

    def block() -> None:
        for _ in range(20):
            with tracing():
                succeed(1).addCallback(more)

    threads = [threading.Thread(target=block) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(vars(Deferred)) == before


@pytest.mark.parametrize("how", ["bare", "traced", "in a block"])
def test_functions_get_and_give_the_same_objects(how: str) -> None:
    """Arguments, results and failures go through by identity."""
    thing, given = object(), Failure(ValueError("no"))
    calls: list[Any] = []

    def note(value: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append((value, args, kwargs))
        return given

    def run() -> None:
        d: Deferred[Any] = Deferred()
        if how == "traced":
            trace(d)
        d.addCallbacks(note, None, (1, 2), {"key": 3})
        d.addErrback(note, thing, word=thing).addErrback(lambda f: calls.append(f))
        d.callback(thing)

    if how == "in a block":
        with tracing():
            run()
    else:
        run()
    assert calls[0] == (thing, (1, 2), {"key": 3})
    assert calls[1][0] is given and calls[1][2]["word"] is thing
    assert calls[2] is given


def test_a_traceback_is_the_same_with_and_without() -> None:
    """No frame of the tracer's, and Twisted's own lines under their own numbers."""

    def stack() -> list[Any]:
        d: Deferred[Any] = Deferred()
        frames: list[Any] = []
        d.addCallback(lambda _: frames.extend(traceback.extract_stack()[-4:]))
        d.addCallback(refuse)
        d.addErrback(lambda f: frames.extend(traceback.extract_tb(f.getTracebackObject())))
        d.callback(1)
        return [(f.filename, f.lineno, f.name) for f in frames]

    bare = stack()
    with tracing():
        assert stack() == bare


def test_recursion_goes_as_deep_as_without() -> None:
    """A chain fired from a callback of another, as deep as Python lets it."""

    def deepest() -> int:
        depth = [0]

        def down(_: Any) -> None:
            depth[0] += 1
            d: Deferred[Any] = Deferred()
            d.addCallback(down)
            d.callback(None)

        d: Deferred[Any] = Deferred()
        d.addCallback(down).addErrback(lambda f: None)
        d.callback(None)
        gc.collect()
        return depth[0]

    bare = deepest()
    with tracing():
        assert deepest() > bare - 5


@pytest.mark.parametrize("kind", [Deferred, DeferredList])
def test_a_traced_one_is_still_of_its_kind(kind: type) -> None:
    """isinstance, the name in its repr, and being awaited or returned like any other."""
    d = kind([]) if kind is DeferredList else kind()
    trace(d)
    assert isinstance(d, kind) and type(d).__name__ == kind.__name__
    assert repr(d).startswith(f"<{kind.__name__} at")


def test_a_reader_s_subclass_keeps_its_own_methods() -> None:
    """Its addCallback runs, and calls the one that records."""

    class Noted(Deferred[Any]):
        notes = 0

        def addCallback(self, *args: Any, **kwargs: Any) -> Any:
            self.notes += 1
            return super().addCallback(*args, **kwargs)

    d = Noted()
    trace(d)
    d.addCallback(more)
    d.callback(1)
    assert (d.notes, outcomes(trace(d)[0])) == (1, ["returned"])


# --- names and words


class Counter:
    """Things that can be callbacks."""

    def count(self, value: object) -> None:
        """A bound method."""

    def __call__(self, value: object) -> None:
        """An object that is called."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


def test_functions_have_names() -> None:
    """Lambdas by their line, methods with their class, partials, builtins, objects."""
    with tracing() as seen:
        d: Deferred[Any] = Deferred()
        d.addCallback(Counter().count)
        d.addCallback(functools.partial(more))
        d.addCallback(print)
        d.addCallback([].append)
        d.addCallback(Counter())
        d.addCallback(lambda _: None)  # lambda
    assert [k.callback for k in seen.history[0].links] == [
        "Counter.count",
        "partial(more)",
        "print",
        "list.append",
        "Counter",
        f"lambda, line {line_of('lambda')}",
    ]


def test_a_repr_that_raises_breaks_nothing() -> None:
    """The chain runs on, and the picture says so."""
    with tracing() as seen:
        d: Deferred[Any] = Deferred()
        d.addCallback(lambda c: [c])
        d.callback(Counter())
    assert isinstance(d.result[0], Counter)  # type: ignore[attr-defined]
    assert "<Counter, its __repr__ raised>" in (seen.history[0].links[0].came or Link()).text  # type: ignore[union-attr]


# --- trace of one


def test_trace_reads_what_is_there_and_goes_on() -> None:
    """Callbacks added before, whom it waits for, and what happens from then on."""
    inner: Deferred[int] = Deferred()
    d: Deferred[int] = Deferred()
    d.addCallback(lambda _: inner)
    d.addCallback(more)
    d.callback(0)
    first = trace(d)
    assert [k.outcome for k in first[0].links] == ["waits", "pending"]
    inner.callback(1)
    later = trace(d)
    assert later[0].holds and later[0].holds.text == "2"
    assert first[0].links[0].outcome == "waits"  # a picture of its moment


def test_trace_of_a_coroutine_s_deferred_sees_each_later_await() -> None:
    """Also of Deferreds that are fired by then, while the class itself stays Twisted's."""
    gate: Deferred[int] = Deferred()

    async def two() -> int:
        await gate
        return await succeed(2)

    d = Deferred.fromCoroutine(two())
    trace(d)
    before = dict(vars(Deferred))
    gate.callback(1)
    chain = trace(d)[0]
    assert [k.callback for k in chain.links] == ["await gate", "await succeed(2)"]
    assert chain.holds and chain.holds.text == "2"
    assert dict(vars(Deferred)) == before


def test_what_a_block_met_is_followed_after_it() -> None:
    """Fired and added to later, in code that has no block."""
    with tracing() as seen:
        d: Deferred[int] = Deferred()
    d.addCallback(more)
    d.callback(1)
    assert outcomes(seen.history[0]) == ["returned"]


def test_what_was_there_before_a_block_is_met_in_it() -> None:
    """By adding to it."""
    d: Deferred[int] = Deferred()
    d.addCallback(more)
    with tracing() as seen:
        d.addCallback(more)
        d.callback(1)
    (chain,) = seen.history
    assert chain.made is None
    assert outcomes(chain) == ["returned", "returned"]


@pytest.mark.parametrize("thing", [3, more, None])
def test_trace_takes_a_deferred(thing: Any) -> None:
    """The error names what it got, and the cure."""
    with pytest.raises(LabError, match="is no Deferred"):
        trace(thing)


def test_trace_of_a_coroutine_says_how_to_start_it() -> None:
    """It has not begun; nobody knows whether it will."""

    async def later() -> None:
        """Never started."""

    coroutine = later()
    with pytest.raises(LabError, match="fromCoroutine"):
        trace(coroutine)  # type: ignore[arg-type]
    coroutine.close()


def test_twisted_s_own_that_are_not_connected_stay_out() -> None:
    """A semaphore's run makes several; in the picture are those that lead to the reader's."""
    with tracing() as seen:
        lock = DeferredSemaphore(1)
        d = lock.run(lambda: succeed(4))
        d.addCallback(more)
        maybeDeferred(more, 1)
    assert all(c.made for c in seen.history)
    chain = next(c for c in seen.history if any(k.callback == "more" for k in c.links))
    assert chain.holds and chain.holds.text == "5"


def test_the_same_story_is_the_same_history() -> None:
    """Numbers, steps and words do not depend on what ran before."""

    def story() -> History:
        clock = Clock()
        with tracing() as seen:
            d = gatherResults([deferLater(clock, 1, object), succeed({"a": object()})])
            d.addCallback(lambda found: found)
            clock.advance(1)
        return seen.history

    assert story() == story()
