"""Hunts of c2-hunt that let a broken twin go, or blame a correct server."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from labkit.exercises import mistakes

__all__: list[str] = []


@mistakes("c2-hunt", finding="blames-the-innocent")
def hunt_that_counts_the_return(connect):
    with connect() as client:
        client.send(b"sea\r\n")
        client.expect(b"4\r\n")


@mistakes("c2-hunt", finding="blames-the-innocent")
def hunt_that_answers_half_lines(connect):
    with connect() as client:
        client.send(b"half a line")
        client.expect(b"11\r\n")


@mistakes("c2-hunt", finding="misses-chunk-is-line")
def hunt_without_pieces(connect):
    with connect() as client:
        client.send("sea\nbuoy\r\nZoë\r\n".encode())
        client.expect(b"3\r\n4\r\n4\r\n")
        with connect() as other:
            client.send(b"left over")
            other.send(b"sea\r\n")
            other.expect(b"3\r\n")


@mistakes("c2-hunt", finding="misses-shared-buffer")
def hunt_with_one_client(connect):
    with connect() as client:
        client.send("sea\nbuoy\r\nZoë\r\n".encode())
        client.expect(b"3\r\n4\r\n4\r\n")
        client.send(b"sea\r\n", pieces=1)
        client.expect(b"3\r\n")


@mistakes("c2-hunt", finding="misses-chars-not-bytes")
def hunt_in_ascii(connect):
    with connect() as stranger:
        stranger.send(b"left over")
    with connect() as client:
        client.send(b"sea\nbuoy\r\n")
        client.expect(b"3\r\n4\r\n")
        client.send(b"sea\r\n", pieces=1)
        client.expect(b"3\r\n")


@mistakes("c2-hunt", finding="misses-bare-lf")
def hunt_with_crlf_alone(connect):
    with connect() as stranger:
        stranger.send(b"left over")
    with connect() as client:
        client.send("sea\r\nZoë\r\n".encode())
        client.expect(b"3\r\n4\r\n")
        client.send(b"sea\r\n", pieces=1)
        client.expect(b"3\r\n")


@mistakes("c2-hunt", finding="misses-dropped-line")
def hunt_line_by_line(connect):
    with connect() as stranger:
        stranger.send(b"left over")
    for line, length in ((b"sea\n", b"3"), ("Zoë\r\n".encode(), b"4")):
        for pieces in (None, 1):
            with connect() as client:
                client.send(line, pieces=pieces)
                client.expect(length + b"\r\n")


@mistakes("c2-hunt", finding="misses-dropped-line")
def hunt_that_does_not_listen(connect):
    with connect() as client:
        client.send(b"sea\r\n")
