"""Right answers to c3-order, c3-together and c3-once."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import (
    Deferred,
    DeferredList,
    gatherResults,
    inlineCallbacks,
    succeed,
)
from twisted.internet.task import coiterate

from labkit.exercises import solves

__all__: list[str] = []


@solves("c3-order", style="async")
async def in_order(jobs):
    return [await job() for job in jobs]


@solves("c3-order", style="inlineCallbacks")
@inlineCallbacks
def in_order_by_generator(jobs):
    results = []
    for job in jobs:
        result = yield job()
        results.append(result)
    return results


@solves("c3-order", style="one chain of callbacks")
def in_order_by_callbacks(jobs):
    results = []
    chain = succeed(None)
    for job in jobs:
        chain.addCallback(lambda _, job=job: job())
        chain.addCallback(results.append)
    return chain.addCallback(lambda _: results)


@solves("c3-order", style="a task that is taken turn by turn")
def in_order_by_turns(jobs):
    results = []
    steps = (job().addCallback(results.append) for job in jobs)
    return coiterate(steps).addCallback(lambda _: results)


@solves("c3-together", style="gatherResults")
def together(jobs):
    d = gatherResults([job() for job in jobs], consumeErrors=True)
    return d.addErrback(lambda failure: failure.value.subFailure)


@solves("c3-together", style="async")
async def together_awaited(jobs):
    pairs = DeferredList(
        [job() for job in jobs], fireOnOneErrback=True, consumeErrors=True
    ).addErrback(lambda failure: failure.value.subFailure)
    return [result for _, result in await pairs]


@solves("c3-together", style="counting")
def together_by_hand(jobs):
    results, left, all_done = [None] * len(jobs), [len(jobs)], Deferred()

    def ended(result, number):
        results[number] = result
        left[0] -= 1
        if not left[0] and not all_done.called:
            all_done.callback(results)

    def broke(failure):
        if not all_done.called:
            all_done.errback(failure)

    for number, job in enumerate(jobs):
        job().addCallback(ended, number).addErrback(broke)
    return all_done if jobs else succeed([])


@solves("c3-once", style="a list of waiting callers")
class Once:
    def __init__(self, fetch):
        self.fetch, self.waiting, self.known = fetch, [], []

    def get(self):
        if self.known:
            return succeed(self.known[0])
        mine = Deferred()
        self.waiting.append(mine)
        if len(self.waiting) == 1:
            self.fetch().addCallbacks(self.came, self.failed)
        return mine

    def came(self, value):
        self.known.append(value)
        waiting, self.waiting = self.waiting, []
        for d in waiting:
            d.callback(value)

    def failed(self, failure):
        waiting, self.waiting = self.waiting, []
        for d in waiting:
            d.errback(failure)


@solves("c3-once", style="one chain that hands on")
class OnceHandedOn:
    def __init__(self, fetch):
        self.fetch, self.running = fetch, None

    def get(self):
        running = self.running
        if running is None:
            self.running = running = self.fetch()
            running.addCallbacks(lambda value: (True, value), self.forget)
        mine = Deferred()

        def hand_on(pair):
            good, what = pair
            (mine.callback if good else mine.errback)(what)
            return pair

        running.addCallback(hand_on)
        return mine

    def forget(self, failure):
        self.running = None
        return False, failure
