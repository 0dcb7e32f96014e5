"""Wrong answers to c3-later, c3-deadline and c3-retry."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet import defer, reactor
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
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


@mistakes("c3-later", finding="never-fires")
def global_reactor(clock, seconds, value):
    d = Deferred(lambda _: timer.cancel())
    timer = reactor.callLater(seconds, d.callback, value)
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


@mistakes("c3-deadline", finding="raises-timeout")
def no_default(d, seconds, default, clock):
    return d.addTimeout(seconds, clock)


@mistakes("c3-deadline", finding="raises-timeout")
def traps_cancelled(d, seconds, default, clock):
    d.addTimeout(seconds, clock)
    return d.addErrback(lambda failure: failure.trap(CancelledError) and default)


@mistakes("c3-deadline", finding="raises-timeout")
async def pythons_timeout(d, seconds, default, clock):
    try:
        return await d.addTimeout(seconds, clock)
    except TimeoutError:
        return default


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


@mistakes("c3-retry", finding="no-delay")
async def no_wait(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise


@mistakes("c3-retry", finding="no-delay")
async def wait_not_awaited(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        deferLater(clock, delay, lambda: None)


@mistakes("c3-retry", finding="no-delay")
async def sleeping(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        time.sleep(delay / 1000)


@mistakes("c3-retry", finding="fires-too-soon")
def timer_not_returned(f, tries, delay, clock):
    def again(failure):
        if tries == 1:
            return failure
        clock.callLater(delay, timer_not_returned, f, tries - 1, delay, clock)

    return maybeDeferred(f).addErrback(again)


@mistakes("c3-retry", finding="sync-exception-escapes")
def raw_call(f, tries, delay, clock):
    def again(failure):
        if tries == 1:
            return failure
        return deferLater(clock, delay, raw_call, f, tries - 1, delay, clock)

    return f().addErrback(again)


@mistakes("c3-retry", finding="extra-delay-at-end")
async def waits_at_the_end(f, tries, delay, clock):
    for _ in range(tries):
        try:
            return await maybeDeferred(f)
        except Exception as error:
            last = error
        await deferLater(clock, delay, lambda: None)
    raise last


@mistakes("c3-retry", finding="error-lost")
async def gives_none_in_the_end(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if left:
                await deferLater(clock, delay, lambda: None)


@mistakes("c3-retry", finding="wrong-count")
async def once_too_often(f, tries, delay, clock):
    for left in reversed(range(tries + 1)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        await deferLater(clock, delay, lambda: None)


@mistakes("c3-retry", finding="wrong-count")
async def none_is_no_success(f, tries, delay, clock):
    result = None
    for left in reversed(range(tries)):
        try:
            result = await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        if result is not None:
            break
        if left:
            await deferLater(clock, delay, lambda: None)
    return result
