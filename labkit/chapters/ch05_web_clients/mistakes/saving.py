"""Wrong answers to c5-save."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import os

import treq
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone, readBody
from twisted.web.error import Error
from twisted.web.iweb import UNKNOWN_LENGTH

from labkit.exercises import mistakes

__all__: list[str] = []

left_open = []  # as a notebook's Out would keep it


class Saver(Protocol):
    """What the answers below share, and what is right about it."""

    def __init__(self, path):
        self.path, self.size, self.done = path, 0, Deferred()
        self.file = open(path + ".part", "wb")  # noqa: SIM115

    def dataReceived(self, data):
        self.file.write(data)
        self.size += len(data)

    def connectionLost(self, reason):
        self.file.close()
        if reason.check(ResponseDone):
            os.replace(self.path + ".part", self.path)
            self.done.callback(self.size)
        else:
            os.unlink(self.path + ".part")
            self.done.errback(reason)


async def got(url, strict=True):
    response = await Agent(reactor).request(b"GET", url.encode())
    if strict and response.code >= 400:
        raise Error(response.code)
    return response


@mistakes("c5-save", finding="whole-body-in-memory")
async def save_by_read_body(url, path):
    body = await readBody(await got(url))
    with open(path, "wb") as file:
        return file.write(body)


@mistakes("c5-save", finding="whole-body-in-memory")
async def save_by_content(url, path):
    response = await treq.get(url, persistent=False)
    if response.code >= 400:
        raise Error(response.code)
    body = await response.content()
    with open(path, "wb") as file:
        return file.write(body)


@mistakes("c5-save", finding="shared-part")
async def save_by_way_of_one_file(url, path):
    response = await got(url)
    part = os.path.join(os.path.dirname(path), "download.part")
    saver = Saver(os.path.splitext(part)[0])
    response.deliverBody(saver)
    size = await saver.done
    os.replace(saver.path, path)
    return size


@mistakes("c5-save", finding="short-accepted")
async def save_any_end(url, path):
    class Any(Saver):
        def connectionLost(self, reason):
            self.file.close()
            os.replace(self.path + ".part", self.path)
            self.done.callback(self.size)

    saver = Any(path) if (response := await got(url)) else None
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="short-accepted")
async def save_counts_what_was_promised(url, path):
    class Counting(Saver):
        def connectionLost(self, reason):
            whole = response.length in (self.size, UNKNOWN_LENGTH)
            super().connectionLost(Failure(ResponseDone()) if whole else reason)

    response, saver = await got(url), Counting(path)
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="wrong-count")
async def save_tells_what_was_promised(url, path):
    response, saver = await got(url), Saver(path)
    response.deliverBody(saver)
    await saver.done
    return response.length


@mistakes("c5-save", finding="no-file")
async def save_opens_at_the_first_piece(url, path):
    class Lazy(Saver):
        def __init__(self, path):
            self.path, self.size, self.done, self.file = path, 0, Deferred(), None

        def dataReceived(self, data):
            if self.file is None:
                self.file = open(self.path + ".part", "wb")  # noqa: SIM115
            super().dataReceived(data)

        def connectionLost(self, reason):
            if self.file is None:
                self.done.callback(0)
            else:
                super().connectionLost(reason)

    response, saver = await got(url), Lazy(path)
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="404-is-success")
async def save_any_status(url, path):
    response, saver = await got(url, strict=False), Saver(path)
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="corrupt")
async def save_at_the_end_of_it(url, path):
    response = await got(url)
    with open(path, "ab") as file:
        await treq.collect(response, file.write)
        return file.tell()


@mistakes("c5-save", finding="partial-left")
async def save_in_place(url, path):
    class InPlace(Saver):
        def connectionLost(self, reason):
            os.replace(self.path + ".part", self.path)
            self.file.close()
            if reason.check(ResponseDone):
                self.done.callback(self.size)
            else:
                self.done.errback(reason)

    response, saver = await got(url), InPlace(path)
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="partial-left")
async def save_leaves_the_part(url, path):
    saver = Saver(path)
    try:
        response = await got(url)
    except Error:
        saver.file.close()
        raise
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="wrong-count")
async def save_does_not_wait(url, path):
    class Later(Saver):
        def connectionLost(self, reason):
            self.file.close()

    response, saver = await got(url), Later(path)
    response.deliverBody(saver)
    return saver.size


@mistakes("c5-save", finding="corrupt")
async def save_as_text(url, path):
    class Text(Saver):
        def dataReceived(self, data):
            super().dataReceived(data.decode("utf-8", "replace").encode())

    response, saver = await got(url), Text(path)
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="not-flushed")
async def save_and_leave_it_open(url, path):
    response = await got(url)
    left_open.append(open(path, "wb"))  # noqa: SIM115
    size = 0

    def keep(data):
        nonlocal size
        size += left_open[-1].write(data)

    await treq.collect(response, keep)
    return size


@mistakes("c5-save", finding="not-flushed")
async def save_reopens(url, path):
    class Reopened(Saver):
        def dataReceived(self, data):
            self.file.close()
            self.file = open(self.path + ".part", "wb")  # noqa: SIM115
            super().dataReceived(data)

    response, saver = await got(url), Reopened(path)
    response.deliverBody(saver)
    return await saver.done


@mistakes("c5-save", finding="returns-none")
async def save_without_return(url, path):
    response, saver = await got(url), Saver(path)
    response.deliverBody(saver)
    await saver.done
