"""More than a million bytes of junk, from seeds: no server stops, leaks or is at a loss."""

from __future__ import annotations

import os
from typing import Any

import pytest

from labkit.bench import serve
from labkit.protocols.web import (
    LimitedSite,
    NoticeBoard,
    Scales,
    WelcomeByHand,
    notices_app,
    welcome,
    welcome_app,
)

from .explained import FILES, KLEIN, TWISTED
from .siege import Gate, besiege

SEED = int(os.environ.get("LABKIT_SEED", "20261123"))
SHARE, COUNT = 250_000, 3000  # bytes and attempts for each of the servers, at least
HEAD = b"%s HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n%s\r\n"
GOOD = HEAD % (b"GET /welcome", b"")
ROOT = HEAD % (b"GET /", b"")
BOARD = HEAD % (b"GET /notices", b"")
POSTED = HEAD % (b"POST /", b"Content-Length: 3\r\n") + b"fog"


def by_hand(office: Any) -> Gate:
    return Gate(serve(WelcomeByHand, name="by hand"), GOOD, welcome())


def tree(office: Any) -> Gate:
    # Behind a slow answer twisted.web reads 16 KiB and no further, and so does not see who
    # leaves (notifyFinish says so): that comes out when there is something to send.
    return Gate(office.server, GOOD, welcome(), FILES, lambda: office.see("a sail"))


def limited(office: Any) -> Gate:
    server = serve(LimitedSite(Scales(), 2000), name="limited")  # type: ignore[no-untyped-call]
    return Gate(server, POSTED, b'"bytes": 3', TWISTED)


def klein(office: Any) -> Gate:
    return Gate(serve(welcome_app(), name="klein"), ROOT, welcome(), KLEIN)


def klein_board(office: Any) -> Gate:
    server = serve(notices_app(NoticeBoard()), name="klein board")
    return Gate(server, BOARD, b"200 OK", KLEIN)


# what the collector closes, behind a failure that is explained
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", [by_hand, tree, limited, klein, klein_board])
def test_junk_leaves_no_trace(office: Any, kind: Any) -> None:
    """After each batch: it answers, nobody is connected, nothing waits, nothing was logged."""
    sent, seen = besiege(kind(office), SEED, SHARE, COUNT)
    print(sent, dict(seen))
    assert sent >= SHARE
