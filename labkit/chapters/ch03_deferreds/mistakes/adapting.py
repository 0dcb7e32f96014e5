"""Wrong answers to c3-adapt, c3-price and c3-thread."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import threading
from decimal import Decimal

from twisted.internet import threads
from twisted.internet.defer import Deferred, maybeDeferred, succeed

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


@mistakes("c3-thread", finding="blocks-reactor")
def wrapped(fn, x):
    return maybeDeferred(fn, x)


@mistakes("c3-thread", finding="blocks-reactor")
def succeeded(fn, x):
    return succeed(fn(x))


@mistakes("c3-thread", finding="blocks-reactor")
async def async_def(fn, x):
    return fn(x)


@mistakes("c3-thread", finding="callback-in-wrong-thread")
def fires_in_the_thread(fn, x):
    d = Deferred()

    def work():
        try:
            result = fn(x)
        except Exception as error:
            d.errback(error)
        else:
            d.callback(result)

    threading.Thread(target=work).start()
    return d


@mistakes("c3-thread", finding="error-lost")
def error_dies_in_the_thread(fn, x):
    from twisted.internet import reactor

    d = Deferred()

    def work():
        try:
            result = fn(x)
        except Exception:
            return
        reactor.callFromThread(d.callback, result)

    threading.Thread(target=work).start()
    return d


@mistakes("c3-thread", finding="error-lost")
def error_becomes_none(fn, x):
    return threads.deferToThread(fn, x).addErrback(lambda failure: None)
