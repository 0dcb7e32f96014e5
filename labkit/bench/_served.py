"""What a reader may hand to serve, and the factory that it comes to."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from inspect import isclass, isroutine
from typing import Any

from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from labkit.errors import CannotServe

from ._foreign import refuse_foreign

_CURE = "Hand over a Protocol class, a Factory, a web Resource, a Site or a Klein app"


def as_factory(what: Any) -> Any:
    """The protocol factory of a Protocol class, a Factory, a Resource, a Site or a Klein app.

    Anything else raises CannotServe, which says what to write instead.
    """
    what = _app_of(what)
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
    refuse_foreign(what)
    if isroutine(what):
        raise CannotServe(
            f"{what.__name__} is a function",
            f"If it makes protocols, wrap it: serve(Factory.forProtocol({what.__name__}))",
        )
    _refuse_holder(what)
    raise CannotServe(f"{_name(what)} is not something that speaks on a connection", _CURE)


def _of_class(what: Any) -> Any:
    if IProtocol.implementedBy(what):
        return Factory.forProtocol(what)
    if is_made_first(what):
        of = "resource" if what.__name__ == "Site" else ""
        raise CannotServe(
            f"{what.__name__} is a class of factories or pages, not one of them",
            f"Make one: serve({what.__name__}({of}))",
        )
    if _of_klein(what.__mro__):
        raise CannotServe(
            f"{what.__name__} is the class of Klein apps, not one of them",
            f"Make one: app = {what.__name__}(); then serve(app)",
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
    return _of_klein(type(what).__mro__) and callable(getattr(what, "resource", None))


def end_sessions(factory: Any) -> None:
    """Expire the sessions of a web server that has no port any more. Reactor thread.

    Each would else keep a timer for a quarter of an hour.
    """
    if speaks_http(factory) and not factory.numPorts:
        for session in list(getattr(factory, "sessions", {}).values()):
            _expire(session)


def _expire(session: Any) -> None:
    # apart, because a callback of the reader's that raises would keep the timer
    callbacks, session.expireCallbacks = session.expireCallbacks, []
    session.expire()
    for callback in callbacks:
        try:
            callback()
        except Exception:
            Logger().failure("a session's callback")


def _refuse_holder(what: Any) -> None:
    for name, inner in vars(type(what)).items():
        if _is_klein(inner):
            raise CannotServe(
                f"{type(what).__name__}() is no app, and has one: its {name}",
                f"Hand that over: serve(it.{name})",
            )


def _of_klein(kinds: Iterable[type]) -> bool:
    return "klein" in {kind.__module__.partition(".")[0] for kind in kinds}


def _app_of(what: Any) -> Any:
    """The Klein app of `app.resource`, which twist is given in that form; all else as it is."""
    if getattr(what, "__name__", "") != "resource" or isclass(what):
        return what
    owner = getattr(what, "__self__", None)
    if owner is not None and _is_klein(owner):
        return owner
    if getattr(what, "__module__", "").partition(".")[0] == "klein":
        raise CannotServe("Klein.resource is a method of the class", "Hand over an app: serve(app)")
    return what


def name_of(what: Any) -> str:
    """What a server is called when the reader gives no name: the class that was served."""
    if isclass(what):
        return what.__name__
    what = _app_of(what)
    resource = getattr(what, "resource", None)
    if speaks_http(what) and resource is not None:
        return name_of(resource)
    protocol = getattr(what, "protocol", None)
    if type(what) is Factory and isclass(protocol):
        return protocol.__name__
    return type(what).__name__


def _name(what: Any) -> str:
    text = repr(what)
    return text if len(text) <= 60 else f"{text[:57]}…"
