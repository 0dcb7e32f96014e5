"""The transport that a taped protocol sees: the real one, with what is written noted.

Runs in the reactor's thread.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zope.interface import classImplements, providedBy

if TYPE_CHECKING:
    from ._taped import TapedProtocol


class TapedTransport:
    """Answers as the real transport does, to every name and for every interface."""

    __slots__ = ("_taped",)

    def __init__(self, taped: TapedProtocol) -> None:
        object.__setattr__(self, "_taped", taped)

    def offer(self) -> None:
        """Provide what the real transport provides now; TLS brings more."""
        object.__setattr__(self, "__class__", _kind(providedBy(self._taped.transport)))

    def write(self, data: bytes) -> None:
        taped = self._taped
        taped.transport.write(data)
        # gone: connectionLost runs or has run, and nothing is sent any more
        if data and taped.wrappedProtocol is not None:
            taped.tape.wrote(data)

    def writeSequence(self, data: Any) -> None:
        taped, pieces = self._taped, list(data)
        taped.transport.writeSequence(pieces)
        joined = b"".join(pieces)
        if joined and taped.wrappedProtocol is not None:
            taped.tape.wrote(joined)

    def loseConnection(self, *args: Any, **kwargs: Any) -> None:
        tape = self._taped.tape
        tape.closing = tape.closing or "server"
        self._taped.transport.loseConnection(*args, **kwargs)

    def abortConnection(self) -> None:
        if self._taped.tape.closing != "lab":
            self._taped.tape.closing = "abort"
        self._taped.transport.abortConnection()

    def loseWriteConnection(self) -> None:
        self._taped.tape.half_close("server")
        self._taped.transport.loseWriteConnection()

    def pauseProducing(self) -> None:
        self._taped.held = True
        self._taped.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._taped.held = False
        if not self._taped.factory.paused:
            self._taped.transport.resumeProducing()

    def startTLS(self, *args: Any, **kwargs: Any) -> Any:
        done = self._taped.transport.startTLS(*args, **kwargs)
        self.offer()
        return done

    @property
    def protocol(self) -> Any:
        """Who is connected; setting it hands the rest of the talk to another protocol."""
        return self._taped.wrappedProtocol

    @protocol.setter
    def protocol(self, newer: Any) -> None:
        self._taped.wrappedProtocol = newer
        self._taped.offer()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._taped.transport, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "protocol":
            object.__setattr__(self, name, value)
        else:
            setattr(self._taped.transport, name, value)

    def __repr__(self) -> str:
        return f"<transport of {self._taped.logPrefix()}>"


@cache
def _kind(real: Any) -> type[TapedTransport]:
    """A kind that offers the interfaces of this transport.

    A class for each kind, because a declaration for each connection costs memory.
    """
    kind = type("TapedTransport", (TapedTransport,), {"__slots__": ()})
    classImplements(kind, real)  # type: ignore[misc]
    return kind
