"""Whatever an answer does to the reactor, its check ends with a verdict that names it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from labkit.exercises import Passed, Refused, check


def spin() -> None:
    """Does not return."""
    while True:
        pass


class InData(Protocol):
    """Where the bytes come in."""

    def dataReceived(self, data: bytes) -> None:
        spin()


class InATimer(Protocol):
    """A moment later."""

    def dataReceived(self, data: bytes) -> None:
        reactor.callLater(0.05, spin)  # type: ignore[attr-defined]


class InACallback(Protocol):
    """And what is raised there is swallowed."""

    def dataReceived(self, data: bytes) -> None:
        fired: Deferred[None] = Deferred()
        fired.addCallback(self.work)
        fired.callback(None)

    def work(self, result: None) -> None:
        """Goes on after every exception."""
        while True:
            try:
                sum(range(100))
            except Exception:
                continue


class PastAnything(Protocol):
    """Not even a KeyboardInterrupt ends it."""

    def dataReceived(self, data: bytes) -> None:
        while True:
            try:
                sum(range(100))
            except:  # noqa: E722  (that is the mistake)
                continue


class AtTheEnd(Protocol):
    """Right until the client leaves."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())  # type: ignore[union-attr]

    def connectionLost(self, reason: Failure | None = None) -> None:
        spin()


class InTheFactory(Factory):
    """Before there is a protocol."""

    def buildProtocol(self, addr: IAddress | None) -> None:
        spin()


class AtTheStart(Factory):
    """Before there is a port."""

    protocol = AtTheEnd

    def startFactory(self) -> None:
        spin()


class Right(Protocol):
    """As asked."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())  # type: ignore[union-attr]


# a port whose factory's start fails leaves its socket to the collector, in Twisted
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(
    "answer",
    [InData, InATimer, InACallback, PastAnything, AtTheEnd, InTheFactory, AtTheStart],
)
def test_an_answer_that_spins_is_refused_by_name_and_leaves_the_reactor_free(answer: type) -> None:
    """The finding and the line; the next answer is judged as ever."""
    begun = time.monotonic()
    verdict = check("c98-shout", answer)
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "blocks-reactor"
    assert verdict.where.startswith("your ")
    assert "restart" not in verdict.where
    assert time.monotonic() - begun < 30
    assert isinstance(check("c98-shout", Right), Passed)


@pytest.mark.usefixtures("room")
def test_an_answer_that_waits_in_c_is_named_though_nothing_frees_it(home: Path) -> None:
    """It is said that it may not return."""

    class Sleeps(Protocol):
        def dataReceived(self, data: bytes) -> None:
            time.sleep(3.5)

    verdict = check("c98-shout", Sleeps)
    assert isinstance(verdict, Refused)
    assert verdict.finding.id == "blocks-reactor"
    assert "your dataReceived" in verdict.where
