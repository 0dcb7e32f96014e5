"""Wrong answers to c4-form."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from html import escape

from twisted.web.resource import Resource

from labkit.exercises import mistakes

__all__: list[str] = []


class Book(Resource):
    """What the answers to c4-form share, and what is right about it."""

    isLeaf = True
    page = "<form method='post'><input name='msg'></form>"

    def render_GET(self, request):
        return self.html(request, self.page)

    def render_POST(self, request):
        said = self.said(request)
        if not said.strip():
            request.setResponseCode(400)
        return self.html(request, f"<p>{self.shown(said)}</p>")

    def html(self, request, text):
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        return text.encode()

    def said(self, request):
        return request.args.get(b"msg", [b""])[0].decode("utf-8", "replace")

    def shown(self, said):
        return escape(said)


@mistakes("c4-form", finding="xss")
class BookUnescaped(Book):
    def shown(self, said):
        return said


@mistakes("c4-form", finding="half-escaped")
class BookEscapesTheOpeningAlone(Book):
    def shown(self, said):
        return said.replace("<", "&lt;")


@mistakes("c4-form", finding="half-escaped")
class BookTakesMarkupOut(Book):
    def shown(self, said):
        return said.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@mistakes("c4-form", finding="repr-in-body")
class BookOfBytes(Book):
    def said(self, request):
        return str(request.args.get(b"msg", [b""])[0])


@mistakes("c4-form", finding="repr-in-body")
class BookOfLists(Book):
    def said(self, request):
        return str(request.args.get(b"msg", [b""]))


@mistakes("c4-form", finding="returns-str")
class BookOfText(Book):
    def html(self, request, text):
        return text


@mistakes("c4-form", finding="KeyError")
class BookTextKey(Book):
    def said(self, request):
        return request.args["msg"][0]


@mistakes("c4-form", finding="KeyError")
class BookWithoutDefault(Book):
    def said(self, request):
        return request.args[b"msg"][0].decode("utf-8", "replace")


@mistakes("c4-form", finding="post")
class BookReadsContent(Book):
    def said(self, request):
        return request.content.read().decode().partition("=")[2]


@mistakes("c4-form", finding="content-type")
class BookWithoutCharset(Book):
    def html(self, request, text):
        request.setHeader(b"Content-Type", b"text/html")
        return text.encode()


@mistakes("c4-form", finding="blank")
class BookTakesBlanks(Book):
    def render_POST(self, request):
        return self.html(request, f"<p>{self.shown(self.said(request))}</p>")


@mistakes("c4-form", finding="form")
class BookWithoutForm(Book):
    page = "<p>Say something</p>"


@mistakes("c4-form", finding="form")
class BookAsksByGet(Book):
    page = "<h1>Post something</h1><form><input name='msg'></form>"


@mistakes("c4-form", finding="form")
class BookWithTheFieldOutside(Book):
    page = "<form method='post'></form><input name='msg'>"


@mistakes("c4-form", finding="method")
class BookOfAnyMethod(Book):
    def render_PUT(self, request):
        return self.render_POST(request)


@mistakes("c4-form", finding="content-type")
class BookTypesAnswersAlone(Book):
    def render_GET(self, request):
        return self.page.encode()


@mistakes("c4-form", finding="xss")
class BookFillsTheFieldIn(Book):
    def shown(self, said):
        return f'{escape(said)}</p><p><input value="{escape(said, quote=False)}">'
