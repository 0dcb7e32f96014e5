"""Right answers to c3-later, c3-deadline and c3-retry."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet import defer
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.task import deferLater

from labkit.exercises import solves

__all__: list[str] = []


@solves("c3-later", style="a canceller")
def later(clock, seconds, value):
    d = Deferred(lambda _: timer.cancel())
    timer = clock.callLater(seconds, d.callback, value)
    return d


@solves("c3-later", style="deferLater")
def later_by_task(clock, seconds, value):
    return deferLater(clock, seconds, lambda: value)


@solves("c3-later", style="a coroutine, started")
def later_awaited(clock, seconds, value):
    async def wait_for_it():
        await deferLater(clock, seconds)
        return value

    return Deferred.fromCoroutine(wait_for_it())


@solves("c3-later", style="inlineCallbacks")
@inlineCallbacks
def later_by_generator(clock, seconds, value):
    yield deferLater(clock, seconds)
    return value


@solves("c3-deadline", style="addTimeout")
def with_deadline(d, seconds, default, clock):
    def too_late(failure):
        failure.trap(defer.TimeoutError)
        return default

    return d.addTimeout(seconds, clock).addErrback(too_late)


@solves("c3-deadline", style="onTimeoutCancel")
def with_deadline_told(d, seconds, default, clock):
    def too_late(result, after):
        return default

    return d.addTimeout(seconds, clock, onTimeoutCancel=too_late)


@solves("c3-deadline", style="async")
async def with_deadline_awaited(d, seconds, default, clock):
    try:
        return await d.addTimeout(seconds, clock)
    except defer.TimeoutError:
        return default


@solves("c3-deadline", style="a timer of its own")
def with_deadline_by_hand(d, seconds, default, clock):
    late = []

    def give_up():
        late.append(True)
        d.cancel()

    def stop(result):
        if timer.active():
            timer.cancel()
        return result

    def unless_late(failure):
        if late and failure.check(CancelledError):
            return default
        return failure

    timer = clock.callLater(seconds, give_up)
    return d.addBoth(stop).addErrback(unless_late)


@solves("c3-retry", style="async")
async def retry(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        await deferLater(clock, delay, lambda: None)


@solves("c3-retry", style="callbacks")
def retry_by_callbacks(f, tries, delay, clock):
    def once_more():
        return retry_by_callbacks(f, tries - 1, delay, clock)

    def again(failure):
        return failure if tries == 1 else deferLater(clock, delay, once_more)

    return maybeDeferred(f).addErrback(again)


@solves("c3-retry", style="inlineCallbacks")
@inlineCallbacks
def retry_by_generator(f, tries, delay, clock):
    while True:
        tries -= 1
        try:
            result = yield maybeDeferred(f)
        except Exception:
            if tries == 0:
                raise
            yield deferLater(clock, delay, lambda: None)
        else:
            return result
