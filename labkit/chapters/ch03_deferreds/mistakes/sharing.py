"""Wrong answers to c3-once."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from labkit.exercises import mistakes

__all__: list[str] = []


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


@mistakes("c3-once", finding="forgets-too-late")
class ClearsAfterwards(Waiting):
    def failed(self, failure):
        for d in self.waiting:
            d.errback(failure)
        self.waiting = []


@mistakes("c3-once", finding="failure-cached")
class RemembersTooLate(Waiting):
    running = None

    def get(self):
        if self.known:
            return succeed(self.known[0])
        mine = Deferred()
        self.waiting.append(mine)
        if self.running is None:
            self.running = self.fetch().addCallbacks(self.came, self.failed)
        return mine

    def failed(self, failure):
        self.running = None
        super().failed(failure)


@mistakes("c3-once", finding="shared-deferred")
class OneForTheLate(Waiting):
    late = None

    def get(self):
        if self.known and self.late is None:
            self.late = succeed(self.known[0])
        return super().get() if self.late is None else self.late


@mistakes("c3-once", finding="fetches-twice")
class NoneIsNothing(Waiting):
    def came(self, value):
        super().came(value)
        if value is None:
            self.known.clear()


@mistakes("c3-once", finding="never-asked")
class OnTheClass(Waiting):
    shared_waiting, shared_known = [], []

    def __init__(self, fetch):
        self.fetch = fetch
        self.waiting, self.known = self.shared_waiting, self.shared_known

    def came(self, value):
        self.known.append(value)
        waiting = list(self.waiting)
        self.waiting.clear()
        for d in waiting:
            d.callback(value)


@mistakes("c3-once", finding="coroutine-not-started")
class AnAsyncGet(Waiting):
    async def get(self):
        return await super().get()


@mistakes("c3-once", finding="lost-failure")
class FailureLeftBehind(Waiting):
    def failed(self, failure):
        super().failed(failure)
        return failure


@mistakes("c3-once", finding="fires-too-soon")
class WhatIsKnownSoFar(Waiting):
    def get(self):
        super().get()
        return succeed(self.known[0] if self.known else None)


@mistakes("c3-once", finding="never-fires")
class TheLastCallerOnly(Waiting):
    def came(self, value):
        del self.waiting[:-1]
        super().came(value)


@mistakes("c3-once", finding="errback-returns-none")
class NothingFromTheErrback:
    def __init__(self, fetch):
        self.fetch, self.running = fetch, None

    def get(self):
        running = self.running
        if running is None:
            self.running = running = self.fetch()
            running.addErrback(self.forget)
        mine = Deferred()

        def hand_on(result):
            (mine.errback if isinstance(result, Failure) else mine.callback)(result)
            return result

        running.addBoth(hand_on)
        return mine

    def forget(self, failure):
        self.running = None


@mistakes("c3-once", finding="wrong-result")
class ChainedToOne:
    def __init__(self, fetch):
        self.fetch, self.running = fetch, None

    def get(self):
        if self.running is None:
            self.running = self.fetch()
        mine = Deferred()
        self.running.chainDeferred(mine)
        return mine
