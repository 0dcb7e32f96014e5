"""Wrong answers to c5-deadline."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import treq
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.defer import TimeoutError as DeferTimeout
from twisted.web.client import Agent, ResponseFailed, ResponseNeverReceived, readBody

from labkit.exercises import mistakes

__all__: list[str] = []

LATE = (DeferTimeout, CancelledError, ResponseNeverReceived, ResponseFailed)

TURN = DeferredLock()


async def fetch(url):
    response = await Agent(reactor).request(b"GET", url.encode())
    return await readBody(response)


@mistakes("c5-deadline", finding="never-times-out")
async def by_connect_timeout(url, seconds):
    agent = Agent(reactor, connectTimeout=seconds)
    return await readBody(await agent.request(b"GET", url.encode()))


@mistakes("c5-deadline", finding="wrong-exception")
def by_add_timeout_alone(url, seconds):
    return Deferred.fromCoroutine(fetch(url)).addTimeout(seconds, reactor)


@mistakes("c5-deadline", finding="wrong-exception")
async def by_treqs_timeout(url, seconds):
    response = await treq.get(url, timeout=seconds, persistent=False)
    return await response.content()


@mistakes("c5-deadline", finding="wrong-exception")
async def by_what_a_connected_request_raises(url, seconds):
    try:
        return await Deferred.fromCoroutine(fetch(url)).addTimeout(seconds, reactor)
    except LATE:
        raise TimeoutError from None


@mistakes("c5-deadline", finding="wrong-result")
async def by_giving_the_text(url, seconds):
    try:
        body = await Deferred.fromCoroutine(fetch(url)).addTimeout(seconds, reactor)
    except LATE:
        raise TimeoutError from None
    return body.decode()


@mistakes("c5-deadline", finding="headers-only")
async def by_the_head_alone(url, seconds):
    d = Agent(reactor).request(b"GET", url.encode()).addTimeout(seconds, reactor)
    try:
        response = await d
    except LATE:
        raise TimeoutError from None
    return await readBody(response)


@mistakes("c5-deadline", finding="connection-left-open")
def by_a_race(url, seconds):
    result = Deferred()

    def too_late():
        if not result.called:
            result.errback(TimeoutError())

    def over(value):
        if timer.active():
            timer.cancel()
        if not result.called:
            result.callback(value)

    timer = reactor.callLater(seconds, too_late)
    Deferred.fromCoroutine(fetch(url)).addBoth(over)
    return result


@mistakes("c5-deadline", finding="hides-refused")
async def by_catching_all(url, seconds):
    try:
        return await Deferred.fromCoroutine(fetch(url)).addTimeout(seconds, reactor)
    except Exception:
        raise TimeoutError from None


@mistakes("c5-deadline", finding="leaks-delayed-call")
async def by_a_forgotten_timer(url, seconds):
    d = Deferred.fromCoroutine(fetch(url))
    reactor.callLater(seconds, d.cancel)
    try:
        return await d
    except LATE:
        raise TimeoutError from None


@mistakes("c5-deadline", finding="returns-response")
async def by_returning_the_response(url, seconds):
    return await treq.get(url, timeout=seconds, persistent=False)


@mistakes("c5-deadline", finding="not-at-once")
def by_one_after_the_other(url, seconds):
    def late(result, seconds):
        raise TimeoutError

    def one():
        return Deferred.fromCoroutine(fetch(url)).addTimeout(seconds, reactor, late)

    return TURN.run(one)


@mistakes("c5-deadline", finding="two-limits")
async def by_two_limits(url, seconds):
    asked = Agent(reactor).request(b"GET", url.encode())
    try:
        response = await asked.addTimeout(seconds, reactor)
        return await readBody(response).addTimeout(seconds, reactor)
    except LATE:
        raise TimeoutError from None
