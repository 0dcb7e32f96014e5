"""Right answers to c4-slow and c4-limit."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from labkit.exercises import solves

__all__: list[str] = []


@solves("c4-slow", style="callbacks")
class Slow(Resource):
    isLeaf = True

    def __init__(self, seconds, work):
        super().__init__()
        self.seconds, self.work = seconds, work

    def render_GET(self, request):
        d = deferLater(reactor, self.seconds, self.work)
        request.notifyFinish().addErrback(lambda gone: d.cancel())
        d.addCallback(request.write)
        d.addCallback(lambda _: request.finish())
        d.addErrback(self.failed, request)
        return NOT_DONE_YET

    def failed(self, failure, request):
        if not failure.check(CancelledError):
            request.processingFailed(failure)


@solves("c4-slow", style="a coroutine")
class SlowCoroutine(Resource):
    isLeaf = True

    def __init__(self, seconds, work):
        super().__init__()
        self.seconds, self.work = seconds, work

    def render_GET(self, request):
        d = Deferred.fromCoroutine(self.answer(request))
        request.notifyFinish().addErrback(lambda gone: d.cancel())
        d.addErrback(lambda failure: failure.trap(CancelledError))
        return NOT_DONE_YET

    async def answer(self, request):
        await deferLater(reactor, self.seconds)
        try:
            body = self.work()
        except Exception:
            request.setResponseCode(500)
            body = b"that failed"
        request.write(body)
        request.finish()


@solves("c4-slow", style="a timer")
class SlowTimer(Resource):
    isLeaf = True

    def __init__(self, seconds, work):
        super().__init__()
        self.seconds, self.work = seconds, work

    def render_GET(self, request):
        timer = reactor.callLater(self.seconds, self.answer, request)
        gone = request.notifyFinish()
        gone.addErrback(lambda _: timer.cancel() if timer.active() else None)
        return NOT_DONE_YET

    def answer(self, request):
        try:
            request.write(self.work())
        except Exception:
            request.setResponseCode(500)
        request.finish()


@solves("c4-limit", style="a Request that refuses")
def limited(limit):
    class Scales(Resource):
        isLeaf = True

        def render_POST(self, request):
            return b"%d" % len(request.content.read())

    class Limited(Request):
        refused, size = False, 0

        def gotLength(self, length):
            super().gotLength(length)
            if (length or 0) > limit:
                self.refuse()

        def handleContentChunk(self, data):
            self.size += len(data)
            if self.size > limit and not self.refused:
                self.refuse()
            elif not self.refused:
                super().handleContentChunk(data)

        def requestReceived(self, *args):
            if not self.refused:
                super().requestReceived(*args)

        def refuse(self):
            self.refused = True
            self.transport.write(b"HTTP/1.1 413 Content Too Large\r\n")
            self.transport.write(b"Content-Length: 0\r\n\r\n")
            self.transport.loseConnection()

    return Site(Scales(), requestFactory=Limited)


@solves("c4-limit", style="the shelf's LimitedSite")
def limited_by_the_shelf(limit):
    from labkit.protocols.web import LimitedSite

    class Scales(Resource):
        isLeaf = True

        def render_POST(self, request):
            return b"%d" % request.content.size

    return LimitedSite(Scales(), limit)
