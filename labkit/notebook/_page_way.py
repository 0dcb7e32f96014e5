"""How the reader's browser comes to a page of the bench: its address, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from labkit.bench._fetch import Fetched
from labkit.bench._page import Page

_AS_GOT = "this is the page as the bench's own client got it"
_PROXY = "jupyter-server-proxy"
# what a browser shows in a frame; all else it stores as a file
_SHOWN = {"", "text/html", "text/plain", "text/css", "text/javascript", "text/event-stream"}
_SHOWN |= {"application/json", "application/xml", "application/xhtml+xml", "text/xml"}
_READABLE = ("json", "javascript", "xml", "x-www-form-urlencoded")
_ROOTED = re.compile(rb"""\b(?:href|src|action)=["']?/(?!/)""", re.IGNORECASE)


@frozen
class Way:
    """The address of a page for a browser, or none; and what to know about that."""

    url: str = ""
    words: tuple[str, ...] = ()


def way_to(page: Page, variables: Mapping[str, str], proxy: bool) -> Way:
    """The way with these variables of the environment; `proxy`: jupyter-server-proxy is here."""
    if isinstance(page.address, str):
        return Way(words=(f"A browser cannot open a UNIX socket: {_AS_GOT}.",))
    if page.tls:
        who = "Your browser does not know the throwaway authority of this server's certificate"
        return Way(words=(f"{who}: {_AS_GOT}.",))
    host, port = page.address
    prefix = variables.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix is None:
        named = f"[{host}]" if ":" in host else host
        return _allowed(page, Way(f"http://{named}:{port}{page.place}"))
    way = _through_hub(page, host, f"{prefix.rstrip('/')}/proxy/{port}{page.place}", proxy)
    return _allowed(page, way) if way.url else way


def _through_hub(page: Page, host: str, url: str, proxy: bool) -> Way:
    if not proxy:
        cure = f"pip install {_PROXY} where JupyterLab runs, and start your server anew"
        keeps = "JupyterHub keeps the ports of this machine from your browser"
        return Way(words=(f"{keeps}: {_AS_GOT}. To see it live: {cure}.",))
    if ":" in host:
        cure = "serve it on 127.0.0.1"
        return Way(words=(f"{_PROXY} does not reach {host}: {_AS_GOT}. To see it live: {cure}.",))
    return Way(url, _of_proxy(page.fetched))


def _of_proxy(found: Fetched) -> tuple[str, ...]:
    """What the proxy changes for this page; nothing for most."""
    words = []
    if found.outcome == "unfinished":
        words.append(f"{_PROXY} holds a page back until it is whole, and this one goes on.")
    if found.kind == "text/html" and _ROOTED.search(found.body):
        words.append(f"Behind {_PROXY} a link that begins with / leaves your server.")
    return tuple(words)


def _allowed(page: Page, way: Way) -> Way:
    """The same way, unless the page forbids frames, or would not be seen in one."""
    found = page.fetched
    forbids = forbids_frames(found, same_origin=way.url.startswith("/"))
    if forbids:
        return Way(words=(f"The page forbids to be shown in a frame ({forbids}): {_AS_GOT}.",))
    return way if found.status not in (0, 204) and is_shown(found.kind) else Way()


def forbids_frames(found: Fetched, same_origin: bool) -> str:
    """The header with which an answer forbids a frame in the notebook's page; empty if none.

    frame-ancestors comes before X-Frame-Options (CSP level 3, section 6.4.2.2).
    """
    policies = found.get("Content-Security-Policy").replace(",", ";").split(";")
    named = [words for policy in policies if (words := policy.split())[:1] == ["frame-ancestors"]]
    fine = {"*", "http:", "https:"} | ({"'self'"} if same_origin else set())
    if named:
        return next((" ".join(words) for words in named if not fine & set(words)), "")
    option = found.get("X-Frame-Options").strip().upper()
    refused = option == "DENY" or (option == "SAMEORIGIN" and not same_origin)
    return f"X-Frame-Options: {option}" if refused else ""


def is_shown(kind: str) -> bool:
    """Whether a browser shows content of this type, and does not store it as a file."""
    return kind in _SHOWN or kind.startswith("image/")


def is_text(kind: str) -> bool:
    """Whether content of this type can be read as it stands; of no type: it is tried."""
    return not kind or kind.startswith("text/") or kind.endswith(_READABLE)
