"""What happened to Deferreds, as frozen values: chains of links, who fired them, what they held.

No Twisted here. `step` counts what happened, from 1, over all the chains of one History:
what has the smaller step came first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from labkit._frames import Where

Rail = Literal["callback", "errback"]
Kind = Literal["value", "failure", "deferred"]
Outcome = Literal[
    "pending",  # nothing has come to it yet
    "skipped",  # it has no function on the rail that the result was on: handed on as it was
    "returned",
    "raised",  # from either rail to the errback rail
    "recovered",  # an errback that returned: back to the callback rail
    "waits",  # it returned a Deferred that has no result yet
]
Sort = Literal["Deferred", "DeferredList", "gatherResults", "race", "coroutine", "inlineCallbacks"]
State = Literal["waiting", "paused", "fired", "failed", "lost"]
How = Literal["callback", "errback", "cancel", "timeout", "end of coroutine"]


@frozen
class Shown:
    """A value as it was at that moment, in at most 60 characters, without addresses.

    For a failure `text` is the exception's type and message, for a Deferred empty.
    """

    text: str
    kind: Kind = "value"


@frozen
class Link:
    """One addCallback, addErrback, addBoth or addCallbacks; in a coroutine one await, a station.

    `callback` and `errback` name the function on each rail, empty where the rail
    passes through. `added` is the line that added it. `ran` is the rail whose
    function was called, None when skipped or pending; `came` and `went` are what
    came in and what went out. `waits_for` is the number of the chain it waited for,
    also when that has fired meanwhile. `late`: added when the result was there already.
    """

    callback: str = ""
    errback: str = ""
    added: Where | None = None
    outcome: Outcome = "pending"
    ran: Rail | None = None
    came: Shown | None = None
    went: Shown | None = None
    waits_for: int | None = None
    late: bool = False
    step: int = 0  # when it ran; 0 while it is pending


@frozen
class Fired:
    """Who gave a Deferred its result: the line, what was going on there, and the thread.

    `by` is None when no line of the reader's was on the stack; `who` says it in
    words in any case: "a timer", "bytes from client 2", "the end of chain 3".
    """

    how: How
    what: Shown
    by: Where | None = None
    who: str = ""
    thread: str = ""
    step: int = 0


@frozen
class Chain:
    """One Deferred. `number` counts from 1 in the order in which the tracer met them.

    `made` is the line that created it, None for one that Twisted or somebody else
    made before the tracer looked. `parts` are the chains a DeferredList, a gather
    or a race was made of. `holds` is what it holds now; None while it waits, and
    after another chain took its result. `state`: "lost" is a failure that nobody
    handled and nobody can handle any more.
    """

    number: int
    name: str = ""
    sort: Sort = "Deferred"
    made: Where | None = None
    links: tuple[Link, ...] = ()
    fired: Fired | None = None
    holds: Shown | None = None
    state: State = "waiting"
    parts: tuple[int, ...] = ()


@frozen
class History:
    """Chains that were traced, in order; a picture of a moment, never changed later.

    `left_out` counts chains and links beyond the tracer's bound.
    """

    chains: tuple[Chain, ...] = ()
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.chains)

    def __iter__(self) -> Iterator[Chain]:
        return iter(self.chains)

    def __getitem__(self, index: int) -> Chain:
        return self.chains[index]

    def numbered(self, number: int) -> Chain:
        """The chain of that number. Raises KeyError when it was left out."""
        for chain in self.chains:
            if chain.number == number:
                return chain
        raise KeyError(number)
