"""The chapter's web servers: requests a second, long deliveries and long polls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from . import _traffic as traffic
from . import _web_traffic as load

if TYPE_CHECKING:
    from ._figures import Figure

MODULE = "_web_subject"
ROUNDS = 5
RATIOS = (  # ours, theirs, the name, and the least that is promised
    ("raw-taped", "raw-bare", "by hand, taped by bare", 0.6),
    ("greet-taped", "greet-bare", "a page, taped by bare", 0.6),
    ("klein-taped", "klein-bare", "Klein, taped by bare", 0.6),
    ("raw-bare", "aiohttp", "by hand by aiohttp", None),
    ("greet-bare", "aiohttp", "a page by aiohttp", None),
    ("klein-bare", "aiohttp", "Klein by aiohttp", None),
    ("greet-taped", "aiohttp", "a page, taped, by aiohttp", None),
)


def webs() -> Iterator[Figure]:
    """All of them; the load comes from wrk when it is here."""
    yield from requests()
    yield from deliveries()
    yield from polls()


def requests() -> Iterator[Figure]:
    """One small page from each kind of server, a short round of each in turn."""
    from ._figures import Figure

    rates = _rates(sorted({kind for ours, theirs, *_ in RATIOS for kind in (ours, theirs)}))
    for kind in ("aiohttp", "greet-bare"):
        name = f"requests a second, {kind} ({load.load_generator()})"
        yield Figure(name, max(rates[kind]))
    for ours, theirs, name, least in RATIOS:
        found = [a / b for a, b in zip(rates[ours], rates[theirs], strict=True)]
        spread = f"{name} ({min(found):.2f} to {max(found):.2f})"
        # the best round is the one that other programs disturbed least
        yield Figure(spread, max(rates[ours]) / max(rates[theirs]), least, most=False)


def _rates(kinds: list[str]) -> dict[str, list[float]]:
    """What each answered a second, round by round; each round goes the other way about."""
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    with ExitStack() as stack:
        ports = {k: stack.enter_context(traffic.subject(k, MODULE)).port for k in kinds}
        for port in ports.values():
            load.fetch(port)
        for turn in range(ROUNDS):
            for kind in reversed(kinds) if turn % 2 else kinds:
                rates[kind].append(load.requests_a_second(ports[kind]))
    return rates


def deliveries() -> Iterator[Figure]:
    """What 1 GB leaves in the memory of who sends it, takes it, or fetches it, at its peak."""
    from ._figures import Figure

    for kind, name in (("taped", "a taped server"), ("bare", "a bare server")):
        with traffic.subject(f"cargo-{kind}", MODULE) as child:
            grown = load.growth(child, lambda: _whole(child.port))
            yield Figure(f"peak growth while {name} sends 1 GB", grown / 2**20, 16, "MB")
        with traffic.subject(f"scales-{kind}", MODULE) as child:
            load.upload(child.port, len(traffic.BLOCK))
            grown = load.growth(child, lambda: load.upload(child.port, load.SIZE))
            yield Figure(f"peak growth while {name} weighs 1 GB", grown / 2**20, 16, "MB")
    yield Figure("peak growth while Agent fetches 1 GB", _download() / 2**20, 16, "MB")


def _whole(port: int) -> None:
    assert load.fetch(port) == load.SIZE


def _download() -> float:
    with load.warehouse(load.SIZE) as port:
        process = traffic.child("download", str(port), module=MODULE)
        assert process.stdin is not None and process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            begin, told = process.stdin, process.stdout

            def fetch() -> None:
                begin.write("\n")
                begin.flush()
                assert int(told.readline()) == load.SIZE

            return load.growth(traffic.Subject(port, process), fetch)
        finally:
            process.communicate(timeout=20)


def polls(count: int = 1000) -> Iterator[Figure]:
    """Long polls held at once, and answered by one sighting."""
    from ._figures import Figure

    with traffic.subject("tower-taped", MODULE) as child:
        load.long_polls(child.port, 10)
        answered, seconds = load.long_polls(child.port, count)
        yield Figure(f"of {count:,} long polls held at once, answered", answered, count, most=False)
        yield Figure("from the sighting to the last of them", seconds, 2.0, "s")
