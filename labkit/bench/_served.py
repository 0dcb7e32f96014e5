"""What a reader may hand to serve, and the factory that it comes to."""

from __future__ import annotations

import sys
from inspect import isclass, isroutine
from typing import Any

from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.internet.protocol import Factory

from labkit.errors import CannotServe

_CURE = "Hand over a Protocol class, a Factory, a web Resource, a Site or a Klein app"


def as_factory(what: Any) -> Any:
    """The protocol factory of a Protocol class, a Factory, a Resource, a Site or a Klein app.

    Anything else raises CannotServe, which says what to write instead.
    """
    if isclass(what):
        return _of_class(what)
    if IProtocolFactory.providedBy(what):
        return what
    if IProtocol.providedBy(what):
        kind = type(what).__name__
        raise CannotServe(
            f"{kind}() is one protocol instance, good for one connection",
            f"Hand over the class, without the parentheses: serve({kind})",
        )
    web = _of_web(what)
    if web is not None:
        return web
    if isroutine(what):
        raise CannotServe(
            f"{what.__name__} is a function",
            f"If it makes protocols, wrap it: serve(Factory.forProtocol({what.__name__}))",
        )
    raise CannotServe(f"{_name(what)} is not something that speaks on a connection", _CURE)


def _of_class(what: Any) -> Any:
    if IProtocol.implementedBy(what):
        return Factory.forProtocol(what)
    if is_made_first(what):
        raise CannotServe(
            f"{what.__name__} is a class of factories or pages, not one of them",
            f"Make one: serve({what.__name__}())",
        )
    missing = [m for m in ("makeConnection", "dataReceived") if not hasattr(what, m)]
    if missing:
        raise CannotServe(
            f"The class {what.__name__} is not a Protocol (it has no {missing[0]})",
            f"Derive it: class {what.__name__}(Protocol), "
            "with Protocol from twisted.internet.protocol",
        )
    return Factory.forProtocol(what)


def _of_resource_class(what: Any) -> bool:
    resource = sys.modules.get("twisted.web.resource")
    return resource is not None and resource.IResource.implementedBy(what)


def _of_web(what: Any) -> Any:
    """A Site for what the web knows. Whoever made a Resource has imported twisted.web."""
    resource = sys.modules.get("twisted.web.resource")
    if resource is None:
        return None
    app: Any = what if _is_klein(what) else getattr(what, "app", None)
    found = app.resource() if _is_klein(app) else what
    if not resource.IResource.providedBy(found):
        return None
    from twisted.web.server import Site

    return Site(found)


def is_made_first(what: Any) -> bool:
    """Whether this is a class of something that is served as an instance: without arguments."""
    if not isclass(what):
        return False
    factory = IProtocolFactory.implementedBy(what)
    return factory or _of_resource_class(what) or _is_klein(getattr(what, "app", None))


def speaks_http(factory: Any) -> bool:
    """Whether what a factory's protocols say is HTTP: Twisted's own web servers."""
    http = sys.modules.get("twisted.web.http")
    return http is not None and isinstance(factory, http.HTTPFactory)


def _is_klein(what: Any) -> bool:
    made_by = {kind.__module__.partition(".")[0] for kind in type(what).__mro__}
    return "klein" in made_by and callable(getattr(what, "resource", None))


def name_of(what: Any) -> str:
    """What a server is called when the reader gives no name: the class that was served."""
    if isclass(what):
        return what.__name__
    protocol = getattr(what, "protocol", None)
    if type(what) is Factory and isclass(protocol):
        return protocol.__name__
    return type(what).__name__


def _name(what: Any) -> str:
    text = repr(what)
    return text if len(text) <= 60 else f"{text[:57]}…"
