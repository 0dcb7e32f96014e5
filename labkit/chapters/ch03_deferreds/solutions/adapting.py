"""Right answers to c3-adapt, c3-price and c3-thread."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import threading
from decimal import Decimal

from twisted.internet import reactor, threads
from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.python.failure import Failure

from labkit.exercises import solves

__all__: list[str] = []


@solves("c3-adapt", style="called")
def adapt(api, key):
    d = Deferred()

    def ok(value):
        if not d.called:
            d.callback(value)

    def bad(text):
        if not d.called:
            d.errback(LookupError(text))

    try:
        api.lookup(key, ok, bad)
    except Exception:
        if not d.called:
            d.errback()
    return d


@solves("c3-adapt", style="maybeDeferred")
def adapt_around(api, key):
    told, d = [], Deferred()

    def once(fire, what):
        if not told:
            told.append(what)
            fire(what)

    def bad(text):
        once(d.errback, LookupError(text))

    def ok(value):
        once(d.callback, value)

    asked = maybeDeferred(api.lookup, key, ok, bad)
    asked.addErrback(lambda failure: once(d.errback, failure))
    return d


@solves("c3-price", style="callbacks")
def price(fetch, sym):
    def unknown(failure):
        failure.trap(KeyError)
        return 0

    fetched = fetch(sym)
    fetched.addCallback(lambda data: int(Decimal(data.decode()) * 100))
    return fetched.addErrback(unknown)


@solves("c3-price", style="async")
async def price_awaited(fetch, sym):
    try:
        data = await fetch(sym)
    except KeyError:
        return 0
    return round(float(data) * 100)


@solves("c3-price", style="inlineCallbacks")
@inlineCallbacks
def price_by_generator(fetch, sym):
    try:
        data = yield fetch(sym)
    except KeyError:
        return 0
    pounds, pence = data.split(b".")
    return int(pounds) * 100 + int(pence)


@solves("c3-price", style="both rails in one link")
def price_in_one_link(fetch, sym):
    def pence(data):
        return round(float(data) * 100)

    def unknown(failure):
        failure.trap(KeyError)
        return 0

    return fetch(sym).addCallbacks(pence, unknown)


@solves("c3-thread", style="deferToThread")
def offload(fn, x):
    return threads.deferToThread(fn, x)


@solves("c3-thread", style="a thread of its own")
def offload_by_hand(fn, x):
    d = Deferred()

    def work():
        try:
            result = fn(x)
        except Exception:
            reactor.callFromThread(d.errback, Failure())
        else:
            reactor.callFromThread(d.callback, result)

    threading.Thread(target=work).start()
    return d


@solves("c3-thread", style="async")
async def offload_awaited(fn, x):
    return await threads.deferToThread(fn, x)
