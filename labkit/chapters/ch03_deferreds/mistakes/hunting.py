"""Wrong answers to c3-hunt."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from labkit import wait
from labkit.exercises import mistakes

__all__: list[str] = []


def asked(price, told):
    """Part of a right answer: what came out, and whether it came too soon."""
    answer, seen = Deferred(), []
    d = price(lambda sym: answer, "AUR")
    d.addCallbacks(seen.append, lambda failure: seen.append(failure.type))
    early = list(seen)
    (answer.callback if isinstance(told, bytes) else answer.errback)(told)
    return seen[0] if seen else None, early


@mistakes("c3-hunt", finding="misses-gives-none")
def never_looks(price):
    asked(price, b"0.29")


@mistakes("c3-hunt", finding="misses-gives-none")
def asks_only_unknown(price):
    assert asked(price, KeyError("AUR")) == (0, [])


@mistakes("c3-hunt", finding="misses-too-soon")
def looks_at_the_end_only(price):
    value, _ = asked(price, b"12.50")
    assert value is not None


@mistakes("c3-hunt", finding="misses-rounds")
def round_prices(price):
    assert asked(price, b"12.50") == (1250, [])


@mistakes("c3-hunt", finding="misses-passes-key-error")
def good_prices_only(price):
    assert asked(price, b"0.29") == (29, [])


@mistakes("c3-hunt", finding="misses-swallows")
def no_other_error(price):
    assert asked(price, b"0.29") == (29, [])
    assert asked(price, KeyError("AUR")) == (0, [])


@mistakes("c3-hunt", finding="blames-the-right-one")
def wants_text(price):
    assert asked(price, b"12.50") == ("1250", [])


@mistakes("c3-hunt", finding="asserts-unheard")
def asserts_in_a_callback(price):
    answer = Deferred()

    def see(pence):
        assert pence == 29

    price(lambda sym: answer, "AUR").addCallback(see)
    answer.callback(b"0.29")


@mistakes("c3-hunt", finding="asserts-unheard")
def asserts_in_a_coroutine(price):
    async def run():
        assert await price(lambda sym: succeed(b"0.29"), "AUR") == 29
        assert await price(lambda sym: fail(KeyError(sym)), "AUR") == 0

    Deferred.fromCoroutine(run())


@mistakes("c3-hunt", finding="compares-the-deferred")
def compares_at_once(price):
    assert price(lambda sym: succeed(b"12.50"), "AUR") == 1250


@mistakes("c3-hunt", finding="compares-the-deferred")
def is_not_none(price):
    assert price(lambda sym: succeed(b"12.50"), "AUR") != None  # noqa: E711


@mistakes("c3-hunt", finding="waits-in-the-reactor")
def waits(price):
    assert wait(price, lambda sym: succeed(b"0.29"), "AUR") == 29


@mistakes("c3-hunt", finding="misses-changed-error")
def any_failure_will_do(price):
    assert asked(price, b"0.29") == (29, [])
    assert asked(price, KeyError("AUR")) == (0, [])
    value, _ = asked(price, OSError("closed"))
    assert isinstance(value, type)


@mistakes("c3-hunt", finding="misses-no-price")
def real_prices_only(price):
    assert asked(price, b"0.29") == (29, [])
    assert asked(price, KeyError("AUR")) == (0, [])
    assert asked(price, OSError("closed")) == (OSError, [])
