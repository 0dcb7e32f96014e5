"""The notice board: JSON over HTTP. The board knows no HTTP, the Resource keeps nothing."""

from __future__ import annotations

import json
from typing import Any

from attrs import asdict, frozen
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource

__all__ = ["BadNotice", "Notice", "NoticeBoard", "Notices", "as_json", "read_notice"]

JSON = "application/json"


@frozen
class Notice:
    """A notice on the board; numbers count from 1."""

    id: int
    text: str


class BadNotice(ValueError):
    """A body that is no notice; the text says what is wrong with it."""


def read_notice(body: bytes) -> str:
    """The text in a body such as {"text": "fog"}. Raises BadNotice."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # a thousand open brackets are no notice either
        raise BadNotice("this is no JSON") from None
    text = said.get("text") if isinstance(said, dict) else None
    if not isinstance(text, str):
        raise BadNotice('a notice is an object with a "text"')
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can spell half a surrogate pair, UTF-8 cannot
        raise BadNotice("this text cannot be encoded") from None
    return text


def as_json(value: Notice | list[Notice] | dict[str, str]) -> bytes:
    """A notice, several, or a complaint as JSON, with a line's end for people at terminals."""
    if isinstance(value, list):
        plain: Any = [asdict(notice) for notice in value]
    else:
        plain = asdict(value) if isinstance(value, Notice) else value
    return json.dumps(plain, ensure_ascii=False).encode() + b"\n"


class NoticeBoard:
    """The notices, oldest first. Once `most` hang there, the oldest is taken down for a new one."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.count = 0
        self._notices: dict[int, Notice] = {}

    def post(self, text: str) -> Notice:
        """Hang a notice."""
        self.count += 1
        notice = self._notices[self.count] = Notice(self.count, text)
        self._notices.pop(self.count - self.most, None)
        return notice

    def find(self, number: bytes) -> Notice | None:
        """The notice of a number as it stands in an address; None when there is none."""
        known = number.isdigit() and len(number) < 10
        return self._notices.get(int(number)) if known else None

    def all(self) -> list[Notice]:
        """Those that hang there now."""
        return list(self._notices.values())


class Notices(Resource):
    """GET and POST at its own address, GET at /ID below it."""

    def __init__(self, board: NoticeBoard | None = None) -> None:
        super().__init__()
        self.board = board or NoticeBoard()

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        return self if path == b"" else Pinned(self.board.find(path))

    def render_GET(self, request: Any) -> bytes:
        return _answer(request, 200, as_json(self.board.all()))

    def render_POST(self, request: Any) -> bytes:
        try:
            notice = self.board.post(read_notice(request.content.read()))
        except BadNotice as e:
            return _answer(request, 400, as_json({"error": str(e)}))
        # not urljoin'd: the address as the client wrote it, wherever the board is mounted
        request.setHeader("Location", request.path.rstrip(b"/") + b"/%d" % notice.id)
        return _answer(request, 201, as_json(notice))


class Pinned(Resource):
    """One notice, or the place where none is."""

    isLeaf = True

    def __init__(self, notice: Notice | None) -> None:
        super().__init__()
        self.notice = notice

    def render_GET(self, request: Any) -> bytes:
        if self.notice is None or request.postpath:
            return _answer(request, 404, as_json({"error": "there is no such notice"}))
        return _answer(request, 200, as_json(self.notice))


def _answer(request: Any, status: int, body: bytes) -> bytes:
    request.setResponseCode(status)
    request.setHeader("Content-Type", JSON)
    return body
