"""c2-vend and c2-room: protocols that remember where they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack

from labkit.exercises import Evidence, Trial, TrialClient, judge

from ._words import one_byte_at_a_time, one_client

Talk = Iterable[tuple[bytes, bytes]]


def talk(client: TrialClient, exchanges: Talk) -> None:
    """Say one line after another; each has its one answer."""
    for said, answered in exchanges:
        client.send(said + b"\r\n")
        client.expect(answered + b"\r\n")


# Every step ends without credit, so that a till which all share shows in its own step.


@judge("c2-vend")
def vend(t: Trial) -> None:
    """The table of the contract, state by state; then what is not in the table."""
    t.serve()
    coin = "COIN n, with one to four digits, answers CREDIT and the total."
    with one_client(t, "two coins", cites=coin, otherwise=_somebody_elses_money) as c:
        talk(c, [(b"COIN 40", b"CREDIT 40"), (b"COIN 20", b"CREDIT 60"), (b"REFUND", b"BACK 60")])
    _vend_picks(t)
    _vend_starts_afresh(t)
    _vend_meets_junk(t)
    pieces = "commands and answers are lines that end in CR LF, in any pieces."
    one_byte_at_a_time(t, b"COIN 100\r\nPICK\r\n", b"CREDIT 100\r\nVEND 0\r\n", cites=pieces)
    _vend_to_two(t)


def _vend_picks(t: Trial) -> None:
    pick = "PICK answers ERR coin first without credit, ERR need and what is missing below 100"
    with one_client(t, "no credit", cites=pick, otherwise=_somebody_elses_money) as c:
        talk(c, [(b"PICK", b"ERR coin first")])
    with one_client(
        t, "too little, then enough", cites=pick, otherwise=_lost_credit, shows="every state"
    ) as c:
        more = t.random.randrange(70, 900)
        talk(c, [(b"COIN 30", b"CREDIT 30"), (b"PICK", b"ERR need 70")])
        talk(c, [(b"COIN %d" % more, b"CREDIT %d" % (more + 30))])
        talk(c, [(b"PICK", b"VEND %d" % (more - 70))])


def _vend_starts_afresh(t: Trial) -> None:
    with one_client(
        t,
        "a sale, and another pick",
        cites="else VEND and the change; the credit is then 0.",
        otherwise="state-not-reset",
        shows="a fresh start after a sale",
    ) as c:
        talk(c, [(b"COIN 250", b"CREDIT 250"), (b"PICK", b"VEND 150")])
        talk(c, [(b"PICK", b"ERR coin first"), (b"COIN 5", b"CREDIT 5"), (b"REFUND", b"BACK 5")])
    with one_client(
        t,
        "a refund, and another one",
        cites="REFUND answers BACK and the credit, which is then 0.",
        otherwise="state-not-reset",
    ) as c:
        talk(c, [(b"COIN 120", b"CREDIT 120"), (b"REFUND", b"BACK 120"), (b"REFUND", b"BACK 0")])


def _vend_meets_junk(t: Trial) -> None:
    junk = "anything else, also in lower case, also an empty line, answers ERR bad command."
    for bad in (b"COIN two", b"COIN", b"STEAL", b"", b"coin 5", b"COIN 12345", b"COIN -5"):
        with one_client(t, f"the line {bad.decode()!r}", cites=junk, otherwise="bad-input") as c:
            talk(c, [(bad, b"ERR bad command"), (b"REFUND", b"BACK 0")])
    with one_client(
        t,
        "a bad command between two coins",
        cites="An error changes nothing.",
        otherwise="state-lost-on-error",
        shows="bad commands",
    ) as c:
        talk(c, [(b"COIN 60", b"CREDIT 60"), (b"WHAT", b"ERR bad command")])
        talk(c, [(b"PICK", b"ERR need 40"), (b"REFUND", b"BACK 60")])


def _vend_to_two(t: Trial) -> None:
    two = t.step(
        "two clients at once",
        cites="each has a credit of its own.",
        otherwise="shared-state",
        shows="two clients at once",
    )
    with two, t.connect(name="ada") as ada, t.connect(name="bo") as bo:
        talk(ada, [(b"COIN 70", b"CREDIT 70")])
        talk(bo, [(b"COIN 20", b"CREDIT 20"), (b"REFUND", b"BACK 20")])
        talk(ada, [(b"PICK", b"ERR need 30"), (b"REFUND", b"BACK 70")])


def _somebody_elses_money(seen: Evidence) -> str | None:
    """More credit than this client has paid in."""
    said = seen.got.split()
    if said[:1] == [b"CREDIT"] and said[-1].isdigit() and int(said[-1]) > 60:
        return "shared-state"
    return "shared-state" if said[:1] == [b"VEND"] or said[:2] == [b"ERR", b"need"] else None


def _lost_credit(seen: Evidence) -> str | None:
    """After ERR need the credit was less than before it."""
    credit = re.match(rb"CREDIT (\d+)\r\n", seen.got)
    return "state-lost-on-error" if credit else None


# The chat room.

OWN = "Nobody gets their own."
OTHERS = "the others who have a nick get * NICK joined, <NICK> and the text, * NICK left."


def enter(client: TrialClient, nick: bytes) -> None:
    """Answer the question at the door with a nick that is free."""
    client.expect(b"nick?\r\n")
    client.send(nick + b"\r\n")
    client.expect(b"hi " + nick + b"\r\n")


@judge("c2-room")
def room(t: Trial) -> None:
    """One visitor, two, those who come late, those who vanish, and twenty at once."""
    t.serve()
    _room_for_one(t)
    _room_for_two(t)
    _room_nicks(t)
    _room_pieces(t)
    _room_vanishing(t)
    with t.step("20 visitors, 10 of them reset", cites=OTHERS, shows="20 clients"):
        _crowd(t)


def _room_for_one(t: Trial) -> None:
    asked = "A visitor is asked nick? at once, and the first line is the nick."
    with t.connect(name="ada") as ada:
        with t.step("one visitor", cites=asked, otherwise=_own_arrival):
            enter(ada, b"ada")
        with t.step("nobody hears of their own arrival", cites=OWN, otherwise="own-join"):
            ada.expect_nothing()


def _room_for_two(t: Trial) -> None:
    with t.connect(name="ada") as ada, t.connect(name="bo") as bo:
        with t.step("a second visitor comes", cites=OTHERS, otherwise=_too_early):
            enter(ada, b"anna")
            enter(bo, b"bo")
            ada.expect(b"* bo joined\r\n")
        with t.step("nor does the second", cites=OWN, otherwise="own-join"):
            bo.expect_nothing()
        with t.step("a line is said", cites=OTHERS, shows="what is said reaches the others"):
            ada.send(b"ahoy\r\n")
            bo.expect(b"<anna> ahoy\r\n")
        with t.step("nobody hears their own words", cites=OWN, otherwise="own-text"):
            ada.expect_nothing()
        with t.step("one leaves", cites=OTHERS, otherwise="left-notice", shows="who leaves"):
            bo.close()
            ada.expect(b"* bo left\r\n")


def _too_early(seen: Evidence) -> str | None:
    """The second visitor, who is at the door, heard the first come in."""
    return "tells-the-nameless" if seen.got.startswith(b"* anna") else None


def _own_arrival(seen: Evidence) -> str | None:
    return "own-join" if b"joined" in seen.got else None


def _room_nicks(t: Trial) -> None:
    taken = "If that is in use the answer is taken, and the next line is another try."
    with t.connect(name="ada") as ada, t.connect(name="namesake") as other:
        with t.step("a nick that is in use", cites=taken, otherwise="dup-nick"):
            enter(ada, b"cleo")
            other.expect(b"nick?\r\n")
            other.send(b"cleo\r\n")
            other.expect(b"taken\r\n")
        with t.step("another try", cites=taken, otherwise=_second_try, shows="a second try"):
            other.send(b"dora\r\n")
            other.expect(b"hi dora\r\n")
            ada.expect(b"* dora joined\r\n")
    with one_client(
        t,
        "the nick of one who has left",
        name="late",
        cites="A nick is free again after its owner left.",
        otherwise="nick-not-freed",
        shows="a nick used again",
    ) as late:
        enter(late, b"cleo")


def _second_try(seen: Evidence) -> str:
    return "asks-again" if seen.got.startswith(b"nick?") else "retry-nick"


def _room_pieces(t: Trial) -> None:
    pieces = "lines of bytes that end in CR LF, in any pieces."
    with t.connect(name="eve") as eve:
        with t.step("two lines in one piece", cites=pieces, otherwise="coalesced"):
            enter(eve, b"eve")
            with t.connect(name="finn") as finn:
                finn.expect(b"nick?\r\n")
                finn.send(b"finn\r\nahoy\r\n")
                eve.expect(b"* finn joined\r\n<finn> ahoy\r\n")
                finn.close()
                eve.expect(b"* finn left\r\n")
        dripped = t.step(
            "one byte at a time", cites=pieces, otherwise="fragmented", shows="any pieces"
        )
        with dripped, t.connect(name="gus") as gus:
            gus.expect(b"nick?\r\n")
            gus.send(b"gus\r\nfog\xff\r\n", pieces=1)
            eve.expect(b"* gus joined\r\n<gus> fog\xff\r\n")


def _room_vanishing(t: Trial) -> None:
    cites = "the visitor, at any time, also before a nick, also by a reset."
    with t.connect(name="hal") as hal:
        nameless = t.step(
            "a client leaves before it has a nick",
            cites=cites,
            otherwise="left-without-joining",
            shows="a client that leaves early",
        )
        with nameless:
            enter(hal, b"hal")
            with t.connect(name="stranger") as stranger:
                stranger.expect(b"nick?\r\n")
            hal.expect_nothing()
        _room_unheard(t, hal)
        with t.step("a client is reset", cites=cites, otherwise="left-notice", shows="a reset"):
            ida = t.connect(name="ida")
            enter(ida, b"ida")
            hal.expect(b"* ida joined\r\n")
            ida.reset()
            hal.expect(b"* ida left\r\n")


def _room_unheard(t: Trial, hal: TrialClient) -> None:
    unheard = t.step(
        "a visitor without a nick listens",
        cites="the others who have a nick get",
        otherwise="tells-the-nameless",
        shows="a visitor without a nick",
    )
    with unheard, t.connect(name="stranger") as stranger:
        stranger.expect(b"nick?\r\n")
        hal.send(b"fog\r\n")
        stranger.expect_nothing()


def _crowd(t: Trial) -> None:
    """Ten of twenty are gone at once; who stays hears of each, and still hears the others."""
    with ExitStack() as stack:
        crowd = [stack.enter_context(t.connect(name=f"v{n}")) for n in range(20)]
        for number, visitor in enumerate(crowd):
            enter(visitor, b"v%d" % number)
        for visitor in crowd[:10]:
            visitor.reset()
        crowd[10].send(b"who is left?\r\n")
        joined = [b"* v%d joined" % n for n in range(12, 20)]
        left = [b"* v%d left" % n for n in range(10)]
        heard = [crowd[11].read_line() for _ in range(len(joined) + len(left) + 1)]
        wanted = sorted([*joined, *left, b"<v10> who is left?"])
        t.expect_equal(b"\n".join(wanted), b"\n".join(sorted(heard)), "what v11 heard")
