"""Chromium and Twisted's WebSockets: a talk, how it ends, and a language that is not agreed on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.web.resource import Resource
from twisted.web.static import Data
from twisted.web.websocket import WebSocketResource

from labkit.bench import serve, stop_all

SEEN = """([protocols, words]) => new Promise(done => {
  const seen = [], radio = new WebSocket(location.href.replace(/^http/, 'ws') + 'radio', protocols);
  radio.onopen = () => { seen.push('open ' + radio.protocol); radio.send(words); };
  radio.onmessage = message => { seen.push(message.data); radio.close(3001, 'to sea'); };
  radio.onerror = () => seen.push('error');
  radio.onclose = end => done([...seen, 'closed ' + end.code]); })"""


class Radio:
    """Answers in capitals; asked to leave, it does."""

    @classmethod
    def buildProtocol(cls, request: Any) -> Radio:
        return cls()

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        """The talk may begin."""

    def textMessageReceived(self, message: str) -> None:
        if message == "leave":
            self.transport.loseConnection(4001, "asked to")
        else:
            self.transport.sendTextMessage(message.upper())

    def connectionLost(self, reason: Any) -> None:
        """The talk is over."""


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A page of a site with a radio."""
    root = Resource()
    root.putChild(b"", Data(b"<title>Tower</title>", "text/html"))
    root.putChild(b"radio", WebSocketResource(Radio))
    page = browser.new_page()
    page.goto(serve(root, name="tower").url)
    yield page
    page.close()
    stop_all()


@pytest.mark.parametrize(
    ("protocols", "words", "seen"),
    [
        ([], "Zoë", ["open ", "ZOË", "closed 3001"]),
        ([], "leave", ["open ", "closed 4001"]),
        # a browser that asked for some hangs up when none is chosen (RFC 6455 section 4.1)
        (["harbour.v1"], "Zoë", ["error", "closed 1006"]),
    ],
)
def test_a_browser_talks_to_the_radio(
    tab: Any, protocols: list[str], words: str, seen: list[str]
) -> None:
    """It knows the code of each end; one that wants a subprotocol gets no connection."""
    assert tab.evaluate(SEEN, [protocols, words]) == seen
