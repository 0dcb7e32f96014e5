"""Values to draw: every kind of event, and anything that a reader could have sent or named."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import strategies as st

from labkit.views import Picture
from labkit.wire import (
    Closed,
    Conversation,
    Event,
    HalfClosed,
    LeftOut,
    Opened,
    Said,
    Wire,
)

SVG = "{http://www.w3.org/2000/svg}"

sides = st.sampled_from(["client", "server"])
times = st.floats(0, 9999, allow_nan=False)
layers = st.sampled_from([("tcp",), ("tcp", "tls"), ("unix",), ("memory",)]) | st.tuples(st.text())
said = st.builds(
    Said, times, sides, st.binary(min_size=1, max_size=90), st.none(), st.integers(0, 10**9)
)
gaps = st.builds(LeftOut, times, *(st.integers(1, 10**7) for _ in range(3)))
halves = st.builds(HalfClosed, times, sides)
ends = st.builds(
    Closed,
    times,
    sides | st.none(),
    st.sampled_from(["closed", "reset", "crashed", "stopped"]),
    st.text(max_size=90),
)


@st.composite
def talks(draw: st.DrawFn) -> Conversation:
    """A conversation, as a tape gives it: perhaps an opening, a middle, perhaps an end."""
    middle = draw(st.lists(said | said | gaps | halves, max_size=30))
    last: list[Event] = draw(st.lists(ends, max_size=1))
    first: list[Event] = [Opened(0.0)] if middle or not last else []
    sends = draw(st.lists(st.integers(1, 99), max_size=40))
    number = draw(st.integers(1, 10**6))
    return Conversation(number, draw(layers), (*first, *middle, *last), tuple(sends))


wires = st.builds(
    Wire, st.text(max_size=80), st.lists(talks(), max_size=8).map(tuple), st.integers(0, 10**6)
)

echo = Conversation(
    1,
    events=(
        Opened(0),
        Said(0.1, "client", b"hello"),
        Said(0.2, "server", b"hello"),
        Closed(0.3, "client", "closed"),
    ),
    sends=(5,),
)


def talk(
    *middle: Event, sends: tuple[int, ...] = (), layers: tuple[str, ...] = ("tcp",)
) -> Conversation:
    """A first conversation, still open unless the middle ends it."""
    return Conversation(1, layers, (Opened(0), *middle), sends)


def words_of(picture: Picture) -> str:
    """All that is written on a drawing, a line a text; fails when it is not well-formed XML."""
    root = ElementTree.fromstring(picture.svg)
    return "\n".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
