"""Wrong answers to c3-retry."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.task import LoopingCall, deferLater

from labkit.exercises import mistakes

__all__: list[str] = []


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
        time.sleep(delay)


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


@mistakes("c3-retry", finding="wrong-count")
def never_again(f, tries, delay, clock):
    return maybeDeferred(f)


@mistakes("c3-retry", finding="wrong-count")
async def at_least_twice(f, tries, delay, clock):
    for left in reversed(range(max(tries, 2))):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        await deferLater(clock, delay)


@mistakes("c3-retry", finding="late-try")
async def on_the_other_clock(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception:
            if not left:
                raise
        await deferLater(reactor, delay)


@mistakes("c3-retry", finding="late-try")
async def longer_each_time(f, tries, delay, clock):
    for number in range(tries):
        try:
            return await maybeDeferred(f)
        except Exception:
            if number == tries - 1:
                raise
        await deferLater(clock, delay * 2**number)


@mistakes("c3-retry", finding="no-delay")
def at_fixed_times(f, tries, delay, clock):
    out, count = Deferred(), [0]

    def once():
        count[0] += 1
        return maybeDeferred(f).addCallbacks(worked, failed)

    def worked(value):
        loop.stop()
        out.callback(value)

    def failed(failure):
        if count[0] == tries:
            loop.stop()
            out.errback(failure)

    loop = LoopingCall(once)
    loop.clock = clock
    loop.start(delay)
    return out


@mistakes("c3-retry", finding="error-lost")
async def keeps_the_first_error(f, tries, delay, clock):
    first = None
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except Exception as error:
            first = first or error
        if left:
            await deferLater(clock, delay)
    raise first


@mistakes("c3-retry", finding="plain-value")
async def awaits_what_it_gets(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await f()
        except Exception:
            if not left:
                raise
        await deferLater(clock, delay)


@mistakes("c3-retry", finding="plain-value")
def adds_to_what_it_gets(f, tries, delay, clock):
    def again(failure):
        if tries == 1:
            return failure
        rest = (f, tries - 1, delay, clock)
        return deferLater(clock, delay, adds_to_what_it_gets, *rest)

    try:
        d = f()
    except Exception:
        d = fail()
    return d.addErrback(again)


@mistakes("c3-retry", finding="never-fires")
def keeps_it_to_itself(f, tries, delay, clock):
    out, count = Deferred(), [0]

    def once():
        count[0] += 1
        maybeDeferred(f).addErrback(failed)

    def failed(failure):
        if count[0] == tries:
            out.errback(failure)
        else:
            clock.callLater(delay, once)

    once()
    return out


@mistakes("c3-retry", finding="not-a-deferred")
def without_inline_callbacks(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return (yield maybeDeferred(f))
        except Exception:
            if not left:
                raise
        yield deferLater(clock, delay)


@mistakes("c3-retry", finding="wrong-count")
async def one_kind_of_error(f, tries, delay, clock):
    for left in reversed(range(tries)):
        try:
            return await maybeDeferred(f)
        except OSError:
            if not left:
                raise
        await deferLater(clock, delay)
