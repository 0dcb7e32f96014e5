"""Wrong answers to c5-post."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from io import BytesIO
from urllib.parse import quote

import treq
from twisted.internet import reactor
from twisted.internet.defer import DeferredLock, ensureDeferred, succeed
from twisted.web.client import Agent, FileBodyProducer, readBody
from twisted.web.error import Error
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer
from zope.interface import implementer

from labkit.exercises import mistakes

__all__: list[str] = []

TURN = DeferredLock()


def source(body):
    return FileBodyProducer(BytesIO(body))


async def sent(url, headers, producer, method=b"POST"):
    response = await Agent(reactor).request(method, url.encode(), headers, producer)
    return response.code, await readBody(response)


@mistakes("c5-post", finding="bad-producer")
async def post_bytes(url, body, ctype):
    return await sent(url, Headers({"Content-Type": [ctype]}), body)


@mistakes("c5-post", finding="bad-producer")
async def post_a_file(url, body, ctype):
    return await sent(url, Headers({"Content-Type": [ctype]}), BytesIO(body))


@mistakes("c5-post", finding="bad-producer")
async def post_with_a_wrong_length(url, body, ctype):
    producer = source(body)
    producer.length += 1
    return await sent(url, Headers({"Content-Type": [ctype]}), producer)


@mistakes("c5-post", finding="content-type")
async def post_letters(url, body, ctype):
    return await sent(url, Headers({"Content-Type": ctype}), source(body))


@mistakes("c5-post", finding="content-type")
async def post_without_type(url, body, ctype):
    return await sent(url, None, source(body))


@mistakes("c5-post", finding="dict-headers")
async def post_with_a_dict(url, body, ctype):
    return await sent(url, {"Content-Type": [ctype]}, source(body))


@mistakes("c5-post", finding="no-content-length")
async def post_in_chunks(url, body, ctype):
    @implementer(IBodyProducer)
    class Unknown:
        length = UNKNOWN_LENGTH

        def startProducing(self, consumer):
            consumer.write(body)
            return succeed(None)

        def pauseProducing(self):
            pass

        def resumeProducing(self):
            pass

        def stopProducing(self):
            pass

    return await sent(url, Headers({"Content-Type": [ctype]}), Unknown())


@mistakes("c5-post", finding="wrong-body")
async def post_without_blanks(url, body, ctype):
    kind = {"Content-Type": ctype}
    response = await treq.post(url, data=body.strip(), headers=kind, persistent=False)
    return response.code, await response.content()


@mistakes("c5-post", finding="sends-twice")
async def post_until_it_is_taken(url, body, ctype):
    kind = {"Content-Type": ctype}
    for _ in range(3):
        response = await treq.post(url, data=body, headers=kind, persistent=False)
        said = await response.content()
        if response.code < 500:
            break
    return response.code, said


@mistakes("c5-post", finding="follows-redirect")
async def post_and_follow(url, body, ctype):
    kind = {"Content-Type": ctype}
    response = await treq.post(url, data=body, headers=kind, persistent=False)
    return response.code, await response.content()


@mistakes("c5-post", finding="not-at-once")
def post_in_turns(url, body, ctype):
    head = Headers({"Content-Type": [ctype]})
    return TURN.run(lambda: ensureDeferred(sent(url, head, source(body))))


@mistakes("c5-post", finding="wrong-body")
async def post_in_the_query(url, body, ctype):
    head = Headers({"Content-Type": [ctype]})
    return await sent(f"{url}?{quote(body[:200])}", head, source(b""))


@mistakes("c5-post", finding="wrong-body")
async def post_by_put(url, body, ctype):
    return await sent(url, Headers({"Content-Type": [ctype]}), source(body), b"PUT")


@mistakes("c5-post", finding="str-url")
async def post_to_text(url, body, ctype):
    head = Headers({"Content-Type": [ctype]})
    response = await Agent(reactor).request(b"POST", url, head, source(body))
    return response.code, await readBody(response)


@mistakes("c5-post", finding="wrong-result")
async def post_raises(url, body, ctype):
    code, said = await sent(url, Headers({"Content-Type": [ctype]}), source(body))
    return (code, said) if code == 200 else (code, b"")


@mistakes("c5-post", finding="404-is-failure")
async def post_to_good_pages_alone(url, body, ctype):
    code, said = await sent(url, Headers({"Content-Type": [ctype]}), source(body))
    if code >= 400:
        raise Error(code)
    return code, said


@mistakes("c5-post", finding="returns-none")
async def post_without_return(url, body, ctype):
    await sent(url, Headers({"Content-Type": [ctype]}), source(body))


@mistakes("c5-post", finding="not-awaited")
async def post_not_awaited(url, body, ctype):
    head = Headers({"Content-Type": [ctype]})
    response = await Agent(reactor).request(b"POST", url.encode(), head, source(body))
    return readBody(response)
