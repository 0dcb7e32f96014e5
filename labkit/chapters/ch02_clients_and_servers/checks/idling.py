"""c2-idle: time, tried on a clock that moves when told to."""

from __future__ import annotations

from typing import Any

from labkit.exercises import Evidence, Trial, judge

from ._words import expect_end

LIMIT = "the server, after 0.5 seconds without a line"


@judge("c2-idle")
def idle(t: Trial) -> None:
    """Pong to every line; half a second of silence is the end; no timer is left behind."""
    with t.memory() as lab:
        server = lab.serve(t.answer)
        pong = t.step(
            "one line", cites="each is answered with pong and CR LF.", otherwise=_closed_at_once
        )
        with pong, lab.connect(server) as c:
            c.send(b"ping\r\n")
            c.expect(b"pong\r\n")
        _silent(t, lab, server)
        _talking(t, lab, server)
        _dripping(t, lab, server)
        _talking_beside_a_silent_one(t, lab, server)
        left = t.step(
            "after the last client has left",
            cites="after the end of a connection no timer of it is left.",
            shows="no timer left behind",
        )
        with left:
            with lab.connect(server) as c:
                c.send(b"ping\r\n")
            lab.advance(0)
            waiting = f"{len(lab.pending())} calls wait"
            t.require(not lab.pending(), "leaks-delayed-call", expected="none", got=waiting)


def _silent(t: Trial, lab: Any, server: Any) -> None:
    with lab.connect(server, name="silent") as c:
        with t.step("0.35 s of silence", cites=LIMIT, otherwise="wrong-delay"):
            lab.advance(0.35)
            c.expect_nothing()
        gone = t.step(
            "0.9 s of silence", cites=LIMIT, otherwise="never-times-out", shows="a silent client"
        )
        with gone:
            lab.advance(0.55)
            expect_end(c)


def _talking(t: Trial, lab: Any, server: Any) -> None:
    talks = t.step(
        "four lines, 0.3 s apart",
        cites="every line starts the half second afresh.",
        otherwise="not-reset",
        shows="a client that goes on talking",
    )
    with talks, lab.connect(server) as c:
        for _ in range(4):
            lab.advance(0.3)
            c.send(b"ping\r\n")
            c.expect(b"pong\r\n")


def _dripping(t: Trial, lab: Any, server: Any) -> None:
    drips = t.step(
        "a byte every 0.2 s, and no line ending",
        cites="Bytes that end no line do not.",
        otherwise="reset-by-bytes",
        shows="a client that never ends its line",
    )
    with drips, lab.connect(server) as c:
        for _ in range(2):
            lab.advance(0.2)
            c.send(b"p")
        lab.advance(0.2)
        expect_end(c)


def _talking_beside_a_silent_one(t: Trial, lab: Any, server: Any) -> None:
    two = t.step(
        "one client talks, another is silent",
        cites="each has its own half second.",
        otherwise="shared-state",
        shows="two clients at once",
    )
    with two, lab.connect(server) as talking, lab.connect(server, name="silent") as silent:
        for _ in range(2):
            lab.advance(0.3)
            talking.send(b"ping\r\n")
            talking.expect(b"pong\r\n")
        lab.advance(0.3)
        talking.expect_nothing()
        expect_end(silent)


def _closed_at_once(seen: Evidence) -> str | None:
    """Closed before any time has passed."""
    return "wrong-delay" if seen.end != "open" else None
