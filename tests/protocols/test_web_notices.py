"""labkit.protocols.web.notices: one board; a Resource and a Klein app that cannot be told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.web.resource import Resource

from labkit.protocols.web import BadNotice, Notice, NoticeBoard, Notices, notices_app, read_notice


def tree(board: NoticeBoard) -> Resource:
    root = Resource()  # type: ignore[no-untyped-call]
    root.putChild(b"notices", Notices(board))
    return root


TWINS = pytest.mark.parametrize("made", [tree, notices_app])
MALFORMED = [
    b"",
    b"fog",
    b"[]",
    b"null",
    b"{}",
    b'{"text": 1}',
    b'{"text": "\xff"}',
    b'{"text": "\\ud800"}',
    b"[" * 100_000,
    b"\xff\xfe{",
]


@pytest.mark.parametrize("body", MALFORMED)
def test_what_is_no_notice_is_said(body: bytes) -> None:
    """Whatever it is, one kind of exception."""
    with pytest.raises(BadNotice):
        read_notice(body)


def test_an_old_notice_makes_room() -> None:
    """The board is bounded; numbers go on."""
    board = NoticeBoard(most=2)
    for text in ("a", "b", "c"):
        board.post(text)
    assert board.all() == [Notice(2, "b"), Notice(3, "c")]
    assert board.find(b"1") is None
    assert board.find(b"3") == Notice(3, "c")


@pytest.mark.parametrize("number", [b"", b"0", b"2", b"-1", b"x", "²".encode(), b"9" * 5000])
def test_other_numbers_are_nobodys(number: bytes) -> None:
    """Found or not found: no number is an error."""
    board = NoticeBoard()
    board.post("fog")
    assert board.find(number) is None


@TWINS
def test_a_notice_is_made_and_found_at_its_place(web: Any, made: Any) -> None:
    """201, Location, and there it is."""
    web.serve(made(NoticeBoard()))
    answer = web.ask("POST", "/notices", b'{"text": "Zo\xc3\xab, fog"}')
    assert (answer.status, answer.headers["Location"]) == (201, "/notices/1")
    assert json.loads(answer.body) == {"id": 1, "text": "Zoë, fog"}
    found = web.ask("GET", answer.headers["Location"])
    assert (found.status, found.body) == (200, answer.body)
    assert json.loads(web.ask("GET", "/notices").body) == [{"id": 1, "text": "Zoë, fog"}]
    assert found.headers["Content-Type"] == "application/json"


@TWINS
@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_notice_is_refused(web: Any, made: Any, body: bytes) -> None:
    """400 with a reason in JSON; the board is as before."""
    board = NoticeBoard()
    web.serve(made(board))
    answer = web.ask("POST", "/notices", body)
    assert (answer.status, list(json.loads(answer.body))) == (400, ["error"])
    assert board.all() == []


@TWINS
@pytest.mark.parametrize("path", ["/notices/1", "/notices/x", "/notices/%C2%B2", "/notices/1/2"])
def test_what_is_not_there_is_404(web: Any, made: Any, path: str) -> None:
    """Whatever the number looks like."""
    web.serve(made(NoticeBoard()))
    assert web.ask("GET", path).status == 404


@TWINS
def test_two_sites_have_two_boards(web: Any, made: Any) -> None:
    """State is on the board that was handed over."""
    web.serve(made(NoticeBoard()))
    web.ask("POST", "/notices", b'{"text": "fog"}')
    web.serve(made(NoticeBoard()))
    assert json.loads(web.ask("GET", "/notices").body) == []
