"""What a page says, without its markup: for readers of text, and for pages that are stored."""

from __future__ import annotations

from email.message import Message
from html.parser import HTMLParser

_UNSEEN = {"script", "style", "template", "head", "title", "textarea", "select"}
_BLOCKS = {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset"}
_BLOCKS |= {"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"}
_BLOCKS |= {"nav", "ol", "p", "pre", "section", "table", "tr", "ul"}
_CELLS = {"td", "th", "label", "button", "option"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.pieces: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _UNSEEN:
            self._inside.append(tag)
        self._space(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[self._inside.index(tag) :]
        self._space(tag)

    def _space(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] == ["title"]:
            self.title += data
        elif not self._inside:
            self.pieces.append(" ".join(f"|{data}|".split())[1:-1])


def of_html(source: str) -> tuple[str, list[str]]:
    """The title of an HTML page, and the lines of text that a reader would see."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return " ".join(reader.title.split()), [line for line in lines if line]


def decoded(body: bytes, content_type: str) -> str:
    """A body as text, in the character set that its type names, else in UTF-8."""
    message = Message()
    message["Content-Type"] = content_type
    try:
        return body.decode(message.get_content_charset("utf-8"), "replace")
    except LookupError:  # a character set that nobody knows
        return body.decode("utf-8", "replace")
