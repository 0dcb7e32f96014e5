"""Right answers to c1-find: names that can be imported."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

from twisted.internet.error import BindError
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.reflect import fullyQualifiedName

from labkit.exercises import solves

__all__: list[str] = []


@solves("c1-find", style="names from the documentation")
def names():
    return {
        "lines": "twisted.protocols.basic.LineReceiver",
        "busy_port": "twisted.internet.error.CannotListenError",
        "fake_clock": "twisted.internet.task.Clock",
        "fake_transport": "twisted.internet.testing.StringTransport",
        "later": "twisted.internet.task.deferLater",
    }


@solves("c1-find", style="names that the objects say")
def names_of_things():
    things = {
        "lines": LineOnlyReceiver,
        "busy_port": BindError,
        "fake_clock": Clock,
        "fake_transport": StringTransport,
        "later": deferLater,
    }
    return {key: fullyQualifiedName(thing) for key, thing in things.items()}


@solves("c1-find", style="other names of the same")
def names_of_old():
    return {
        "lines": "twisted.protocols.basic.LineReceiver",
        "busy_port": "twisted.internet.error.BindError",
        "fake_clock": "twisted.internet.testing.MemoryReactorClock",
        "fake_transport": "twisted.test.proto_helpers.StringTransport",
        "later": "twisted.internet.task.deferLater",
        "extra": "twisted.internet.defer.Deferred",
    }
