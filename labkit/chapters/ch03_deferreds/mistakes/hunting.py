"""Wrong answers to c3-hunt."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred

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
