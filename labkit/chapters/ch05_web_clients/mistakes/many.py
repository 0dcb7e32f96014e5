"""Wrong answers to c5-many, c5-retry and c5-resume."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import treq
from twisted.internet import reactor
from twisted.internet.defer import (
    DeferredList,
    DeferredSemaphore,
    ensureDeferred,
    gatherResults,
)
from twisted.internet.task import deferLater
from twisted.web.client import Agent, HTTPConnectionPool, ResponseFailed, readBody
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


@mistakes("c5-retry", finding="wrong-count")
async def retry_once_more(url, tries):
    for left in reversed(range(tries + 1)):
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


class Download:
    """What is right about the answers to c5-resume."""

    times, verify, if_range, keep = 5, True, True, False

    def __init__(self, url, path, sha256):
        self.url, self.path, self.sha256 = url, path, sha256
        self.have, self.etag = bytearray(), ""

    def headers(self):
        asked = {"Range": f"bytes={len(self.have)}-"}
        if self.if_range:
            asked["If-Range"] = self.etag
        return asked if self.have else {}

    async def once(self):
        response = await treq.get(
            self.url, headers=self.headers(), unbuffered=True, persistent=False
        )
        if response.code >= 400:
            raise Error(response.code)
        self.etag = response.headers.getRawHeaders("ETag", [""])[0]
        self.begin(response)
        await treq.collect(response, self.have.extend)

    def begin(self, response):
        if response.code == 200:
            self.have.clear()

    async def run(self):
        for left in reversed(range(self.times)):
            try:
                await self.once()
                break
            except ResponseFailed:
                self.broken(left)
        if self.verify and hashlib.sha256(self.have).hexdigest() != self.sha256:
            raise ValueError("other bytes")
        return self.written()

    def broken(self, left):
        if not left:
            raise OSError("broken for ever")

    def written(self):
        return Path(self.path).write_bytes(self.have)


@mistakes("c5-resume", finding="starts-anew")
async def resume_from_the_start(url, path, sha256):
    class Anew(Download):
        def headers(self):
            return {}

    return await Anew(url, path, sha256).run()


@mistakes("c5-resume", finding="gives-up")
async def resume_gives_up(url, path, sha256):
    class Once(Download):
        times = 1

    return await Once(url, path, sha256).run()


@mistakes("c5-resume", finding="appends-the-whole")
async def resume_always_appends(url, path, sha256):
    class Append(Download):
        def begin(self, response):
            pass

    return await Append(url, path, sha256).run()


@mistakes("c5-resume", finding="no-if-range")
async def resume_without_if_range(url, path, sha256):
    class Unsure(Download):
        if_range = False

    return await Unsure(url, path, sha256).run()


@mistakes("c5-resume", finding="unverified")
async def resume_without_a_look(url, path, sha256):
    class Trusting(Download):
        verify = False

    return await Trusting(url, path, sha256).run()


@mistakes("c5-resume", finding="short-accepted")
async def resume_takes_what_came(url, path, sha256):
    class Content(Download):
        def broken(self, left):
            self.verify = bool(left)

    return await Content(url, path, sha256).run()


@mistakes("c5-resume", finding="partial-left")
async def resume_leaves_the_part(url, path, sha256):
    class Littering(Download):
        def begin(self, response):
            super().begin(response)
            Path(self.path + ".part").write_bytes(self.have)

        def written(self):
            Path(self.path + ".part").unlink()
            return super().written()

    return await Littering(url, path, sha256).run()


@mistakes("c5-resume", finding="wrong-count")
async def resume_counts_pieces(url, path, sha256):
    await Download(url, path, sha256).run()
    return 1
