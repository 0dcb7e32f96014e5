"""c1-hello: a server that speaks first, and hangs up."""

from __future__ import annotations

from contextlib import ExitStack

from labkit.bench import settle
from labkit.bench._failures import collector
from labkit.errors import DialogueError
from labkit.exercises import Evidence, Trial, TrialClient, judge

GREETING = b"hello from twisted\r\n"
SPEAKS = "The server speaks first, whatever the client does."


@judge("c1-hello")
def hello(t: Trial) -> None:
    """The greeting and the end, for one, for five at once, and after one that ran away."""
    by_hand = f"nc 127.0.0.1 {t.serve().port}"
    with (
        t.step(
            "a client that says nothing",
            cites=SPEAKS,
            otherwise=_unlike,
            shows="it speaks first",
            replay=by_hand,
        ),
        t.connect() as client,
    ):
        _greeted(t, client)
        _hung_up(client)
    with (
        t.step(
            "five clients at once",
            cites="at once; nobody waits for another.",
            otherwise=_unlike,
            shows="five at once",
        ),
        ExitStack() as stack,
    ):
        for client in [stack.enter_context(t.connect(name=f"client {n}")) for n in range(1, 6)]:
            client.expect(GREETING)
            _hung_up(client)
    _after_one_that_left(t)


def _after_one_that_left(t: Trial) -> None:
    early = t.step(
        "a client resets at once, then another comes",
        cites="a client that leaves early disturbs nobody.",
        otherwise=_unlike,
        shows="a client that leaves early",
    )
    with early:
        with t.connect(name="hasty") as hasty:
            hasty.reset()
        with t.connect() as client:
            client.expect(GREETING)


def _greeted(t: Trial, client: TrialClient) -> None:
    try:
        client.expect(GREETING)
    except DialogueError as e:
        if e.facts["got"] or e.facts["end"] == "reset" or _raised():
            raise
        if e.facts["end"] == "open" and _answers(t):
            t.refuse("waits-for-data", expected=GREETING, got=b"")
        t.refuse("never-spoke", expected=GREETING, got=b"")


def _raised() -> bool:
    """Whether the answer raised something, which then explains the silence."""
    settle(collect=False)
    return bool(collector.failures)


def _answers(t: Trial) -> bool:
    """Whether a word brings the greeting to another client, whose talk is not shown."""
    with t.connect(name="another") as other:
        other.transcript = []
        try:
            other.send(b"hello?\r\n")
            return other.expect(GREETING) == GREETING
        except DialogueError:
            return False


def _hung_up(client: TrialClient) -> None:
    """The connection must end, in whatever way, once the greeting is there."""
    try:
        client.expect_close()
    except DialogueError as e:
        if e.facts["got"] or e.facts["end"] != "reset":
            raise


def _unlike(seen: Evidence) -> str | None:
    """Something else came, or the end instead."""
    if seen.wanted == "close" and not seen.got:
        return None
    if seen.end == "reset" and GREETING.startswith(seen.got):
        return "aborted"
    if seen.got == GREETING.replace(b"\r\n", b"\n"):
        return "lf-alone"
    return "wrong-text" if seen.got or seen.end != "open" else None
