"""Wrong answers to c5-text and c5-meta."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.request import urlopen

import treq
from twisted.internet import reactor
from twisted.internet.defer import DeferredLock, ensureDeferred
from twisted.web.client import Agent, PartialDownloadError, readBody
from twisted.web.error import Error

from labkit.exercises import mistakes

__all__: list[str] = []

TURN, LATEST = DeferredLock(), {}


def get(url, method=b"GET"):
    return Agent(reactor).request(method, url.encode())


async def body_of(url):
    response = await get(url)
    if response.code >= 400:
        raise Error(response.code)
    return response, await readBody(response)


async def get_both(url):
    response = await get(url)
    return response, await readBody(response)


def charset_of(response):
    kind = response.headers.getRawHeaders("content-type", [""])[0]
    found = re.search(r'charset="?([^;"]+)', kind, re.IGNORECASE)
    return found[1] if found else "utf-8"


@mistakes("c5-text", finding="str-url")
async def text_url_as_text(url):
    response = await Agent(reactor).request(b"GET", url)
    return (await readBody(response)).decode()


@mistakes("c5-text", finding="returns-bytes")
async def text_as_bytes(url):
    return (await body_of(url))[1]


@mistakes("c5-text", finding="returns-response")
async def text_as_response(url):
    return await treq.get(url, persistent=False)


@mistakes("c5-text", finding="not-awaited")
async def text_not_awaited(url):
    response = await treq.get(url, persistent=False)
    return response.text(encoding="utf-8")


@mistakes("c5-text", finding="not-awaited")
def text_of_a_deferred(url):
    response = treq.get(url, persistent=False)
    return response.text()


@mistakes("c5-text", finding="returns-none")
async def text_without_return(url):
    response, body = await body_of(url)
    body.decode(charset_of(response))


@mistakes("c5-text", finding="404-is-success")
async def text_of_any_status(url):
    response = await get(url)
    return (await readBody(response)).decode(charset_of(response))


@mistakes("c5-text", finding="404-is-success")
async def text_of_errors(url):
    try:
        response, body = await body_of(url)
    except Exception as error:
        return str(error)
    return body.decode(charset_of(response))


@mistakes("c5-text", finding="ignores-charset")
async def text_always_utf8(url):
    _, body = await body_of(url)
    return body.decode("utf-8", "replace")


@mistakes("c5-text", finding="ignores-charset")
async def text_by_treqs_default(url):
    response = await treq.get(url, persistent=False)
    if response.code >= 400:
        raise Error(response.code)
    return await response.text()


@mistakes("c5-text", finding="charset-spelling")
async def text_by_cutting(url):
    response = await Agent(reactor).request(b"GET", url.encode())
    if response.code >= 400:
        raise Error(response.code)
    kind = response.headers.getRawHeaders("Content-Type", [""])[0]
    body = await readBody(response)
    return body.decode(kind.partition("charset=")[2] or "utf-8")


@mistakes("c5-text", finding="charset-spelling")
async def text_of_small_letters(url):
    response = await Agent(reactor).request(b"GET", url.encode())
    if response.code >= 400:
        raise Error(response.code)
    kind = response.headers.getRawHeaders("Content-Type", [""])[0]
    found = re.search(r'charset="?([^\s;"]+)', kind)
    body = await readBody(response)
    return body.decode(found[1] if found else "utf-8")


@mistakes("c5-text", finding="ignores-charset")
async def text_by_trying(url):
    body = (await body_of(url))[1]
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


@mistakes("c5-text", finding="404-is-success")
async def text_from_401_on(url):
    response, body = await get_both(url)
    if response.code > 400:
        raise Error(response.code)
    return body.decode(charset_of(response))


@mistakes("c5-text", finding="blocks-reactor")
def text_by_urllib(url):
    with urlopen(url) as page:
        return page.read().decode(page.headers.get_content_charset("utf-8"))


@mistakes("c5-text", finding="short-accepted")
async def text_of_half_a_page(url):
    response = await get(url)
    if response.code >= 400:
        raise Error(response.code)
    body = await readBody(response).addErrback(half_of)
    return body.decode(charset_of(response))


def half_of(failure):
    if failure.check(PartialDownloadError):
        return failure.value.response
    return b""


@mistakes("c5-text", finding="not-at-once")
async def text_in_turns(url):
    response, body = await TURN.run(lambda: ensureDeferred(body_of(url)))
    return body.decode(charset_of(response))


class Told:
    """What is right about the answers to c5-meta."""

    def __init__(self, response):
        self.response = response

    def all(self, name):
        return self.response.headers.getRawHeaders(name, [])

    def first(self, name):
        return next(iter(self.all(name)), None)

    def dict(self, **changes):
        length = self.first("Content-Length")
        told = {
            "status": self.response.code,
            "reason": self.response.phrase.decode(),
            "type": self.first("Content-Type"),
            "length": None if length is None else int(length),
            "tags": self.all("X-Tag"),
        }
        return told | changes


@mistakes("c5-meta", finding="str-url")
async def head_url_as_text(url):
    return Told(await Agent(reactor).request(b"HEAD", url)).dict()


@mistakes("c5-meta", finding="not-head")
async def head_by_get(url):
    response = await get(url)
    await readBody(response)
    return Told(response).dict()


@mistakes("c5-meta", finding="not-head")
async def head_and_then_the_page(url):
    response = await get(url, b"HEAD")
    page = await get(url)
    await readBody(page).addErrback(lambda failure: None)
    return Told(response).dict(tags=Told(page).all("X-Tag"))


@mistakes("c5-meta", finding="not-at-once")
async def head_in_one_dict(url):
    LATEST.update(Told(await get(url, b"HEAD")).dict())
    return LATEST


@mistakes("c5-meta", finding="bytes-values")
async def head_with_bytes(url):
    response = await get(url, b"HEAD")
    return Told(response).dict(reason=response.phrase)


@mistakes("c5-meta", finding="bytes-values")
async def head_with_tags_of_bytes(url):
    response = await get(url, b"HEAD")
    return Told(response).dict(tags=response.headers.getRawHeaders(b"X-Tag", []))


@mistakes("c5-meta", finding="length-from-body")
async def head_with_the_bodys_length(url):
    response = await get(url, b"HEAD")
    return Told(response).dict(length=response.length)


@mistakes("c5-meta", finding="multi-header")
async def head_with_one_tag(url):
    response = await get(url, b"HEAD")
    return Told(response).dict(tags=Told(response).all("X-Tag")[:1])


@mistakes("c5-meta", finding="missing-header-crash")
async def head_takes_for_granted(url):
    response = await get(url, b"HEAD")
    kind = response.headers.getRawHeaders("Content-Type")[0]
    return Told(response).dict(type=kind)


@mistakes("c5-meta", finding="missing-header")
async def head_with_empty_text(url):
    response = await get(url, b"HEAD")
    return Told(response).dict(type=Told(response).first("Content-Type") or "")


@mistakes("c5-meta", finding="wrong-result")
async def head_with_the_wrong_keys(url):
    response = await get(url, b"HEAD")
    told = Told(response).dict()
    return {"code": told.pop("status"), **told}


@mistakes("c5-meta", finding="wrong-result")
async def head_with_a_reason_of_its_own(url):
    response = await get(url, b"HEAD")
    return Told(response).dict(reason=HTTPStatus(response.code).phrase)


@mistakes("c5-meta", finding="wrong-result")
async def head_takes_zero_for_nothing(url):
    response = await get(url, b"HEAD")
    told = Told(response).dict()
    return {**told, "length": told["length"] or None}


@mistakes("c5-meta", finding="404-is-failure")
async def head_of_good_pages_alone(url):
    response = await get(url, b"HEAD")
    if response.code >= 400:
        raise Error(response.code)
    return Told(response).dict()


@mistakes("c5-meta", finding="returns-response")
def head_as_response(url):
    return get(url, b"HEAD")
