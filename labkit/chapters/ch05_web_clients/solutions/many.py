"""Right answers to c5-many, c5-retry, c5-resume and c5-crawl."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import hashlib
import re
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import treq
from twisted.internet import reactor
from twisted.internet.defer import DeferredSemaphore, ensureDeferred, gatherResults
from twisted.internet.task import deferLater
from twisted.web.client import Agent, ResponseFailed, readBody
from twisted.web.error import Error
from twisted.web.http_headers import Headers

from labkit.exercises import solves

__all__: list[str] = []


@solves("c5-many", style="a semaphore")
def fetch_many(urls, limit):
    async def fetch(url):
        try:
            response = await Agent(reactor).request(b"GET", url.encode())
            body = await readBody(response)
            return body if response.code < 400 else Error(response.code)
        except Exception as error:
            return error

    turns = DeferredSemaphore(limit)
    runs = [turns.run(lambda u=u: ensureDeferred(fetch(u))) for u in urls]
    return gatherResults(runs)


@solves("c5-many", style="workers")
async def fetch_many_by_workers(urls, limit):
    found = [None] * len(urls)
    waiting = iter(enumerate(urls))

    async def work():
        for number, url in waiting:
            try:
                response = await treq.get(url, persistent=False)
                found[number] = await response.content()
                if response.code >= 400:
                    found[number] = Error(response.code)
            except Exception as error:
                found[number] = error

    await gatherResults([ensureDeferred(work()) for _ in range(limit)])
    return found


@solves("c5-retry", style="a loop")
async def fetch_retry(url, tries):
    for left in reversed(range(tries)):
        response = await Agent(reactor).request(b"GET", url.encode())
        body = await readBody(response)
        if response.code < 400:
            return body
        if response.code != 503 or not left:
            raise Error(response.code)
        pause = response.headers.getRawHeaders("Retry-After", ["0"])[0]
        await deferLater(reactor, float(pause))


@solves("c5-retry", style="recursion, treq")
def fetch_retry_again(url, tries):
    def answered(response):
        return response.content().addCallback(read, response)

    def read(body, response):
        if response.code < 400:
            return body
        if response.code != 503 or tries <= 1:
            raise Error(response.code)
        pause = float(response.headers.getRawHeaders("Retry-After")[0])
        return deferLater(reactor, pause, fetch_retry_again, url, tries - 1)

    return treq.get(url, persistent=False).addCallback(answered)


@solves("c5-resume", style="Agent")
async def resume(url, path, sha256):
    part, etag = Path(f"{path}.part"), None
    part.write_bytes(b"")
    try:
        for _ in range(5):
            have, headers = part.stat().st_size, Headers()
            if have and etag:
                headers.setRawHeaders("Range", [f"bytes={have}-"])
                headers.setRawHeaders("If-Range", [etag])
            asked = Agent(reactor).request(b"GET", url.encode(), headers)
            response = await asked
            if response.code >= 400:
                await readBody(response)
                raise Error(response.code)
            etag = response.headers.getRawHeaders("ETag", [None])[0]
            with part.open("ab" if response.code == 206 else "wb") as file:
                try:
                    await treq.collect(response, file.write)
                    break
                except ResponseFailed:
                    continue
        else:
            raise OSError("the connection broke five times")
        if hashlib.sha256(part.read_bytes()).hexdigest() != sha256:
            raise ValueError("these are other bytes")
        return part.replace(path).stat().st_size
    finally:
        part.unlink(missing_ok=True)


@solves("c5-resume", style="treq, callbacks of bytes")
async def resume_with_treq(url, path, sha256):
    have, etag = bytearray(), ""

    async def once():
        nonlocal etag
        headers = {"Range": f"bytes={len(have)}-", "If-Range": etag}
        asked = treq.get(
            url,
            headers=headers if have else {},
            unbuffered=True,
            persistent=False,
        )
        response = await asked
        if response.code >= 400:
            await response.content()
            raise Error(response.code)
        etag = response.headers.getRawHeaders("ETag", [""])[0]
        if response.code == 200:
            have.clear()
        await treq.collect(response, have.extend)

    for left in (4, 3, 2, 1, 0):
        try:
            await once()
            break
        except ResponseFailed:
            if not left:
                raise
    if hashlib.sha256(have).hexdigest() != sha256:
        raise ValueError("these are other bytes")
    return Path(path).write_bytes(have)


@solves("c5-crawl", style="a semaphore")
async def crawl(url, limit):
    home, found, turns = urlsplit(url).netloc, {}, DeferredSemaphore(limit)
    robots = RobotFileParser()
    answer = await treq.get(urljoin(url, "/robots.txt"), persistent=False)
    rules = await answer.text()
    robots.parse(rules.splitlines() if answer.code == 200 else [])

    async def get(page):
        response = await treq.get(page, persistent=False)
        kind = response.headers.getRawHeaders("Content-Type", [""])[0]
        text = await response.text(encoding="utf-8")
        return response.code, text if "html" in kind else ""

    async def visit(page):
        parts = urlsplit(page)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if parts.netloc != home or path in found:
            return
        if not robots.can_fetch("*", page):
            return
        found[path] = None
        found[path], text = await turns.run(lambda: ensureDeferred(get(page)))
        links = re.findall(r"""href=["']([^"']*)""", text, re.IGNORECASE)
        pages = [urldefrag(urljoin(page, unescape(x)))[0] for x in links]
        await gatherResults([ensureDeferred(visit(p)) for p in pages])

    await visit(url)
    return found


@solves("c5-crawl", style="level by level")
async def crawl_by_levels(url, limit):
    from html.parser import HTMLParser

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            self.found += [v for k, v in attrs if tag == "a" and k == "href"]

    async def get(page):
        response = await Agent(reactor).request(b"GET", page.encode())
        kind = response.headers.getRawHeaders("Content-Type", [""])[0]
        body = await readBody(response)
        links = Links()
        links.found = []
        if kind.startswith("text/html"):
            links.feed(body.decode())
        return response.code, body, links.found

    robots = RobotFileParser()
    status, body, _ = await get(urljoin(url, "/robots.txt"))
    robots.parse(body.decode().splitlines() if status == 200 else [])
    level, seen, found = [url], {url}, {}
    while level:
        batch, level = level[:limit], level[limit:]
        answers = await gatherResults([ensureDeferred(get(p)) for p in batch])
        for page, (status, _, links) in zip(batch, answers, strict=True):
            found[page[len(urljoin(page, "/")) - 1 :]] = status
            for link in links:
                there = urldefrag(urljoin(page, link))[0]
                same = urlsplit(there)[:2] == urlsplit(url)[:2]
                if there not in seen and same and robots.can_fetch("*", there):
                    seen.add(there)
                    level.append(there)
    return found
