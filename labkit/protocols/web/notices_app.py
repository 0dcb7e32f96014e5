"""The notice board as a Klein app: the same board, the same answers, routes in place of a tree."""

from __future__ import annotations

from typing import Any

from klein import Klein

from .notices import JSON, BadNotice, NoticeBoard, as_json, read_notice

__all__ = ["notices_app"]


def notices_app(board: NoticeBoard | None = None) -> Klein:
    """An app with /notices and /notices/ID."""
    app, known = Klein(), board or NoticeBoard()

    @app.route("/notices", methods=["GET"])
    def everything(request: Any) -> bytes:
        return _answer(request, 200, as_json(known.all()))

    @app.route("/notices", methods=["POST"])
    def post(request: Any) -> bytes:
        notice = known.post(read_notice(request.content.read()))
        request.setHeader("Location", f"/notices/{notice.id}")
        return _answer(request, 201, as_json(notice))

    @app.route("/notices/<number>", methods=["GET"])
    def one(request: Any, number: str) -> bytes:
        notice = known.find(number.encode())
        if notice is None:
            return _answer(request, 404, as_json({"error": "there is no such notice"}))
        return _answer(request, 200, as_json(notice))

    @app.handle_errors(BadNotice)
    def refuse(request: Any, failure: Any) -> bytes:
        return _answer(request, 400, as_json({"error": str(failure.value)}))

    return app


def _answer(request: Any, status: int, body: bytes) -> bytes:
    request.setResponseCode(status)
    request.setHeader("Content-Type", JSON)
    return body
