"""Wrong answers to c3-later and c3-deadline."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet import defer, reactor
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import deferLater

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c3-later", finding="fires-too-soon")
def calls_at_once(clock, seconds, value):
    d = Deferred()
    clock.callLater(seconds, d.callback(value))
    return d


@mistakes("c3-later", finding="fires-too-soon")
def sleeps(clock, seconds, value):
    time.sleep(seconds)
    return succeed(value)


@mistakes("c3-later", finding="cancel-leaves-timer")
def no_canceller(clock, seconds, value):
    d = Deferred()
    clock.callLater(seconds, d.callback, value)
    return d


@mistakes("c3-later", finding="other-clock")
def global_reactor(clock, seconds, value):
    d = Deferred(lambda _: timer.cancel())
    timer = reactor.callLater(seconds, d.callback, value)
    return d


@mistakes("c3-later", finding="other-clock")
def defers_on_the_reactor(clock, seconds, value):
    return deferLater(reactor, seconds, lambda: value)


@mistakes("c3-later", finding="canceller-parameter")
def a_canceller_without_parameter(clock, seconds, value):
    d = Deferred(lambda: timer.cancel())
    timer = clock.callLater(seconds, d.callback, value)
    return d


@mistakes("c3-later", finding="never-fires")
def returns_from_the_timer(clock, seconds, value):
    d = Deferred()
    clock.callLater(seconds, lambda: value)
    return d


@mistakes("c3-later", finding="not-a-deferred")
def returns_nothing(clock, seconds, value):
    deferLater(clock, seconds, lambda: value)


@mistakes("c3-later", finding="not-a-deferred")
def returns_the_timer(clock, seconds, value):
    d = Deferred()
    return clock.callLater(seconds, d.callback, value)


@mistakes("c3-later", finding="fires-too-soon")
def a_little_early(clock, seconds, value):
    return deferLater(clock, 0.9 * seconds, lambda: value)


@mistakes("c3-later", finding="never-fires")
def milliseconds(clock, seconds, value):
    return deferLater(clock, 1000 * seconds, lambda: value)


@mistakes("c3-later", finding="cancels-others")
def cancels_all_timers(clock, seconds, value):
    def stop(_):
        for timer in list(clock.getDelayedCalls()):
            timer.cancel()

    d = Deferred(stop)
    clock.callLater(seconds, d.callback, value)
    return d


latest = {}


@mistakes("c3-later", finding="cancels-others")
def cancels_the_latest(clock, seconds, value):
    d = Deferred(lambda _: latest["timer"].cancel())
    latest["timer"] = clock.callLater(seconds, d.callback, value)
    return d


@mistakes("c3-later", finding="wrong-result")
def a_value_for_the_canceller(clock, seconds, value):
    def stop(d):
        timer.cancel()
        d.callback(None)

    d = Deferred(stop)
    timer = clock.callLater(seconds, d.callback, value)
    return d


@mistakes("c3-later", finding="wrong-result")
def the_seconds(clock, seconds, value):
    return deferLater(clock, seconds, lambda: seconds)


@mistakes("c3-later", finding="coroutine-not-started")
async def an_async_def(clock, seconds, value):
    await deferLater(clock, seconds)
    return value


@mistakes("c3-deadline", finding="raises-timeout")
def no_default(d, seconds, default, clock):
    return d.addTimeout(seconds, clock)


@mistakes("c3-deadline", finding="raises-timeout")
def try_without_await(d, seconds, default, clock):
    try:
        return d.addTimeout(seconds, clock)
    except defer.TimeoutError:
        return succeed(default)


@mistakes("c3-deadline", finding="deferred-as-result")
async def returns_without_await(d, seconds, default, clock):
    try:
        return d.addTimeout(seconds, clock)
    except defer.TimeoutError:
        return default


@mistakes("c3-deadline", finding="errback-too-early")
def errback_before_the_timeout(d, seconds, default, clock):
    d.addErrback(lambda failure: failure.trap(defer.TimeoutError) and default)
    return d.addTimeout(seconds, clock)


@mistakes("c3-deadline", finding="other-timeout")
def traps_cancelled(d, seconds, default, clock):
    d.addTimeout(seconds, clock)
    return d.addErrback(lambda failure: failure.trap(CancelledError) and default)


@mistakes("c3-deadline", finding="other-timeout")
async def pythons_timeout(d, seconds, default, clock):
    try:
        return await d.addTimeout(seconds, clock)
    except TimeoutError:
        return default


@mistakes("c3-deadline", finding="other-clock")
def on_the_reactor(d, seconds, default, clock):
    d.addTimeout(seconds, reactor)
    return d.addErrback(lambda failure: failure.trap(defer.TimeoutError) and default)


@mistakes("c3-deadline", finding="cancels-others")
def clears_the_clock(d, seconds, default, clock):
    def clear(result):
        for timer in list(clock.getDelayedCalls()):
            timer.cancel()
        return result

    d.addTimeout(seconds, clock)
    d.addErrback(lambda failure: failure.trap(defer.TimeoutError) and default)
    return d.addBoth(clear)


@mistakes("c3-deadline", finding="hides-real-error")
def catches_all(d, seconds, default, clock):
    return d.addTimeout(seconds, clock).addErrback(lambda failure: default)


@mistakes("c3-deadline", finding="hides-real-error")
def takes_every_cancel(d, seconds, default, clock):
    d.addTimeout(seconds, clock)
    return d.addErrback(lambda f: f.trap(defer.TimeoutError, CancelledError) and default)


@mistakes("c3-deadline", finding="timer-left")
def stray_timer(d, seconds, default, clock):
    def give_up():
        if not d.called:
            d.cancel()

    clock.callLater(seconds, give_up)
    return d.addErrback(lambda failure: failure.trap(CancelledError) and default)


@mistakes("c3-deadline", finding="timer-left")
def stops_for_values_only(d, seconds, default, clock):
    late = []

    def give_up():
        late.append(True)
        d.cancel()

    def stop(value):
        timer.cancel()
        return value

    timer = clock.callLater(seconds, give_up)
    return d.addCallback(stop).addErrback(lambda failure: default if late else failure)


@mistakes("c3-deadline", finding="timer-left")
def fires_it_itself(d, seconds, default, clock):
    clock.callLater(seconds, d.callback, default)
    return d


@mistakes("c3-deadline", finding="not-cancelled")
def forgets_to_cancel(d, seconds, default, clock):
    out = Deferred()

    def late():
        d.addBoth(lambda _: None)
        out.callback(default)

    def early(result):
        if timer.active():
            timer.cancel()
            out.callback(result)

    timer = clock.callLater(seconds, late)
    d.addBoth(early)
    return out


@mistakes("c3-deadline", finding="wrong-result")
async def default_for_none(d, seconds, default, clock):
    try:
        return (await d.addTimeout(seconds, clock)) or default
    except defer.TimeoutError:
        return default


@mistakes("c3-deadline", finding="error-lost")
def values_only(d, seconds, default, clock):
    out = Deferred(lambda _: (timer.cancel(), d.cancel()))

    def late():
        out.callback(default)
        d.cancel()

    def early(value):
        if timer.active():
            timer.cancel()
            out.callback(value)

    def failed(failure):
        if timer.active():
            timer.cancel()

    timer = clock.callLater(seconds, late)
    d.addCallbacks(early, failed)
    return out


@mistakes("c3-deadline", finding="timer-left")
def no_canceller_of_its_own(d, seconds, default, clock):
    out = Deferred()

    def late():
        out.callback(default)
        d.cancel()

    def early(result):
        if timer.active():
            timer.cancel()
            out.callback(result)

    timer = clock.callLater(seconds, late)
    d.addBoth(early)
    return out


@mistakes("c3-deadline", finding="fires-too-soon")
def the_default_at_once(d, seconds, default, clock):
    return succeed(d.result if d.called else default)


@mistakes("c3-deadline", finding="never-fires")
def cancels_and_waits(d, seconds, default, clock):
    out = Deferred(lambda _: (timer.cancel(), d.cancel()))

    def late():
        d.addErrback(lambda failure: None)
        d.cancel()

    def early(result):
        if timer.active():
            timer.cancel()
            out.callback(result)

    timer = clock.callLater(seconds, late)
    d.addBoth(early)
    return out
