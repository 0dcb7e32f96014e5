"""How large pictures get: what is long is drawn by leaving out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labkit.deferreds import Chain, Fired, History, Link, Shown
from labkit.turns import Ran, Timeline
from labkit.views import html, picture

if TYPE_CHECKING:
    from ._figures import Figure


def pictures() -> Iterator[Figure]:
    """Chains, lanes of calls: the longest that the lab keeps."""
    from ._figures import Figure

    value, text = Shown("1"), "x" * 60
    link = Link(
        "lambda, line 3", "", None, "returned", "callback", Shown(text), Shown(text), step=1
    )
    fired = Fired("callback", value, step=1)
    long = Chain(1, fired=fired, links=(link,) * 3000, state="fired", holds=value)
    many = tuple(Chain(n, fired=fired, links=(link,) * 9, state="fired") for n in range(1, 201))
    ran = tuple(Ran(n, f"server · client {n % 50}", "dataReceived", n, 0.1) for n in range(2000))
    for name, drawn in (
        ("a chain of 3,000 links", History((long,))),
        ("200 chains", History(many)),
        ("a timeline of 2,000 calls", Timeline(ran)),
    ):
        yield Figure(f"picture of {name}", len(html(picture(drawn))) / 1000, 100, "kB")
