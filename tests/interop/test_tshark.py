"""A capture of the lab, read by tshark."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from labkit.wire import Closed, Conversation, HalfClosed, LeftOut, Opened, Said, Wire

pytestmark = [pytest.mark.interop, pytest.mark.needs("tshark")]

TALKS = (
    Conversation(
        1,
        ("tcp",),
        (
            Opened(0.0),
            Said(0.001, "client", bytes(range(256))),
            Said(0.002, "client", b"second"),
            Said(0.003, "server", b"answer " * 20_000),
            HalfClosed(0.004, "client"),
            Said(0.005, "server", b"late"),
            Closed(0.006, "server", "closed"),
        ),
    ),
    Conversation(
        2,
        ("unix",),
        (
            Opened(0.0),
            Said(0.001, "server", b"hi "),
            Said(0.002, "server", b"there"),
            Said(0.003, "client", b"bye"),
            Closed(0.004, "client", "reset"),
        ),
    ),
)


def tshark(*arguments: str) -> str:
    """What tshark prints; skips the test when there is no tshark."""
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed")
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def followed(path: Path, stream: int) -> tuple[bytes, bytes]:
    """The bytes of both directions, as "follow TCP stream" gives them."""
    text = tshark("-r", str(path), "-q", "-z", f"follow,tcp,raw,{stream}")
    lines = text.split("Node 1:")[1].splitlines()[1:-1]
    client = "".join(line for line in lines if not line.startswith("\t"))
    server = "".join(line.strip() for line in lines if line.startswith("\t"))
    return bytes.fromhex(client), bytes.fromhex(server)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Two whole conversations in a file."""
    return Path(Wire("Echo", TALKS).pcapng(str(tmp_path / "talk.pcapng")))


@pytest.mark.parametrize("stream", [0, 1])
def test_follow_tcp_stream_gives_both_directions_exactly(capture: Path, stream: int) -> None:
    """Every byte of each side, in order, nothing missing."""
    talk = TALKS[stream]
    assert followed(capture, stream) == (talk.said("client"), talk.said("server"))


def test_the_expert_finds_no_fault(capture: Path) -> None:
    """No error, and no warning but the reset that was recorded."""
    text = tshark("-r", str(capture), "-q", "-z", "expert")
    assert "Errors" not in text
    warnings = text.partition("Warns")[2].partition("Notes")[0]
    assert [line.split()[-1] for line in warnings.splitlines() if " Sequence " in line] == ["(RST)"]


def test_pieces_are_packets(capture: Path) -> None:
    """The sizes of the client's pieces are the sizes of its segments."""
    text = tshark(
        "-r",
        str(capture),
        "-Y",
        "tcp.stream==0 && tcp.srcport==40001 && tcp.len>0",
        "-T",
        "fields",
        "-e",
        "tcp.len",
    )
    assert text.split() == ["256", "6"]


def test_checksums_are_right(capture: Path) -> None:
    """No packet fails validation of its IP or TCP checksum."""
    text = tshark(
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
        "-r",
        str(capture),
        "-Y",
        "tcp.checksum.status!=1 || ip.checksum.status!=1",
    )
    assert text == ""


def test_the_middle_left_out_is_named(tmp_path: Path) -> None:
    """The stream says how many bytes are missing, where they are missing."""
    talk = Conversation(
        1,
        events=(
            Opened(0.0),
            Said(0.1, "client", b"first"),
            LeftOut(0.2, 5, 123_456, 0),
            Said(0.3, "client", b"last"),
            Closed(0.4, "client", "closed"),
        ),
    )
    path = Wire("Echo", (talk,)).pcapng(str(tmp_path / "long.pcapng"))
    client, _ = followed(Path(path), 0)
    missing = b"[123456 bytes missing in capture file]"
    assert client.replace(b"\0", b"").replace(b".", b"") == b"first" + missing + b"last"
    assert "123,456 bytes of the client" in tshark("-r", path, "-q", "-z", "expert")
