"""What a story is given: a bench in memory with a reactor, on one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.python.failure import Failure

from ._memory import MemoryBench, MemoryServer
from ._memory_time import redirect, restore
from ._travel_clock import TripClock
from ._travel_reactor import StoryReactor

Story = Callable[["StoryLab"], Any]


class StoryLab(MemoryBench):
    """What a story is given: a bench in memory, its clock, and a reactor that lives on it.

    `clock` and `reactor` go wherever Twisted takes a clock or a reactor. While the
    story runs, and in every step, reactor.callLater, connectTCP and listenTCP of the
    global reactor go there too.
    """

    def __init__(self) -> None:
        super().__init__(log=False, clock=TripClock)
        self.broken: Failure | None = None  # what the story itself raised
        self.trip_clock: TripClock = self.clock  # type: ignore[assignment]
        self.trip_clock.noted = self._turns.failures
        self.reactor = StoryReactor(self._turns, super().serve, self._accept)

    def serve(self, what: Any, *, name: str | None = None, port: int = 0) -> MemoryServer:
        """Serve in memory, for lab.connect, and for clients that connect to its `port`.

        A port of 0 takes a free one. Raises CannotServe for what cannot be served.
        """
        server = super().serve(what, name=name)
        server.port = self.reactor.listen(server, port).number
        return server

    def setup(self, story: Story) -> Any:
        """Run the story, once, and return what it returns; what it raises is noted as `broken`."""
        with self.here():
            told = self._turns.around(partial(self._tell, story))
            self._turns.run()
        self.trip_clock.setting_up = False
        if isinstance(told, Failure):
            self.broken = told
        return None if told is self.broken else told

    def _tell(self, story: Story) -> Any:
        told = story(self)
        if iscoroutine(told):
            told = ensureDeferred(told)
            told.addErrback(self._coroutine_failed)
        return told

    def _coroutine_failed(self, failure: Failure) -> None:
        self._turns._note(failure)
        if self.trip_clock.setting_up:
            self.broken = failure

    @contextmanager
    def here(self) -> Iterator[None]:
        """Time and network of this thread are the story's."""
        self._check_thread()
        redirect(self.reactor)
        try:
            yield
        finally:
            restore()
