"""Right answers to c3-hunt."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred

from labkit.exercises import solves

__all__: list[str] = []


@solves("c3-hunt", style="one Deferred a question")
def hunt(price):
    def asked(fire):
        answer, seen = Deferred(), []
        Deferred.fromCoroutine(again(price(lambda sym: answer, "AUR"))).addBoth(seen.append)
        assert not seen
        fire(answer)
        return seen[0]

    async def again(d):
        return await d

    assert asked(lambda d: d.callback(b"0.29")) == 29
    assert asked(lambda d: d.errback(KeyError("AUR"))) == 0
    assert getattr(asked(lambda d: d.errback(OSError("closed"))), "type", None) is OSError


@solves("c3-hunt", style="callbacks")
def hunt_by_callbacks(price):
    for told, due in ((b"0.29", 29), (KeyError("AUR"), 0), (OSError("closed"), OSError)):
        answer, seen = Deferred(), []
        out = price(lambda sym, answer=answer: answer, "AUR")
        out.addCallbacks(seen.append, lambda failure, seen=seen: seen.append(failure.type))
        if seen:
            raise AssertionError("it did not wait")
        if isinstance(told, bytes):
            answer.callback(told)
        else:
            answer.errback(told)
        if seen != [due]:
            raise AssertionError(f"{told}: {seen}")
