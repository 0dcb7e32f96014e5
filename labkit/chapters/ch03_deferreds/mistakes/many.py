"""Wrong answers to c3-order and c3-together."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.defer import (
    Deferred,
    DeferredList,
    DeferredLock,
    gatherResults,
    succeed,
)
from twisted.python.failure import Failure

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c3-order", finding="starts-all-at-once")
def gathered(jobs):
    return gatherResults([job() for job in jobs])


@mistakes("c3-order", finding="starts-all-at-once")
async def started_then_awaited(jobs):
    running = [job() for job in jobs]
    return [await d for d in running]


@mistakes("c3-order", finding="late-binding")
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


@mistakes("c3-order", finding="wrong-result")
async def leaves_none_out(jobs):
    results = [await job() for job in jobs]
    return [result for result in results if result is not None]


@mistakes("c3-order", finding="goes-on-after-failure")
def a_lock(jobs):
    lock = DeferredLock()
    d = gatherResults([lock.run(job) for job in jobs], consumeErrors=True)
    return d.addErrback(lambda failure: failure.value.subFailure)


@mistakes("c3-order", finding="goes-on-after-failure")
async def fails_at_the_end(jobs):
    results, broken = [], None
    for job in jobs:
        try:
            results.append(await job())
        except Exception as error:
            broken = error
    if broken is not None:
        raise broken
    return results


@mistakes("c3-order", finding="not-a-deferred")
def a_generator(jobs):
    results = []
    for job in jobs:
        results.append((yield job()))
    return results


@mistakes("c3-order", finding="crashed")
def the_first_by_itself(jobs):
    results = []
    chain = jobs[0]().addCallback(results.append)
    for job in jobs[1:]:
        chain.addCallback(lambda _, job=job: job()).addCallback(results.append)
    return chain.addCallback(lambda _: results)


@mistakes("c3-order", finding="fires-too-soon")
def the_list_itself(jobs):
    results, chain = [], succeed(None)
    for job in jobs:
        chain.addCallback(lambda _, job=job: job()).addCallback(results.append)
    return succeed(results)


@mistakes("c3-order", finding="never-fires")
def forgets_the_end(jobs):
    done, results, chain = Deferred(), [], succeed(None)
    for job in jobs:
        chain.addCallback(lambda _, job=job: job()).addCallback(results.append)
    return done


@mistakes("c3-order", finding="stuck")
async def returns_in_the_loop(jobs):
    results = []
    for job in jobs:
        results.append(await job())
        return results
    return results


@mistakes("c3-order", finding="job-not-called")
async def awaits_the_function(jobs):
    return [await job for job in jobs]


@mistakes("c3-order", finding="job-not-called")
def hands_the_function_on(jobs):
    results, chain = [], succeed(None)
    for job in jobs:
        chain.addCallback(lambda _, job=job: job).addCallback(results.append)
    return chain.addCallback(lambda _: results)


@mistakes("c3-order", finding="fails-by-itself")
async def misspelt(jobs):
    results = []
    for job in jobs:
        results.apend(await job())
    return results


@mistakes("c3-together", finding="job-not-called")
def gathers_the_functions(jobs):
    d = gatherResults([job for job in jobs], consumeErrors=True)  # noqa: C416
    return d.addErrback(lambda failure: failure.value.subFailure)


@mistakes("c3-together", finding="fails-by-itself")
async def unpacks_what_is_no_pair(jobs):
    d = gatherResults([job() for job in jobs], consumeErrors=True)
    return [result for _, result in await d]


@mistakes("c3-together", finding="firsterror-leaks")
def first_error_as_a_value(jobs):
    d = gatherResults([job() for job in jobs], consumeErrors=True)
    return d.addErrback(lambda failure: failure.value)


@mistakes("c3-together", finding="error-as-result")
def the_exception_as_a_value(jobs):
    d = gatherResults([job() for job in jobs], consumeErrors=True)
    return d.addErrback(lambda failure: failure.value.subFailure.value)


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


@mistakes("c3-together", finding="fires-too-soon")
def counts_while_starting(jobs):
    results, left, done = [None] * len(jobs), [0], Deferred()

    def ended(result, number):
        results[number] = result
        left[0] -= 1
        if not left[0] and not done.called:
            done.callback(results)

    def broke(failure):
        if not done.called:
            done.errback(failure)

    for number, job in enumerate(jobs):
        left[0] += 1
        job().addCallback(ended, number).addErrback(broke)
    return done if jobs else succeed([])


@mistakes("c3-together", finding="wrong-result")
async def a_tuple(jobs):
    d = gatherResults([job() for job in jobs], consumeErrors=True)
    d.addErrback(lambda failure: failure.value.subFailure)
    return tuple(await d)


@mistakes("c3-together", finding="error-lost")
def another_error(jobs):
    def wrap(failure):
        raise ValueError(str(failure.value.subFailure.value))

    d = gatherResults([job() for job in jobs], consumeErrors=True)
    return d.addErrback(wrap)


@mistakes("c3-together", finding="lost-failure")
def keeps_the_failure(jobs):
    running, out = [job() for job in jobs], Deferred()

    def broke(failure):
        if not out.called:
            out.errback(failure)
            return failure

    def ended(pairs):
        if not out.called:
            out.callback([result for _, result in pairs])

    for d in running:
        d.addErrback(broke)
    DeferredList(running).addCallback(ended)
    return out


@mistakes("c3-together", finding="not-a-deferred")
def a_list_of_deferreds(jobs):
    return [job() for job in jobs]


@mistakes("c3-together", finding="never-fires")
def none_to_end_it(jobs):
    results, left, done = [None] * len(jobs), [len(jobs)], Deferred()

    def ended(result, number):
        results[number] = result
        left[0] -= 1
        if not left[0] and not done.called:
            done.callback(results)

    def broke(failure):
        if not done.called:
            done.errback(failure)

    for number, job in enumerate(jobs):
        job().addCallback(ended, number).addErrback(broke)
    return done


@mistakes("c3-together", finding="sequential")
def stops_at_a_failure(jobs):
    running = []
    for job in jobs:
        running.append(job())
        if isinstance(running[-1].result if running[-1].called else None, Failure):
            break
    d = gatherResults(running, consumeErrors=True)
    return d.addErrback(lambda failure: failure.value.subFailure)
