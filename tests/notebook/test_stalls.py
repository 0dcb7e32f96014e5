"""A reactor that stood still: one card under its cell, and at once where a person looks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from labkit._frames import Where
from labkit.bench._rescue import Rescue
from labkit.notebook._show import view
from labkit.notebook._stalls import _MANY, _SPREAD, _WERE_MANY, Live, of_stall, turns_again
from labkit.refresh import private
from labkit.turns import Stall

from .kernels import IMPORTS, Kernel

SLEEPS = """
from time import sleep
class Slow(Protocol):
    def dataReceived(self, data):
        if data == b"x":
            sleep(1.2)
        self.transport.write(data)
"""
SPINS = """
class Spin(Protocol):
    def dataReceived(self, data):
        while True:
            pass
"""


def test_a_stall_has_one_card_under_its_cell(kernel: Kernel) -> None:
    """How long in words, the reader's line, who waited, and what to do instead."""
    kernel.run(SLEEPS)
    shown = kernel.run(
        "harbour = serve(Slow, name='harbour')\n"
        "with connect(harbour) as one, connect(harbour) as two:\n"
        "    one.send(b'x')\n    two.send(b'y')\n"
        "    one.expect(b'x')\n    two.expect(b'y')"
    )
    first, *more = shown.cards[0].splitlines()
    assert first == "! the reactor stood still for more than 1 s"
    assert more[0] == "  cell, line 5, in Slow.dataReceived: sleep(1.2)"
    assert more[1] == "  Meanwhile harbour · client 2 waited."
    assert more[2].startswith("  Instead: deferLater to wait, deferToThread")
    assert kernel.run("None").cards == []


def test_many_short_calls_in_one_turn_have_one_card(kernel: Kernel) -> None:
    """What they are, the line of one of them, and how else it goes."""
    kernel.run("from time import sleep\ndef sip():\n    sleep(0.02)")
    shown = kernel.run(
        "def due():\n    for _ in range(40):\n        reactor.callLater(0, sip)\n"
        "wait(due)\nsleep(0.1)\nwait(lambda: None)"
    )
    (card,) = shown.cards
    first, place, *rest = card.splitlines()
    assert first == "! the reactor stood still for more than 0.5 s"
    assert place.endswith("line 3, in sip: sleep(0.02)")
    assert rest == [f"  {line}" for line in (_WERE_MANY, _SPREAD)]
    assert kernel.run("None").cards == []


def test_a_stall_between_two_cells_says_so(kernel: Kernel) -> None:
    """It is charged to neither."""
    kernel.run("from time import sleep\nfrom threading import Event, Timer")
    kernel.run(
        "done = Event()\ndef late():\n    sleep(0.4)\n    done.set()\n"
        "get_ipython().events.register('pre_execute', once := lambda: "
        "(get_ipython().events.unregister('pre_execute', once), "
        "reactor.callFromThread(late), done.wait(5), wait(lambda: None)))"
    )
    (card,) = kernel.run("1").cards
    assert card.startswith("! between two cells the reactor stood still for more than 0.25 s")


def test_a_stall_that_lasts_is_told_and_then_its_end(kernel: Kernel) -> None:
    """The cell is over, the stall is not; when it is, one line says so and no more."""
    kernel.run("from threading import Event\nfree = Event()")
    blocked = kernel.run("def hold():\n    free.wait(30)\nreactor.callFromThread(hold)")
    assert blocked.cards[0].splitlines()[:2] == [
        "! the reactor stands still",
        "  cell, line 2, in hold: free.wait(30)",
    ]
    freed = kernel.run("free.set()\nwait(lambda: None)")
    assert blocked.cards[1:] == []
    assert freed.cards == ["! the reactor turns again"]
    assert kernel.run("None").cards == []


def test_a_rescue_tells_what_it_cost_and_shows_no_failure() -> None:
    """The exception that ended the callback is the lab's own, and no news."""
    with private() as variables:
        own = Kernel(dict(variables))
        try:
            own.run(IMPORTS + SPINS)
            spinning = own.run("c = connect(serve(Spin, name='spin'))\nc.send(b'x')")
            freed = own.run("from labkit.bench._rescue import rescue\nprint(rescue(5).freed)")
            assert "in Spin.dataReceived" in spinning.cards[0]
            assert "rescue() frees it" in spinning.cards[0]
            assert freed.texts[0] == "stdout: True\n"
            assert freed.cards == [
                "! the reactor turns again; the lab ended the call: "
                "spin · client 1 lost its connection, the others go on"
            ]
        finally:
            own.stop()


# Where a person looks


@pytest.fixture(scope="module")
def watched() -> Iterator[Kernel]:
    """A kernel that a browser talks to, for all it knows."""
    with private() as variables:
        kernel = Kernel({**variables, "JPY_SESSION_NAME": "harbour.ipynb"})
        kernel.run(IMPORTS)
        kernel.run("servers()\nfrom threading import Event")
        yield kernel
        kernel.stop()


def test_the_notice_comes_while_the_cell_still_runs(watched: Kernel) -> None:
    """Then its place is taken by the card that stays; nothing is told twice."""
    shown = watched.run(
        "free = Event()\ndef hold():\n    free.wait(30)\n"
        "reactor.callFromThread(hold)\n"
        "import time\nfrom labkit.bench._watch import stall_now\n"
        "while stall_now() is None: time.sleep(0.01)\n"
        "time.sleep(0.1)\nprint('still here', flush=True)\nfree.set()\nwait(lambda: None)"
    )
    kinds = [kind for kind, _ in shown.outputs]
    assert kinds == ["display_data", "stream", "update_display_data"]
    assert shown.cards[0].startswith("! the reactor stands still\n  cell, line 3, in hold")
    (_, last) = shown.updates[-1]
    assert last.startswith("! the reactor stood still for more than")
    assert watched.run("None").outputs == []


def test_a_stall_that_outlasts_its_cell_changes_in_its_place(watched: Kernel) -> None:
    """The end is told where the beginning was, not under the cell that runs by then."""
    shown = watched.run("free = Event()\nreactor.callFromThread(lambda: free.wait(30))")
    assert [kind for kind, _ in shown.outputs] == ["display_data"]
    request = shown.outputs[0][1]["transient"]["display_id"]
    later = watched.run("free.set()\nwait(lambda: None)")
    assert [d for d, _ in later.updates] in ([request], [])
    assert later.cards == []
    assert watched.run("None").cards == []


def test_it_is_told_once_though_two_tell_it() -> None:
    """The cell's hook may see the end of a stall before the watch's thread does, or after."""
    sent: list[tuple[str, bool]] = []

    def publish(data: dict[str, str], update: bool, **rest: object) -> None:
        sent.append((data["text/plain"].splitlines()[0], update))

    going = Stall("timers", "tick", 0.3, over=False)
    over = Stall("timers", "tick", 0.6)
    live = Live(publish)
    live(going)
    assert live.finish(over)
    live(over)
    assert live.finish(over)
    assert sent == [
        ("! the reactor stands still", False),
        ("! the reactor stood still for more than 0.5 s", True),
    ]
    assert not live.finish(Stall("timers", "tock", 0.6))


def test_help_is_offered_when_it_lasts() -> None:
    """After five seconds the same place says how long, and what frees it."""
    at = time.monotonic()
    spinning = Stall("timers", "tick", 5.2, over=False)
    assert of_stall(spinning).lines[0] == "! the reactor stands still for more than 5 s"
    assert "rescue() frees it" in of_stall(spinning).note
    held = Stall("timers", "tick", 5.2, over=False, in_c=True)
    assert "nothing can break off" in of_stall(held).note
    assert "rescue()" not in of_stall(held).note
    assert time.monotonic() - at < 60


def test_many_calls_that_last_are_no_matter_for_a_rescue() -> None:
    """It is not offered, and says why when it is asked for."""
    many = Stall("timers", "many calls in one turn", 5.2, over=False, many=True)
    assert of_stall(many).note.splitlines()[-1] == _MANY
    seen = _told(Rescue(True, where=Where("/tmp/ipykernel_1/2.py", 3, "sip")))
    assert "The reactor still stands" in seen and "Many short calls follow each other" in seen
    caught = _told(Rescue(True, tries=20))
    assert "It catches every exception" in caught


def _told(done: Rescue) -> str:
    return view(done).text


def test_a_stall_nobody_of_the_readers_made() -> None:
    """Said, instead of a line."""
    assert "none of your lines was seen in it" in of_stall(Stall("", "", 1.5)).lines


def test_a_rescued_timer_lost_no_connection() -> None:
    """Only who has a connection can lose it."""
    ended = Stall("timers", "tick", 6.0, rescued=True)
    assert of_stall(ended).lines[-1] == "The lab ended it."
    assert turns_again(ended).what == "! the reactor turns again; the lab ended the call"


def test_the_words_hold_no_time_and_no_place_on_this_machine() -> None:
    """A card is stored: two runs give the same bytes."""
    where = Where("/tmp/ipykernel_1234/99.py", 5, "story.<locals>.Slow.dataReceived")
    one = of_stall(Stall("echo · client 1", "dataReceived", 0.61, where, "sleep(0.6)"))
    two = of_stall(Stall("echo · client 1", "dataReceived", 0.97, where, "sleep(0.6)"))
    assert one == two
    assert "1234" not in "\n".join(one.lines)
