"""Right answers to c4-greet, c4-tree and c4-form."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import re
from html import escape

from klein import Klein
from twisted.web import pages
from twisted.web.resource import Resource
from twisted.web.template import Element, TagLoader, renderElement, renderer, tags

from labkit.exercises import solves

__all__: list[str] = []


@solves("c4-greet", style="a leaf")
class Greet(Resource):
    isLeaf = True

    def render_GET(self, request):
        name = request.args.get(b"name", [b""])[0].decode("utf-8", "replace")
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return f"Hello, {name or 'world'}!".encode()


@solves("c4-greet", style="its own child")
class GreetByChild(Resource):
    def getChild(self, path, request):
        return self

    def render_GET(self, request):
        request.setHeader("Content-Type", "text/plain; charset=utf-8")
        try:
            name = request.args[b"name"][0].decode()
        except KeyError:
            name = ""
        except UnicodeDecodeError:
            request.setResponseCode(400)
            return b"not UTF-8"
        return f"Hello, {name or 'world'}!".encode()


@solves("c4-tree", style="getChild all the way")
class Calc(Resource):
    def __init__(self, work=None, text=None):
        super().__init__()
        self.work, self.text = work, text

    def getChild(self, name, request):
        if self.work is None:
            return Calc(name) if name else self
        return Calc(self.work, name) if self.text is None else pages.notFound()

    def render_GET(self, request):
        if self.work is None:
            return b"calc: /double/N and /square/N"
        if self.work not in (b"double", b"square") or not self.text:
            return pages.notFound().render(request)
        if not re.fullmatch(rb"-?[0-9]+", self.text):
            request.setResponseCode(400)
            return b"not a number"
        n = int(self.text)
        return b"%d" % (2 * n if self.work == b"double" else n * n)


@solves("c4-tree", style="one leaf and postpath")
class CalcLeaf(Resource):
    isLeaf = True

    def render_GET(self, request):
        match request.postpath:
            case [b""]:
                return b"calc"
            case [b"double" | b"square" as work, text]:
                return self.result(request, work, text)
        request.setResponseCode(404)
        return b"nothing here"

    def result(self, request, work, text):
        if text == b"":
            request.setResponseCode(404)
            return b"no number"
        if not re.fullmatch(rb"-?[0-9]+", text):
            request.setResponseCode(400)
            return b"no number"
        number = int(text)
        number *= 2 if work == b"double" else number
        return str(number).encode()


@solves("c4-form", style="html.escape")
class Guestbook(Resource):
    isLeaf = True
    page = "<form method=post><input name=msg><button>Say</button></form>"

    def render_GET(self, request):
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        return self.page.encode()

    def render_POST(self, request):
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        said = request.args.get(b"msg", [b""])[0].decode("utf-8", "replace")
        if not said.strip():
            request.setResponseCode(400)
        return f"<p>{escape(said)}</p>{self.page}".encode()


@solves("c4-form", style="templates")
class GuestbookOfTemplates(Resource):
    isLeaf = True

    class Page(Element):
        ask = tags.form(tags.input(name="msg"), method="post")
        loader = TagLoader(tags.body(tags.p(render="said"), ask))

        def __init__(self, said):
            super().__init__()
            self.text = said

        @renderer
        def said(self, request, tag):
            return tag(self.text)

    def render(self, request):
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        if request.method not in (b"GET", b"HEAD", b"POST"):
            request.setResponseCode(405)
            return b""
        said = request.args.get(b"msg", [b""])[0].decode("utf-8", "replace")
        if request.method == b"POST" and not said.strip():
            request.setResponseCode(400)
        return renderElement(request, self.Page(said))


@solves("c4-form", style="Klein")
class GuestbookApp:
    app = Klein()

    @app.route("/", methods=["GET", "HEAD"])
    def ask(self, request):
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return "<form method=post><input name=msg></form>"

    @app.route("/", methods=["POST"])
    def answer(self, request):
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        said = request.args.get(b"msg", [b""])[0].decode("utf-8", "replace")
        if not said.strip():
            request.setResponseCode(400)
        return f"<p>{escape(said)}</p>"
