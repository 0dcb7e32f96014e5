"""A History made ready to be drawn: which chains, which rows, and where each result went."""

from __future__ import annotations

from attrs import evolve, frozen

from labkit._frames import Where
from labkit.deferreds import Chain, Fired, History, Link

FIRST, LAST = 12, 4  # rows of a long chain that are shown
FULL, SMALL = 6, 6  # chains with links, and chains without, that are shown
PARTS = 12  # parts of one gather that are shown

RUNS = ("coroutine", "inlineCallbacks")  # they fire at their end, not at their beginning
_JOINS = ("DeferredList, one part done", "race, a part came", "race, a part failed")


@frozen
class End:
    """A coroutine has returned, or raised: here its Deferred was fired."""

    fire: Fired


@frozen
class Gap:
    """So many links in the middle of a long chain are left out."""

    links: int


Row = Link | End | Gap


@frozen
class Story:
    """What is shown of a history.

    `chains` stand each in a block of its own. `all` has every chain by its number, and
    `goes_to` says for each whose result was handed on to which it went.
    """

    chains: tuple[Chain, ...]
    all: dict[int, Chain]
    goes_to: dict[int, int]
    left: str = ""

    def parts(self, chain: Chain) -> tuple[Chain, ...]:
        """The parts of a gather or a race that are shown with it."""
        return tuple(self.all[n] for n in chain.parts[:PARTS] if n in self.all)


def story(history: History) -> Story:
    """Steps are counted anew over what did something; parts without links are their whole's."""
    chains = _renumbered(tuple(map(_plain, _without_joins(history.chains))))
    every = {chain.number: chain for chain in chains}
    parts = {n for chain in chains for n in chain.parts}
    own = [c for c in chains if c.links or c.parts or c.number not in parts]
    shown, hidden = _chosen(own)
    return Story(shown, every, _goes_to(chains), _left(hidden, history.left_out))


def rows(chain: Chain) -> tuple[Row, ...]:
    """Links in their order; a coroutine's stations, its end, then what was added to it."""
    stations = [k for k in chain.links if is_station(chain, k)]
    others = [k for k in chain.links if not is_station(chain, k)]
    end = [End(chain.fired)] if chain.sort in RUNS and chain.fired else []
    return _kept([*stations, *end, *others])


def is_station(chain: Chain, link: Link) -> bool:
    """Whether a link is a place where a coroutine waited."""
    return chain.sort in RUNS and link.callback.startswith(("await", "yield"))


def is_both(link: Link) -> bool:
    """Whether one box spans both rails: the same function for either."""
    return link.callback == link.errback != "" and not link.callback.startswith("lambda")


def _kept(every: list[Link | End]) -> tuple[Row, ...]:
    if len(every) <= FIRST + LAST + 1:
        return tuple(every)
    middle = every[FIRST:-LAST]
    ends = [row for row in middle if isinstance(row, End)]
    gap = Gap(len(middle) - len(ends))
    return (*every[:FIRST], gap, *ends, *every[-LAST:])


def _chosen(own: list[Chain]) -> tuple[tuple[Chain, ...], list[Chain]]:
    """The first ones with links and the first ones without, in their order; and the rest."""
    full = [place for place, c in enumerate(own) if c.links or c.parts][:FULL]
    small = [place for place, c in enumerate(own) if not c.links and not c.parts][:SMALL]
    shown = sorted(full + small)
    return tuple(own[n] for n in shown), [c for n, c in enumerate(own) if n not in shown]


def _left(hidden: list[Chain], beyond: int) -> str:
    words = []
    if hidden:
        few = ", ".join(str(chain.number) for chain in hidden[:8])
        more = ", …" if len(hidden) > 8 else ""
        plural = "s" if len(hidden) > 1 else ""
        words.append(f"{len(hidden):,} more chain{plural}: {few}{more}")
    if beyond:
        words.append(f"{beyond:,} beyond what is recorded")
    return f"and {', and '.join(words)}" if words else ""


def _goes_to(chains: tuple[Chain, ...]) -> dict[int, int]:
    found = {n: chain.number for chain in chains for n in chain.parts}
    found |= {k.waits_for: chain.number for chain in chains for k in chain.links if k.waits_for}
    return found


def _without_joins(chains: tuple[Chain, ...]) -> tuple[Chain, ...]:
    """A part tells its whole by a link of Twisted's; the picture shows that as an arrow."""
    parts = {n for chain in chains for n in chain.parts}

    def own(chain: Chain) -> Chain:
        kept = tuple(k for k in chain.links if not {k.callback, k.errback} & set(_JOINS))
        return evolve(chain, links=kept) if chain.number in parts else chain

    return tuple(map(own, chains))


def _plain(chain: Chain) -> Chain:
    """Names without the line that is told beside them."""

    def named(link: Link) -> Link:
        names = (_name(link.callback, link.added), _name(link.errback, link.added))
        step = 0 if link.outcome == "skipped" else link.step
        return evolve(link, callback=names[0], errback=names[1], step=step)

    return evolve(chain, links=tuple(map(named, chain.links)))


def _name(function: str, where: Where | None) -> str:
    return function.removesuffix(f", line {where.line}") if where else function


def _renumbered(chains: tuple[Chain, ...]) -> tuple[Chain, ...]:
    seen = {c.fired.step for c in chains if c.fired} | {k.step for c in chains for k in c.links}
    ranks = {step: rank for rank, step in enumerate(sorted(seen - {0}), 1)}

    def ordered(chain: Chain) -> Chain:
        fire = chain.fired and evolve(chain.fired, step=ranks.get(chain.fired.step, 0))
        links = (evolve(k, step=ranks.get(k.step, 0)) for k in chain.links)
        return evolve(chain, fired=fire, links=tuple(links))

    return tuple(map(ordered, chains))
