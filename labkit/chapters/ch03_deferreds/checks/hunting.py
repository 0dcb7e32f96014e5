"""c3-hunt: the reader writes the check. Three right prices, and five broken twins."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed

from labkit.exercises import Trial, judge

from ._followed import unhandled

Fetch = Callable[[str], Deferred[bytes]]
Price = Callable[[Fetch, str], Deferred[int]]


def _pence(data: bytes) -> int:
    return int(Decimal(data.decode()) * 100)


def _unknown(failure: Any) -> int:
    failure.trap(KeyError)
    return 0


def right(fetch: Fetch, sym: str) -> Any:
    """Keeps the contract, with callbacks."""
    return fetch(sym).addCallback(_pence).addErrback(_unknown)


def right_too(fetch: Fetch, sym: str) -> Any:
    """Keeps the contract, as a coroutine."""

    async def run() -> int:
        try:
            data = await fetch(sym)
        except KeyError:
            return 0
        return _pence(data)

    return Deferred.fromCoroutine(run())


def right_as_well(fetch: Fetch, sym: str) -> Any:
    """Keeps the contract, with both rails in one link and a Deferred of its own."""
    out = Deferred[int]()
    priced = fetch(sym).addCallbacks(lambda data: round(float(data) * 100), _unknown)
    priced.addCallbacks(out.callback, out.errback)
    return out


def swallows(fetch: Fetch, sym: str) -> Any:
    """Makes every error a zero."""
    return fetch(sym).addCallback(_pence).addErrback(lambda failure: 0)


def rounds(fetch: Fetch, sym: str) -> Any:
    """Multiplies binary floats, and cuts."""
    return fetch(sym).addCallback(lambda data: int(float(data) * 100)).addErrback(_unknown)


def too_soon(fetch: Fetch, sym: str) -> Any:
    """Does not wait for the answer."""
    found = [0]
    fetch(sym).addCallback(lambda data: found.__setitem__(0, _pence(data))).addErrback(_unknown)
    return succeed(found[0])


def gives_none(fetch: Fetch, sym: str) -> Any:
    """Computes the pence, and returns nothing."""
    return fetch(sym).addCallback(lambda data: (_pence(data), None)[1]).addErrback(_unknown)


def passes_key_error(fetch: Fetch, sym: str) -> Any:
    """Lets the KeyError pass too."""
    return fetch(sym).addCallback(_pence)


TWINS: tuple[tuple[str, Price], ...] = (
    ("misses-gives-none", gives_none),
    ("misses-too-soon", too_soon),
    ("misses-rounds", rounds),
    ("misses-passes-key-error", passes_key_error),
    ("misses-swallows", swallows),
)
RIGHT: tuple[tuple[str, Price], ...] = (
    ("callbacks", right),
    ("a coroutine", right_too),
    ("addCallbacks", right_as_well),
)


@judge("c3-hunt")
def hunt(t: Trial) -> None:
    """Lets the right ones pass and finds every twin."""
    for style, price in RIGHT:
        with t.step(f"a right price, with {style}", cites="A right price is never blamed.",
                    shows="right prices pass"):  # fmt: skip
            blamed = t.call(_blames, t, price, timeout=1.0)
            t.require(not blamed, "blames-the-right-one", expected="hunt returns", got=blamed)
    for finding, price in TWINS:
        with t.step("a broken twin", cites="Each broken twin makes hunt raise.",
                    shows="five twins found"):  # fmt: skip
            blamed = t.call(_blames, t, price, timeout=1.0)
            t.require(bool(blamed), finding, expected="hunt raises", got="hunt returned")


def _unnamed(one: Price) -> Price:
    """The same under a name that tells nothing."""

    def price(fetch: Fetch, sym: str) -> Deferred[int]:
        return one(fetch, sym)

    return price


async def _blames(t: Trial, price: Price) -> str:
    """What the hunt raised; empty when it returned. A hunt that is a coroutine is run."""
    try:
        await maybeDeferred(t.answer, _unnamed(price))
    except Exception as e:
        return f"{type(e).__name__}: {e}".removesuffix(": ")[:60]
    finally:
        unhandled()  # failures that a hunt leaves behind are the twin's
    return ""
