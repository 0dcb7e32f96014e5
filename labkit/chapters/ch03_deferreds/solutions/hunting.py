"""Right answers to c3-hunt."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from labkit.exercises import solves

__all__: list[str] = []


@solves("c3-hunt", style="one Deferred a question")
def hunt(price):
    def asked(fire, told):
        answer, seen = Deferred(), []
        price(lambda sym: answer, "AUR").addBoth(seen.append)
        assert not seen
        fire(answer, told)
        return seen[0]

    assert asked(Deferred.callback, b"0.29") == 29
    assert asked(Deferred.errback, KeyError("AUR")) == 0
    assert asked(Deferred.errback, OSError("closed")).type is OSError


@solves("c3-hunt", style="callbacks")
def hunt_by_callbacks(price):
    right = {b"0.29": 29, KeyError("AUR"): 0, OSError("closed"): OSError}
    for told, due in right.items():
        answer, seen = Deferred(), []
        out = price(lambda sym, answer=answer: answer, "AUR")
        out.addErrback(lambda failure: failure.type).addCallback(seen.append)
        if seen:
            raise AssertionError("it did not wait")
        if isinstance(told, bytes):
            answer.callback(told)
        else:
            answer.errback(told)
        if seen != [due]:
            raise AssertionError(f"{told}: {seen}")


@solves("c3-hunt", style="async")
async def hunt_awaiting(price):
    answer, seen = Deferred(), []
    price(lambda sym: answer, "AUR").addBoth(seen.append)
    assert not seen
    answer.callback(b"12.50")
    assert await price(lambda sym: succeed(b"0.29"), "AUR") == 29
    assert await price(lambda sym: fail(KeyError(sym)), "AUR") == 0
    try:
        await price(lambda sym: fail(OSError("closed")), "AUR")
    except OSError:
        return
    raise AssertionError("it took a broken network for a price")
