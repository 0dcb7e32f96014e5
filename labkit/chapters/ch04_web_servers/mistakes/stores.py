"""Wrong answers to c4-files and c4-notes."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import json
import os

from twisted.web import static
from twisted.web.resource import Resource
from twisted.web.server import Site

from labkit.exercises import mistakes

__all__: list[str] = []


def site_with(files):
    root = Resource()
    root.putChild(b"files", files)
    root.putChild(b"ping", static.Data(b"pong", "text/plain"))
    return Site(root)


@mistakes("c4-files", finding="file")
def files_at_the_root(docroot):
    root = static.File(docroot)
    root.putChild(b"ping", static.Data(b"pong", "text/plain"))
    return Site(root)


@mistakes("c4-files", finding="not-a-site")
def files_as_a_resource(docroot):
    root = Resource()
    root.putChild(b"files", static.File(docroot))
    return root


@mistakes("c4-files", finding="not-a-site")
def files_without_return(docroot):
    site_with(static.File(docroot))


class OpensAnything(Resource):
    """Joins the path with the directory, and looks no further."""

    isLeaf = True

    def __init__(self, docroot):
        super().__init__()
        self.docroot = docroot

    def render_GET(self, request):
        name = b"/".join(request.postpath).decode() or "index.html"
        path = os.path.join(self.docroot, name)
        if not os.path.isfile(path):
            request.setResponseCode(404)
            return b""
        with open(path, "rb") as file:
            data = file.read()
        said = request.getHeader("range")
        if said:
            request.setResponseCode(206)
            return part(data, said)
        return data


def part(data, said):
    first, _, last = said.partition("=")[2].partition("-")
    if not first:
        return data[-int(last) :]
    return data[int(first) : int(last) + 1 if last else None]


@mistakes("c4-files", finding="escapes-docroot")
def files_by_join(docroot):
    return site_with(OpensAnything(docroot))


class LooksForDots(OpensAnything):
    """Two dots are not the only way out: join forgets the directory before a whole path."""

    def render_GET(self, request):
        if b".." in b"/".join(request.postpath):
            request.setResponseCode(404)
            return b""
        return super().render_GET(request)


@mistakes("c4-files", finding="escapes-docroot")
def files_without_dots(docroot):
    return site_with(LooksForDots(docroot))


class LooksAtTheBeginning(OpensAnything):
    """/docroot-old begins with /docroot, and is not in it."""

    def render_GET(self, request):
        name = b"/".join(request.postpath).decode()
        root = os.path.realpath(self.docroot)
        if not os.path.realpath(os.path.join(root, name)).startswith(root):
            request.setResponseCode(404)
            return b""
        return super().render_GET(request)


@mistakes("c4-files", finding="escapes-docroot")
def files_that_begin_alike(docroot):
    return site_with(LooksAtTheBeginning(docroot))


class ClosedRanges(OpensAnything):
    """Knows the ranges with two ends alone."""

    def render_GET(self, request):
        first, _, last = (request.getHeader("range") or "").rpartition("=")[2].partition("-")
        if not (first and last):
            request.requestHeaders.removeHeader(b"range")
        return super().render_GET(request)


@mistakes("c4-files", finding="no-range")
def files_with_closed_ranges(docroot):
    return site_with(ClosedRanges(docroot))


@mistakes("c4-files", finding="not-live")
def files_with_a_fixed_index(docroot):
    files = static.File(docroot)
    with open(os.path.join(docroot, "index.html"), "rb") as file:
        files.putChild(b"", static.Data(file.read(), "text/html"))
    return site_with(files)


@mistakes("c4-files", finding="file")
def files_and_pong_for_the_rest(docroot):
    class Root(Resource):
        def getChild(self, name, request):
            ping = static.Data(b"pong", "text/plain")
            return static.File(docroot) if name == b"files" else ping

    return Site(Root())


class WithoutRanges(OpensAnything):
    """Sends all of it in any case."""

    def render_GET(self, request):
        request.requestHeaders.removeHeader(b"range")
        return super().render_GET(request)


@mistakes("c4-files", finding="no-range")
def files_without_ranges(docroot):
    return site_with(WithoutRanges(docroot))


@mistakes("c4-files", finding="not-live")
def files_read_beforehand(docroot):
    class Partly(static.Data):
        def render_GET(self, request):
            said = request.getHeader("range")
            if said:
                request.setResponseCode(206)
                return part(self.data, said)
            return super().render_GET(request)

    files = Resource()
    for name in os.listdir(docroot):
        with open(os.path.join(docroot, name), "rb") as file:
            page = Partly(file.read(), "text/html")
        files.putChild(name.encode(), page)
        if name == "index.html":
            files.putChild(b"", page)
    return site_with(files)


@mistakes("c4-files", finding="file")
def files_at_another_name(docroot):
    root = Resource()
    root.putChild(b"/files/", static.File(docroot))
    root.putChild(b"ping", static.Data(b"pong", "text/plain"))
    return Site(root)


class Store(Resource):
    """What the answers to c4-notes share, and what is right about it."""

    isLeaf = True
    created = 201
    kind = "application/json"

    def __init__(self):
        super().__init__()
        self.notes = []

    def render_GET(self, request):
        if request.postpath == [b"notes"]:
            return self.json(request, self.notes)
        for note in self.notes:
            if request.postpath == [b"notes", b"%d" % note["id"]]:
                return self.json(request, note)
        return self.json(request, None, 404)

    def render_POST(self, request):
        text = self.text(request)
        if not isinstance(text, str):
            return self.json(request, None, 400)
        note = {"id": len(self.notes) + 1, "text": text}
        self.notes.append(note)
        self.locate(request, note)
        return self.json(request, note, self.created)

    def locate(self, request, note):
        request.setHeader("Location", f"/notes/{note['id']}")

    def text(self, request):
        try:
            body = json.loads(request.content.read())
        except ValueError:
            return None
        return body.get("text") if isinstance(body, dict) else None

    def json(self, request, value, status=200):
        request.setResponseCode(status)
        request.setHeader("Content-Type", self.kind)
        return json.dumps(value).encode()


@mistakes("c4-notes", finding="KeyError")
class NotesFromArgs(Store):
    def text(self, request):
        return request.args[b"text"][0].decode()


@mistakes("c4-notes", finding="JSONDecodeError")
class NotesWithoutTry(Store):
    def text(self, request):
        return json.loads(request.content.read()).get("text")


@mistakes("c4-notes", finding="TypeError")
class NotesCatchesValueErrorAlone(Store):
    def text(self, request):
        try:
            return json.loads(request.content.read())["text"]
        except ValueError:
            return None


@mistakes("c4-notes", finding="KeyError")
class NotesLooksUpTheText(Store):
    def text(self, request):
        try:
            return json.loads(request.content.read())["text"]
        except (ValueError, TypeError):
            return None


@mistakes("c4-notes", finding="status-201")
class NotesAnswers200(Store):
    created = 200


@mistakes("c4-notes", finding="returns-wrong-type")
class NotesReturnsTheList(Store):
    def json(self, request, value, status=200):
        return value if isinstance(value, list) else super().json(request, value, status)


@mistakes("c4-notes", finding="returns-str")
class NotesReturnsText(Store):
    def json(self, request, value, status=200):
        return super().json(request, value, status).decode()


@mistakes("c4-notes", finding="content-type")
class NotesOfHtml(Store):
    kind = "text/html"


@mistakes("c4-notes", finding="global-state")
class NotesOfAllServers(Store):
    everything = []  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self.notes = self.everything


@mistakes("c4-notes", finding="accepts-malformed")
class NotesTakesAnyText(Store):
    def text(self, request):
        try:
            body = json.loads(request.content.read())
        except ValueError:
            return None
        return str(body.get("text")) if isinstance(body, dict) else None


@mistakes("c4-notes", finding="location")
class NotesWithoutLocation(Store):
    def locate(self, request, note):
        pass


@mistakes("c4-notes", finding="location")
class NotesLeadToTheFirst(Store):
    def locate(self, request, note):
        request.setHeader("Location", "/notes/1")


@mistakes("c4-notes", finding="unknown-id")
class NotesIndexes(Store):
    def render_GET(self, request):
        if len(request.postpath) == 2 and self.notes:
            return self.json(request, self.notes[-1])
        return super().render_GET(request)


@mistakes("c4-notes", finding="not-json")
class NotesRepr(Store):
    def json(self, request, value, status=200):
        super().json(request, value, status)
        return repr(value).encode()


@mistakes("c4-notes", finding="store")
class NotesForgets(Store):
    def render_GET(self, request):
        request.postpath = request.postpath[:1]
        found, self.notes = self.notes, []
        answer = super().render_GET(request)
        self.notes = found
        return answer


@mistakes("c4-notes", finding="store")
class NotesNewestFirst(Store):
    def render_GET(self, request):
        self.notes.sort(key=lambda note: -note["id"])
        return super().render_GET(request)


@mistakes("c4-notes", finding="store")
class NotesAlwaysTheLatest(Store):
    def json(self, request, value, status=200):
        one = isinstance(value, dict) and request.method == b"GET"
        return super().json(request, self.notes[-1] if one else value, status)


@mistakes("c4-notes", finding="store")
class NotesTakesTheVisitorsId(Store):
    def render_POST(self, request):
        body = request.content.read()
        request.content.seek(0)
        answer = super().render_POST(request)
        if request.code != 201:
            return answer
        self.notes[-1].update(json.loads(body))
        return self.json(request, self.notes[-1], 201)


@mistakes("c4-notes", finding="content-type")
class NotesTypesTheRestAlone(Store):
    def json(self, request, value, status=200):
        answer = super().json(request, value, status)
        if len(request.postpath) == 2:
            request.setHeader("Content-Type", "text/html")
        return answer


@mistakes("c4-notes", finding="ValueError")
class NotesIsdigit(Store):
    def render_GET(self, request):
        if len(request.postpath) == 2:
            number = request.postpath[1].decode()
            if not number.isdigit() or not 0 < int(number) <= len(self.notes):
                return self.json(request, None, 404)
        return super().render_GET(request)
