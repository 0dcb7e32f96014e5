"""Wrong answers to c5-crawl."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import treq
from twisted.internet.defer import DeferredSemaphore, ensureDeferred, gatherResults
from twisted.web.error import Error

from labkit.exercises import mistakes

__all__: list[str] = []


class Crawler:
    """What is right about the answers to c5-crawl."""

    def __init__(self, url, limit):
        self.url, self.home = url, urlsplit(url).netloc
        self.found, self.turns = {}, DeferredSemaphore(limit)
        self.robots = RobotFileParser()

    async def run(self):
        answer = await treq.get(urljoin(self.url, "/robots.txt"), persistent=False)
        rules = await answer.text()
        self.robots.parse(rules.splitlines() if answer.code == 200 else [])
        await self.visit(self.url)
        return self.found

    async def get(self, page):
        response = await treq.get(page, persistent=False)
        text = await response.text(encoding="utf-8")
        return self.told(response, text)

    def told(self, response, text):
        kind = response.headers.getRawHeaders("Content-Type", [""])[0]
        return response.code, text if "html" in kind else ""

    def allowed(self, page):
        return self.robots.can_fetch("*", page)

    def at_home(self, page):
        return urlsplit(page).netloc == self.home

    def path(self, page):
        parts = urlsplit(page)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    async def visit(self, page):
        path = self.path(page)
        if path in self.found or not self.at_home(page) or not self.allowed(page):
            return
        self.note(path)
        await self.enter(path, page)

    def note(self, path):
        self.found[path] = None

    async def enter(self, path, page):
        self.found[path], text = await self.turns.run(lambda: ensureDeferred(self.get(page)))
        await self.follow([self.join(page, x) for x in self.links(text)])

    def links(self, text):
        return [unescape(x) for x in self.written(text)]

    def written(self, text):
        return re.findall(r"""href=["']([^"']*)""", text, re.IGNORECASE)

    async def follow(self, pages):
        await gatherResults([ensureDeferred(self.visit(p)) for p in pages])

    def join(self, page, link):
        return urldefrag(urljoin(page, link))[0]


@mistakes("c5-crawl", finding="asked-twice")
async def crawl_forgets(url, limit):
    class Forgetful(Crawler):
        def note(self, path):
            pass

    return await Forgetful(url, limit).run()


@mistakes("c5-crawl", finding="asked-twice")
async def crawl_in_circles(url, limit):
    found = {}

    async def visit(page):
        response = await treq.get(page, persistent=False)
        found[urlsplit(page).path] = response.code
        for link in re.findall(r'href="([^"]*)"', await response.text()):
            if "mailto" not in link:
                await visit(urldefrag(urljoin(page, unescape(link)))[0])

    await visit(url)
    return found


@mistakes("c5-crawl", finding="leaves-the-site")
async def crawl_any_port(url, limit):
    class Harbours(Crawler):
        def at_home(self, page):
            return urlsplit(page).hostname == urlsplit(self.url).hostname

    return await Harbours(url, limit).run()


@mistakes("c5-crawl", finding="leaves-the-site")
async def crawl_everywhere(url, limit):
    class Wandering(Crawler):
        def at_home(self, page):
            return urlsplit(page).hostname == "127.0.0.1"

        def path(self, page):
            return super().path(page) if super().at_home(page) else page

    return await Wandering(url, limit).run()


@mistakes("c5-crawl", finding="leaves-the-site")
async def crawl_by_port(url, limit):
    class Ports(Crawler):
        def at_home(self, page):
            return urlsplit(page).port == urlsplit(self.url).port

    return await Ports(url, limit).run()


@mistakes("c5-crawl", finding="start-is-a-border")
async def crawl_below_its_start(url, limit):
    class Below(Crawler):
        def at_home(self, page):
            return page.startswith(url)

    return await Below(url, limit).run()


@mistakes("c5-crawl", finding="ignores-robots")
async def crawl_with_the_rules_beside_the_page(url, limit):
    class Beside(Crawler):
        async def run(self):
            rules = await (await treq.get(urljoin(url, "robots.txt"), persistent=False)).text()
            self.robots.parse(rules.splitlines())
            await self.visit(self.url)
            return self.found

    return await Beside(url, limit).run()


@mistakes("c5-crawl", finding="ignores-robots")
async def crawl_rudely(url, limit):
    class Rude(Crawler):
        def allowed(self, page):
            return True

    return await Rude(url, limit).run()


@mistakes("c5-crawl", finding="others-robots")
async def crawl_obeys_every_line(url, limit):
    class EveryLine:
        def parse(self, lines):
            closed = [line.partition(":")[2].strip() for line in lines if "Disallow" in line]
            self.closed = tuple(closed)

        def can_fetch(self, agent, page):
            return page == url or not urlsplit(page).path.startswith(self.closed)

    obedient = Crawler(url, limit)
    obedient.robots = EveryLine()
    return await obedient.run()


@mistakes("c5-crawl", finding="escaped-links")
async def crawl_links_as_written(url, limit):
    class Literal(Crawler):
        def links(self, text):
            return self.written(text)

    return await Literal(url, limit).run()


@mistakes("c5-crawl", finding="links-unseen")
async def crawl_links_in_double_quotes(url, limit):
    class Tidy(Crawler):
        def written(self, text):
            return re.findall(r'href="([^"]*)"', text)

    return await Tidy(url, limit).run()


@mistakes("c5-crawl", finding="no-limit")
async def crawl_all_at_once(url, limit):
    return await Crawler(url, 1000).run()


@mistakes("c5-crawl", finding="sequential")
async def crawl_one_by_one(url, limit):
    class Slow(Crawler):
        async def follow(self, pages):
            for page in pages:
                await self.visit(page)

    return await Slow(url, limit).run()


@mistakes("c5-crawl", finding="one-failure-kills-all")
async def crawl_stops_at_404(url, limit):
    class Strict(Crawler):
        def told(self, response, text):
            if response.code >= 400:
                raise Error(response.code)
            return super().told(response, text)

    return await Strict(url, limit).run()


@mistakes("c5-crawl", finding="broken-link-lost")
async def crawl_forgets_the_broken(url, limit):
    found = await Crawler(url, limit).run()
    return {path: status for path, status in found.items() if status == 200}


@mistakes("c5-crawl", finding="relative-links")
async def crawl_absolute_links_alone(url, limit):
    class Rooted(Crawler):
        def join(self, page, link):
            return urljoin(self.url, "/" + link.lstrip("/").partition("#")[0])

    return await Rooted(url, limit).run()


@mistakes("c5-crawl", finding="reads-any-type")
async def crawl_any_text(url, limit):
    class Reading(Crawler):
        def told(self, response, text):
            return response.code, text

    return await Reading(url, limit).run()
