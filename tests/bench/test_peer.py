"""The scripted peer plays its script, byte for byte, and never outlives its test."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from labkit.bench import connect
from labkit.bench._peer import ScriptedPeer, unread
from labkit.errors import LabError


def dial(peer: ScriptedPeer) -> socket.socket:
    """A plain client that gives up after five seconds."""
    return socket.create_connection(peer.address, timeout=5)


def rest(sock: socket.socket) -> list[bytes]:
    """Every piece that comes until the end, one recv each."""
    pieces = []
    while data := sock.recv(65536):
        pieces.append(data)
    return pieces


def test_a_script_is_played_in_order() -> None:
    """Lines are awaited, answers sent, and the end is clean."""
    script = [("send", b"who?\r\n"), ("read_line",), ("send", b"hi\r\n"), ("read", 3), ("close",)]
    with ScriptedPeer(script) as peer, connect(peer) as client:
        assert client.read_line() == b"who?"
        client.send(b"Ada\r\n")
        assert client.read_line() == b"hi"
        client.send(b"bye")
        client.expect_close()
        client.close()
        assert peer.wait_until_served()
        assert peer.received == (b"Ada\r\nbye",)
        assert peer.outcomes == ("played",)


def test_several_clients_hear_the_same_one_after_the_other() -> None:
    """What each has sent is kept apart."""
    with ScriptedPeer([("read_line",), ("send", b"ok"), ("close",)]) as peer:
        for name in (b"Ada\n", b"Bob\n", b"Cyd\n"):
            with dial(peer) as sock:
                sock.sendall(name)
                assert rest(sock) == [b"ok"]
        assert peer.wait_until_served(3)
        assert peer.received == (b"Ada\n", b"Bob\n", b"Cyd\n")


def test_a_drip_is_one_byte_a_read() -> None:
    """However long the reader takes, no two bytes come together."""
    with ScriptedPeer([("drip", b"slowly"), ("close",)]) as peer, dial(peer) as sock:
        assert rest(sock) == [b"s", b"l", b"o", b"w", b"l", b"y"]


def test_what_waits_unread_is_seen() -> None:
    """The system's own count tells whether a reader has taken what came."""
    with ScriptedPeer([("read_line",)]) as peer, dial(peer) as sock:
        there, here = socket.create_server(("127.0.0.1", 0)), None
        with there, socket.create_connection(there.getsockname()) as writer:
            here, _ = there.accept()
            with here:
                local, remote = here.getsockname()[1], writer.getsockname()[1]
                if unread(local, remote) is None:
                    pytest.skip("this system does not tell")
                writer.sendall(b"four")
                here.recv(1, socket.MSG_PEEK)
                assert unread(local, remote) == 4
                here.recv(10)
                assert unread(local, remote) == 0
        sock.sendall(b"\n")


def test_a_reset_is_a_reset() -> None:
    """The client gets ConnectionResetError, not an end."""
    with ScriptedPeer([("read_line",), ("reset",)]) as peer, dial(peer) as sock:
        sock.sendall(b"\n")
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


def test_a_close_is_clean_even_with_bytes_unread() -> None:
    """Bytes that the script did not ask for do not turn the FIN into a reset."""
    with ScriptedPeer([("read", 1), ("send", b"enough"), ("close",)]) as peer, dial(peer) as sock:
        sock.sendall(b"much more than one byte")
        assert b"".join(rest(sock)) == b"enough"


def test_after_a_half_close_the_peer_still_listens() -> None:
    """The client hears the end, and what it says afterwards is read."""
    script = [("send", b"last word"), ("half_close",), ("read_line",), ("close",)]
    with ScriptedPeer(script) as peer:
        with dial(peer) as sock:
            assert b"".join(rest(sock)) == b"last word"
            sock.sendall(b"mine\n")
        assert peer.wait_until_served()
        assert peer.received == (b"mine\n",)
        assert peer.outcomes == ("played",)


def test_a_client_that_leaves_early_is_noted_and_the_next_is_served() -> None:
    """No crash: the outcome says that it left."""
    with ScriptedPeer([("read_line",), ("send", b"ok"), ("close",)]) as peer:
        dial(peer).close()
        with dial(peer) as sock:
            sock.sendall(b"\n")
            assert rest(sock) == [b"ok"]
        assert peer.wait_until_served(2)
        assert peer.outcomes == ("left", "played")


def test_a_client_that_says_nothing_is_given_up() -> None:
    """Every step is bounded by the peer's patience."""
    with ScriptedPeer([("read_line",)], patience=0.01) as peer, dial(peer) as sock:
        assert rest(sock) == []
        assert peer.wait_until_served()
        assert peer.outcomes == ("late",)


def test_closing_breaks_off_whatever_goes_on() -> None:
    """A peer in the middle of a long wait ends at once, and its thread with it."""
    peer = ScriptedPeer([("send", b"x"), ("wait", 3600), ("close",)])
    with dial(peer) as sock:
        assert sock.recv(1) == b"x"
        peer.close()
    peer.close()
    assert peer._thread not in threading.enumerate()


def test_a_closed_peer_answers_nobody() -> None:
    """The port is free as soon as close returns."""
    peer = ScriptedPeer([("close",)])
    peer.close()
    with pytest.raises(ConnectionRefusedError):
        dial(peer)


def test_a_thread_that_died_is_reported_by_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the peer itself is not swallowed."""

    def broken(*args: object) -> None:
        raise RuntimeError("the peer is broken")

    monkeypatch.setattr("labkit.bench._peer._Talk.play", broken)
    peer = ScriptedPeer([("close",)])
    with dial(peer) as sock:
        assert rest(sock) == []
    with pytest.raises(RuntimeError, match="the peer is broken"):
        peer.close()


@pytest.mark.parametrize(
    "step",
    [
        ("sing",),
        "send",
        (),
        ("send", "text"),
        ("send",),
        ("read", -1),
        ("read", True),
        ("wait", "1"),
        ("close", 1),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(step: Any) -> None:
    """The step is named, with the form it should have, before anything listens."""
    with pytest.raises(LabError, match="Step 2 of the script"):
        ScriptedPeer([("read_line",), step])
