"""The picture of a page: live in a frame where a person can look, else as the bench got it."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from html import escape
from importlib.util import find_spec

from labkit.bench._fetch import PATIENCE, Fetched
from labkit.bench._page import Page
from labkit.views import Picture, framed, palette, preformatted

from ._page_text import decoded, of_html
from ._page_way import Way, is_text, way_to
from ._traces import steady

LINES, WIDTH = 8, 88  # of the words beside a page
STORED = 1 << 16  # bytes of a page that is kept whole in a notebook
# a stored page fetches nothing and runs nothing
_STILL = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
_LOOK = f"border: 1px solid {palette.EDGE}; background-color: {palette.WHITE}; display: block"


def of_page(page: Page) -> Picture:
    """The picture of a page in the surroundings of this process."""
    live = looked_at(os.environ)
    # what is stored is the same on every machine
    variables = os.environ if live else {}
    way = way_to(page, variables, proxy=find_spec("jupyter_server_proxy") is not None)
    return picture_of(page, way, live)


def looked_at(variables: Mapping[str, str]) -> bool:
    """Whether a person sits before the page: Jupyter's server tells, or the reader does."""
    return "JPY_SESSION_NAME" in variables or variables.get("LABKIT_LIVE") == "1"


def picture_of(page: Page, way: Way, live: bool) -> Picture:
    """The page in a frame that a browser fills, where somebody looks; else as it was got."""
    found = page.fetched
    head = f"GET {page.target} · {_head(found)}"
    words = [*_trouble(found), *way.words]
    text = "\n".join([head, *(f"  {line}" for line in (*words, *_lines(found)))])
    still = _still(page)
    inner = _frame(page, way, still) if live and way.url else still
    return Picture(head, text, markup=framed(_told(head, words) + inner))


def _head(found: Fetched) -> str:
    if not found.status:
        return "no answer" if found.outcome != "no HTTP" else "no HTTP"
    parts = [f"{found.status} {found.reason}".strip(), found.kind or "no Content-Type"]
    if found.outcome == "whole":
        parts.append(f"{len(found.body):,} byte{'s' * (len(found.body) != 1)}")
    return " · ".join(parts)


def _trouble(found: Fetched) -> list[str]:
    """What is wrong with an answer, or asks for another one; nothing for most."""
    if found.outcome == "no HTTP":
        return [f"What came is no HTTP response: {steady(found.error)}."]
    if found.outcome != "whole":
        return [_unwhole(found)]
    if 300 <= found.status < 400 and found.get("Location"):
        return [f"It sends the browser on to {steady(found.get('Location'))}"]
    return []


def _unwhole(found: Fetched) -> str:
    seconds = f"{PATIENCE:g} s"
    if found.outcome == "silent":
        return f"Nothing came within {seconds}, and the connection is open: the server hangs."
    if found.outcome == "long":
        return "The page is longer than 1 MiB, which is as much as is asked for here."
    if not found.status:
        cut = "The server closed the connection before the head was whole."
        return cut if found.outcome == "cut" else f"Within {seconds} no empty line ended the head."
    announced = found.get("Content-Length")
    part = f"{len(found.body):,} of {int(announced):,} bytes" if announced else "a part"
    if found.outcome == "cut":
        return f"The server closed the connection after {part} of the body."
    return f"Within {seconds} {part} of the body came, and the connection is open."


def _lines(found: Fetched) -> list[str]:
    """The first lines of what the page says."""
    if not found.body or not is_text(found.kind) or found.outcome == "unfinished":
        return []
    source = steady(decoded(found.body, found.get("Content-Type")))
    title, lines = "", [line.rstrip() for line in source.splitlines()]
    if found.kind == "text/html":
        title, lines = of_html(source)
    whole = [f"“{title}”", *lines] if title else lines
    more = [f"and {len(whole) - LINES} more lines"] if len(whole) > LINES + 1 else []
    return [_clipped(line) for line in whole[: LINES if more else LINES + 1]] + more


def _clipped(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _told(head: str, words: list[str]) -> str:
    markup = f'<div style="font-weight:600">{escape(head)}</div>'
    for line in words:
        markup += f'<div style="color:{palette.NOTICE}">{escape(line)}</div>'
    return markup + '<div style="height:6px"></div>'


def _still(page: Page) -> str:
    """The page as it was got, in a form that a notebook can keep."""
    found = page.fetched
    lines = _lines(found)
    words = preformatted("\n".join(lines)) if lines else ""
    if found.kind.startswith("image/") and found.outcome == "whole" and len(found.body) <= STORED:
        data = base64.b64encode(found.body).decode("ascii")
        alt = escape(f"the image at {page.target}")
        return f'<img alt="{alt}" style="max-width: 100%" src="data:{found.kind};base64,{data}">'
    if found.kind != "text/html" or found.outcome != "whole" or len(found.body) > STORED:
        return words
    source = steady(decoded(found.body, found.get("Content-Type")))
    # what stands inside is shown by JupyterLab in the place of a frame that it does not trust
    return (
        f'<iframe sandbox="" title="{escape(page.target)}" width="100%" height="{page.height}" '
        f'style="{_LOOK}" srcdoc="{escape(_STILL + source)}">{words}</iframe>'
    )


# What is shown on another day must not be the browser's word that nobody answers: an <object>
# then shows what stands inside it. But it does so, too, when a form in it is answered with an
# error: while the cell is fresh, and the server there, an <iframe> it is.
_LIVE = """<script>(() => {
const still = document.currentScript.previousElementSibling, {url, made, name} = still.dataset;
const fresh = Math.abs(Date.now() / 1000 - made) < FRESH;
const live = document.createElement(fresh ? "iframe" : "object");
live[fresh ? "src" : "data"] = url;
live[fresh ? "title" : "ariaLabel"] = name;
live.width = "100%"; live.height = still.dataset.height; live.style = still.dataset.look;
still.replaceWith(live);
if (!fresh) live.append(still);
})()</script>"""
FRESH = 60  # seconds after its cell that a page is taken for a new one


def _frame(page: Page, way: Way, still: str) -> str:
    """The live page, in the place of the stored one, where a browser runs the notebook's scripts.

    A notebook that is saved with it and opened on another day shows the page as it was.
    """
    name, url = escape(page.target), escape(way.url)
    link = f'<a href="{url}" target="_blank" rel="noopener">Open it in a tab</a>'
    return (
        f'<div data-url="{url}" data-name="{name}" data-made="{time.time():.0f}" '
        f'data-height="{page.height}" data-look="{_LOOK}">{still}</div>'
        f"{_LIVE.replace('FRESH', str(FRESH))}"
        f'<div style="font-size:12px">Live, as long as the server runs. {link}.</div>'
    )
