"""A Wire as a capture file that Wireshark and tshark open. The only importer of dpkt.

The bytes, their order, their borders and their times are the recorded ones.
Everything around them is made up, and the same for the same Wire: addresses,
ports, sequence numbers (RFC 9293), and the day.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator

import dpkt
from attrs import define, field
from dpkt.pcapng import (
    PCAPNG_OPT_COMMENT,
    EnhancedPacketBlock,
    EnhancedPacketBlockLE,
    PcapngOption,
    PcapngOptionLE,
    Writer,
)

from labkit.errors import LabError

from ._conversation import Closed, Conversation, Event, HalfClosed, LeftOut, Said, Who, Wire

__all__ = ["SERVER_PORT", "write"]

SERVER_PORT = 50000
EPOCH = 1_704_067_200  # 2024-01-01 00:00 UTC: a wire knows seconds since it opened, not the day
SEGMENT = 65_000  # bytes in one segment at most: an IPv4 packet holds 65,535 with its headers
WINDOW = 65_535  # bytes one side may have on the way, as no window scale is offered
GAP = 1 << 30  # the widest gap drawn: sequence numbers compare only within 2 GiB

FIN, SYN, RST, PUSH, ACK = (
    dpkt.tcp.TH_FIN,
    dpkt.tcp.TH_SYN,
    dpkt.tcp.TH_RST,
    dpkt.tcp.TH_PUSH,
    dpkt.tcp.TH_ACK,
)
_OTHER: dict[Who, Who] = {"client": "server", "server": "client"}


def write(wire: Wire, path: str) -> str:
    """Write all conversations of a wire to `path` as pcapng; returns the path written.

    They stand one after the other, each from a new second on. An existing file
    is replaced. Raises LabError when the file cannot be written.
    """
    target = _target(path)
    content = io.BytesIO()
    writer = Writer(content, snaplen=WINDOW + 14)
    begin = float(EPOCH)
    for conversation in wire.conversations:
        last = begin
        for packet in _Flow(conversation, wire.server).packets():
            last = begin + packet.at
            writer.writepkt(packet.block(), ts=last)
        begin = float(int(last) + 1)
    _store(target, content.getvalue())
    return target


def _target(path: object) -> str:
    try:
        target = os.path.expanduser(os.fspath(path))  # type: ignore[call-overload]
    except TypeError:
        raise LabError(
            f"A capture file needs a path, and got {type(path).__name__}",
            'Give the name of a file, for example wire.pcapng("talk.pcapng")',
            path=path,
        ) from None
    if os.path.isdir(target):
        raise LabError(
            f"{target} is a directory, so the capture was not written",
            f"Give the name of a file in it, for example {os.path.join(target, 'talk.pcapng')}",
            path=target,
        )
    return str(os.fsdecode(target))


def _store(target: str, content: bytes) -> None:
    try:
        with open(target, "wb") as file:
            file.write(content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LabError(
            f"The capture file {target!r} could not be written: {reason}",
            "Give the name of a file in a directory that exists and that you may write to",
            path=target,
        ) from error


@define
class _Packet:
    """One segment, ready to be written. `at` is seconds since the conversation opened."""

    at: float
    frame: bytes
    comment: str

    def block(self) -> EnhancedPacketBlock:
        """The packet as pcapng knows it, in this machine's byte order, as dpkt's writer asks."""
        native = sys.byteorder == "little"
        block = (EnhancedPacketBlockLE if native else EnhancedPacketBlock)(pkt_data=self.frame)
        if self.comment:
            option = PcapngOptionLE if native else PcapngOption
            text = self.comment.encode("utf-8", "replace")[:60_000]
            block.opts = [option(code=PCAPNG_OPT_COMMENT, data=text), option()]
        return block


@define
class _Side:
    """What one end of the made-up TCP connection knows of itself."""

    address: bytes
    port: int
    next: int = 0  # the sequence number of what it sends next
    acked: int = 0  # how far the other side has confirmed
    finished: bool = False  # it has sent FIN


@define
class _Flow:
    """Turns one conversation into the segments that would have carried it."""

    conversation: Conversation
    server: str
    _now: float = 0.0
    _count: int = 0
    _sides: dict[Who, _Side] = field(init=False)

    def __attrs_post_init__(self) -> None:
        # client ports stay below 44,000: some above belong to protocols that tshark would decode
        block, step = divmod(self.conversation.number, 4000)
        self._sides = {
            "client": _Side(bytes((127, 0, block % 256, 1)), 40_000 + step),
            "server": _Side(bytes((127, 0, 0, 1)), SERVER_PORT),
        }

    def packets(self) -> Iterator[_Packet]:
        """All segments of the conversation, in order."""
        yield from self._handshake()
        for event in self.conversation.events:
            self._now = max(self._now, event.at)
            yield from self._event(event)
        if self.conversation.open:
            yield from self._confirm()

    def _event(self, event: Event) -> Iterator[_Packet]:
        if isinstance(event, Said):
            yield from self._said(event)
        elif isinstance(event, LeftOut):
            yield from self._left_out(event)
        elif isinstance(event, HalfClosed):
            yield from self._finish(event.who)
        elif isinstance(event, Closed):
            yield from self._closed(event)

    def _handshake(self) -> Iterator[_Packet]:
        yield self._segment("client", SYN, comment=self._title())
        yield self._segment("server", SYN | ACK)
        yield self._segment("client", ACK)

    def _title(self) -> str:
        came = ", ".join(self.conversation.layers)
        plain = "; what TLS carried, as plain text" if "tls" in self.conversation.layers else ""
        return f"Connection {self.conversation.number} of {self.server} ({came}){plain}"

    def _said(self, said: Said) -> Iterator[_Packet]:
        if self._sides[said.who].finished:
            yield self._segment(_OTHER[said.who], ACK, comment=_unsent(said))
            return
        for start in range(0, len(said.data), SEGMENT):
            piece = said.data[start : start + SEGMENT]
            yield from self._make_room(said.who, len(piece))
            end = start + SEGMENT >= len(said.data)
            yield self._segment(said.who, ACK | (PUSH if end else 0), piece)
        if said.left_out:
            yield from self._skip({said.who: said.left_out}, f"{said.left_out:,} bytes not kept")

    def _make_room(self, who: Who, size: int) -> Iterator[_Packet]:
        side = self._sides[who]
        if side.next + size - side.acked >= WINDOW:
            yield self._segment(_OTHER[who], ACK)

    def _confirm(self) -> Iterator[_Packet]:
        """ACK what is still on the way: a reader shows bytes after a gap only when confirmed."""
        for who, side in self._sides.items():
            if side.next != side.acked:
                yield self._segment(_OTHER[who], ACK)

    def _left_out(self, event: LeftOut) -> Iterator[_Packet]:
        sizes: dict[Who, int] = {"client": event.client_bytes, "server": event.server_bytes}
        yield from self._skip(
            sizes,
            f"{event.pieces:,} pieces not kept: {event.client_bytes:,} bytes of the client, "
            f"{event.server_bytes:,} bytes of the server",
        )

    def _skip(self, sizes: dict[Who, int], comment: str) -> Iterator[_Packet]:
        """A gap with right sequence numbers, confirmed, so that readers do not wait for it."""
        for who, size in sizes.items():
            if not self._sides[who].finished:
                self._sides[who].next += min(size, GAP)
        yield self._segment("client", ACK, comment=comment)
        yield self._segment("server", ACK, comment=comment)

    def _finish(self, who: Who, comment: str = "") -> Iterator[_Packet]:
        if self._sides[who].finished:
            return
        yield self._segment(who, FIN | ACK, comment=comment)
        yield self._segment(_OTHER[who], ACK)

    def _closed(self, end: Closed) -> Iterator[_Packet]:
        first: Who = end.who or "server"
        comment = ": ".join(word for word in (end.how, end.why) if word)
        if end.how in ("reset", "stopped"):
            yield from self._confirm()
            yield self._segment(first, RST | ACK, comment=comment)
            return
        yield from self._finish(first, comment)
        yield from self._finish(_OTHER[first])

    def _segment(self, who: Who, flags: int, data: bytes = b"", comment: str = "") -> _Packet:
        here, there = self._sides[who], self._sides[_OTHER[who]]
        tcp = dpkt.tcp.TCP(
            sport=here.port,
            dport=there.port,
            seq=here.next & 0xFFFFFFFF,
            ack=there.next & 0xFFFFFFFF if flags & ACK else 0,
            flags=flags,
            win=WINDOW,
            data=data,
        )
        if flags & ACK:
            there.acked = there.next
        here.next += len(data) + bool(flags & (SYN | FIN))
        here.finished = here.finished or bool(flags & FIN)
        return _Packet(self._now, self._frame(here, there, tcp), comment)

    def _frame(self, here: _Side, there: _Side, tcp: dpkt.tcp.TCP) -> bytes:
        self._count += 1
        ip = dpkt.ip.IP(
            src=here.address,
            dst=there.address,
            p=dpkt.ip.IP_PROTO_TCP,
            id=self._count & 0xFFFF,
            df=1,
            data=tcp,
        )
        nobody = bytes(6)
        return bytes(dpkt.ethernet.Ethernet(src=nobody, dst=nobody, data=ip))


def _unsent(said: Said) -> str:
    return f"{said.size:,} bytes were written after the end of sending, and never sent"
