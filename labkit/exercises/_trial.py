"""One run of a check against one answer: what a chapter's checks are written with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from attrs import evolve
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from labkit.bench import Client, Server, connect, drain_failures, serve, settle, wait
from labkit.bench._frames import is_readers
from labkit.bench._memory import MemoryBench, in_memory
from labkit.bench._peer import ScriptedPeer
from labkit.bench._reactor import reactor
from labkit.bench._rescue import Rescued, break_out
from labkit.errors import BadAnswer, CannotServe, DialogueError, WaitTimeout
from labkit.wire import Remark

from ._course import Exercise
from ._diagnosis import STANDSTILL, Otherwise, diagnose, in_words, line_in, line_of
from ._evidence import Evidence, Refusal, Verdicted
from ._heartbeat import Heartbeat
from ._replay import replay_line
from ._schedules import smallest_failing
from ._verdict import Finding, Refused

TrialClient = Client
STUCK = 1.0  # seconds of standstill after which the reactor is freed
QUIET = 0.1  # seconds of silence after which nothing more is waited for


class Trial:
    """A check's view of the answer: serve it, talk to it, name what is wrong.

    Used in the notebook's thread. `random` draws from the fixed `seed`.
    """

    def __init__(
        self, exercise: Exercise, answer: Any, seed: int, known: Mapping[str, Finding]
    ) -> None:
        self.exercise = exercise
        self.answer = answer
        self.seed = seed
        self.random = random.Random(seed)
        self.known = known
        self.heartbeat = Heartbeat()
        self.steps: list[str] = []
        self.shown: list[str] = []
        self.server: Server | None = None
        self._others: list[Server] = []
        self._clients: list[Client] = []
        self._talk: list[Remark] = []
        self._lab: _Served | None = None
        self._seen_in_memory = 0
        self._raised: BaseException | None = None
        self._baseline = 0

    # what a check puts up

    def serve(self, what: Any = None) -> Server:
        """Put the answer (or `what`) on the live bench, recorded line by line."""
        self.server = self._serve(self.exercise.id, what)
        return self.server

    def second_server(self) -> Server:
        """Another server of the same answer, which shares nothing but the code."""
        other = self._serve(f"{self.exercise.id} ({len(self._others) + 2})", None)
        self._others.append(other)
        return other

    def _serve(self, name: str, what: Any) -> Server:
        self._baseline = self.heartbeat.pending
        try:
            server = serve(self._made(what), name=name)
        except CannotServe as e:
            raise BadAnswer(e.what, e.cure) from None
        server.taped.watching = True
        return server

    def _made(self, what: Any) -> Any:
        answer = self.answer if what is None else what
        a_factory_class = isinstance(answer, type) and issubclass(answer, Factory)
        return answer() if a_factory_class else answer

    def connect(self, server: Server | None = None, name: str = "client") -> TrialClient:
        """A client of the answer's server that stops waiting when nothing more can come."""
        client = connect(server or self.server, name=name)
        client.transcript = self._talk
        client.give_up = _Patience(self, client)
        self._clients.append(client)
        return client

    @contextmanager
    def memory(self) -> Iterator[Any]:
        """The bench in memory, with a clock that moves when told to."""
        with in_memory(log=False) as lab:
            self._lab, self._seen_in_memory = _Served(lab, self), 0
            try:
                yield self._lab
            finally:
                self._lab = None

    def peer(self, script: Sequence[Any]) -> ScriptedPeer:
        """A plain-socket server that plays a script, for answers that are clients."""
        return ScriptedPeer(script)

    def call(self, function: Callable[..., Any], *args: Any, timeout: float = 2.0) -> Any:
        """Run part of the answer in the reactor's thread; what it raises is raised here."""
        try:
            return wait(function, *args, timeout=timeout)
        except Exception as e:
            self._raised = e
            raise

    # what a check says

    @contextmanager
    def step(
        self, doing: str, *, cites: str = "", otherwise: Otherwise = None, shows: str = ""
    ) -> Iterator[None]:
        """One thing to show. Whatever fails inside is refused with what was seen.

        `cites` is the sentence of the task that this step holds the answer to,
        `otherwise` the finding when the talk goes wrong (or a function from the
        Evidence to one, None for no opinion), `shows` what a pass has shown.
        """
        self.steps.append(doing)
        self._talk.clear()
        self._raised = None
        self.heartbeat.reset()
        try:
            yield
        except (Refusal, DialogueError, WaitTimeout) as e:
            raise Verdicted(self._verdict(doing, cites, otherwise, e)) from None
        except Exception as e:
            if e is not self._raised and not line_in(e.__traceback__):
                raise
            raise Verdicted(self._verdict(doing, cites, otherwise, e)) from None
        seen = self._facts(None)
        if seen.failures or seen.blocked > STANDSTILL:
            raise Verdicted(self._refused(doing, cites, diagnose(seen, None, self.known), seen))
        if shows and shows not in self.shown:
            self.shown.append(shows)

    def expect_equal(self, expected: Any, got: Any, what: str = "") -> None:
        """Refuse, as a wrong reply unless the step says otherwise, when the two differ."""
        if expected != got:
            raise DialogueError(
                f"{what or 'the value'} differs", "", dialogue="", expected=expected, got=got,
                end="open", wanted="value",
            )  # fmt: skip

    def refuse(self, finding: str, **seen: Any) -> None:
        """Refuse with that finding. `seen`: expected, got, caret."""
        raise Refusal(finding, **seen)

    def require(self, condition: bool, finding: str, **seen: Any) -> None:
        """Refuse with that finding unless the condition holds."""
        if not condition:
            raise Refusal(finding, **seen)

    def any_chunking(
        self, said: bytes, due: bytes, *, cites: str = "", otherwise: str = "fragmented"
    ) -> None:
        """Search, in memory, for a way to cut `said` into pieces that changes the answer.

        A failing way is shrunk to the fewest cuts that still fail.
        """
        with self.step("every way to cut it", cites=cites, otherwise=otherwise, shows="any pieces"):
            cuts = smallest_failing(self._made(None), said, due, self.random)
            if cuts is None:
                return
            with self.connect() as client:
                client.send(said, pieces=cuts)
                client.expect(due)
                client.expect_nothing()

    # how it ends

    def _verdict(self, doing: str, cites: str, otherwise: Otherwise, error: Exception) -> Refused:
        seen = self._facts(error)
        if isinstance(error, Refusal):
            # what was raised in the reactor explains more than what the step saw
            finding = diagnose(seen, None, self.known) if seen.failures else error.finding
            return self._refused(doing, cites, finding, seen, error)
        if isinstance(error, WaitTimeout) and not seen.failures:
            blocked = seen.blocked > STANDSTILL
            finding = (
                diagnose(seen, otherwise, self.known) if blocked or otherwise else "never-fires"
            )
            return self._refused(doing, cites, finding, seen)
        return self._refused(doing, cites, diagnose(seen, otherwise, self.known), seen)

    def _refused(
        self, doing: str, cites: str, finding: str, seen: Evidence, refusal: Refusal | None = None
    ) -> Refused:
        number = len(self.steps)
        where = seen.blocked_at if finding == "blocks-reactor" else seen.where
        return Refused(
            self.exercise.id, number, number, doing, self.known[finding], cites, self.seed,
            dialogue=seen.talk,
            expected=refusal.expected if refusal else seen.expected,
            got=refusal.got if refusal else None if seen.expected is None else seen.got,
            caret=refusal.caret if refusal else _ending(seen),
            where=where,
            replay=replay_line(self._clients, self.server),
        )  # fmt: skip

    def _facts(self, error: Exception | None) -> Evidence:
        """What was seen; the reactor is let finish first, or freed when it does not turn."""
        blocked, place = self._blocked(), self.heartbeat.place
        if self.heartbeat.stale > STUCK and not break_out():
            place += " (it has not returned yet; if it never does, restart the kernel)"
        if self.heartbeat.stale < STANDSTILL:
            with suppress(WaitTimeout):
                settle(collect=error is not None)
        failures = [f for f in drain_failures() if not f.check(Rescued)]
        failures += self._failed_in_memory()
        if error is not None and not isinstance(error, Refusal | DialogueError | WaitTimeout):
            failures.append(Failure(error))
        seen = Evidence(
            failures=tuple(failures),
            blocked=max(blocked, self._blocked()),
            blocked_at=place or self.heartbeat.place,
            talk=tuple(_until_closed(self._talk)),
        )
        if isinstance(error, DialogueError):
            names = ("expected", "got", "end", "wanted")
            facts = {n: error.facts[n] for n in names if n in error.facts}
            facts["expected"] = _WANTED.get(facts["wanted"], facts["expected"])
            seen = evolve(seen, **facts)
        return evolve(seen, where=self._where(seen))

    def _blocked(self) -> float:
        in_memory_too = self._lab.slowest if self._lab is not None else 0.0
        return max(self.heartbeat.standstill, in_memory_too)

    def _failed_in_memory(self) -> list[Failure]:
        if self._lab is None:
            return []
        new = self._lab.failures[self._seen_in_memory :]
        self._seen_in_memory += len(new)
        return list(new)

    def _where(self, seen: Evidence) -> str:
        """The reader's line behind it: where it raised, or where the last answer was written."""
        if seen.failures:
            return next(filter(None, map(line_of, seen.failures)), "")
        if not seen.got:
            return ""
        for client in reversed(self._clients):
            if client.tape is not None:
                for event in reversed(client.tape.snapshot().events):
                    place = getattr(event, "where", None)
                    if place is not None and is_readers(place.file):
                        return in_words(place.line, place.function)
        return ""

    def close(self, keep_serving: bool) -> None:
        """End every client and every server but, if asked, the one to be tried by hand."""
        for client in self._clients:
            client.give_up = None
            client.close()
        for server in self._others:
            server.stop()
        if self.server is not None and not keep_serving:
            self.server.stop()


class _Patience:
    """Says when there is no point in waiting: all was read, no timer runs, no thread works."""

    def __init__(self, trial: Trial, client: Client) -> None:
        self._trial = trial
        self._client = client
        self._silent = 0.0

    def __call__(self) -> bool:
        pulse = self._trial.heartbeat
        if pulse.stale > STUCK:
            return True
        busy = pulse.stale > 0.05 or pulse.pending > self._trial._baseline or _threads_work()
        tape = self._client.tape
        unread = tape is not None and not tape.closed and tape.received < self._client.sent
        self._silent = 0.0 if busy or unread else self._silent + 0.02
        return self._silent >= QUIET


class _Served:
    """A MemoryBench that serves answers as a trial does: a factory class is called first."""

    def __init__(self, lab: MemoryBench, trial: Trial) -> None:
        self._lab = lab
        self._trial = trial

    def serve(self, what: Any) -> Any:
        """Serve it in memory."""
        try:
            return self._lab.serve(self._trial._made(what))
        except CannotServe as e:
            raise BadAnswer(e.what, e.cure) from None

    def connect(self, server: Any, *, name: str = "client") -> Any:
        """A client in memory whose talk is shown when a step fails."""
        client = self._lab.connect(server, name=name)
        client.transcript = self._trial._talk
        return client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lab, name)


_WANTED = {"line": "a whole line", "close": "the server closes", "silence": "nothing"}


def _threads_work() -> bool:
    pool = reactor.threadpool
    return pool is not None and bool(pool.working)


def _until_closed(talk: Sequence[Remark]) -> Sequence[Remark]:
    """Without the goodbyes of the check's own clients at the end of a failed step."""
    end = len(talk)
    while end and talk[end - 1].note == "closes" and talk[end - 1].who != "server":
        end -= 1
    return talk[:end] if end else talk


def _ending(seen: Evidence) -> str:
    """The state of the connection in words, where it matters."""
    if seen.wanted == "value" or seen.failures:
        return ""
    return {"closed": "then the server closed", "reset": "then came a reset"}.get(seen.end, "")
