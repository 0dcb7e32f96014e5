"""Wrong answers to c5-resume."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import hashlib
from pathlib import Path

import treq
from twisted.web.client import ResponseFailed
from twisted.web.error import Error

from labkit.exercises import mistakes

__all__: list[str] = []


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


@mistakes("c5-resume", finding="corrupt")
async def resume_one_byte_later(url, path, sha256):
    class Later(Download):
        def headers(self):
            asked = {"Range": f"bytes={len(self.have) + 1}-", "If-Range": self.etag}
            return asked if self.have else {}

    return await Later(url, path, sha256).run()


@mistakes("c5-resume", finding="gives-up")
async def resume_gives_up(url, path, sha256):
    class Once(Download):
        times = 1

    return await Once(url, path, sha256).run()


@mistakes("c5-resume", finding="wrong-tries")
async def resume_for_a_long_time(url, path, sha256):
    class Stubborn(Download):
        times = 9

    return await Stubborn(url, path, sha256).run()


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


@mistakes("c5-resume", finding="corrupt")
async def resume_writes_over(url, path, sha256):
    class Over(Download):
        tail = b""

        def begin(self, response):
            if response.code == 200:
                self.tail = max(self.tail, bytes(self.have), key=len)
                self.have.clear()

        async def once(self):
            await super().once()
            self.have += self.tail[len(self.have) :]

    return await Over(url, path, sha256).run()


@mistakes("c5-resume", finding="stale-etag")
async def resume_by_the_first_etag(url, path, sha256):
    class First(Download):
        def begin(self, response):
            super().begin(response)
            self.first = self.first or self.etag
            self.etag = self.first

    first = First(url, path, sha256)
    first.first = ""
    return await first.run()


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
