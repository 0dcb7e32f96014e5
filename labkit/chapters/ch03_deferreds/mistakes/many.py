"""Wrong answers to c3-order, c3-together and c3-once."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred, DeferredList, gatherResults, succeed

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c3-order", finding="starts-all-at-once")
def gathered(jobs):
    return gatherResults([job() for job in jobs])


@mistakes("c3-order", finding="starts-all-at-once")
async def started_then_awaited(jobs):
    running = [job() for job in jobs]
    return [await d for d in running]


@mistakes("c3-order", finding="stuck")
def late_bound(jobs):
    results = []
    if not jobs:
        return succeed(results)
    chain = jobs[0]().addCallback(results.append)
    for job in jobs[1:]:
        chain.addCallback(lambda _: job())  # noqa: B023
        chain.addCallback(results.append)
    return chain.addCallback(lambda _: results)


@mistakes("c3-order", finding="wrong-result")
async def only_the_last(jobs):
    result = []
    for job in jobs:
        result = await job()
    return result


@mistakes("c3-order", finding="error-lost")
async def swallows(jobs):
    results = []
    for job in jobs:
        try:
            results.append(await job())
        except Exception:
            break
    return results


@mistakes("c3-order", finding="too-deep")
def calls_itself(jobs):
    if not jobs:
        return succeed([])

    def more(result):
        return calls_itself(jobs[1:]).addCallback(lambda rest: [result, *rest])

    return jobs[0]().addCallback(more)


@mistakes("c3-together", finding="unhandled-second-error")
def no_consume(jobs):
    d = gatherResults([job() for job in jobs])
    return d.addErrback(lambda failure: failure.value.subFailure)


@mistakes("c3-together", finding="firsterror-leaks")
def raw_first_error(jobs):
    return gatherResults([job() for job in jobs], consumeErrors=True)


@mistakes("c3-together", finding="raw-deferredlist")
def pairs(jobs):
    return DeferredList([job() for job in jobs], consumeErrors=True)


@mistakes("c3-together", finding="sequential")
async def one_by_one(jobs):
    return [await job() for job in jobs]


@mistakes("c3-together", finding="waits-or-swallows")
def drops_failures(jobs):
    d = DeferredList([job() for job in jobs], consumeErrors=True)
    return d.addCallback(lambda pairs: [result for good, result in pairs if good])


@mistakes("c3-together", finding="waits-or-swallows")
async def awaits_in_turn(jobs):
    running = [job() for job in jobs]
    return [await d for d in running]


@mistakes("c3-together", finding="wrong-order")
def as_they_come(jobs):
    results, done = [], Deferred()

    def ended(result):
        results.append(result)
        if len(results) == len(jobs) and not done.called:
            done.callback(results)

    def broke(failure):
        if not done.called:
            done.errback(failure)

    for job in jobs:
        job().addCallback(ended).addErrback(broke)
    return done if jobs else succeed([])


@mistakes("c3-once", finding="shared-deferred")
class SameForAll:
    def __init__(self, fetch):
        self.fetch, self.running = fetch, None

    def get(self):
        if self.running is None:
            self.running = self.fetch()
            self.running.addErrback(self.forget)
        return self.running

    def forget(self, failure):
        self.running = None
        return failure


@mistakes("c3-once", finding="fetches-twice")
class NoCache:
    def __init__(self, fetch):
        self.fetch = fetch

    def get(self):
        return self.fetch()


@mistakes("c3-once", finding="fetches-twice")
class CacheAfter:
    def __init__(self, fetch):
        self.fetch, self.known = fetch, []

    def get(self):
        if self.known:
            return succeed(self.known[0])
        return self.fetch().addCallback(self.keep)

    def keep(self, value):
        self.known.append(value)
        return value


class Waiting:
    """Part of a right answer: one fetch, a Deferred for each caller."""

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


@mistakes("c3-once", finding="failure-cached")
class KeepsFailure(Waiting):
    broken = None

    def get(self):
        if self.broken is not None:
            mine = Deferred()
            mine.errback(self.broken)
            return mine
        return super().get()

    def failed(self, failure):
        self.broken = failure
        super().failed(failure)


@mistakes("c3-once", finding="error-not-shared")
class TellsTheFirst(Waiting):
    def failed(self, failure):
        (first, *others), self.waiting = self.waiting, []
        first.errback(failure)
        for d in others:
            d.callback(None)


@mistakes("c3-once", finding="error-not-shared")
class Forgets(Waiting):
    def failed(self, failure):
        self.waiting = []
