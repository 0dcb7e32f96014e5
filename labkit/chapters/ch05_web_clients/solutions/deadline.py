"""Right answers to c5-deadline."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import treq
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.web.client import Agent, readBody

from labkit.exercises import solves

__all__: list[str] = []


@solves("c5-deadline", style="one timer and a flag")
def fetch_by(url, seconds):
    async def fetch():
        response = await Agent(reactor).request(b"GET", url.encode())
        return await readBody(response)

    def too_late():
        late.append(True)
        d.cancel()

    def over(result):
        if timer.active():
            timer.cancel()
        if late:
            raise TimeoutError(f"{url} took more than {seconds} s")
        return result

    late, d = [], Deferred.fromCoroutine(fetch())
    timer = reactor.callLater(seconds, too_late)
    return d.addBoth(over)


@solves("c5-deadline", style="addTimeout, and what it raises")
def fetch_by_add_timeout(url, seconds):
    async def fetch():
        response = await treq.get(url, persistent=False)
        return await response.content()

    def late(result, seconds):
        raise TimeoutError(f"{url} took more than {seconds} s")

    d = Deferred.fromCoroutine(fetch())
    return d.addTimeout(seconds, reactor, onTimeoutCancel=late)
