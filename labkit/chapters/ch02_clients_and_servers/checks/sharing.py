"""c2-relay: what one client brings, another one gets."""

from __future__ import annotations

from labkit.exercises import Trial, judge

from ._words import exchange, one_byte_at_a_time, one_client

# every line that this check says
SAID = b"one uno two three four rain wind six seven \xff\xfe\0 end new".split(b" ")
IN_PIECES = "They may come in any pieces, and several in one piece."


@judge("c2-relay")
def relay(t: Trial) -> None:
    """Each line is answered with the one before it, no matter who said that."""
    t.serve()
    _relay_first(t)
    _relay_in_turns(t)
    _relay_in_pieces(t)
    _relay_any_bytes(t)
    _relay_on_a_second_server(t)


def _relay_first(t: Trial) -> None:
    """A line that some earlier check has said comes from a memory older than this server."""
    first = "The very first answer of a server is (empty)."
    with one_client(t, "the very first line", name="ada", cites=first) as ada:
        ada.send(b"one\r\n")
        answer = ada.read_line()
        if answer in SAID:
            ada.send(b"uno\r\n")
            own = ada.read_line() == b"uno"
            finding = "first" if own else "class-attribute-state"
            t.refuse(finding, expected=b"(empty)\r\n", got=answer + b"\r\n")
        t.expect_equal(b"(empty)", answer)


def _relay_in_turns(t: Trial) -> None:
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


def _relay_in_pieces(t: Trial) -> None:
    joined = "two lines in one piece"
    with one_client(t, joined, name="ada", cites=IN_PIECES, otherwise="coalesced") as ada:
        ada.send(b"rain\r\nwind\r\n")
        ada.read_line()
        ada.expect(b"rain\r\n")
    exchange(
        t, "after all clients have left", b"six\r\n", b"wind\r\n", name="bo",
        cites="The memory outlives the client who brought the line.",
        otherwise="forgets-on-leave", shows="a client that leaves",
    )  # fmt: skip
    one_byte_at_a_time(t, b"seven\r\n", b"six\r\n", name="ada", cites=IN_PIECES)


def _relay_any_bytes(t: Trial) -> None:
    with one_client(
        t,
        "a line that is not text",
        name="ada",
        cites="a line is bytes, and need not be text.",
        otherwise="bytes-as-text",
        shows="any bytes",
    ) as ada:
        ada.send(b"\xff\xfe\0\r\n")
        ada.expect(b"seven\r\n")
        ada.send(b"end\r\n")
        ada.expect(b"\xff\xfe\0\r\n")


def _relay_on_a_second_server(t: Trial) -> None:
    other = t.step(
        "a second server",
        cites="Another server starts with a memory of its own.",
        otherwise="class-attribute-state",
        shows="a second server",
    )
    with other, t.connect(t.second_server(), name="cy") as cy:
        cy.send(b"new\r\n")
        cy.expect(b"(empty)\r\n")
