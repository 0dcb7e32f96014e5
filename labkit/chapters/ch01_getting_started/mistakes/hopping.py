"""Wrong answers to c1-hop."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Event

from crochet import run_in_reactor, wait_for
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c1-hop", finding="wrong-thread")
def in_reactor_called_directly(f, *args):
    return f(*args)


@mistakes("c1-hop", finding="other-thread")
def in_reactor_with_a_thread(f, *args):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f, *args).result()


@mistakes("c1-hop", finding="wrong-thread")
def in_reactor_with_the_call_in_brackets(f, *args):
    result = f(*args)
    return run_in_reactor(lambda: result)().wait(5)


@mistakes("c1-hop", finding="other-thread")
def in_reactor_deferred_to_a_thread(f, *args):
    return run_in_reactor(deferToThread)(f, *args).wait(5)


@mistakes("c1-hop", finding="other-thread")
def in_reactor_waits_for_a_thread(f, *args):
    return wait_for(5)(deferToThread)(f, *args)


@mistakes("c1-hop", finding="wrong-thread")
def in_reactor_with_a_timer_from_here(f, *args):
    d = deferLater(reactor, 0, f, *args)
    return wait_for(5)(lambda: d)()


@mistakes("c1-hop", finding="wrong-thread")
def in_reactor_with_a_call_later(f, *args):
    done, results = Event(), []

    def go():
        d = maybeDeferred(f, *args).addBoth(results.append)
        d.addCallback(lambda _: done.set())

    reactor.callLater(0, go)
    done.wait(5)
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]


@mistakes("c1-hop", finding="no-value")
def in_reactor_call_from_thread(f, *args):
    return reactor.callFromThread(f, *args)


@mistakes("c1-hop", finding="no-value")
def in_reactor_without_return(f, *args):
    run_in_reactor(f)(*args).wait(5)


@mistakes("c1-hop", finding="forgot-wait")
def in_reactor_without_wait(f, *args):
    return run_in_reactor(f)(*args)


@mistakes("c1-hop", finding="swallows-exception")
def in_reactor_returns_the_exception(f, *args):
    try:
        return run_in_reactor(f)(*args).wait(5)
    except Exception as e:
        return e


@mistakes("c1-hop", finding="swallows-exception")
def in_reactor_raises_another(f, *args):
    try:
        return run_in_reactor(f)(*args).wait(5)
    except Exception:
        raise RuntimeError("that went wrong") from None


@mistakes("c1-hop", finding="deferred-not-waited")
def in_reactor_with_an_event(f, *args):
    done, results = Event(), []

    def hop():
        try:
            results.append(f(*args))
        finally:
            done.set()

    reactor.callFromThread(hop)
    done.wait()
    return results[0]


@mistakes("c1-hop", finding="deferred-not-waited")
def in_reactor_waits_for_the_wrong_thing(f, *args):
    @wait_for(timeout=5)
    def hop():
        return [f(*args)]

    return hop()[0]


@mistakes("c1-hop", finding="hangs-on-error")
def in_reactor_with_an_event_set_at_last(f, *args):
    done, results = Event(), Queue()

    def hop():
        result = f(*args)
        if hasattr(result, "addCallback"):
            result.addCallback(results.put)
        else:
            results.put(result)
        done.set()

    reactor.callFromThread(hop)
    done.wait()
    return results.get()


@mistakes("c1-hop", finding="hangs-on-error")
def in_reactor_that_looks_again_and_again(f, *args):
    results = []

    def there():
        result = f(*args)
        if hasattr(result, "addCallback"):
            result.addCallback(results.append)
        else:
            results.append(result)

    reactor.callFromThread(there)
    while not results:
        time.sleep(0.01)
    return results[0]
