"""What chapter 5 says in its predictions is what a live web client meets."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from labkit.bench import servers
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
