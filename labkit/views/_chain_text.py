"""The text twin of chains: a table each, both rails as columns."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.deferreds import Chain, Link, Shown

from ._chain_story import RUNS, End, Gap, Row, Story, is_both, is_station, rows
from ._chain_words import did, ended, fired, head, held, place, value
from ._picture import count, printable

Cells = tuple[str, str, str, str]
NOTHING = "no Deferred was seen"


def text(told: Story) -> str:
    """The whole history."""
    blocks = ["\n".join(_block(told, chain)) for chain in told.chains]
    return "\n\n".join([*blocks, *([told.left] if told.left else [])]) or NOTHING


def _block(told: Story, chain: Chain) -> Iterator[str]:
    """One chain: who fired it, a row for each link with both rails, what it holds."""
    yield printable(head(chain))
    for part in told.parts(chain):
        yield printable(f"  part  {part_words(told, part)}")
    if len(chain.parts) > len(told.parts(chain)):
        more = count(len(chain.parts) - len(told.parts(chain)), "more part")
        yield f"  part  and {more}"
    step = f"  (step {chain.fired.step})" if chain.fired and not chain.links else ""
    yield printable(f"  {fired(chain)}{step}")
    if chain.links:
        yield from _table(chain)
    yield printable(f"  = {held(chain, told.goes_to.get(chain.number))}")


def part_words(told: Story, part: Chain) -> str:
    """A part of a gather in one line; more is told of it where it has links of its own."""
    own = ", told below or above" if part in told.chains else ""
    step = f" (step {part.fired.step})" if part.fired else ""
    return f"{head(part)}, {fired(part)}{step}{own}"


def _table(chain: Chain) -> Iterator[str]:
    table: list[Cells] = [("step", "callback", "errback", "")]
    if chain.fired and chain.sort not in RUNS:
        what = chain.fired.what
        table.append((str(chain.fired.step or ""), *_on_rail("↓", what), value(what)))
    table += [_cells(chain, row) for row in rows(chain)]
    table = [(a, printable(b), printable(c), printable(d)) for a, b, c, d in table]
    wide = [max(len(row[i]) for row in table) for i in range(3)]
    for row in table:
        cells = (row[i].ljust(wide[i]) for i in range(3))
        yield f"  {'  '.join((*cells, row[3]))}".rstrip()


def _on_rail(mark: str, shown: Shown) -> tuple[str, str]:
    return ("·", mark) if shown.kind == "failure" else (mark, "·")


def _cells(chain: Chain, row: Row) -> Cells:
    if isinstance(row, Gap):
        return "", "⋮", "⋮", f"{row.links:,} more links"
    if isinstance(row, End):
        return str(row.fire.step or ""), *_on_rail("end", row.fire.what), ended(row.fire)
    left, right = _names(chain, row)
    rail = "errback: " if row.ran == "errback" and not is_station(chain, row) else ""
    return str(row.step or ""), left, right, f"{rail}{did(chain, row)}"


def _names(chain: Chain, link: Link) -> tuple[str, str]:
    added = f" ({place(link.added)})" if link.added else ""
    if is_station(chain, link):
        return f"{link.callback}{added}", "·"
    if is_both(link):
        return f"{link.callback}{added}", "the same"
    left, right = (f"{n}{added}" if n else "·" for n in (link.callback, link.errback))
    return left, right
