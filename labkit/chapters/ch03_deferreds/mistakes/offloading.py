"""Wrong answers to c3-thread."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from twisted.internet import reactor, threads
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c3-thread", finding="not-a-deferred")
def a_future(fn, x):
    return ThreadPoolExecutor(1).submit(fn, x)


@mistakes("c3-thread", finding="wrong-result")
def nothing_handed_on(fn, x):
    return threads.deferToThread(fn, x).addCallback(lambda result: None)


@mistakes("c3-thread", finding="wrong-count")
def works_twice(fn, x):
    threads.deferToThread(fn, x).addErrback(lambda failure: None)
    return threads.deferToThread(fn, x)


@mistakes("c3-thread", finding="blocks-reactor")
def waits_for_its_thread(fn, x):
    results = []
    work = threading.Thread(target=lambda: results.append(fn(x)))
    work.start()
    work.join()
    return succeed(results[0])


@mistakes("c3-thread", finding="calls-it-first")
def calls_it_first(fn, x):
    return threads.deferToThread(fn(x))


@mistakes("c3-thread", finding="callback-in-wrong-thread")
def errs_in_the_thread(fn, x):
    d = Deferred()

    def work():
        try:
            reactor.callFromThread(d.callback, fn(x))
        except Exception:
            d.errback()

    reactor.callInThread(work)
    return d


@mistakes("c3-thread", finding="blocks-reactor")
def wrapped(fn, x):
    return maybeDeferred(fn, x)


@mistakes("c3-thread", finding="blocks-reactor")
def succeeded(fn, x):
    return succeed(fn(x))


@mistakes("c3-thread", finding="blocks-reactor")
async def async_def(fn, x):
    return fn(x)


@mistakes("c3-thread", finding="callback-in-wrong-thread")
def fires_in_the_thread(fn, x):
    d = Deferred()

    def work():
        try:
            result = fn(x)
        except Exception as error:
            d.errback(error)
        else:
            d.callback(result)

    threading.Thread(target=work).start()
    return d


@mistakes("c3-thread", finding="raised-in-the-thread")
def raises_in_a_thread_of_its_own(fn, x):
    d = Deferred()
    work = threading.Thread(target=lambda: reactor.callFromThread(d.callback, fn(x)))
    work.start()
    return d


@mistakes("c3-thread", finding="raised-in-the-thread")
def raises_in_the_pool(fn, x):
    d = Deferred()
    reactor.callInThread(lambda: reactor.callFromThread(d.callback, fn(x)))
    return d


@mistakes("c3-thread", finding="blocks-reactor")
def calls_it_for_the_reactor(fn, x):
    d = Deferred()
    reactor.callFromThread(d.callback, fn(x))
    return d


@mistakes("c3-thread", finding="blocks-reactor")
def sleeps_first(fn, x):
    time.sleep(0.3)
    return threads.deferToThread(fn, x)


@mistakes("c3-thread", finding="error-lost")
def error_dies_in_the_thread(fn, x):
    d = Deferred()

    def work():
        try:
            result = fn(x)
        except Exception:
            return
        reactor.callFromThread(d.callback, result)

    threading.Thread(target=work).start()
    return d


@mistakes("c3-thread", finding="error-lost")
def error_becomes_none(fn, x):
    return threads.deferToThread(fn, x).addErrback(lambda failure: None)


@mistakes("c3-thread", finding="error-as-result")
def error_to_callback(fn, x):
    d = Deferred()

    def work():
        try:
            result = fn(x)
        except Exception as error:
            result = error
        reactor.callFromThread(d.callback, result)

    reactor.callInThread(work)
    return d


@mistakes("c3-thread", finding="never-fires")
def result_left_in_the_thread(fn, x):
    d = Deferred()
    reactor.callInThread(fn, x)
    return d
