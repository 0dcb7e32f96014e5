"""A chain of callbacks in words: who fired it, what each link did, what it holds at the end."""

from __future__ import annotations

import os

from labkit._frames import Where
from labkit.deferreds import Chain, Fired, Link, Shown

from ._chain_story import RUNS, is_station
from ._picture import clip

_MADE = {
    "coroutine": "coroutine",
    "inlineCallbacks": "generator with inlineCallbacks",
}
_BADGES = {"waiting": "waits", "paused": "waits", "fired": "fired", "failed": "failed"}


def place(where: Where | None) -> str:
    """A line in words; a cell has no number, because what is stored must not change with it."""
    return ", ".join(place_parts(where))


def place_parts(where: Where | None) -> tuple[str, ...]:
    """The file's name, unless it is a cell, and the line."""
    if where is None:
        return ()
    cell = "ipykernel" in where.file or where.file.startswith("<")
    line = f"line {where.line}"
    return (line,) if cell else (os.path.basename(where.file), line)


def head(chain: Chain) -> str:
    """Which chain it is: its number, its kind, the line that made it."""
    sort = _MADE.get(chain.sort, chain.sort)
    of = "" if chain.sort in RUNS else "from "
    named = f"{sort} {of}{chain.name}" if chain.name else sort
    made = f", made in {place(chain.made)}" if chain.made else ""
    return f"chain {chain.number} · {named}{made}"


def badge(chain: Chain) -> str:
    """How it stands, in one word."""
    return "lost" if chain.state == "lost" else _BADGES[chain.state]


def fired(chain: Chain, most: int = 60) -> str:
    """Who gave it its result, and what, in at most so many characters; or that nobody has."""
    by = chain.fired
    if by is None:
        return _not_fired(chain)
    who = f"{by.who or 'your code'}{f', {place(by.by)}' if by.by else ''}"
    who += f", {by.thread} thread" if by.thread == "another" else ""
    if by.how == "cancel":
        return f"cancelled by {who}"
    if by.how == "timeout":
        return f"timed out, by {who}"
    if by.how == "end of coroutine":
        return f"fired by {who if by.who else 'the end of the coroutine'}"
    return f"fired by {who}: {by.how}({clip(value(by.what), most)})"


def _not_fired(chain: Chain) -> str:
    if chain.holds is not None or chain.state in ("fired", "failed"):
        return "fired before it was traced"
    if chain.sort in RUNS:
        return "has not come to its end yet"
    return "not fired yet: it waits for its parts" if chain.parts else "not fired yet"


def held(chain: Chain, goes_to: int | None = None, most: int = 60) -> str:
    """What it holds in the end; `goes_to` is the chain that took its result.

    A lost failure, which was drawn before, is told in at most so many characters.
    """
    if chain.state == "lost":
        made = f"; made in {place(chain.made)}" if chain.made else ""
        what = f" {clip(chain.holds.text, most)}" if chain.holds else ""
        return f"lost:{what}, and nobody handled it{made}"
    if chain.state == "waiting":
        whom = f"; chain {goes_to} waits for it" if goes_to else ""
        return f"holds nothing yet{whom}"
    if chain.state == "paused":
        return f"waits {_for(chain)}"
    if chain.holds is None:
        return f"its result went to {f'chain {goes_to}' if goes_to else 'another chain'}"
    handled = ", not handled yet" if chain.state == "failed" else ""
    return f"holds {value(chain.holds)}{handled}"


def _for(chain: Chain) -> str:
    number = next((k.waits_for for k in chain.links if k.outcome == "waits"), None)
    return f"for chain {number}" if number else "for another chain"


def value(shown: Shown | None) -> str:
    """A value on its way."""
    if shown is None:
        return ""
    return "a Deferred" if shown.kind == "deferred" else shown.text


def ended(fire: Fired) -> str:
    """How a coroutine came to its end."""
    verb = "ended with" if fire.what.kind == "failure" else "returned"
    return f"{verb} {value(fire.what)}"


def source(link: Link) -> str:
    """The chain that a link or a station waited for."""
    return f"chain {link.waits_for}" if link.waits_for else "it"


def gave(link: Link) -> str:
    """Whether what came to a station was a value or an exception."""
    return "raised" if link.came is None or link.came.kind == "failure" else "gave"


def awaited(link: Link) -> str:
    """What an await came to, seen from inside of the coroutine."""
    ready = " (it was there already)" if link.late else ""
    return {
        "pending": "waits",
        "skipped": "",
        "returned": f"{source(link)} gave {value(link.came)}{ready}",
        "recovered": f"{source(link)} raised {value(link.came)}, which was caught",
        "raised": f"{source(link)} {gave(link)} {value(link.came or link.went)}{ready}",
        "waits": f"waits for {source(link)}",
    }[link.outcome]


def raised(link: Link) -> str:
    """An errback that returns the failure it was given has raised nothing new."""
    return "passed on" if link.came == link.went else "raised"


def did(chain: Chain, link: Link) -> str:
    """What a link did with what came."""
    if is_station(chain, link):
        return awaited(link)
    waited = f"waited for chain {link.waits_for}, " if link.waits_for else ""
    went = value(link.went)
    words = {
        "pending": "waits",
        "skipped": "skipped",
        "returned": f"{waited}{'got' if waited else 'returned'} {went}",
        "raised": f"{waited}{'failed with' if waited else raised(link)} {went}",
        "recovered": f"{waited}recovered with {went}",
        "waits": f"waits for chain {link.waits_for}" if link.waits_for else "waits for a Deferred",
    }[link.outcome]
    late = "added late, ran at once: " if link.late and link.ran else ""
    return f"{late}{words}"
