"""Load generators: many requests over few connections, each answered with what was asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from labkit.bench import serve
from labkit.protocols.web import NoticeBoard, WelcomeByHand, notices_app, welcome_app

CASES = ("by hand", "page", "template", "klein", "board")


@pytest.fixture(params=CASES)
def address(request: Any, office: Any) -> str:
    """One page of each kind."""
    case = request.param
    if case in ("by hand", "klein"):
        return serve(WelcomeByHand if case == "by hand" else welcome_app(), name=case).url
    if case == "board":
        return serve(notices_app(NoticeBoard()), name=case).url + "notices"
    return str(office.at({"page": "welcome?ship=Zo%C3%AB", "template": "tides/3"}[case]))


@pytest.mark.needs("wrk")
def test_wrk_finds_no_error(address: str, run: Any) -> None:
    """Two seconds, eight connections: nothing but answers of 200, and more than a few."""
    told = run("wrk", "-t1", "-c8", "-d2s", address).decode()
    found = re.search(r"(\d+) requests in", told)
    assert found is not None
    assert int(found[1]) > 8
    assert "Socket errors" not in told
    assert "Non-2xx" not in told


@pytest.mark.needs("h2load")
def test_h2load_counts_what_it_asked(address: str, run: Any) -> None:
    """As many answers as requests, all 2xx, all whole."""
    told = run("h2load", "--h1", "-n400", "-c8", address).decode()
    assert "400 succeeded, 0 failed, 0 errored, 0 timeout" in told
    assert "status codes: 400 2xx" in told
