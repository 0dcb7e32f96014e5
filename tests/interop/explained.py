"""What Twisted 26.10 and Klein 24.8 log for junk: each costs the asker alone."""

from __future__ import annotations

from attrs import frozen
from twisted.python.failure import Failure


@frozen
class Explained:
    """A failure that Twisted or Klein logs for junk: its kind, its words, a place on its way."""

    error: str
    words: str
    file: str
    function: str
    reason: str

    def covers(self, failure: Failure) -> bool:
        """Whether this failure is that one."""
        named = failure.type.__name__ == self.error and self.words in failure.getErrorMessage()
        return named and any(
            frame[1].endswith(self.file) and frame[0] == self.function for frame in failure.frames
        )


LENGTH = Explained(
    "ValueError", "4300 digits", "twisted/web/http.py", "_maybeChooseTransferDecoder",
    "a Content-Length of more digits than int() reads: the connection is lost, not answered 400",
)  # fmt: skip
KIND = Explained(
    "ValueError", "linefeed", "twisted/web/http.py", "_parseContentType",
    "a form feed in a POST's Content-Type is a line's end to str: the same, no 400",
)  # fmt: skip
TARGET = Explained(
    "UnicodeDecodeError", "ascii", "twisted/web/server.py", "render",
    "a target with bytes from 0x80 to 0xb0 is let in, and its page for 405 becomes a 500",
)  # fmt: skip
NUL = Explained(
    "ValueError", "embedded null byte", "twisted/web/static.py", "getChild",
    "%00 in the path below a static.File gets as far as stat: 500, not 404",
)  # fmt: skip
NAME = Explained(
    "UnicodeDecodeError", "utf-8", "twisted/web/static.py", "getChild",
    "a file's name that is no UTF-8 is answered 404, and logged as if it were a failure",
)  # fmt: skip
HEAD = Explained(
    "AttributeError", "render_GET", "twisted/web/resource.py", "render_HEAD",
    "a Resource that has no render_GET answers HEAD with 500, not 405",
)  # fmt: skip
HOST = Explained(
    "BadHost", "", "klein/_resource.py", "render",
    "a Host that IDNA cannot encode is met outside of Klein's own care for errors: 500, not 400",
)  # fmt: skip
UTF8 = Explained(
    "UnicodeDecodeError", "utf-8", "klein/_resource.py", "extractURLparts",
    "a Host or a path that is no UTF-8 is answered 400, and logged as if it were a failure",
)  # fmt: skip

TWISTED = (LENGTH, KIND, TARGET)  # of every server that is twisted.web's
FILES = (*TWISTED, NUL, NAME)
KLEIN = (*TWISTED, HOST, UTF8)
