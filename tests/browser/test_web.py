"""Chromium judges the web servers: it fills in a form, listens, comes back, sends too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from klein import Klein
from twisted.web.static import Data

from labkit.bench import drain_failures, serve, settle, stop_all, wait
from labkit.protocols.web import (
    ArrivalDesk,
    BadForm,
    LimitedSite,
    Lookout,
    Scales,
    harbour_office,
    read_arrival,
)
from labkit.protocols.web.arrivals import ArrivalForm, ArrivalSlip


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """An empty page; nothing is left of the servers after it, no failure either."""
    drain_failures()
    page = browser.new_page()
    page.set_default_timeout(20_000)
    yield page
    page.close()
    stop_all()
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == []


def klein_desk() -> Klein:
    """The arrivals desk again, as a Klein app."""
    app = Klein()

    @app.route("/", methods=["GET"])
    def form(request: Any) -> Any:
        return ArrivalForm()

    @app.route("/", methods=["POST"])
    def take(request: Any) -> Any:
        return ArrivalSlip(read_arrival(request.args))

    @app.handle_errors(BadForm)
    def refuse(request: Any, failure: Any) -> Any:
        request.setResponseCode(400)
        return ArrivalForm(str(failure.value))

    return app


@pytest.mark.parametrize("desk", [ArrivalDesk, klein_desk])
def test_a_form_is_filled_in_and_answered(tab: Any, desk: Any) -> None:
    """As a person does: first with a mistake, then right; the name is text and not markup."""
    tab.goto(serve(desk()).url)
    tab.get_by_label("Ship").fill("<i>Zoë</i> 港")
    tab.get_by_role("button").click()
    assert tab.locator("#complaint").inner_text() == "Sorry: the length is missing."
    tab.get_by_label("Ship").fill("<i>Zoë</i> 港")
    tab.get_by_label("Length").fill("120")
    tab.get_by_role("button").click()
    assert tab.locator("#answer").inner_text() == "<i>Zoë</i> 港, berth 4 is yours."
    assert tab.title() == "Berth"


def targets(server: Any) -> Counter[str]:
    """What was asked for, over all connections."""
    lines = b"".join(talk.said("client") for talk in server.wire).split(b"\r\n")
    return Counter(line.split()[1].decode() for line in lines if line.endswith(b" HTTP/1.1"))


def test_a_visit_is_not_a_connection(tab: Any) -> None:
    """One page is asked for once; how many connections that takes is the browser's business."""
    server = serve(harbour_office(), name="office")
    tab.goto(server.url)
    tab.get_by_role("link", name="Tides").click()
    assert tab.locator("h1").inner_text() == "Tides of day 0"
    asked = targets(server)
    assert (asked["/"], asked["/tides/"]) == (1, 1)
    assert set(asked) <= {"/", "/tides/", "/favicon.ico"}
    assert len(server.wire) >= 1


LISTENING = b"""<!doctype html><title>Lookout</title><ol></ol><script>
const list = document.querySelector('ol')
new EventSource('/events').onmessage = (event) => {
  const item = document.createElement('li')
  item.textContent = event.lastEventId + ' ' + event.data
  list.append(item)
}
</script>"""


def test_a_listener_comes_back_and_has_missed_nothing(tab: Any) -> None:
    """The server is replaced amid the stream; the browser reconnects and says what it heard."""
    lookout = Lookout()

    def tower() -> Any:
        root = harbour_office(lookout)
        root.putChild(b"", Data(LISTENING, "text/html"))
        return serve(root, name="tower")

    tab.goto(tower().url)
    items = tab.locator("li")
    _until(lambda: lookout.listeners)
    wait(lookout.see, "a sail")
    items.nth(0).wait_for()
    tower()
    wait(lookout.see, "missed\nby nobody")
    items.nth(1).wait_for()
    assert items.all_inner_texts() == ["1 a sail", "2 missed by nobody"]


def test_a_page_leaves_and_nobody_listens(tab: Any) -> None:
    """Leaving the page ends the stream on the server's side, too."""
    lookout = Lookout()
    root = harbour_office(lookout)
    root.putChild(b"", Data(LISTENING, "text/html"))
    tab.goto(serve(root, name="tower").url)
    _until(lambda: lookout.listeners)
    tab.goto("about:blank")
    _until(lambda: not lookout.listeners)


UPLOAD = """async ([size]) => {
  const answer = await fetch('/', {method: 'POST', body: new Uint8Array(size)})
  return [answer.status, await answer.text()]
}"""


def test_a_browser_reads_why_its_upload_was_refused(tab: Any) -> None:
    """413 is read while the body is still under way; a smaller one is weighed."""
    server = serve(LimitedSite(Scales(), 100_000), name="scales")  # type: ignore[no-untyped-call]
    tab.goto(server.url)
    assert tab.evaluate(UPLOAD, [100_001])[0] == 413
    status, said = tab.evaluate(UPLOAD, [100_000])
    assert (status, '"bytes": 100000' in said) == (200, True)


def _until(happened: Any) -> None:
    for _ in range(20_000):
        if happened():
            return
        settle(collect=False)
    raise AssertionError("it did not happen")
