"""labkit.protocols.chat: the visitor's machine, and the room around it."""

from __future__ import annotations

from twisted.internet.testing import StringTransport

from labkit.protocols import Chat, ChatFactory, Visitor, machine_of
from labkit.protocols.chat import ToOthers, ToSelf


def visit(room: ChatFactory, said: bytes = b"") -> tuple[Chat, StringTransport]:
    chat, transport = room.buildProtocol(None), StringTransport()
    chat.makeConnection(transport)
    chat.dataReceived(said)
    return chat, transport


def test_effects_are_values() -> None:
    """The core returns what is to be said and to whom, and touches nothing."""
    visitor = Visitor(nicks := set())
    assert visitor.arrive() == (ToSelf(b"nick?"),)
    assert visitor.receive(b"ada\r\n") == (ToSelf(b"hi ada"), ToOthers(b"* ada joined"))
    assert (visitor.state, nicks) == ("present", {b"ada"})
    assert visitor.leave() == (ToOthers(b"* ada left"),)
    assert (visitor.state, nicks) == ("gone", set())


def test_a_taken_nick_may_be_tried_again() -> None:
    """The visitor stays nameless until a free one comes."""
    visitor = Visitor({b"ada"})
    assert visitor.receive(b"ada\r\n") == (ToSelf(b"taken"),)
    assert visitor.state == "nameless"
    assert visitor.receive(b"bo\r\n")[0] == ToSelf(b"hi bo")


def test_who_leaves_without_a_nick_leaves_silently() -> None:
    """connectionLost also runs for those who never joined."""
    nicks = {b"ada"}
    assert Visitor(nicks).leave() == ()
    assert nicks == {b"ada"}


def test_others_hear_it_and_the_speaker_does_not() -> None:
    """Only those present are told."""
    room = ChatFactory()
    ada, ada_hears = visit(room, b"ada\r\n")
    _, nameless_hears = visit(room)
    _, bo_hears = visit(room, b"bo\r\n")
    ada.dataReceived(b"ahoy\r\n")
    assert ada_hears.value() == b"nick?\r\nhi ada\r\n* bo joined\r\n"
    assert nameless_hears.value() == b"nick?\r\n"
    assert bo_hears.value() == b"nick?\r\nhi bo\r\n<ada> ahoy\r\n"


def test_a_nick_is_free_again_after_its_owner_left() -> None:
    """Leaving tells the others, and gives the nick back."""
    room = ChatFactory()
    ada, _ = visit(room, b"ada\r\n")
    _, bo_hears = visit(room, b"bo\r\n")
    ada.connectionLost()
    _, hears = visit(room, b"ada\r\n")
    assert bo_hears.value().endswith(b"* ada left\r\n* ada joined\r\n")
    assert hears.value() == b"nick?\r\nhi ada\r\n"
    assert len(room.visits) == 2


def test_a_line_without_end_ends_the_visit() -> None:
    """A visitor may not fill the memory."""
    _, transport = visit(ChatFactory(), b"x" * 20000)
    assert transport.disconnecting


def test_the_machine_can_be_drawn() -> None:
    """States and inputs come from the code, nowhere else."""
    machine = machine_of(Chat)
    assert (machine.name, machine.initial) == ("Chat", "nameless")
    assert set(machine.states) == {"nameless", "present", "gone"}
    assert ("present", "line", "present", ("pass_on",)) in [
        (t.source, t.input, t.target, t.outputs) for t in machine.transitions
    ]
