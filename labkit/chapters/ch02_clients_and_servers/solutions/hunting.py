"""Right answers to c2-hunt: dialogues that tell a right server from its broken twins."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from labkit.exercises import solves

__all__: list[str] = []


@solves("c2-hunt", style="one dialogue after another")
def hunt(connect):
    with connect() as stranger:
        stranger.send(b"half a line and gone")
    with connect() as client:
        client.send(b"sea\nbuoy\r\n")
        client.expect(b"3\r\n4\r\n")
        client.send("Zoë\r\n".encode())
        client.expect(b"4\r\n")
        client.send(b"harbour\r\n", pieces=1)
        client.expect(b"7\r\n")
        client.expect_nothing()


@solves("c2-hunt", style="a table of dialogues")
def hunt_by_table(connect):
    dialogues = (
        (b"tide\r\nebb\r\n", None, (4, 3)),
        (b"fog\n", None, (3,)),
        (b"lighthouse\r\n", (5, 7), (10,)),
        (b"\xc3\xa9\xc3\xa9\r\n", None, (4,)),
    )
    for sent, pieces, lengths in dialogues:
        with connect() as client, connect() as other:
            other.send(b"unfinished")
            client.send(sent, pieces=pieces)
            for length in lengths:
                assert client.read_line() == b"%d" % length
            other.send(b"\r\n")
            assert other.read_line() == b"10"


@solves("c2-hunt", style="two at once")
def hunt_two_at_once(connect):
    with connect() as one, connect() as two:
        for half in (b"pi", b"er\n"):
            one.send(half)
            two.send(half)
        one.expect(b"4\r\n")
        two.expect(b"4\r\n")
        one.send(b"quay\r\n\xe2\x82\xac\r\n")
        one.expect(b"4\r\n3\r\n")
