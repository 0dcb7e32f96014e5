"""Wrong answers to c5-many and c5-retry."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.internet.defer import (
    DeferredList,
    DeferredSemaphore,
    ensureDeferred,
    gatherResults,
)
from twisted.internet.task import deferLater
from twisted.web.client import Agent, HTTPConnectionPool, readBody
from twisted.web.error import Error

from labkit.exercises import mistakes

__all__: list[str] = []


async def fetch(url, agent=None):
    response = await (agent or Agent(reactor)).request(b"GET", url.encode())
    body = await readBody(response)
    if response.code >= 400:
        raise Error(response.code)
    return body


async def tried(url, agent=None):
    try:
        return await fetch(url, agent)
    except Exception as error:
        return error


@mistakes("c5-many", finding="no-limit")
def many_at_once(urls, limit):
    return gatherResults([ensureDeferred(tried(u)) for u in urls])


@mistakes("c5-many", finding="no-limit")
def many_by_the_pool(urls, limit):
    pool = HTTPConnectionPool(reactor, persistent=False)
    pool.maxPersistentPerHost = limit
    agent = Agent(reactor, pool=pool)
    return gatherResults([ensureDeferred(tried(u, agent)) for u in urls])


@mistakes("c5-many", finding="sequential")
async def many_one_by_one(urls, limit):
    return [await tried(u) for u in urls]


@mistakes("c5-many", finding="one-failure-kills-all")
def many_or_nothing(urls, limit):
    turns = DeferredSemaphore(limit)
    runs = [turns.run(lambda u=u: ensureDeferred(fetch(u))) for u in urls]
    return gatherResults(runs, consumeErrors=True)


@mistakes("c5-many", finding="no-limit")
def many_by_their_heads(urls, limit):
    turns = DeferredSemaphore(limit)

    async def one(url):
        try:
            response = await turns.run(Agent(reactor).request, b"GET", url.encode())
            body = await readBody(response)
        except Exception as error:
            return error
        return body if response.code < 400 else Error(response.code)

    return gatherResults([ensureDeferred(one(u)) for u in urls])


@mistakes("c5-many", finding="no-limit")
def many_by_three(urls, limit):
    turns = DeferredSemaphore(3)
    return gatherResults([turns.run(lambda u=u: ensureDeferred(tried(u))) for u in urls])


@mistakes("c5-many", finding="waits-for-the-batch")
async def many_in_batches(urls, limit):
    found = []
    for n in range(0, len(urls), limit):
        batch = [ensureDeferred(tried(u)) for u in urls[n : n + limit]]
        found += await gatherResults(batch)
    return found


@mistakes("c5-many", finding="404-is-success")
def many_of_any_status(urls, limit):
    turns = DeferredSemaphore(limit)

    async def one(url):
        try:
            response = await Agent(reactor).request(b"GET", url.encode())
            return await readBody(response)
        except Exception as error:
            return error

    return gatherResults([turns.run(lambda u=u: ensureDeferred(one(u))) for u in urls])


@mistakes("c5-many", finding="another-exception")
def many_with_words(urls, limit):
    turns = DeferredSemaphore(limit)

    async def one(url):
        try:
            return await fetch(url)
        except Exception as error:
            return RuntimeError(str(error))

    return gatherResults([turns.run(lambda u=u: ensureDeferred(one(u))) for u in urls])


@mistakes("c5-many", finding="wrong-result")
async def many_as_a_dict(urls, limit):
    turns = DeferredSemaphore(limit)
    runs = [turns.run(lambda u=u: ensureDeferred(tried(u))) for u in urls]
    return dict(zip(urls, await gatherResults(runs), strict=True))


@mistakes("c5-many", finding="not-awaited")
def many_not_gathered(urls, limit):
    turns = DeferredSemaphore(limit)
    return [turns.run(lambda u=u: ensureDeferred(tried(u))) for u in urls]


@mistakes("c5-many", finding="returns-none")
def many_without_return(urls, limit):
    turns = DeferredSemaphore(limit)
    gatherResults([turns.run(lambda u=u: ensureDeferred(tried(u))) for u in urls])


@mistakes("c5-many", finding="raw-results")
def many_as_pairs(urls, limit):
    turns = DeferredSemaphore(limit)
    runs = [turns.run(lambda u=u: ensureDeferred(fetch(u))) for u in urls]
    return DeferredList(runs, consumeErrors=True)


@mistakes("c5-many", finding="one-failure-kills-all")
def many_with_failures(urls, limit):
    turns = DeferredSemaphore(limit)
    runs = [turns.run(lambda u=u: ensureDeferred(fetch(u))) for u in urls]
    return DeferredList(runs, consumeErrors=True).addCallback(lambda r: [v for _, v in r])


@mistakes("c5-many", finding="wrong-order")
async def many_as_they_come(urls, limit):
    turns, found = DeferredSemaphore(limit), []

    async def one(url):
        found.append(await tried(url))

    await gatherResults([turns.run(lambda u=u: ensureDeferred(one(u))) for u in urls])
    return found


@mistakes("c5-many", finding="wrong-order")
def many_late_bound(urls, limit):
    turns = DeferredSemaphore(limit)
    return gatherResults([turns.run(lambda: ensureDeferred(tried(u))) for u in urls])  # noqa: B023


@mistakes("c5-retry", finding="no-retry")
async def retry_expects_an_exception(url, tries):
    for _ in range(tries):
        try:
            return await fetch(url)
        except OSError:
            await deferLater(reactor, 0.2)


@mistakes("c5-retry", finding="blocks-reactor")
async def retry_sleeps(url, tries):
    for left in reversed(range(tries)):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if response.code != 503 or not left:
            raise Error(response.code)
        time.sleep(float(response.headers.getRawHeaders("Retry-After")[0]))


@mistakes("c5-retry", finding="ignores-retry-after")
async def retry_does_not_wait(url, tries):
    for left in reversed(range(tries)):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if response.code != 503 or not left:
            raise Error(response.code)
        deferLater(reactor, float(response.headers.getRawHeaders("Retry-After")[0]))


@mistakes("c5-retry", finding="ignores-retry-after")
async def retry_after_a_pause_of_its_own(url, tries):
    for left in reversed(range(tries)):
        try:
            return await fetch(url)
        except Error as error:
            if error.status != b"503" or not left:
                raise
            await deferLater(reactor, 0.35)


@mistakes("c5-retry", finding="no-retry")
async def retry_never(url, tries):
    response = await Agent(reactor).request(b"GET", url.encode())
    body = await readBody(response)
    if response.code >= 400 and response.code != 503:
        raise Error(response.code)
    return body


@mistakes("c5-retry", finding="ends-in-silence")
async def retry_and_then_nothing(url, tries):
    for _ in range(tries):
        response = await Agent(reactor).request(b"GET", url.encode())
        if response.code == 503:
            pause = response.headers.getRawHeaders("Retry-After", ["0"])[0]
            await deferLater(reactor, float(pause))
        elif response.code >= 400:
            raise Error(response.code)
        else:
            return await readBody(response)


@mistakes("c5-retry", finding="retries-404")
async def retry_whatever_the_server_cannot(url, tries):
    for left in reversed(range(tries)):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if response.code < 500 or not left:
            raise Error(response.code)
        pause = response.headers.getRawHeaders("Retry-After", ["0"])[0]
        await deferLater(reactor, float(pause))


@mistakes("c5-retry", finding="retries-404")
async def retry_everything(url, tries):
    for left in reversed(range(tries)):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if not left:
            raise Error(response.code)
        await deferLater(reactor, float(response.headers.getRawHeaders("Retry-After", ["0"])[0]))


@mistakes("c5-retry", finding="wrong-tries")
async def retry_once_more(url, tries):
    for left in reversed(range(tries + 1)):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if response.code != 503 or not left:
            raise Error(response.code)
        await deferLater(reactor, float(response.headers.getRawHeaders("Retry-After")[0]))


@mistakes("c5-retry", finding="wrong-tries")
async def retry_three_times(url, tries):
    for left in (2, 1, 0):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if response.code != 503 or not left:
            raise Error(response.code)
        await deferLater(reactor, float(response.headers.getRawHeaders("Retry-After")[0]))


@mistakes("c5-retry", finding="404-is-success")
async def retry_takes_any_page(url, tries):
    for _ in range(tries):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code != 503:
            return body
        await deferLater(reactor, float(response.headers.getRawHeaders("Retry-After")[0]))
    return body
