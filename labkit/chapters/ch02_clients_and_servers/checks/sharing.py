"""c2-relay: what one client brings, another one gets."""

from __future__ import annotations

from labkit.exercises import Trial, judge

# every line that this check says
SAID = b"one uno two three four rain wind six seven \xff\xfe\0 end new".split(b" ")


@judge("c2-relay")
def relay(t: Trial) -> None:
    """Each line is answered with the one before it, no matter who said that."""
    t.serve()
    _relay_first(t)
    shared = t.step(
        "two clients take turns",
        cites="each line is answered with the previous line that any client sent.",
        otherwise="per-connection-state",
        shows="two clients who share a memory",
    )
    with shared, t.connect(name="ada") as ada, t.connect(name="bo") as bo:
        ada.send(b"two\r\n")
        ada.read_line()
        for who, line, last in ((bo, b"three", b"two"), (ada, b"four", b"three")):
            who.send(line + b"\r\n")
            who.expect(last + b"\r\n")
    _relay_in_pieces(t)
    with (
        t.step(
            "a line that is not text",
            cites="a line is bytes, and need not be text.",
            otherwise="bytes-as-text",
            shows="any bytes",
        ),
        t.connect(name="ada") as ada,
    ):
        ada.send(b"\xff\xfe\0\r\n")
        ada.expect(b"seven\r\n")
        ada.send(b"end\r\n")
        ada.expect(b"\xff\xfe\0\r\n")
    other = t.step(
        "a second server",
        cites="Another server starts with a memory of its own.",
        otherwise="class-attribute-state",
        shows="a second server",
    )
    with other, t.connect(t.second_server(), name="cy") as cy:
        cy.send(b"new\r\n")
        cy.expect(b"(empty)\r\n")


def _relay_in_pieces(t: Trial) -> None:
    pieces = "They may come in any pieces, and several in one piece."
    joined = t.step("two lines in one piece", cites=pieces, otherwise="coalesced")
    with joined, t.connect(name="ada") as ada:
        ada.send(b"rain\r\nwind\r\n")
        ada.read_line()
        ada.expect(b"rain\r\n")
    kept = t.step(
        "after all clients have left",
        cites="The memory outlives the client who brought the line.",
        otherwise="forgets-on-leave",
        shows="a client that leaves",
    )
    with kept, t.connect(name="bo") as bo:
        bo.send(b"six\r\n")
        bo.expect(b"wind\r\n")
    dripped = t.step("one byte at a time", cites=pieces, otherwise="fragmented", shows="any pieces")
    with dripped, t.connect(name="ada") as ada:
        ada.send(b"seven\r\n", pieces=1)
        ada.expect(b"six\r\n")
        ada.expect_nothing()


def _relay_first(t: Trial) -> None:
    """A line that some earlier check has said comes from a memory older than this server."""
    first = t.step("the very first line", cites="The very first answer of a server is (empty).")
    with first, t.connect(name="ada") as ada:
        ada.send(b"one\r\n")
        answer = ada.read_line()
        if answer in SAID:
            ada.send(b"uno\r\n")
            own = ada.read_line() == b"uno"
            finding = "first" if own else "class-attribute-state"
            t.refuse(finding, expected=b"(empty)\r\n", got=answer + b"\r\n")
        t.expect_equal(b"(empty)", answer)
