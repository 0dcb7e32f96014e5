"""Wrong answers to c4-slow and c4-limit."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, DeferredLock
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from labkit.exercises import mistakes

__all__: list[str] = []


class Later(Resource):
    """What the answers to c4-slow share, and what is right about it."""

    isLeaf = True

    def __init__(self, seconds, work):
        super().__init__()
        self.seconds, self.work = seconds, work

    def render_GET(self, request):
        d = self.begin()
        request.notifyFinish().addErrback(lambda gone: self.gone(d))
        d.addCallback(request.write)
        d.addCallback(lambda _: request.finish())
        d.addErrback(self.failed, request)
        return NOT_DONE_YET

    def begin(self):
        return deferLater(reactor, self.seconds, self.work)

    def gone(self, d):
        d.cancel()

    def failed(self, failure, request):
        if not failure.check(CancelledError):
            request.processingFailed(failure)


@mistakes("c4-slow", finding="not-a-resource")
def slow_by_a_deferred(seconds, work):
    return deferLater(reactor, seconds, work)


@mistakes("c4-slow", finding="blocks-reactor")
class SlowSleeps(Later):
    def render_GET(self, request):
        time.sleep(self.seconds)
        return self.work()


@mistakes("c4-slow", finding="finish-after-disconnect")
class SlowTellsItsOwnCancel(Later):
    def failed(self, failure, request):
        request.processingFailed(failure)


@mistakes("c4-slow", finding="one-at-a-time")
class SlowInTurn(Later):
    def __init__(self, seconds, work):
        super().__init__(seconds, work)
        self.lock = DeferredLock()

    def begin(self):
        return self.lock.run(deferLater, reactor, self.seconds, self.work)


@mistakes("c4-slow", finding="work-once")
class SlowRemembers(Later):
    known = None

    def begin(self):
        return deferLater(reactor, self.seconds, self.find)

    def find(self):
        self.known = self.known or self.work()
        return self.known


@mistakes("c4-slow", finding="shared-state")
class SlowKeepsTheLastVisitor(Later):
    def begin(self):
        self.latest = deferLater(reactor, self.seconds, self.work)
        return self.latest

    def gone(self, d):
        self.latest.cancel()


@mistakes("c4-slow", finding="finish-after-disconnect")
class SlowForgetsTheVisitor(Later):
    def gone(self, d):
        pass

    def failed(self, failure, request):
        if failure.check(RuntimeError):
            return failure
        return super().failed(failure, request)


@mistakes("c4-slow", finding="not-cancelled")
class SlowWorksForNobody(Later):
    def render_GET(self, request):
        left = []
        request.notifyFinish().addErrback(left.append)
        d = self.begin()
        d.addCallback(lambda body: left or request.write(body))
        d.addCallback(lambda _: left or request.finish())
        d.addErrback(self.failed, request)
        return NOT_DONE_YET


@mistakes("c4-slow", finding="returns-deferred")
class SlowReturnsTheDeferred(Later):
    def render_GET(self, request):
        return deferLater(reactor, self.seconds, self.work)


@mistakes("c4-slow", finding="hangs")
class SlowNeverFinishes(Later):
    def render_GET(self, request):
        self.begin().addCallback(request.write)
        return NOT_DONE_YET


@mistakes("c4-slow", finding="returns-none")
class SlowWithoutNotDoneYet(Later):
    def render_GET(self, request):
        d = self.begin()
        d.addCallback(lambda body: None)


@mistakes("c4-slow", finding="error-hangs-client")
class SlowSwallows(Later):
    def failed(self, failure, request):
        return None


@mistakes("c4-slow", finding="error-hangs-client")
class SlowWithoutErrback(Later):
    def render_GET(self, request):
        d = self.begin()
        request.notifyFinish().addErrback(lambda gone: self.gone(d))
        d.addCallback(request.write)
        d.addCallback(lambda _: request.finish())
        return NOT_DONE_YET


@mistakes("c4-slow", finding="error-swallowed")
class SlowAnswersFailuresWith200(Later):
    def failed(self, failure, request):
        if not failure.check(CancelledError):
            request.write(b"that failed")
            request.finish()


@mistakes("c4-slow", finding="wrong-thread")
class SlowInAThread(Later):
    def render_GET(self, request):
        def wait_and_write():
            time.sleep(self.seconds)
            request.write(self.work())
            reactor.callFromThread(request.finish)

        deferToThread(wait_and_write)
        return NOT_DONE_YET


@mistakes("c4-slow", finding="async-render")
class SlowAsync(Later):
    async def render_GET(self, request):
        await self.begin()


@mistakes("c4-slow", finding="too-soon")
class SlowWorksFirst(Later):
    def begin(self):
        body = self.work()
        return deferLater(reactor, self.seconds, lambda: body)


@mistakes("c4-slow", finding="too-soon")
class SlowAlwaysAsLong(Later):
    def begin(self):
        return deferLater(reactor, 0.1, self.work)


@mistakes("c4-slow", finding="error-hangs-client")
class SlowKnowsOneError(Later):
    def failed(self, failure, request):
        if failure.check(LookupError):
            request.processingFailed(failure)


class Weighed(Resource):
    """What the answers to c4-limit share."""

    isLeaf = True

    def render_POST(self, request):
        return b"%d" % len(request.content.read())


class Guarded(Request):
    """What is right about the answers to c4-limit; `limit` is set by each."""

    refused, size = False, 0

    def gotLength(self, length):
        super().gotLength(length)
        if (length or 0) > self.limit:
            self.refuse()

    def handleContentChunk(self, data):
        self.size += len(data)
        if self.size > self.limit and not self.refused:
            self.refuse()
        elif not self.refused:
            super().handleContentChunk(data)

    def requestReceived(self, *args):
        if not self.refused:
            super().requestReceived(*args)

    status = b"413 Content Too Large"

    def refuse(self):
        self.refused = True
        self.transport.write(b"HTTP/1.1 " + self.status + b"\r\nContent-Length: 0\r\n\r\n")
        self.transport.loseConnection()


def guarded(limit, **changes):
    return Site(Weighed(), requestFactory=type("Guard", (Guarded,), {"limit": limit, **changes}))


@mistakes("c4-limit", finding="wrong-size")
def limit_that_keeps_the_chunks(limit):
    def count(self, data):
        self.size += len(data)
        if self.size > limit and not self.refused:
            self.refuse()

    return guarded(limit, handleContentChunk=count)


@mistakes("c4-limit", finding="reads-it-whole")
def limit_in_render(limit):
    class Late(Weighed):
        def render_POST(self, request):
            size = len(request.content.read())
            if size > limit:
                request.setResponseCode(413)
            return b"%d" % size

    return Site(Late())


@mistakes("c4-limit", finding="reads-it-whole")
def limit_of_announced_bodies_alone(limit):
    return guarded(limit, handleContentChunk=Request.handleContentChunk)


@mistakes("c4-limit", finding="reads-it-whole")
def limit_of_chunks_alone(limit):
    return guarded(limit, gotLength=Request.gotLength)


@mistakes("c4-limit", finding="not-413")
def limit_with_400(limit):
    return guarded(limit, status=b"400 Bad Request")


@mistakes("c4-limit", finding="limit-too-low")
def limit_off_by_one(limit):
    return guarded(limit - 1)


@mistakes("c4-limit", finding="never-closes")
def limit_stays_open(limit):
    def refuse(self):
        self.refused = True
        self.transport.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    return guarded(limit, refuse=refuse)


@mistakes("c4-limit", finding="closes-early")
def limit_aborts(limit):
    return guarded(limit, refuse=lambda self: self.transport.abortConnection())


@mistakes("c4-limit", finding="not-a-site")
def limit_as_a_resource(limit):
    return Weighed()


@mistakes("c4-limit", finding="limit-too-low")
def limit_off_by_one_in_chunks(limit):
    def weigh(self, data):
        self.size += len(data)
        if self.requestHeaders.hasHeader("Transfer-Encoding") and self.size >= limit:
            self.refuse()
        else:
            Request.handleContentChunk(self, data)

    return guarded(limit, handleContentChunk=weigh)


@mistakes("c4-limit", finding="never-closes")
def limit_stays_open_in_chunks(limit):
    def weigh(self, data):
        self.size += len(data)
        if self.size > limit and not self.refused:
            self.refused = True
            self.transport.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        elif not self.refused:
            Request.handleContentChunk(self, data)

    return guarded(limit, handleContentChunk=weigh)


@mistakes("c4-limit", finding="answers-twice")
def limit_and_an_answer(limit):
    return guarded(limit, requestReceived=Request.requestReceived)


@mistakes("c4-limit", finding="answers-twice")
def limit_refuses_each_chunk(limit):
    def weigh(self, data):
        self.size += len(data)
        if self.size > limit:
            self.refuse()
        else:
            Request.handleContentChunk(self, data)

    return guarded(limit, handleContentChunk=weigh)
