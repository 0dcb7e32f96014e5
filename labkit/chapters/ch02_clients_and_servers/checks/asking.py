"""c2-ask: a client, tried against servers that are no Twisted programs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost, ConnectionRefusedError

from labkit.errors import WaitTimeout
from labkit.exercises import STANDSTILL, Evidence, Trial, judge

FAILS = (
    "a refused connection fails with Twisted's ConnectionRefusedError, "
    "a reset with its ConnectionLost."
)
RESULT = "a list of bytes, one for each line, without the ending; empty when nothing was said."
PATIENCE = 1.0  # seconds that an answer may take, against servers that answer at once
SILENCE = 0.2  # seconds that a server says nothing; above what a reactor may stand still


@judge("c2-ask")
def ask(t: Trial) -> None:
    """All lines up to a clean close; any other end is the caller's to know."""
    _ask_two_questions(t)
    _ask_for_pieces_and_for_nothing(t)
    _ask_a_slow_server(t)
    _ask_in_vain(t)


def _ask_two_questions(t: Trial) -> None:
    with (
        t.step("two questions, three answers", cites=RESULT, otherwise=_stood),
        t.peer([("read_line",), ("read_line",), ("send", b"a\r\nbc\r\n\r\n"), ("close",)]) as peer,
    ):
        got = _answered(t, peer, [b"one", b"two"])
        peer.wait_until_served(within=0.5)  # what was not returned goes on all the same
        t.require(got is not None, "returns-none", expected=repr([b"a", b"bc", b""]), got="None")
        _expect_list(t, [b"a", b"bc", b""], got)
        t.expect_equal(b"one\r\ntwo\r\n", peer.received[0], "what the server was sent")


def _ask_for_pieces_and_for_nothing(t: Trial) -> None:
    with (
        t.step(
            "the answer one byte at a time",
            cites="The answer is lines that end in CR LF, in any pieces.",
            otherwise=_stood,
            shows="any pieces",
        ),
        t.peer([("read_line",), ("drip", b"sea\r\nbuoy\r\n"), ("close",)]) as peer,
    ):
        got = t.call(t.answer, peer.port, [b"x"], timeout=PATIENCE)
        _expect_list(t, [b"sea", b"buoy"], got, "fragmented")
    with (
        t.step("a server that says nothing", cites=RESULT, shows="an empty answer"),
        t.peer([("read_line",), ("close",)]) as peer,
    ):
        _expect_list(t, [], t.call(t.answer, peer.port, [b"x"], timeout=PATIENCE))


def _ask_a_slow_server(t: Trial) -> None:
    slow = t.step(
        "a server that takes its time",
        cites="the server may take its time, and the reactor must not wait for it.",
        shows="a slow server",
    )
    script = [("read_line",), ("wait", SILENCE), ("send", b"late\r\n"), ("close",)]
    with slow, t.peer(script) as peer:
        got = t.call(t.answer, peer.port, [b"x"], timeout=PATIENCE + SILENCE)
        stood = t.heartbeat.standstill
        t.require(
            stood < 0.75 * SILENCE, "blocking-socket", got=f"the reactor stood for {stood:.2f} s"
        )
        _expect_list(t, [b"late"], got)


def _ask_in_vain(t: Trial) -> None:
    nobody = t.step("a port where nobody listens", cites=FAILS, shows="a refused connection")
    with nobody, _closed_port() as port:
        _expect_failure(t, port, ConnectionRefusedError, "swallows-refused")
    with (
        t.step("a reset in the middle", cites=FAILS, shows="a reset"),
        t.peer([("read_line",), ("send", b"one\r\ntw"), ("reset",)]) as peer,
    ):
        _expect_failure(t, peer.port, ConnectionLost, "ignores-reset")


def _answered(t: Trial, peer: Any, lines: list[bytes]) -> Any:
    """What the answer returned; a server that still waits for the end of a line is told of."""
    try:
        return t.call(t.answer, peer.port, lines, timeout=PATIENCE)
    except WaitTimeout:
        heard = b"".join(peer.received)
        if heard and not heard.endswith(b"\n") and t.heartbeat.standstill < STANDSTILL:
            t.refuse("no-line-ending", expected=b"\r\n".join([*lines, b""]), got=heard)
        raise


def _stood(seen: Evidence) -> str | None:
    """On a loaded machine the others' turn comes late, and a blocking read shows early."""
    return "blocking-socket" if seen.blocked > STANDSTILL else None


def _expect_list(t: Trial, wanted: list[bytes], got: Any, otherwise: str = "wrong-result") -> None:
    if isinstance(got, Deferred) or iscoroutine(got):
        if not isinstance(got, Deferred):
            got.close()  # a coroutine that nobody awaits would say so in a place of its own
        t.refuse("not-awaited", expected=repr(wanted), got=f"a {type(got).__name__}")
    if not isinstance(got, list | tuple):
        t.refuse("wrong-result", expected=repr(wanted), got=repr(got))
    if list(got) == wanted:
        return
    if [*wanted, b""] == list(got):
        otherwise = "trailing-empty"
    elif list(got) == wanted[: len(got)]:
        otherwise = "before-the-close"
    t.refuse(otherwise, expected=repr(wanted), got=repr(got))


def _expect_failure(t: Trial, port: int, error: type[Exception], otherwise: str) -> None:
    try:
        got = t.call(t.answer, port, [b"x"], timeout=PATIENCE)
    except error:
        return
    except WaitTimeout:
        got = "nothing, for a second"
    except Exception as e:
        got = f"{type(e).__module__}.{type(e).__name__}"
    t.refuse(otherwise, expected=f"twisted.internet.error.{error.__name__}", got=str(got))


@contextmanager
def _closed_port() -> Iterator[int]:
    """A port that is taken, so that nobody else gets it, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
