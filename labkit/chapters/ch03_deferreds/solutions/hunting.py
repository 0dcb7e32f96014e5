"""Right answers to c3-hunt."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

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
    assert isinstance(asked(Deferred.callback, b"n/a"), Failure)


@solves("c3-hunt", style="callbacks")
def hunt_by_callbacks(price):
    right = {b"0.29": 29, KeyError("AUR"): 0}
    wrong = {OSError("closed"): OSError, b"n/a": Exception}
    for told, due in (right | wrong).items():
        answer, seen = Deferred(), []
        out = price(lambda sym, answer=answer: answer, "AUR")
        out.addErrback(lambda failure: failure.value).addCallback(seen.append)
        if seen:
            raise AssertionError("it did not wait")
        if isinstance(told, bytes):
            answer.callback(told)
        else:
            answer.errback(told)
        fits = seen == [due] if told in right else isinstance(seen[0], due)
        if not fits:
            raise AssertionError(f"{told}: {seen}")


@solves("c3-hunt", style="async")
async def hunt_awaiting(price):
    answer, seen = Deferred(), []
    price(lambda sym: answer, "AUR").addBoth(seen.append)
    assert not seen
    answer.callback(b"12.50")
    assert await price(lambda sym: succeed(b"0.29"), "AUR") == 29
    assert await price(lambda sym: fail(KeyError(sym)), "AUR") == 0
    wrong = ((fail(OSError("closed")), OSError), (succeed(b"n/a"), Exception))
    for answer, due in wrong:
        try:
            pence = await price(lambda sym, answer=answer: answer, "AUR")
        except due:
            continue
        raise AssertionError(f"it made a price of it: {pence}")
