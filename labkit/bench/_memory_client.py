"""The client's end of a connection in memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from labkit.wire import Remark
from labkit.wire._tape import Tape

from ._memory_wire import Pipe, Turns
from ._talker import Talker


class MemoryClient(Talker):
    """One end of a connection in memory, spoken by hand: the verbs of Client, without waiting."""

    def __init__(self, pipe: Pipe, turns: Turns, name: str, tape: Tape | None) -> None:
        super().__init__(name)
        self.tape = tape
        self._pipe = pipe
        self._turns = turns

    @property
    def port(self) -> int:
        """The client's made-up port."""
        return self._pipe.port

    def _push(self, piece: bytes) -> None:
        if self._done or self._pipe.closed:
            self._drain()
            raise self._error("The server ended the connection while you were sending")
        if self.tape is not None:
            self.tape.sends = [*(self.tape.sends or ()), len(piece)]
        self._pipe.to_server += piece
        self.sent += len(piece)
        self._turns.run()
        self._drain()

    def _wait_until_handled(self) -> None:
        """It is handled already."""

    def half_close(self) -> None:
        """Say that nothing more will be sent (FIN), and go on reading."""
        self._note(Remark(self.name, "server", note="half-closes"))
        self._pipe.finished = True
        self._turns.run()

    def reset(self) -> None:
        """Drop the connection without a goodbye (RST)."""
        self._note(Remark(self.name, "server", note="resets"))
        self._pipe.reset = self._done = True
        self._turns.run()

    def close(self) -> None:
        """End the connection in order (FIN); twice is harmless."""
        if self._done:
            return
        self._drain()
        if self.end == "open":
            self._note(Remark(self.name, "server", note="closes"))
        self._done = self._pipe.finished = self._pipe.gone = True
        self._turns.run()

    def expect_nothing(self) -> None:
        """The server must have nothing more to say now, and keep the connection open. Exact."""
        self._fill(0)
        if self._buffer or self.end != "open":
            raise self._error("Expected silence", b"", "silence")

    def _read_until(self, enough: Callable[[], bool], within: float) -> None:
        # `within` only bounds a server that talks without end: silence needs no waiting here
        deadline = time.monotonic() + within
        while not enough() and self._fill(0) and time.monotonic() < deadline:
            pass

    def _fill(self, timeout: float) -> bool:
        return self.end == "open" and not self._done and self._drain()

    def _drain(self) -> bool:
        came = bytes(self._pipe.to_client)
        self._pipe.to_client.clear()
        if came:
            self._buffer += came
            self._note(Remark("server", self.name, came))
            self._turns.run()
        if not self._pipe.to_client and self._pipe.end != "open" and self.end == "open":
            self.end = self._pipe.end
            note = "closes" if self.end == "closed" else "resets"
            self._note(Remark("server", self.name, note=note))
        return bool(came)
