"""What chapter 5 says in its predictions is what a live web client meets."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.web.client import Agent, readBody

from labkit.bench import ScriptedPeer, servers, wait
from labkit.chapters.ch05_web_clients.checks._peers import site
from labkit.chapters.ch05_web_clients.checks._sites import Slips
from labkit.exercises._guesses import truth_of

ROOM = Path(__file__).parents[2] / "labkit" / "chapters" / "ch05_web_clients"
TOML = tomllib.loads((ROOM / "chapter.toml").read_text("utf-8"))
PREDICTIONS = {prediction["id"]: prediction for prediction in TOML["predictions"]}


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_the_answer_is_what_a_live_run_shows(prediction: str) -> None:
    """Each prediction has a truth that is found out by running."""
    assert truth_of(prediction) == PREDICTIONS[prediction]["answer"]


def test_each_site_of_a_check_stands_where_none_stood_before() -> None:
    """What an earlier answer still asks for is not charged to the next one."""
    ports = set()
    for _ in range(4):
        with site(Slips(), "the peer of a check") as server:
            ports.add(server.port)
            assert server not in servers()
    assert len(ports) > 1


@pytest.mark.parametrize("read", [False, True])
def test_an_answer_that_nobody_reads_may_keep_its_connection_open(read: bool) -> None:
    """What is said of a page that is not there: its body, come after the head, is to be read."""
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n"

    async def ask(url: bytes) -> Any:
        response = await Agent(reactor).request(b"GET", url)
        if read:
            assert await readBody(response) == b"gone"
        return response

    script = [("read_head",), ("send", missing), ("wait", 0.1), ("send", b"gone")]
    with ScriptedPeer(script) as peer:
        answer = wait(ask, b"http://127.0.0.1:%d/" % peer.port)
        assert answer.code == 404
        assert peer.wait_until_served(within=0.5) is read
        if not read:
            assert wait(readBody, answer) == b"gone"
            assert peer.wait_until_served()
