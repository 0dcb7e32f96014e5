"""Right answers to c4-files and c4-notes."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import json

from klein import Klein
from twisted.web import pages, static
from twisted.web.resource import Resource
from twisted.web.server import Site

from labkit.exercises import solves

__all__: list[str] = []


@solves("c4-files", style="putChild")
def make_site(docroot):
    root = Resource()
    root.putChild(b"files", static.File(docroot))
    root.putChild(b"ping", static.Data(b"pong", "text/plain"))
    return Site(root)


@solves("c4-files", style="getChild")
def make_site_by_child(docroot):
    class Root(Resource):
        def getChild(self, name, request):
            if name == b"files":
                return static.File(docroot)
            return Ping() if name == b"ping" else pages.notFound()

    class Ping(Resource):
        isLeaf = True

        def render_GET(self, request):
            return b"pong"

    return Site(Root())


@solves("c4-notes", style="a leaf")
class Notes(Resource):
    isLeaf = True

    def __init__(self):
        super().__init__()
        self.notes = []

    def render_GET(self, request):
        match request.postpath:
            case [b"notes"]:
                return self.json(request, 200, self.notes)
            case [b"notes", number] if number.isdigit():
                for note in self.notes:
                    if note["id"] == int(number):
                        return self.json(request, 200, note)
        return self.json(request, 404, "there is no such note")

    def render_POST(self, request):
        try:
            body = json.loads(request.content.read())
        except ValueError:
            return self.json(request, 400, "this is not JSON")
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str):
            return self.json(request, 400, "a text is missing")
        note = {"id": len(self.notes) + 1, "text": text}
        self.notes.append(note)
        request.setHeader("Location", f"/notes/{note['id']}")
        return self.json(request, 201, note)

    def json(self, request, status, value):
        request.setResponseCode(status)
        request.setHeader("Content-Type", "application/json")
        return json.dumps(value).encode()


@solves("c4-notes", style="Klein")
class NotesApp:
    app = Klein()

    def __init__(self):
        self.notes = {}

    @app.route("/notes", methods=["GET"])
    def all_of_them(self, request):
        return self.json(request, 200, list(self.notes.values()))

    @app.route("/notes", methods=["POST"])
    def post(self, request):
        match self.body(request):
            case {"text": str(text)}:
                number = len(self.notes) + 1
                self.notes[number] = {"id": number, "text": text}
                request.setHeader("Location", f"/notes/{number}")
                return self.json(request, 201, self.notes[number])
        return self.json(request, 400, None)

    @app.route("/notes/<number>")
    def one(self, request, number):
        for known, note in self.notes.items():
            if number == str(known):
                return self.json(request, 200, note)
        return self.json(request, 404, None)

    def body(self, request):
        try:
            return json.loads(request.content.read())
        except ValueError:
            return None

    def json(self, request, status, value):
        request.setResponseCode(status)
        request.setHeader("Content-Type", "application/json")
        return json.dumps(value)
