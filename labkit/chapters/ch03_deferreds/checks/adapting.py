"""c3-adapt and c3-price: results of others made into a Deferred, and changed on their way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from twisted.internet.defer import AlreadyCalledError, Deferred

from labkit.exercises import Trial, judge

from ._followed import (
    Followed,
    begin,
    begin_deferred,
    comes_back,
    expect_done,
    expect_error,
    expect_value,
    expect_waiting,
)


class Register:
    """The harbour's register: it calls ok(value) or bad(text) later, maybe more than once."""

    def __init__(self) -> None:
        self.ok: Callable[[Any], Any] | None = None
        self.bad: Callable[[Any], Any] | None = None
        self.keys: list[Any] = []

    def lookup(self, key: Any, ok: Callable[[Any], Any], bad: Callable[[Any], Any]) -> None:
        """Take the question; the answer comes when the check says so."""
        self.keys.append(key)
        self.ok, self.bad = ok, bad


class Broken(Register):
    """It raises at once."""

    def __init__(self) -> None:
        super().__init__()
        self.raised = OSError("no register today")

    def lookup(self, key: Any, ok: Callable[[Any], Any], bad: Callable[[Any], Any]) -> None:
        raise self.raised


class Hasty(Register):
    """It answers at once, and raises afterwards."""

    def lookup(self, key: Any, ok: Callable[[Any], Any], bad: Callable[[Any], Any]) -> None:
        ok("berth 3")
        raise OSError("the register fell shut")


@judge("c3-adapt")
def adapt(t: Trial) -> None:
    """Two callbacks become one Deferred."""
    with t.step("what comes back", cites="a Deferred, at once."):
        t.call(begin_deferred, t, t.answer, Register(), "Aurora")
    with t.step("a ship that is known", cites="ok(value) makes value the result.", shows="values"):
        for value in ("berth 3", 0, None):
            t.call(_known, t, value)
    with t.step("a ship that is not", cites="bad(text) makes it fail with LookupError(text).",
                shows="errors"):  # fmt: skip
        t.call(_not_known, t)
    with t.step("told again and again", cites="Later calls of either are ignored.",
                shows="told again"):  # fmt: skip
        t.call(_told_again, t)
    raised = "What lookup raises becomes the failure, unless it has called before."
    with t.step("lookup raises", cites=raised, shows="raised"):
        t.call(_lookup_raises, t)
    with t.step("lookup calls ok at once, and raises", cites=raised, shows="raised too late"):
        t.call(_calls_and_raises, t)


def _known(t: Trial, value: Any) -> None:
    register = Register()
    seen = begin_deferred(t, t.answer, register, "Aurora")
    got = f"asked for {register.keys}"
    t.require(register.keys == ["Aurora"], "wrong-question", expected="asked for ['Aurora']",
              got=got)  # fmt: skip
    expect_waiting(t, seen, "fires-too-soon", "before ok")
    _tell(t, register.ok, value)
    expect_done(t, seen, repr(value), f"after ok({value!r})")
    expect_value(t, seen, value, "wrong-result", f"after ok({value!r})")


def _not_known(t: Trial) -> None:
    register = Register()
    seen = begin_deferred(t, t.answer, register, "Ghost")
    expect_waiting(t, seen, "fires-too-soon", "before bad")
    _tell(t, register.bad, "no such ship")
    expect_done(t, seen, "LookupError", "after bad('no such ship')")
    if seen.error is None:
        t.refuse("error-as-result", expected="LookupError: no such ship", got=seen.words)
    fits = isinstance(seen.error, LookupError) and seen.error.args == ("no such ship",)
    got = f"the text {seen.error!r}" if isinstance(seen.error, str) else repr(seen.error)
    t.require(fits, "wrong-error-type", expected="LookupError('no such ship')", got=got)


def _told_again(t: Trial) -> None:
    for first, *others in product(("ok", "bad"), repeat=3):
        register = Register()
        seen = begin_deferred(t, t.answer, register, "Aurora")
        _tell(t, getattr(register, first), "one")
        before = seen.words
        for other in others:
            _tell(t, getattr(register, other), "two")
        t.require(seen.words == before, "double-fire", expected=before, got=seen.words)


def _tell(t: Trial, told: Callable[[Any], Any] | None, what: Any) -> None:
    if told is None:
        t.refuse("never-fires", expected="lookup(key, ok, bad)", got="lookup was not called")
        return
    try:
        told(what)
    except AlreadyCalledError:
        t.refuse("double-fire", expected="a later call is ignored", got="AlreadyCalledError")


def _lookup_raises(t: Trial) -> None:
    broken = Broken()
    try:
        seen = begin_deferred(t, t.answer, broken, "Aurora")
    except OSError as e:
        t.refuse("sync-exception-escapes", expected="a Deferred that fails", got=f"raised {e!r}")
    expect_error(t, seen, broken.raised, "error-lost", "lookup raised")


def _calls_and_raises(t: Trial) -> None:
    when = "ok('berth 3'), then raised"
    try:
        seen = begin_deferred(t, t.answer, Hasty(), "Aurora")
    except AlreadyCalledError:
        t.refuse("double-fire", expected=f"{when}: 'berth 3'", got=f"{when}: AlreadyCalledError")
    except OSError as e:
        t.refuse("sync-exception-escapes", expected=f"{when}: 'berth 3'", got=f"raised {e!r}")
    expect_done(t, seen, "'berth 3'", when)
    expect_value(t, seen, "berth 3", "wrong-result", when)


PRICES = ((b"12.50", 1250), (b"0.29", 29), (b"1.10", 110), (b"7.00", 700), (b"0.05", 5))
OTHERS = (OSError("the exchange is closed"), LookupError("no line"), ValueError("too late"))


@judge("c3-price")
def price(t: Trial) -> None:
    """Bytes become pence; one kind of error a zero, all others pass."""
    comes_back(t, lambda sym: Deferred[bytes](), "AUR")
    with t.step("a price", cites="The result is the price in pence, as an int.", shows="pence"):
        for text, pence in (*PRICES, *_drawn(t)):
            t.call(_priced, t, text, pence)
    with t.step("an unknown symbol", cites="A KeyError of fetch's makes it 0.", shows="unknown"):
        t.call(_unknown, t)
    with t.step("other errors", cites="Any other failure passes as it is.", shows="other errors"):
        for error in OTHERS:
            t.call(_other_error, t, error)
    with t.step("no number", cites="Bytes that are no price fail.", shows="no number"):
        seen = t.call(_fetched, t, b"n/a")
        t.require(seen.error is not None, "error-lost", expected="b'n/a': a failure",
                  got=f"b'n/a': {seen.words}")  # fmt: skip


def _drawn(t: Trial) -> list[tuple[bytes, int]]:
    some = [t.random.randrange(100, 100_000) for _ in range(5)]
    return [(b"%d.%02d" % divmod(pence, 100), pence) for pence in some]


def _priced(t: Trial, text: bytes, pence: int) -> None:
    seen = _fetched(t, text)
    if seen.succeeded and seen.value is None:
        t.refuse("missing-return", expected=f"{text!r}: {pence}", got=f"{text!r}: None")
    cut = type(seen.value) is int and seen.value == pence - 1
    expect_value(t, seen, pence, "float-rounding" if cut else "wrong-result", repr(text))
    t.require(type(seen.value) is int, "wrong-result", expected="an int", got=repr(seen.value))


def _unknown(t: Trial) -> None:
    error = KeyError("AUR")
    seen = _fetched(t, error)
    kind = "keyerror-not-handled" if seen.error is error else "wrong-result"
    expect_value(t, seen, 0, kind, "after KeyError")


def _other_error(t: Trial, error: Exception) -> None:
    seen = _fetched(t, error)
    kind = "catches-everything" if seen.succeeded else "error-lost"
    expect_error(t, seen, error, kind, f"after {type(error).__name__}")


def _fetched(t: Trial, result: Any) -> Followed:
    asked, answer = [], Deferred[Any]()

    def fetch(sym: Any) -> Deferred[Any]:
        asked.append(sym)
        return answer

    seen = begin(t, t.answer, fetch, "AUR")
    got = f"asked for {asked}"
    t.require(asked == ["AUR"], "wrong-question", expected="asked for ['AUR']", got=got)
    expect_waiting(t, seen, "fires-too-soon", "before fetch has answered")
    answer.errback(result) if isinstance(result, Exception) else answer.callback(result)
    expect_done(t, seen, "a result", "after fetch has answered")
    return seen
