"""labkit.protocols._machine: a machine read from Automat or from a table, and who stands where."""

from __future__ import annotations

from enum import Enum
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport

from labkit.protocols import ChatFactory, Machine, NoMachine, Transition, machine_of
from labkit.protocols.chat import visiting


class Lift(Protocol):
    transitions = (
        ("shut", "press", "moving", "start"),
        ("moving", "arrive", "open", ("stop", "ring")),
        ("open", "wait", "shut"),
    )
    state = "shut"


class Door(Enum):
    CLOSED = 1
    AJAR = 2


def kind(**attributes: Any) -> type:
    return type("Gate", (Protocol,), attributes)


def test_reads_rows() -> None:
    """A row is source, input, target, and what is done."""
    assert machine_of(Lift) == Machine(
        "Lift",
        ("shut", "moving", "open"),
        "shut",
        (
            Transition("shut", "press", "moving", ("start",)),
            Transition("moving", "arrive", "open", ("stop", "ring")),
            Transition("open", "wait", "shut"),
        ),
    )


def test_reads_a_mapping() -> None:
    """Keyed by (source, input), to a target or to (target, outputs)."""
    table = {("open", "shove"): ("shut", "bang"), ("shut", "pull"): "open"}
    assert machine_of(kind(transitions=table)).transitions == (
        Transition("open", "shove", "shut", ("bang",)),
        Transition("shut", "pull", "open"),
    )


def test_reads_enums_by_name() -> None:
    """States may be members of an Enum."""
    table = [(Door.CLOSED, "pull", Door.AJAR), (Door.AJAR, "push", Door.CLOSED)]
    machine = machine_of(kind(transitions=table, state=Door.AJAR))
    assert (machine.states, machine.initial) == (("AJAR", "CLOSED"), "AJAR")


def test_reads_an_automat_machine() -> None:
    """Outputs that only return a constant are not named."""
    machine = machine_of(visiting)
    assert machine.initial == "nameless"
    assert Transition("nameless", "lost", "gone") in machine.transitions
    assert Transition("nameless", "free", "present", ("greet",)) in machine.transitions


def test_the_same_machine_is_the_same_value() -> None:
    """Automat keeps a set; the value has one order."""
    assert machine_of(visiting) == machine_of(visiting)
    assert machine_of(visiting).states == ("nameless", "present", "gone")


def test_a_server_shows_who_stands_where() -> None:
    """Each open connection with its state, by nick once it has one."""
    room = ChatFactory()
    chats = [room.buildProtocol(None) for _ in range(2)]
    for chat in chats:
        chat.makeConnection(StringTransport())
    chats[1].dataReceived(b"ada\r\n")
    server = SimpleNamespace(factory=room, connections=tuple(chats))
    assert machine_of(server).here == (("client 1", "nameless"), ("ada", "present"))
    assert machine_of(server).name == "Chat"


def test_one_protocol_shows_itself() -> None:
    """A table's protocol says where it is by `state`."""
    lift = Lift()
    lift.state = "moving"
    assert machine_of(lift).here == (("client 1", "moving"),)


def test_a_factory_is_read_through_its_protocol() -> None:
    """Factory.forProtocol names the class."""
    assert machine_of(Factory.forProtocol(Lift)).states == ("shut", "moving", "open")


def test_a_class_called_protocol_goes_by_its_factory() -> None:
    """`protocol` alone would say nothing in a picture."""

    class Gatehouse(Factory):
        class protocol(Lift):
            pass

    assert machine_of(Gatehouse()).name == "Gatehouse"
    assert machine_of(Gatehouse).name == "Gatehouse"


def test_a_machine_made_by_the_protocol_itself_is_found() -> None:
    """The live Automat object is an attribute of the instance."""

    class Visit(Protocol):
        machine = visiting
        states: ClassVar[dict[str, str]] = {}

        def connectionMade(self) -> None:
            self.effects: list[object] = []
            self.nicks: set[bytes] = set()
            self.visit = self.machine(self)  # type: ignore[arg-type]

    visit = Visit()
    visit.makeConnection(StringTransport())
    visit.visit.free(b"ada")
    assert machine_of(visit).here == (("ada", "present"),)


@pytest.mark.parametrize("what", [Protocol, Factory(), 7, kind(transitions=None)])
def test_without_a_machine_it_says_what_to_write(what: Any) -> None:
    """One sentence with the cure."""
    with pytest.raises(NoMachine, match="table called transitions"):
        machine_of(what)


@pytest.mark.parametrize("table", [[("a", "b")], 7, [], [("a", "b", "c", "d", "e")]])
def test_a_broken_table_is_named(table: Any) -> None:
    """The reader's table, and what a row must be."""
    with pytest.raises(NoMachine, match=r"Gate\.transitions cannot be read"):
        machine_of(kind(transitions=table))
