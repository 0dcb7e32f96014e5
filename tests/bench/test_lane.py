"""One direction of a rough road, on a clock: nothing lost, nothing reordered, all as drawn."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock

from labkit.bench._lane import HIGH, Lane, Rough


@define
class Far:
    """The transport at the far end, and the lane's surroundings."""

    clock: Clock = field(factory=Clock)
    written: list[tuple[float, bytes]] = field(factory=list)
    ends: list[str] = field(factory=list)
    hops: list[tuple[int, float, str]] = field(factory=list)
    unread: list[Callable[[], object]] = field(factory=list)
    producer: Any = None
    reads: bool = True
    paused: bool = False

    def write(self, data: bytes) -> None:
        self.written.append((self.clock.seconds(), data))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        """As the speaker's transport: asked to wait."""
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def taken(self, count: int, then: Callable[[], object]) -> None:
        if self.reads:
            self.clock.callLater(0, then)
        else:
            self.unread.append(then)

    def read(self) -> None:
        """The far end reads what it was sent."""
        self.unread.pop(0)()

    def settle(self, seconds: float = 0.0) -> None:
        """Let time pass until everything due has happened."""
        self.clock.pump([seconds, *[0.0] * 200])

    @property
    def pieces(self) -> list[bytes]:
        return [data for _, data in self.written]

    @property
    def times(self) -> list[float]:
        return [round(at, 6) for at, _ in self.written]


def lane(far: Far, begin: bool = True, **rough: Any) -> Lane:
    """A lane of that roughness from a speaker to `far`."""
    how = Rough(**rough)
    made = Lane(
        how,
        Random(how.seed),
        far.clock,
        arrive=far.ends.append,
        taken=far.taken,
        note=lambda size, held, end: far.hops.append((size, held, end)),
        last=how.last,
    )
    if begin:
        made.begin(far, far)
    return made


def test_a_smooth_road_passes_on_what_comes_as_it_comes() -> None:
    """No roughness: the same pieces at once."""
    far = Far()
    road = lane(far)
    road.take(b"one")
    road.take(b"two three")
    assert far.pieces == [b"one", b"two three"]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (1, [b"a", b"b", b"c", b"d", b"e", b"f", b"g"]),
        (3, [b"abc", b"def", b"g"]),
        ([2, 1], [b"ab", b"c", b"defg"]),
    ],
)
def test_pieces_have_the_sizes_asked_for(pieces: Any, expected: list[bytes]) -> None:
    """A size, or sizes one by one; the rest goes on as it came."""
    far = Far()
    lane(far, pieces=pieces).take(b"abcdefg")
    far.settle()
    assert far.pieces == expected


def test_borders_are_counted_from_the_start_of_the_stream() -> None:
    """What arrives in two parts is cut at the same places, and the first part does not wait."""
    far = Far()
    road = lane(far, pieces=4)
    road.take(b"abcdef")
    far.settle()
    road.take(b"ghij")
    far.settle()
    assert far.pieces == [b"abcd", b"ef", b"gh", b"ij"]


def test_a_piece_waits_until_the_one_before_was_read() -> None:
    """However much time passes."""
    far = Far(reads=False)
    lane(far, pieces=2).take(b"abcd")
    far.settle(100)
    assert far.pieces == [b"ab"]
    far.read()
    assert far.pieces == [b"ab", b"cd"]


def test_delay_holds_each_piece_that_long() -> None:
    """Pieces travel one behind the other, not one after the other's arrival."""
    far = Far()
    road = lane(far, delay=0.5)
    road.take(b"a")
    far.settle(0.2)
    road.take(b"b")
    far.settle(0.3)
    far.settle(0.2)
    assert far.written == [(0.5, b"a"), (0.7, b"b")]


def test_jitter_never_overtakes() -> None:
    """Delays vary from piece to piece, and the order stays."""
    far = Far()
    road = lane(far, jitter=1.0, pieces=1)
    road.take(bytes(range(50)))
    for _ in range(200):
        far.settle(0.01)
    assert b"".join(far.pieces) == bytes(range(50))
    assert far.times == sorted(far.times)
    assert len({held for _, held, _ in far.hops}) == 50


def test_bandwidth_spreads_bytes_over_time() -> None:
    """100 bytes a second: 20 bytes take 0.2 s, in pieces of 5."""
    far = Far()
    lane(far, bandwidth=100).take(b"x" * 20)
    for _ in range(20):
        far.settle(0.05)
    assert [len(p) for p in far.pieces] == [5, 5, 5, 5]
    assert far.times == [0.05, 0.1, 0.15, 0.2]


def test_the_same_seed_gives_the_same_schedule() -> None:
    """And another seed another one."""

    def hops(seed: int) -> list[tuple[int, float, str]]:
        far = Far()
        road = lane(far, pieces="random", jitter=0.3, seed=seed)
        road.take(b"x" * 100)
        for _ in range(400):
            far.settle(0.1)
        assert b"".join(far.pieces) == b"x" * 100
        return far.hops

    assert hops(7) == hops(7) != hops(8)


def test_an_end_travels_behind_the_bytes() -> None:
    """The far end hears it after the last piece, with the delay."""
    far = Far()
    road = lane(far, delay=1, pieces=1)
    road.take(b"ab")
    road.finish("half-closes")
    far.settle(0.9)
    assert (far.pieces, far.ends) == ([], [])
    far.settle(0.1)
    assert (far.pieces, far.ends) == ([b"a", b"b"], ["half-closes"])


@pytest.mark.parametrize(
    ("rough", "end"),
    [({"reset_after": 3}, "resets"), ({"half_close_after": 3}, "half-closes")],
)
def test_the_road_ends_the_talk_after_so_many_bytes(rough: dict[str, Any], end: str) -> None:
    """Exactly that many arrive, are read, and then comes the end; once."""
    far = Far(reads=False)
    road = lane(far, **rough)
    road.take(b"hello")
    assert (far.pieces, far.ends) == ([b"hel"], [])
    far.read()
    while far.unread:
        far.read()
    road.take(b"more")
    road.finish("half-closes")
    assert (far.pieces, far.ends) == ([b"hel"], [end])


def test_an_end_after_no_bytes_comes_at_once() -> None:
    """Nothing is passed on."""
    far = Far()
    road = lane(far, reset_after=0)
    road.take(b"hello")
    far.settle()
    assert (far.pieces, far.ends) == ([], ["resets"])


def test_what_comes_before_the_far_end_stands_is_kept() -> None:
    """Nothing is lost while the road still connects."""
    far = Far()
    road = lane(far, begin=False)
    road.take(b"early")
    road.finish("half-closes")
    assert far.pieces == []
    road.begin(far, far)
    assert (far.pieces, far.ends) == ([b"early"], ["half-closes"])


def test_a_speaker_too_fast_is_asked_to_wait() -> None:
    """Little is held on the road; when it has gone on, the speaker may speak again."""
    far = Far()
    road = lane(far)
    far.producer.pauseProducing()
    road.take(b"x" * HIGH)
    assert not far.paused
    road.take(b"y")
    assert far.paused
    far.producer.resumeProducing()
    assert not far.paused
    assert b"".join(far.pieces) == b"x" * HIGH + b"y"


def test_a_dropped_lane_is_silent() -> None:
    """No timer, no piece, no end after the far end has gone."""
    far = Far()
    road = lane(far, delay=1)
    road.take(b"late")
    road.drop()
    assert far.clock.getDelayedCalls() == []
    road.take(b"later")
    far.settle(5)
    assert (far.pieces, far.ends) == ([], [])


ROUGH = st.fixed_dictionaries(
    {},
    optional={
        "pieces": st.integers(1, 5) | st.lists(st.integers(1, 5), min_size=1) | st.just("random"),
        "delay": st.floats(0, 2),
        "jitter": st.floats(0, 2),
        "bandwidth": st.floats(10, 1000),
        "seed": st.integers(),
    },
)


@settings(deadline=None, max_examples=60)
@given(rough=ROUGH, said=st.lists(st.binary(min_size=1, max_size=20), max_size=8))
def test_any_road_carries_every_byte_in_order(rough: dict[str, Any], said: list[bytes]) -> None:
    """Whatever the roughness, the far end gets the same stream, then the end."""
    far = Far()
    road = lane(far, **rough)
    for data in said:
        road.take(data)
        far.settle(0.01)
    road.finish("half-closes")
    for _ in range(600):
        if far.ends:
            break
        far.settle(0.2)
    assert b"".join(far.pieces) == b"".join(said)
    assert far.ends == ["half-closes"]
