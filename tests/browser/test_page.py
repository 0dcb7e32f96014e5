"""A live page inside the notebook, in the real JupyterLab: by itself, and through the proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from labkit.refresh import normalised

from .conftest import jupyterlab, opened
from .notebooks import CELLS, Notebook, words

HUB = "/user/ann/"
OFFICE = """
from labkit import *
from twisted.internet.task import LoopingCall
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from twisted.web.websocket import WebSocketResource

class Desk(Resource):
    def getChild(self, name, request):
        return self

    def render_GET(self, request):
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return b'''<title>Desk</title><form method="post"><input name="ship">
            <button>Sign in</button></form><p id="ran"></p><p id="heard"></p><p id="seen"></p>
            <script>
            document.getElementById('ran').textContent = 'a script ran';
            const there = new URL('radio', location.href).href.replace(/^http/, 'ws');
            const radio = new WebSocket(there);
            radio.onopen = () => radio.send('ahoy');
            radio.onmessage = m => document.getElementById('heard').textContent = m.data;
            const tide = new EventSource('tide');
            tide.onmessage = m => document.getElementById('seen').textContent += m.data;
            </script>'''

    def render_POST(self, request):
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return b"<h1>signed in: " + request.args[b"ship"][0] + b"</h1>"

class Radio:
    @classmethod
    def buildProtocol(cls, request):
        return cls()
    def negotiationStarted(self, transport):
        self.transport = transport
    def negotiationFinished(self):
        pass
    def textMessageReceived(self, message):
        self.transport.sendTextMessage(message.upper())
    def connectionLost(self, reason):
        pass

class Tide(Resource):
    isLeaf = True
    def render_GET(self, request):
        request.setHeader("Content-Type", "text/event-stream")
        request.write(b"data: high\\n\\n")
        later = LoopingCall(request.write, b"data: low\\n\\n")
        request.notifyFinish().addErrback(lambda reason: later.stop())
        later.start(0.05, now=False)
        return NOT_DONE_YET

desk = Desk()
desk.putChild(b"radio", WebSocketResource(Radio))
desk.putChild(b"tide", Tide())
server = serve(desk)
"""
LAST = "[...document.querySelectorAll('iframe[src]')].at(-1)"


@pytest.fixture(scope="module")
def hub(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab as a JupyterHub starts it: under a prefix that its kernels are told."""
    pytest.importorskip("jupyter_server_proxy")
    variables = {"JUPYTERHUB_SERVICE_PREFIX": HUB}
    with jupyterlab(desk, tmp_path_factory.mktemp("hub"), HUB, variables) as address:
        yield address


def office(page: Any, desk: Path, name: str, *cells: str) -> Notebook:
    """A new notebook with the office served, and then these cells, run."""
    sources = [OFFICE, *cells]
    made = [new_code_cell(text, id=f"cell-{n}") for n, text in enumerate(sources)]
    nbformat.write(normalised(new_notebook(cells=made)), desk / f"{name}.ipynb")
    notebook = Notebook(page, f"{name}.ipynb")
    assert notebook.run_all(), notebook.cells
    return notebook


def live(page: Any) -> Any:
    """The frame that the browser filled from the server; of several, the last of the page."""
    page.wait_for_function(f"() => {LAST}?.contentWindow")
    url = page.evaluate(f"() => {LAST}.src")
    for _ in range(100):
        for frame in page.frames:
            if frame.url == url:
                return frame
        page.wait_for_timeout(50)
    pytest.fail(f"no frame shows {url}: {[frame.url for frame in page.frames]}")


def lives(frame: Any) -> None:
    """A script runs, a WebSocket answers, events come one by one, a form is sent."""
    frame.wait_for_selector("#ran:text('a script ran')", state="attached")
    frame.wait_for_selector("#heard:text('AHOY')", state="attached")
    frame.wait_for_selector("#seen:text('highlowlow')", state="attached")
    frame.fill("input", "Zoë & sons")
    frame.click("button")
    frame.wait_for_selector("h1:text('signed in: Zoë')", state="attached")


def test_a_page_is_live_in_the_notebook(page: Any, desk: Path, shots: Path) -> None:
    """The frame asks the server itself, at its own port."""
    notebook = office(page, desk, "plain", "show(server, '/', height=300)")
    frame = live(page)
    assert frame.url.startswith("http://127.0.0.1:")
    assert "/proxy/" not in frame.url
    notebook.shot(1, shots / "page-live.png")
    lives(frame)
    assert words(notebook.cells[1]).startswith("GET / · 200 OK · text/html")


def test_behind_a_hub_the_page_is_live_too(browser: Any, hub: str, desk: Path) -> None:
    """Through jupyter-server-proxy, under the prefix: the same page, with all that it can do."""
    with opened(browser, hub) as page:
        office(page, desk, "hub", "show(server, '/', height=300)")
        frame = live(page)
        assert frame.url.startswith(f"{hub}/proxy/")
        lives(frame)


SAVE = "() => window.panel.context.save()"
CLOSE = "() => { window.panel.dispose(); }"
LATER = "() => { const now = Date.now; Date.now = () => now() + 3_600_000; }"
STILL = """() => [...window.panel.node.querySelectorAll('iframe[srcdoc]')]
    .map(f => f.getBoundingClientRect().height)"""


def test_a_page_that_was_saved_live_is_still_when_its_server_is_gone(
    page: Any, desk: Path, shots: Path
) -> None:
    """Opened again without a kernel, the output shows the page as the bench got it."""
    office(page, desk, "saved", "show(server, '/', height=300)")
    live(page)
    page.evaluate(SAVE)
    page.evaluate("() => window.panel.sessionContext.shutdown()")
    page.evaluate(CLOSE)
    page.evaluate(LATER)
    notebook = Notebook(page, "saved.ipynb")
    notebook.go(1)
    page.wait_for_function(f"({STILL})().some(height => height > 250)")
    (still,) = [f for f in page.frames if f.url == "about:srcdoc" and "Sign in" in f.content()]
    assert still.evaluate("document.querySelector('#ran').textContent") == ""
    notebook.shot(1, shots / "page-still.png")


def test_a_page_that_nobody_trusts_is_its_words(page: Any, desk: Path) -> None:
    """On another machine JupyterLab takes the frames away, and what stands inside is left."""
    office(page, desk, "trusted", "show(server, '/', height=300)")
    page.evaluate(SAVE)
    stored = nbformat.read(desk / "trusted.ipynb", as_version=4)
    stored.cells[0].source += "\n"  # another text, so that no signature fits
    nbformat.write(stored, desk / "strange.ipynb")
    page.evaluate("() => window.panel.sessionContext.shutdown()")
    notebook = Notebook(page, "strange.ipynb")
    node = notebook.go(1)
    shown = node.locator(".jp-OutputArea-output").first
    shown.wait_for()
    assert "Sign in" in shown.inner_text()
    assert shown.locator("object, iframe").count() == 0
    assert len(page.evaluate(CELLS)[1]["outputs"]) == 1
