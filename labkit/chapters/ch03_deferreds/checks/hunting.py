"""c3-hunt: the reader writes the check. Three right prices, and seven broken twins."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from labkit.errors import ReactorThread
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


def changes_errors(fetch: Fetch, sym: str) -> Any:
    """Lets other errors pass, as errors of another kind."""

    def unknown(failure: Any) -> int:
        if not failure.check(KeyError):
            raise RuntimeError("no price") from failure.value
        return 0

    return fetch(sym).addCallbacks(_pence, unknown)


def prices_anything(fetch: Fetch, sym: str) -> Any:
    """Bytes that are no price cost nothing."""

    def pence(data: bytes) -> int:
        try:
            return _pence(data)
        except Exception:
            return 0

    return fetch(sym).addCallbacks(pence, _unknown)


TWINS: tuple[tuple[str, Price], ...] = (
    ("misses-gives-none", gives_none),
    ("misses-too-soon", too_soon),
    ("misses-rounds", rounds),
    ("misses-passes-key-error", passes_key_error),
    ("misses-swallows", swallows),
    ("misses-changed-error", changes_errors),
    ("misses-no-price", prices_anything),
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
            told = t.call(_told, t, price, timeout=1.0)
            if told.blamed:
                t.refuse(_why_blamed(t, told), expected="hunt returns", got=told.blamed)
    for finding, price in TWINS:
        with t.step("a broken twin", cites="Each broken twin makes hunt raise.",
                    shows="seven twins found"):  # fmt: skip
            told = t.call(_told, t, price, timeout=1.0)
            if not told.blamed:
                t.refuse(_why_missed(t, told, finding), expected="hunt raises", got=told.kept)


@frozen
class Told:
    """What a hunt said of a price: what it raised, and what an assert kept to itself."""

    blamed: str
    swallowed: str
    compared: bool
    waited: bool = False

    @property
    def kept(self) -> str:
        """What came of a hunt that did not blame."""
        if self.swallowed:
            return f"hunt returned; {self.swallowed} stayed in a Deferred"
        return "hunt returned"


def _why_blamed(t: Trial, told: Told) -> str:
    if told.waited:
        return "waits-in-the-reactor"
    return "compares-the-deferred" if told.compared else "blames-the-right-one"


def _why_missed(t: Trial, told: Told, finding: str) -> str:
    if told.swallowed:
        return "asserts-unheard"
    return "compares-the-deferred" if told.compared else finding


class Watched(Deferred[int]):
    """A Deferred that notices being compared, as a number would be."""

    compared = False

    def __eq__(self, other: object) -> bool:
        self.compared = self.compared or not isinstance(other, Deferred)
        return self is other

    __hash__ = Deferred.__hash__


def _watched(one: Price, made: list[Watched]) -> Price:
    """The same, under a name that tells nothing, and with a Deferred that is watched."""

    def price(fetch: Fetch, sym: str) -> Deferred[int]:
        out = Watched()
        made.append(out)
        one(fetch, sym).addCallbacks(out.callback, out.errback)
        return out

    return price


async def _told(t: Trial, price: Price) -> Told:
    """What the hunt raised; empty when it returned. A hunt that is a coroutine is run."""
    made, blamed, waited = list[Watched](), "", False
    try:
        await maybeDeferred(t.answer, _watched(price, made))
    except Exception as e:
        said = f"{type(e).__name__}: {e}".removesuffix(": ")
        blamed = textwrap.shorten(said, 76, placeholder=" …")
        waited = isinstance(e, ReactorThread)
    compared = any(one.compared for one in made)
    made.clear()
    # failures that a hunt leaves behind are the twin's; an AssertionError is its own
    asserts = [f for f in unhandled() if f.check(AssertionError)]
    return Told(blamed, "AssertionError" if asserts else "", compared, waited)
