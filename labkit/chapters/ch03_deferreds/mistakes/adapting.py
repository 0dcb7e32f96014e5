"""Wrong answers to c3-adapt and c3-price."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from decimal import Decimal

from twisted.internet.defer import Deferred, succeed

from labkit.exercises import mistakes

__all__: list[str] = []


def guarded(fire):
    """Part of a right answer: told once."""
    told = []

    def once(what):
        if not told:
            told.append(what)
            fire(what)

    return once


@mistakes("c3-adapt", finding="wrong-error-type")
def text_to_errback(api, key):
    d = Deferred()
    api.lookup(key, d.callback, d.errback)
    return d


@mistakes("c3-adapt", finding="wrong-error-type")
def plain_exception(api, key):
    d = Deferred()
    api.lookup(key, d.callback, lambda text: d.errback(Exception(text)))
    return d


@mistakes("c3-adapt", finding="double-fire")
def no_guard(api, key):
    d = Deferred()
    api.lookup(key, d.callback, lambda text: d.errback(LookupError(text)))
    return d


@mistakes("c3-adapt", finding="error-as-result")
def both_to_callback(api, key):
    d = Deferred()
    api.lookup(key, d.callback, d.callback)
    return d


@mistakes("c3-adapt", finding="error-as-result")
def error_object(api, key):
    d = Deferred()
    api.lookup(key, d.callback, lambda text: d.callback(LookupError(text)))
    return d


@mistakes("c3-adapt", finding="fires-too-soon")
def a_list(api, key):
    found = []
    api.lookup(key, found.append, found.append)
    return succeed(found)


@mistakes("c3-adapt", finding="sync-exception-escapes")
def raises_through(api, key):
    d = Deferred()
    good, bad = guarded(d.callback), guarded(lambda text: d.errback(LookupError(text)))
    told = []
    api.lookup(
        key,
        lambda value: told or (told.append(1), good(value)),
        lambda text: told or (told.append(1), bad(text)),
    )
    return d


@mistakes("c3-adapt", finding="not-a-deferred")
def returns_nothing(api, key):
    d = Deferred()
    api.lookup(key, d.callback, lambda text: d.errback(LookupError(text)))


def adapted(api, key):
    """A right answer, to be spoilt."""
    d, told = Deferred(), []

    def once(fire, what):
        if not told:
            told.append(what)
            fire(what)

    try:
        api.lookup(
            key,
            lambda value: once(d.callback, value),
            lambda text: once(d.errback, LookupError(text)),
        )
    except Exception:
        d.errback()
    return d


@mistakes("c3-adapt", finding="double-fire")
def no_guard_where_it_raises(api, key):
    d = Deferred()

    def ok(value):
        if not d.called:
            d.callback(value)

    def bad(text):
        if not d.called:
            d.errback(LookupError(text))

    try:
        api.lookup(key, ok, bad)
    except Exception as e:
        d.errback(e)
    return d


@mistakes("c3-adapt", finding="double-fire")
def ignores_the_second_only(api, key):
    d, count = Deferred(), []

    def unless_second(fire, what):
        count.append(what)
        if len(count) != 2:
            fire(what)

    api.lookup(
        key,
        lambda value: unless_second(d.callback, value),
        lambda text: unless_second(d.errback, LookupError(text)),
    )
    return d


@mistakes("c3-adapt", finding="wrong-result")
def none_for_nothing(api, key):
    return adapted(api, key).addCallback(lambda value: value or None)


@mistakes("c3-adapt", finding="never-fires")
def bad_is_forgotten(api, key):
    d = Deferred()
    api.lookup(key, d.callback, lambda text: None)
    return d


@mistakes("c3-adapt", finding="wrong-question")
def asks_for_another(api, key):
    return adapted(api, key.upper())


@mistakes("c3-adapt", finding="coroutine-not-started")
async def an_async_def(api, key):
    return await adapted(api, key)


@mistakes("c3-adapt", finding="error-lost")
def another_error(api, key):
    def as_lookup(failure):
        raise failure.value if failure.check(LookupError) else LookupError("?")

    return adapted(api, key).addErrback(as_lookup)


def pence(data):
    """Part of a right answer."""
    return int(Decimal(data.decode()) * 100)


def unknown(failure):
    """Part of a right answer."""
    failure.trap(KeyError)
    return 0


@mistakes("c3-price", finding="catches-everything")
def every_error_is_zero(fetch, sym):
    return fetch(sym).addCallback(pence).addErrback(lambda failure: 0)


@mistakes("c3-price", finding="catches-everything")
async def except_exception(fetch, sym):
    try:
        return pence(await fetch(sym))
    except Exception:
        return 0


@mistakes("c3-price", finding="missing-return")
def no_return(fetch, sym):
    def parse(data):
        pence(data)

    return fetch(sym).addCallback(parse).addErrback(unknown)


@mistakes("c3-price", finding="keyerror-not-handled")
def try_without_await(fetch, sym):
    try:
        return fetch(sym).addCallback(pence)
    except KeyError:
        return succeed(0)


@mistakes("c3-price", finding="keyerror-not-handled")
def sibling(fetch, sym):
    return fetch(sym).addErrback(lambda f: f).addCallbacks(pence, lambda f: f)


@mistakes("c3-price", finding="float-rounding")
def cut(fetch, sym):
    return fetch(sym).addCallback(lambda d: int(float(d) * 100)).addErrback(unknown)


@mistakes("c3-price", finding="not-a-deferred")
def nothing_back(fetch, sym):
    fetch(sym).addCallback(pence).addErrback(unknown)


@mistakes("c3-price", finding="catches-everything")
async def except_lookup_error(fetch, sym):
    try:
        return pence(await fetch(sym))
    except LookupError:
        return 0


@mistakes("c3-price", finding="error-lost")
async def bad_bytes_are_none(fetch, sym):
    try:
        data = await fetch(sym)
    except KeyError:
        return 0
    try:
        return pence(data)
    except Exception:
        return None


@mistakes("c3-price", finding="error-lost")
def another_failure(fetch, sym):
    def wrap(failure):
        raise RuntimeError("no price") from failure.value

    return fetch(sym).addCallback(pence).addErrback(unknown).addErrback(wrap)


@mistakes("c3-price", finding="wrong-question")
def asks_twice(fetch, sym):
    fetch(sym)
    return fetch(sym).addCallback(pence).addErrback(unknown)


@mistakes("c3-price", finding="fires-too-soon")
def does_not_wait(fetch, sym):
    found = []
    fetch(sym).addCallback(pence).addErrback(unknown).addCallback(found.append)
    return succeed(found)


@mistakes("c3-price", finding="never-fires")
def a_deferred_of_its_own(fetch, sym):
    out = Deferred()
    fetch(sym).addCallback(pence).addErrback(unknown)
    return out


@mistakes("c3-price", finding="wrong-result")
def a_float(fetch, sym):
    return fetch(sym).addCallback(lambda d: float(pence(d))).addErrback(unknown)
