"""A wire written as a capture file holds the same bytes, borders, order and ends."""

from __future__ import annotations

import os
from pathlib import Path

import dpkt
import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.errors import LabError
from labkit.wire import Closed, Conversation, HalfClosed, LeftOut, Opened, Said, Wire
from labkit.wire._pcapng import EPOCH, SERVER_PORT, write

TALK = Conversation(
    1,
    ("tcp",),
    (
        Opened(0.0),
        Said(0.25, "client", b"he"),
        Said(0.5, "client", b"llo\r\n"),
        Said(0.75, "server", b"HELLO\r\n"),
        Closed(1.5, "client", "closed"),
    ),
)


@define
class Flow:
    """One direction of a capture, put together strictly in order."""

    pieces: list[bytes] = field(factory=list)
    flags: list[int] = field(factory=list)
    next: int | None = None
    gaps: list[int] = field(factory=list)


def read_back(path: Path) -> tuple[dict[tuple[int, int], Flow], list[float]]:
    """Every direction by its two ports, and the times of all packets."""
    flows: dict[tuple[int, int], Flow] = {}
    times = []
    with path.open("rb") as file:
        for at, frame in dpkt.pcapng.Reader(file):
            times.append(at)
            tcp = dpkt.ethernet.Ethernet(frame).data.data
            flow = flows.setdefault((tcp.sport, tcp.dport), Flow())
            if flow.next is not None and tcp.seq != flow.next:
                flow.gaps.append(tcp.seq - flow.next)
            ends = bool(tcp.flags & (dpkt.tcp.TH_SYN | dpkt.tcp.TH_FIN))
            flow.next = tcp.seq + len(tcp.data) + ends
            flow.flags.append(tcp.flags)
            if tcp.data:
                flow.pieces.append(bytes(tcp.data))
    return flows, times


def comments(path: Path) -> list[str]:
    """The comments of the packets, found by walking over the blocks."""
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"\x06\0\0\0":
            options = dpkt.pcapng.EnhancedPacketBlockLE(data[at : at + size]).opts
            found += [o.text for o in options if o.code == dpkt.pcapng.PCAPNG_OPT_COMMENT]
        at += size
    return found


def capture(path: Path, *conversations: Conversation) -> Path:
    """The conversations written to a file in `path`."""
    return Path(write(Wire("Echo", conversations), str(path / "talk.pcapng")))


def both(path: Path, number: int = 1) -> tuple[Flow, Flow]:
    """What client and server of one connection sent."""
    flows, _ = read_back(path)
    port = 40_000 + number
    return flows[port, SERVER_PORT], flows[SERVER_PORT, port]


def test_each_piece_is_one_segment(tmp_path: Path) -> None:
    """The borders of dataReceived and write are the borders of the segments."""
    client, server = both(capture(tmp_path, TALK))
    assert client.pieces == [b"he", b"llo\r\n"]
    assert server.pieces == [b"HELLO\r\n"]
    assert client.gaps == server.gaps == []


def test_a_large_piece_is_split_below_what_ip_carries(tmp_path: Path) -> None:
    """A piece above 65,000 bytes becomes several segments with the same bytes."""
    data = bytes(range(256)) * 600
    talk = Conversation(1, events=(Opened(0.0), Said(0.1, "server", data)))
    _, server = both(capture(tmp_path, talk))
    assert b"".join(server.pieces) == data
    assert [len(p) for p in server.pieces] == [65_000, 65_000, 23_600]


def test_times_are_the_recorded_ones(tmp_path: Path) -> None:
    """Seconds since the connection opened stand in the packets, after a fixed day."""
    _, times = read_back(capture(tmp_path, TALK))
    assert {t - EPOCH for t in times} == {0.0, 0.25, 0.5, 0.75, 1.5}


def test_the_same_wire_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in the file comes from a clock, a random number or an address."""
    first = capture(tmp_path, TALK).read_bytes()
    assert capture(tmp_path, TALK).read_bytes() == first


@pytest.mark.parametrize(
    ("end", "client_last", "server_last"),
    [
        (Closed(1, "client", "closed"), "FA", "FA"),
        (Closed(1, "server", "closed"), "FA", "FA"),
        (Closed(1, "server", "crashed", "ValueError: no"), "FA", "FA"),
        (Closed(1, "server", "reset"), "A", "RA"),
        (Closed(1, "client", "reset"), "RA", "PA"),
        (Closed(1, None, "stopped"), "A", "RA"),
    ],
)
def test_the_end_is_drawn_as_it_was(
    tmp_path: Path, end: Closed, client_last: str, server_last: str
) -> None:
    """FIN both ways for an orderly end, one RST from whoever broke it off."""
    talk = Conversation(
        1, events=(Opened(0.0), Said(0.1, "client", b"a"), Said(0.2, "server", b"b"), end)
    )
    client, server = both(capture(tmp_path, talk))
    bits = {"F": 1, "R": 4, "P": 8, "A": 16}
    strongest = [max(f.flags, key=lambda g: (g & 5, g)) for f in (client, server)]
    wanted = [sum(bits[c] for c in w) for w in (client_last, server_last)]
    assert [s & 5 for s in strongest] == [w & 5 for w in wanted]


def test_a_half_close_is_a_fin_of_one_side_and_the_other_goes_on(tmp_path: Path) -> None:
    """Replies after the client's FIN are in the file, and its FIN comes once."""
    talk = Conversation(
        1,
        events=(
            Opened(0.0),
            Said(0.1, "client", b"q"),
            HalfClosed(0.2, "client"),
            Said(0.3, "server", b"answer"),
            Closed(0.4, "server", "closed"),
        ),
    )
    client, server = both(capture(tmp_path, talk))
    assert server.pieces == [b"answer"]
    assert sum(f & 1 for f in client.flags) == sum(f & 1 for f in server.flags) == 1
    assert client.gaps == []


def test_what_was_left_out_is_a_gap_of_the_right_width_and_a_comment(tmp_path: Path) -> None:
    """The numbers go on as on the wire; the comment counts what is missing."""
    talk = Conversation(
        1,
        events=(
            Opened(0.0),
            Said(0.1, "client", b"first"),
            LeftOut(0.2, 7, 1000, 2000),
            Said(0.3, "server", b"last", None, 50),
        ),
    )
    path = capture(tmp_path, talk)
    client, server = both(path)
    assert (client.gaps, server.gaps) == ([1000], [2000, 50])
    said = " ".join(comments(path))
    assert "7 pieces not kept: 1,000 bytes of the client, 2,000 bytes of the server" in said
    assert "50 bytes not kept" in said


def test_several_conversations_stand_apart_and_in_order_of_time(tmp_path: Path) -> None:
    """Each has its own port; UNIX and memory talks are drawn as TCP and say what they were."""
    talks = [Conversation(n, (layer,), TALK.events) for n, layer in ((3, "unix"), (4, "memory"))]
    path = capture(tmp_path, *talks)
    assert both(path, 3)[0].pieces == both(path, 4)[0].pieces == [b"he", b"llo\r\n"]
    _, times = read_back(path)
    assert times == sorted(times)
    assert "Connection 3 of Echo (unix)" in comments(path)


def test_a_high_number_still_has_an_address_of_its_own(tmp_path: Path) -> None:
    """Connection 70,000 does not overflow a port."""
    client, _ = both(capture(tmp_path, Conversation(70_000, events=TALK.events)), 70_000 % 4000)
    assert client.pieces == [b"he", b"llo\r\n"]


def test_an_existing_capture_is_replaced(tmp_path: Path) -> None:
    """Writing twice leaves one capture."""
    longer = capture(tmp_path, TALK, TALK).stat().st_size
    assert capture(tmp_path, TALK).stat().st_size < longer


@pytest.mark.parametrize("bad", [None, 3.5, object()])
def test_a_path_of_the_wrong_kind_is_refused(bad: object) -> None:
    """The sentence says what is wanted."""
    with pytest.raises(LabError, match=r"needs a path.*wire\.pcapng\("):
        write(Wire("Echo"), bad)  # type: ignore[arg-type]


def test_a_directory_is_never_touched(tmp_path: Path) -> None:
    """The cure names a file in it."""
    with pytest.raises(LabError, match=r"is a directory.*talk\.pcapng"):
        write(Wire("Echo"), str(tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["absent/talk.pcapng", "a\0b", ""])
def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path: Path, name: str) -> None:
    """What the system says, and the cure."""
    target = str(tmp_path / name) if name else ""
    with pytest.raises(LabError, match=r"could not be written.*Give the name"):
        write(Wire("Echo", (TALK,)), target)


SAID = st.builds(
    Said,
    at=st.floats(0, 100),
    who=st.sampled_from(("client", "server")),
    data=st.binary(min_size=1, max_size=40) | st.just(b"z" * 70_000),
)
END = st.none() | st.builds(
    Closed,
    at=st.floats(100, 200),
    who=st.sampled_from(("client", "server", None)),
    how=st.sampled_from(("closed", "reset", "crashed", "stopped")),
    why=st.text(max_size=5),
)


@settings(deadline=None, max_examples=60)
@given(said=st.lists(SAID, max_size=12), end=END, number=st.integers(1, 3999))
def test_any_small_conversation_round_trips(
    tmp_path_factory: pytest.TempPathFactory, said: list[Said], end: Closed | None, number: int
) -> None:
    """Whatever was said comes back, byte for byte, with no gap, in the order of time."""
    talk = Conversation(number, events=(Opened(0.0), *said, *((end,) if end else ())))
    path = capture(tmp_path_factory.mktemp("any"), talk)
    client, server = both(path, number)
    assert b"".join(client.pieces) == talk.said("client")
    assert b"".join(server.pieces) == talk.said("server")
    assert client.gaps == server.gaps == []
    _, times = read_back(path)
    assert times == sorted(times)
