"""Right answers to c5-text, c5-meta and c5-post."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import re
from email.message import Message
from io import BytesIO

import treq
from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks, succeed
from twisted.web.client import Agent, FileBodyProducer, readBody
from twisted.web.error import Error
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from labkit.exercises import solves

__all__: list[str] = []


@solves("c5-text", style="Agent, a coroutine")
async def fetch_text(url):
    response = await Agent(reactor).request(b"GET", url.encode())
    body = await readBody(response)
    if response.code >= 400:
        raise Error(response.code)
    kind = Message()
    heads = response.headers.getRawHeaders("Content-Type", ["text/plain"])
    kind["Content-Type"] = heads[0]
    return body.decode(kind.get_content_charset("utf-8"))


@solves("c5-text", style="treq")
async def fetch_text_by_treq(url):
    response = await treq.get(url, persistent=False)
    text = await response.text(encoding="utf-8")
    if response.code >= 400:
        raise Error(response.code)
    return text


@solves("c5-text", style="inlineCallbacks")
@inlineCallbacks
def fetch_text_inline(url):
    response = yield Agent(reactor).request(b"GET", url.encode())
    body = yield readBody(response)
    if response.code >= 400:
        raise Error(response.code)
    kind = response.headers.getRawHeaders("content-type", [""])[0]
    found = re.search(r'charset="?([^\s;"]+)', kind, re.IGNORECASE)
    return body.decode(found[1] if found else "utf-8")


@solves("c5-meta", style="getRawHeaders")
async def head(url):
    response = await Agent(reactor).request(b"HEAD", url.encode())

    def first(name):
        return response.headers.getRawHeaders(name, [None])[0]

    length = first("Content-Length")
    return {
        "status": response.code,
        "reason": response.phrase.decode(),
        "type": first("Content-Type"),
        "length": None if length is None else int(length),
        "tags": response.headers.getRawHeaders("X-Tag", []),
    }


@solves("c5-meta", style="treq, callbacks")
def head_by_treq(url):
    def told(response):
        heads = {n.lower(): v for n, v in response.headers.getAllRawHeaders()}
        text = {n: [v.decode() for v in values] for n, values in heads.items()}
        sizes = [int(v) for v in text.get(b"content-length", [])]
        return {
            "status": response.code,
            "reason": response.phrase.decode("ascii"),
            "type": next(iter(text.get(b"content-type", [])), None),
            "length": next(iter(sizes), None),
            "tags": text.get(b"x-tag", []),
        }

    return treq.head(url, persistent=False).addCallback(told)


@solves("c5-post", style="FileBodyProducer")
async def post(url, body, ctype):
    response = await Agent(reactor).request(
        b"POST",
        url.encode(),
        Headers({"Content-Type": [ctype]}),
        FileBodyProducer(BytesIO(body)),
    )
    return response.code, await readBody(response)


@solves("c5-post", style="treq")
async def post_by_treq(url, body, ctype):
    head = {"Content-Type": [ctype]}
    data = FileBodyProducer(BytesIO(body))
    stay = {"persistent": False, "allow_redirects": False}
    response = await treq.post(url, data, headers=head, **stay)
    return response.code, await response.content()


@solves("c5-post", style="its own producer")
def post_by_producer(url, body, ctype):
    @implementer(IBodyProducer)
    class Whole:
        length = len(body)

        def startProducing(self, consumer):
            consumer.write(body)
            return succeed(None)

        def pauseProducing(self):
            pass

        def resumeProducing(self):
            pass

        def stopProducing(self):
            pass

    head = Headers({b"Content-Type": [ctype.encode()]})

    def answered(response):
        said = readBody(response)
        return said.addCallback(lambda body: (response.code, body))

    asked = Agent(reactor).request(b"POST", url.encode(), head, Whole())
    return asked.addCallback(answered)
