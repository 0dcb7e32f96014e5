"""A chain of callbacks in words: who fired it, what each link did, what it holds at the end."""

from __future__ import annotations

import os

from attrs import evolve

from labkit._frames import Where
from labkit.deferreds import Chain, History, Link, Shown

FIRST, LAST = 12, 4  # links of a long chain that are shown
CHAINS = 6  # chains of one history that are shown

RUNS = ("coroutine", "inlineCallbacks")  # they fire at their end, not at their beginning
_MADE = {
    "coroutine": "coroutine",
    "inlineCallbacks": "generator with inlineCallbacks",
}


def place(where: Where | None) -> str:
    """A line in words; a cell has no number, because what is stored must not change with it."""
    if where is None:
        return ""
    name = os.path.basename(where.file)
    cell = "ipykernel" in where.file or where.file.startswith("<")
    return f"line {where.line}" if cell else f"{name}, line {where.line}"


def head(chain: Chain) -> str:
    """Which chain it is: its number, its kind, the line that made it."""
    sort = _MADE.get(chain.sort, chain.sort)
    named = f"{sort} {chain.name}" if chain.name else sort
    made = f", made in {place(chain.made)}" if chain.made else ""
    parts = f", of chains {', '.join(map(str, chain.parts))}" if chain.parts else ""
    return f"chain {chain.number} · {named}{made}{parts}"


def fired(chain: Chain) -> str:
    """Who gave it its result, and what; or that nobody has."""
    by = chain.fired
    if by is None:
        return "not fired yet"
    who = by.who or "your code"
    line = f", {place(by.by)}" if by.by else ""
    how = "" if by.how == "end of coroutine" else f": {by.how}"
    return f"fired by {who}{line}{how}"


def held(chain: Chain) -> str:
    """What it holds in the end."""
    if chain.state == "lost":
        made = f"; made in {place(chain.made)}" if chain.made else ""
        what = f" {chain.holds.text}" if chain.holds else ""
        return f"lost:{what}, and nobody handled it{made}"
    if chain.state == "waiting":
        return "waits to be fired"
    if chain.state == "paused":
        return "waits for another chain"
    if chain.holds is None:
        return "holds nothing more: its result went on"
    handled = ", not handled yet" if chain.state == "failed" else ""
    return f"holds {value(chain.holds)}{handled}"


def value(shown: Shown | None) -> str:
    """A value on its way."""
    if shown is None:
        return ""
    return "a Deferred" if shown.kind == "deferred" else shown.text


def awaited(link: Link) -> str:
    """What an await came to, seen from inside of the coroutine."""
    chain = f"chain {link.waits_for}" if link.waits_for else "it"
    ready = " (it was there already)" if link.late else ""
    return {
        "pending": "",
        "skipped": "",
        "returned": f"{chain} gave {value(link.came)}{ready}",
        "recovered": f"{chain} raised {value(link.came)}, which was caught",
        "raised": f"ended with {value(link.went)}",
        "waits": f"waits for {chain}",
    }[link.outcome]


def did(link: Link) -> str:
    """What a link did with what came."""
    waited = f"waited for chain {link.waits_for}, " if link.waits_for else ""
    went = value(link.went)
    words = {
        "pending": "",
        "skipped": "skipped",
        "returned": f"{waited}{'got' if waited else 'returned'} {went}",
        "raised": f"{waited}{'failed with' if waited else 'raised'} {went}",
        "recovered": f"{waited}recovered with {went}",
        "waits": f"waits for chain {link.waits_for}" if link.waits_for else "waits for a Deferred",
    }[link.outcome]
    late = "added late, ran at once: " if link.late and link.outcome != "pending" else ""
    return f"{late}{words}"


def is_station(chain: Chain, link: Link) -> bool:
    """Whether one box spans both rails: an await, or one function for both."""
    awaits = chain.sort in RUNS and link.callback.startswith(("await", "yield"))
    both = link.callback == link.errback != "" and "lambda" not in link.callback
    return awaits or both


def name(function: str, where: Where | None) -> str:
    """A function's name, without the line when that is told beside it."""
    return function.removesuffix(f", line {where.line}") if where else function


def renumbered(history: History) -> History:
    """The same with steps counted from 1 over what is drawn: what was skipped did nothing."""
    seen = {c.fired.step for c in history.chains if c.fired}
    seen |= {k.step for c in history.chains for k in c.links if k.outcome != "skipped"}
    ranks = {step: rank for rank, step in enumerate(sorted(seen - {0}), 1)}

    def ranked(link: Link) -> Link:
        step = 0 if link.outcome == "skipped" else ranks.get(link.step, 0)
        names = name(link.callback, link.added), name(link.errback, link.added)
        return evolve(link, step=step, callback=names[0], errback=names[1])

    def ordered(chain: Chain) -> Chain:
        fire = chain.fired and evolve(chain.fired, step=ranks.get(chain.fired.step, 0))
        return evolve(chain, fired=fire, links=tuple(map(ranked, chain.links)))

    return evolve(history, chains=tuple(map(ordered, history.chains)))


def kept(chain: Chain) -> tuple[tuple[Link | int, ...], int]:
    """The links to show; in the place of the middle of a long chain, their number."""
    links = chain.links
    if len(links) <= FIRST + LAST + 1:
        return links, 0
    left = len(links) - FIRST - LAST
    return (*links[:FIRST], left, *links[-LAST:]), left


def text(history: History) -> str:
    """The whole history as a table for each chain."""
    blocks = [chain_text(chain) for chain in history.chains[:CHAINS]]
    more = len(history.chains) - CHAINS + history.left_out
    if history.left_out or more > 0:
        left = max(0, len(history.chains) - CHAINS)
        blocks.append(f"and {left + history.left_out} more")
    return "\n\n".join(blocks) or "no Deferred was seen"


def chain_text(chain: Chain) -> str:
    """One chain: who fired it, a row for each link with both rails, what it holds."""
    fire = chain.fired
    rows = [("step", "callback", "errback", "")]
    fires = [(str(fire.step), *_on_rail("↓", fire.what), value(fire.what))] if fire else []
    rows += [] if chain.sort in RUNS else fires
    for link in kept(chain)[0]:
        left = ("", "⋮", "⋮", f"{link} more links")
        rows.append(left if isinstance(link, int) else _row(chain, link))
    rows += fires if chain.sort in RUNS else []
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = (
        "  ".join((*(row[i].ljust(widths[i]) for i in range(3)), row[3])).rstrip() for row in rows
    )
    body = [f"  {line}" for line in lines] if chain.links or fire else []
    return "\n".join([head(chain), f"  {fired(chain)}", *body, f"  = {held(chain)}"])


def _on_rail(mark: str, shown: Shown) -> tuple[str, str]:
    return ("", mark) if shown.kind == "failure" else (mark, "")


def _row(chain: Chain, link: Link) -> tuple[str, str, str, str]:
    step = str(link.step or "")
    added = f" ({place(link.added)})" if link.added else ""
    if is_station(chain, link):
        words = awaited(link) if chain.sort in RUNS else did(link)
        return step, f"{link.callback}{added}", "", words
    left, right = (f"{n}{added}" if n else "·" for n in (link.callback, link.errback))
    if link.outcome == "skipped":
        return step, left, right, "skipped"
    return step, left, right, f"{'errback: ' if link.ran == 'errback' else ''}{did(link)}"
