"""Web applications that other servers run: how each meets Twisted. Known without importing them."""

from __future__ import annotations

import inspect
from typing import Any

from labkit.errors import CannotServe

_WSGI = {
    "wsgiref",
    "flask",
    "bottle",
    "pyramid",
    "falcon",
    "cherrypy",
    "werkzeug",
    "webpy",
    "pecan",
}
_ASGI = {"fastapi", "starlette", "quart", "litestar", "blacksheep", "channels", "responder"}
_OWN = {"aiohttp": "asyncio", "tornado": "asyncio", "sanic": "asyncio"}


def refuse_foreign(what: Any) -> None:
    """Raise CannotServe for an application of another web world, with the way that there is."""
    name, kind = _name(what), kind_of(what)
    if kind == "wsgi":
        raise CannotServe(
            f"{name} is a WSGI application, which needs a thread for each request",
            "Wrap it: serve(WSGIResource(reactor, reactor.getThreadPool(), app)), "
            "with WSGIResource from twisted.web.wsgi",
        )
    if kind == "asgi":
        raise CannotServe(
            f"{name} is an ASGI application, which Twisted's web server does not run",
            "Give it a server of its own, as a program: daphne (built on Twisted), hypercorn "
            "or uvicorn; ReverseProxyResource of twisted.web.proxy can stand in front of it",
        )
    if kind:
        raise CannotServe(
            f"{name} belongs to {kind}, which brings its own web server",
            f"Run it as a program of its own, on {_OWN[kind]}; connect and show take its port",
        )


def kind_of(what: Any) -> str:
    """ "wsgi", "asgi", the name of a framework with a server of its own, or nothing."""
    routine = inspect.isroutine(what)
    kinds = () if routine else type(what).__mro__[:-1]
    for origin in [str(what.__module__)] if routine else [kind.__module__ for kind in kinds]:
        root = origin.partition(".")[0]
        if root in _OWN:
            return root
        for kind, roots in (("asgi", _ASGI), ("wsgi", _WSGI)):
            if root in roots or f".{kind}" in origin:
                return kind
    return _of_signature(what)


def _of_signature(what: Any) -> str:
    """The convention by which a callable is called (PEP 3333, ASGI 3), from its parameters."""
    if inspect.isclass(what) or not callable(what):
        return ""
    try:
        names = list(inspect.signature(what).parameters)
    except (TypeError, ValueError):
        return ""
    if len(names) == 2 and ("start_response" in names or names[0] in ("environ", "env")):
        return "wsgi"
    called = what if inspect.isroutine(what) else type(what).__call__
    return "asgi" if len(names) == 3 and inspect.iscoroutinefunction(called) else ""


def _name(what: Any) -> str:
    return getattr(what, "__name__", "") or f"{type(what).__name__}()"
