"""Reusable protocols, by noun: each a core, bytes in and values out, and a thin Twisted shell.

What a chapter builds, the next one imports from here.
"""

from __future__ import annotations

from ._machine import Machine, NoMachine, Transition, machine_of
from .chat import Chat, ChatFactory, Visitor
from .echo import Echo, EchoClient, say
from .lines import LineLengths, LineSplitter
from .quote import Correspondent, QuoteClient, QuoteFactory, QuoteServer, QuoteShelf, swap_quote

__all__ = [
    "Chat",
    "ChatFactory",
    "Correspondent",
    "Echo",
    "EchoClient",
    "LineLengths",
    "LineSplitter",
    "Machine",
    "NoMachine",
    "QuoteClient",
    "QuoteFactory",
    "QuoteServer",
    "QuoteShelf",
    "Transition",
    "Visitor",
    "machine_of",
    "say",
    "swap_quote",
]
