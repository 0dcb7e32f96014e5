"""The shapes of Twisted's reactors that the bench leans on; when one changes, this says which."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from twisted.internet.abstract import FileDescriptor
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.base import ReactorBase
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.pollreactor import PollReactor
from twisted.internet.selectreactor import SelectReactor


def said(function: Any) -> str:
    """Its source."""
    return inspect.getsource(function)


@pytest.mark.parametrize("kind", [EPollReactor, PollReactor])
def test_polling_reactors_dispatch_through_themselves(kind: type) -> None:
    """Looked up on the instance, with the transport, its number, and the events (1: to read)."""
    assert "self._doReadOrWrite" in said(kind.doPoll)  # type: ignore[attr-defined]
    assert list(inspect.signature(kind._doReadOrWrite).parameters)[1:] == [  # type: ignore[attr-defined]
        "selectable", "fd", "event",
    ]  # fmt: skip
    assert kind._POLL_IN == 1  # type: ignore[attr-defined]


def test_a_write_comes_to_others_code_in_three_ways() -> None:
    """To a producer, to a protocol that knows half-closes, and by the end of the connection."""
    own = {
        "dataBuffer", "offset", "SEND_LIMIT", "writeSomeData", "stopWriting",
        "_tempDataBuffer", "_tempDataLen", "streamingProducer", "producerPaused",
    }  # fmt: skip
    known = {"producer", "_writeDisconnecting", "_writeDisconnected", "_closeWriteConnection"}
    ends = {"disconnecting", "_postLoseConnection"}
    looks = set(re.findall(r"self\.(\w+)", said(FileDescriptor.doWrite)))
    assert looks == own | known | ends
    assert "self._disconnectSelectable" in said(EPollReactor._doReadOrWrite)
    assert "self._disconnectSelectable" in said(SelectReactor._doReadOrWrite)
    assert "self._disconnectSelectable" in said(AsyncioSelectorReactor._readOrWrite)
    assert (EPollReactor._POLL_OUT, PollReactor._POLL_OUT) == (4, 4)


def test_the_select_reactor_names_the_method() -> None:
    """doRead or doWrite."""
    assert "self._doReadOrWrite" in said(SelectReactor.doSelect)
    assert list(inspect.signature(SelectReactor._doReadOrWrite).parameters)[1:] == [
        "selectable", "method",
    ]  # fmt: skip


def test_asyncios_reactor_says_whether_it_reads() -> None:
    """The bound method is handed to the event loop when a socket is added."""
    assert "self._readOrWrite, reader, True" in said(AsyncioSelectorReactor.addReader)
    assert "self._readOrWrite, writer, False" in said(AsyncioSelectorReactor.addWriter)
    assert "except Exception" in said(AsyncioSelectorReactor._readOrWrite)


def test_new_delayed_calls_are_put_in_the_heap_right_before_those_that_are_due_run() -> None:
    """Through a method of the reactor, from the list of the new."""
    assert "self.runUntilCurrent()" in said(ReactorBase.mainLoop)
    assert "self._insertNewDelayedCalls()" in said(ReactorBase.runUntilCurrent)
    assert "self._newTimedCalls.append" in said(ReactorBase.callLater)
    assert "call.func(*call.args" in said(ReactorBase.runUntilCurrent)
    door = said(ReactorBase._insertNewDelayedCalls)
    assert "self._newTimedCalls" in door and "self._pendingTimedCalls" in door


def test_a_turn_without_a_call_to_make_does_nothing() -> None:
    """All that runUntilCurrent looks at is what the bench looks at before it leaves it out."""
    looks = set(re.findall(r"self\.(\w+)", said(ReactorBase.runUntilCurrent)))
    assert looks == {
        "threadCallQueue", "wakeUp",
        "_insertNewDelayedCalls", "seconds", "_pendingTimedCalls",
        "_cancellations", "_justStopped", "fireSystemEvent",
    }  # fmt: skip
    assert "self._cancellations > 50" in said(ReactorBase.runUntilCurrent)
