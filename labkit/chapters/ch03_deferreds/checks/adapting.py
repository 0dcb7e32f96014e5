"""c3-adapt and c3-price: results of others made into a Deferred, and changed on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import AlreadyCalledError, Deferred

from labkit.exercises import Trial, judge

from ._followed import Followed, begin, expect_error, expect_value, expect_waiting


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

    def lookup(self, key: Any, ok: Callable[[Any], Any], bad: Callable[[Any], Any]) -> None:
        raise OSError("no register today")


@judge("c3-adapt")
def adapt(t: Trial) -> None:
    """Two callbacks become one Deferred."""
    with t.step("a ship that is known", cites="ok(value) makes value the result.", shows="values"):
        t.call(_known, t)
    with t.step("a ship that is not", cites="bad(text) makes it fail with LookupError(text).",
                shows="errors"):  # fmt: skip
        t.call(_not_known, t)
    with t.step("told twice", cites="Later calls of either are ignored.", shows="told twice"):
        t.call(_told_twice, t)
    with t.step("lookup raises", cites="What lookup raises becomes the failure.", shows="raised"):
        t.call(_lookup_raises, t)


def _known(t: Trial) -> None:
    register = Register()
    seen = begin(t, t.answer, register, "Aurora")
    t.require(register.keys == ["Aurora"], "wrong-result", expected="lookup('Aurora')",
              got=f"lookup was asked for {register.keys}")  # fmt: skip
    expect_waiting(t, seen, "fires-too-soon", "before the register answered")
    _tell(t, register.ok, "berth 3")
    expect_value(t, seen, "berth 3", "never-fires" if not seen.done else "wrong-result", "then")


def _not_known(t: Trial) -> None:
    register = Register()
    seen = begin(t, t.answer, register, "Ghost")
    _tell(t, register.bad, "no such ship")
    if seen.done and seen.error is None:
        t.refuse("error-as-result", expected="LookupError: no such ship", got=seen.words)
    fits = isinstance(seen.error, LookupError) and seen.error.args == ("no such ship",)
    kind = "wrong-error-type" if seen.done else "never-fires"
    t.require(fits, kind, expected="LookupError('no such ship')", got=repr(seen.error))


def _told_twice(t: Trial) -> None:
    for first, then in (("ok", "ok"), ("ok", "bad"), ("bad", "ok"), ("bad", "bad")):
        register = Register()
        seen = begin(t, t.answer, register, "Aurora")
        _tell(t, getattr(register, first), "one")
        before = seen.words
        _tell(t, getattr(register, then), "two")
        t.require(seen.words == before, "double-fire", expected=before, got=seen.words)


def _tell(t: Trial, told: Callable[[Any], Any] | None, what: str) -> None:
    if told is None:
        t.refuse("never-fires", expected="lookup(key, ok, bad)", got="lookup was not called")
        return
    try:
        told(what)
    except AlreadyCalledError:
        t.refuse("double-fire", expected="the second call is ignored", got="AlreadyCalledError")


def _lookup_raises(t: Trial) -> None:
    try:
        seen = begin(t, t.answer, Broken(), "Aurora")
    except OSError as e:
        t.refuse("sync-exception-escapes", expected="a Deferred that fails", got=f"raised {e!r}")
    t.require(isinstance(seen.error, OSError), "error-lost", expected="OSError", got=seen.words)


@judge("c3-price")
def price(t: Trial) -> None:
    """Bytes become pence; one kind of error a zero, all others pass."""
    with t.step("a price", cites="The result is the price in pence, as an int.", shows="pence"):
        for text, pence in ((b"12.50", 1250), (b"0.29", 29), (b"1.10", 110), (b"7.00", 700)):
            t.call(_priced, t, text, pence)
    with t.step("an unknown symbol", cites="A KeyError of fetch's makes it 0.", shows="unknown"):
        seen = t.call(_fetched, t, KeyError("AUR"))
        t.call(expect_value, t, seen, 0, "keyerror-not-handled", "after KeyError")
    with t.step("other errors", cites="Any other failure passes as it is.", shows="other errors"):
        down = OSError("the exchange is closed")
        seen = t.call(_fetched, t, down)
        t.call(expect_error, t, seen, down, "catches-everything", "after OSError")
    with t.step("no number", cites="Bytes that are no price fail.", shows="no number"):
        seen = t.call(_fetched, t, b"n/a")
        t.require(
            seen.error is not None and not isinstance(seen.error, AssertionError),
            "catches-everything", expected="a failure", got=seen.words,
        )  # fmt: skip


def _priced(t: Trial, text: bytes, pence: int) -> None:
    seen = _fetched(t, text)
    if seen.done and seen.error is None and seen.value is None:
        t.refuse("missing-return", expected=f"{text!r}: {pence}", got=f"{text!r}: None")
    near = isinstance(seen.value, int) and abs(seen.value - pence) == 1
    kind = "float-rounding" if near else "wrong-result"
    expect_value(t, seen, pence, kind, repr(text))
    t.require(type(seen.value) is int, "wrong-result", expected="an int", got=repr(seen.value))


def _fetched(t: Trial, result: Any) -> Followed:
    asked, answer = [], Deferred[Any]()

    def fetch(sym: Any) -> Deferred[Any]:
        asked.append(sym)
        return answer

    seen = begin(t, t.answer, fetch, "AUR")
    t.require(asked == ["AUR"], "wrong-result", expected="fetch('AUR')", got=f"asked for {asked}")
    expect_waiting(t, seen, "fires-too-soon", "before fetch has answered")
    answer.errback(result) if isinstance(result, Exception) else answer.callback(result)
    if not seen.done:
        t.refuse("never-fires", expected="a result", got="no result yet")
    return seen
