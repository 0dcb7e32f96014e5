"""Wrong answers to c4-greet and c4-tree."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import re
from urllib.parse import unquote

from twisted.web import pages
from twisted.web.resource import Resource

from labkit.exercises import mistakes

__all__: list[str] = []


class Hello(Resource):
    """What the answers to c4-greet share, and what is right about it."""

    isLeaf = True
    kind = b"text/plain; charset=utf-8"

    def render_GET(self, request):
        request.setHeader(b"Content-Type", self.kind)
        return self.greeting(self.name(request))

    def name(self, request):
        return request.args.get(b"name", [b""])[0].decode("utf-8", "replace") or "world"

    def greeting(self, name):
        return f"Hello, {name}!".encode()


@mistakes("c4-greet", finding="returns-str")
class GreetText(Hello):
    def greeting(self, name):
        return f"Hello, {name}!"


@mistakes("c4-greet", finding="other-words")
class GreetWithoutTheComma(Hello):
    def greeting(self, name):
        return f"Hello {name}!".encode()


@mistakes("c4-greet", finding="empty-name")
class GreetAnEmptyName(Hello):
    def name(self, request):
        return request.args.get(b"name", [b"world"])[0].decode("utf-8", "replace")


@mistakes("c4-greet", finding="query")
class GreetLooksForText(Hello):
    def name(self, request):
        return request.args.get("name", ["world"])[0]


@mistakes("c4-greet", finding="query")
class GreetCutsTheUrl(Hello):
    def name(self, request):
        return unquote(request.uri.partition(b"?name=")[2].decode()) or "world"


@mistakes("c4-greet", finding="repr-in-body")
class GreetRepr(Hello):
    def name(self, request):
        return f"{request.args.get(b'name', [b'world'])[0]}"


@mistakes("c4-greet", finding="repr-in-body")
class GreetReprOfList(Hello):
    def name(self, request):
        return str(request.args.get(b"name", "world"))


@mistakes("c4-greet", finding="bytes-as-text")
class GreetAscii(Hello):
    def name(self, request):
        return request.args.get(b"name", [b"world"])[0].decode("ascii")


@mistakes("c4-greet", finding="bytes-as-text")
class GreetIgnoring(Hello):
    def name(self, request):
        return request.args.get(b"name", [b""])[0].decode("ascii", "ignore") or "world"


@mistakes("c4-greet", finding="content-type")
class GreetHtml(Hello):
    kind = b"text/html"


@mistakes("c4-greet", finding="content-type")
class GreetTypesNamesAlone(Hello):
    def render_GET(self, request):
        if b"name" not in request.args:
            return b"Hello, world!"
        return super().render_GET(request)


@mistakes("c4-greet", finding="async-render")
class GreetAsync(Hello):
    async def render_GET(self, request):
        return b"Hello, world!"


@mistakes("c4-greet", finding="KeyError")
class GreetWithoutDefault(Hello):
    def name(self, request):
        return request.args[b"name"][0].decode("utf-8", "replace") or "world"


@mistakes("c4-greet", finding="method")
class GreetEverybody(Hello):
    def render(self, request):
        return self.render_GET(request)


@mistakes("c4-greet", finding="not-a-leaf")
class GreetNoLeaf(Hello):
    isLeaf = False


@mistakes("c4-greet", finding="returns-none")
class GreetWithoutReturn(Hello):
    def render_GET(self, request):
        self.greeting(self.name(request))


class Calculator(Resource):
    """What the answers to c4-tree share, and what is right about it."""

    def getChild(self, name, request):
        if name == b"":
            return self
        if name in (b"double", b"square"):
            return self.operation(name)
        return pages.notFound()

    def operation(self, name):
        return Work(name)

    def render_GET(self, request):
        return b"calc: /double/N and /square/N"


class Work(Resource):
    """/double or /square."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def getChild(self, text, request):
        return Number(self, text)

    def render_GET(self, request):
        return pages.notFound().render(request)

    def good(self, text):
        return re.fullmatch(rb"-?[0-9]+", text)


class Number(Resource):
    """/double/N."""

    def __init__(self, work, text):
        super().__init__()
        self.work, self.text = work, text

    def render_GET(self, request):
        if not self.work.good(self.text):
            request.setResponseCode(400)
            return b"not a number"
        n = int(self.text)
        return b"%d" % (2 * n if self.work.name == b"double" else n * n)


@mistakes("c4-tree", finding="root-404")
class TreeTextRoot(Calculator):
    def getChild(self, name, request):
        return self if name == "" else super().getChild(name or b"?", request)


@mistakes("c4-tree", finding="putchild-str")
class TreePutChildText(Calculator):
    def __init__(self):
        super().__init__()
        self.putChild("double", Work(b"double"))


@mistakes("c4-tree", finding="ValueError")
class TreeBareInt(Calculator):
    def operation(self, name):
        work = Work(name)
        work.good = lambda text: True
        return work


@mistakes("c4-tree", finding="bytes-as-text")
class TreeDecodesAscii(Calculator):
    def operation(self, name):
        work = Work(name)
        work.good = lambda text: re.fullmatch("-?[0-9]+", text.decode("ascii"))
        return work


@mistakes("c4-tree", finding="ValueError")
class TreeIsdigit(Calculator):
    def operation(self, name):
        work = Work(name)
        work.good = lambda text: text.decode().lstrip("-").isdigit()
        return work


@mistakes("c4-tree", finding="int-too-lenient")
class TreeLooksAtTheLine(Calculator):
    def operation(self, name):
        return LineWork(name)


class LineWork(Work):
    """$ is before a last line feed, too."""

    def good(self, text):
        return re.match(rb"-?[0-9]+$", text)


@mistakes("c4-tree", finding="int-too-lenient")
class TreeTriesInt(Calculator):
    def operation(self, name):
        def good(text):
            try:
                int(text)
            except ValueError:
                return False
            return True

        work = Work(name)
        work.good = good
        return work


@mistakes("c4-tree", finding="AttributeError")
class TreeWithoutInit(Calculator):
    def __init__(self):
        self.operations = (b"double", b"square")


@mistakes("c4-tree", finding="dispatch")
class TreeLeaf(Calculator):
    isLeaf = True


@mistakes("c4-tree", finding="dispatch")
class TreeOnlyDoubles(Calculator):
    def operation(self, name):
        return Work(b"double")


@mistakes("c4-tree", finding="unknown-op")
class TreeAlwaysSelf(Calculator):
    def getChild(self, name, request):
        found = super().getChild(name, request)
        return found if isinstance(found, Work) else self


@mistakes("c4-tree", finding="xss")
class TreeReflects(Calculator):
    def getChild(self, name, request):
        return super().getChild(name, request) if b"<" not in name else Reflection(name)


class Reflection(Resource):
    """Says what was asked for, as it is."""

    isLeaf = True

    def __init__(self, name):
        super().__init__()
        self.name = name

    def render_GET(self, request):
        request.setResponseCode(404)
        return b"There is no " + self.name


@mistakes("c4-tree", finding="xss")
class TreeReflectsBadNumbers(Calculator):
    def operation(self, name):
        return WorkThatReflects(name)


class WorkThatReflects(Work):
    """Says what is no number, as it is."""

    def getChild(self, text, request):
        return super().getChild(text, request) if self.good(text) else NoNumber(text)


class NoNumber(Reflection):
    """400, and the path's own text."""

    def render_GET(self, request):
        request.setResponseCode(400)
        return b"This is no number: " + self.name


@mistakes("c4-tree", finding="unknown-op")
class TreeRemembersTheOperation(Calculator):
    latest = None

    def operation(self, name):
        self.latest = Work(name)
        return self.latest

    def getChild(self, name, request):
        if self.latest is not None and self.latest.good(name):
            return Number(self.latest, name)
        return super().getChild(name, request)
