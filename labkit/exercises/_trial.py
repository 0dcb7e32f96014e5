"""One run of a check against one answer: what a chapter's checks are written with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from attrs import evolve, frozen
from twisted.python.failure import Failure

from labkit._frames import is_readers
from labkit.bench import Client, Server, connect, drain_failures, serve, servers, settle, wait
from labkit.bench._memory import MemoryBench, in_memory
from labkit.bench._peer import ScriptedPeer
from labkit.bench._rescue import Rescued, RescuedAtLast, break_out
from labkit.bench._served import is_made_first
from labkit.errors import BadAnswer, BadCourse, CannotServe, DialogueError, WaitTimeout
from labkit.wire import Remark

from ._course import Exercise
from ._deadline import Deadline, Overdue
from ._diagnosis import STANDSTILL, Otherwise, diagnose, in_words, is_evidence, line_in, line_of
from ._evidence import WANTED, Evidence, Refusal, Verdicted, ending, until_closed
from ._heartbeat import Heartbeat, timers
from ._http import Reply, read_reply, request_bytes
from ._kinds import async_callbacks
from ._patience import STUCK, Patience
from ._replay import curl_line, replay_line
from ._schedules import smallest_failing
from ._verdict import Finding, Refused

TrialClient = Client
STILL = " (it has not returned yet; if it never does, restart the kernel)"


@frozen
class _Step:
    """What a check says of one of its steps; see Trial.step."""

    doing: str
    cites: str = ""
    otherwise: Otherwise = None
    replay: str | None = None


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
        self.deadline = Deadline()
        self.earlier: list[Failure] = []  # what others left behind, to be shown all the same
        self.forgiven: tuple[type[Exception], ...] = ()  # what a check itself made go wrong
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
        before = [s for s in servers() if s.name == name and s.connections]
        try:
            server = serve(self._made(what), name=name)
        except CannotServe as e:
            raise BadAnswer(e.what, e.cure) from None
        if before:  # what it raises when its last clients are dropped is not this answer's
            settle(collect=False)
            self.earlier += drain_failures()
        # those of a server that stood here before have ended with it
        self._baseline = min(self._baseline, wait(timers))
        server.taped.watching = True
        return server

    def _made(self, what: Any) -> Any:
        answer = self.answer if what is None else what
        if not is_made_first(answer):
            return answer
        try:
            return answer()
        except Exception as e:
            name = answer.__name__
            raise BadAnswer(
                f"{name}() raised {type(e).__name__}: {e}",
                f"The check makes one for each server, with {name}() and no arguments",
            ) from e

    def connect(self, server: Server | None = None, name: str = "client") -> TrialClient:
        """A client of the answer's server that stops waiting when nothing more can come."""
        client = connect(server or self.server, name=name)
        client.transcript = self._talk
        client.give_up = Patience(self.heartbeat, self._baseline, client)
        self._clients.append(client)
        return client

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        pieces: int | Sequence[int] | None = None,
        server: Server | None = None,
        name: str = "client",
    ) -> Reply:
        """One HTTP exchange on a connection of its own, which is closed after it."""
        with self.connect(server, name) as client:
            if pieces is None and client.server is not None:
                url = client.server.url.removesuffix("/") + target
                client.by_hand = curl_line(method, url, headers or {}, body)
            client.send(request_bytes(method, target, headers or {}, body), pieces)
            return read_reply(client, method, within=2.0)

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
        """Run part of the answer in the reactor's thread; what it raises is raised here.

        `timeout` is in seconds of a machine at leisure; a loaded one gets more.
        """
        try:
            return wait(function, *args, timeout=timeout * self.heartbeat.slowness)
        except Exception as e:
            self._raised = e
            raise

    # what a check says

    @contextmanager
    def step(
        self,
        doing: str,
        *,
        cites: str = "",
        otherwise: Otherwise = None,
        shows: str = "",
        replay: str | None = None,
    ) -> Iterator[None]:
        """One thing to show. Whatever fails inside is refused with what was seen.

        `cites` is the task's sentence that this holds the answer to, `otherwise` the
        finding when the talk goes wrong (or a function from the Evidence to one, None
        for no opinion), `shows` what a pass shows, `replay` a line to try it by hand.
        """
        step = self._begin(_Step(doing, cites, otherwise, replay))
        try:
            yield
        except (Rescued, RescuedAtLast):
            raise Verdicted(self.stuck()) from None
        except (Exception, Overdue) as e:
            if not self._is_evidence(e):
                raise
            raise Verdicted(self._verdict(step, e)) from None
        self._require_calm(step)
        if shows and shows not in self.shown:
            self.shown.append(shows)

    def _is_evidence(self, error: BaseException) -> bool:
        """Whether an exception tells of the answer; any other is the lab's own trouble."""
        if isinstance(error, Refusal | DialogueError | WaitTimeout | Overdue):
            return True
        return error is self._raised or bool(line_in(error.__traceback__))

    def _require_calm(self, step: _Step) -> None:
        """A talk that went well is still refused when something went wrong beside it."""
        seen = self._facts(None)
        if seen.failures or seen.blocked > STANDSTILL:
            named = step.otherwise if callable(step.otherwise) else None
            raise Verdicted(self._refused(step, diagnose(seen, named, self.known), seen))

    def _begin(self, step: _Step) -> _Step:
        self.steps.append(step.doing)
        self._talk.clear()
        self._raised = None
        self.heartbeat.reset()
        return step

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

    def overdue(self) -> Refused:
        """The verdict when the reader's code did not return outside of any step."""
        return self._verdict(_Step(self.steps[-1] if self.steps else "the beginning"), Overdue())

    def stuck(self) -> Refused:
        """The verdict when the reactor had to be freed, or could not be."""
        step = _Step(self.steps[-1] if self.steps else "the beginning")
        return self._refused(step, "blocks-reactor", self._facts(None))

    def _verdict(self, step: _Step, error: BaseException) -> Refused:
        seen = self._facts(error)
        if isinstance(error, Overdue):
            # in memory the reader's code runs in this thread, in the place of the reactor's
            finding = "never-returns" if self._lab is None else "blocks-reactor"
            return self._refused(step, finding, evolve(seen, where=self.deadline.place))
        if isinstance(error, Refusal):
            # what was raised in the reactor explains more than what the step saw
            finding = diagnose(seen, None, self.known) if seen.failures else error.finding
            return self._refused(step, finding, seen, error)
        if not seen.failures and not seen.got and async_callbacks(self.answer):
            return self._refused(step, "async-callback", seen)
        if isinstance(error, WaitTimeout) and not seen.failures:
            named = seen.blocked > STANDSTILL or step.otherwise
            finding = diagnose(seen, step.otherwise, self.known) if named else "never-fires"
            return self._refused(step, finding, seen)
        return self._refused(step, diagnose(seen, step.otherwise, self.known), seen)

    def _refused(
        self, step: _Step, finding: str, seen: Evidence, refusal: Refusal | None = None
    ) -> Refused:
        number = max(len(self.steps), 1)
        blocked = finding == "blocks-reactor" and self.deadline.place == ""
        told = refusal if refusal is not None and not seen.failures else None
        by_hand = replay_line(self._clients, self.server)
        known = self._finding(finding)
        if known.called and seen.called:
            known = evolve(known, why=known.called)
        return Refused(
            self.exercise.id, number, number, step.doing, known, step.cites,
            self.seed,
            dialogue=seen.talk,
            expected=told.expected if told else seen.expected,
            got=told.got if told else None if seen.expected is None else seen.got,
            caret=(told.caret if told else "") or ending(seen),
            where=seen.blocked_at if blocked else seen.where,
            replay=by_hand if step.replay is None else step.replay,
        )  # fmt: skip

    def _finding(self, id: str) -> Finding:
        if id not in self.known:
            raise BadCourse(
                f"The check of {self.exercise.id} names the finding {id!r}, which is nowhere",
                "Write it into the room's chapter.toml, or into the catalogue",
            )
        return self.known[id]

    def _facts(self, error: BaseException | None) -> Evidence:
        """What was seen; the reactor is let finish first, or freed when it does not turn."""
        blocked, place = self._blocked(), self.heartbeat.place
        if self.heartbeat.stale > STUCK and not break_out():
            place += STILL
        if self.heartbeat.stale < STANDSTILL:
            with suppress(WaitTimeout):
                settle(collect=error is not None)
        failures = [f for f in drain_failures() if is_evidence(f) and not f.check(*self.forgiven)]
        failures += self._failed_in_memory()
        logged = bool(failures)
        if not isinstance(error, Refusal | DialogueError | WaitTimeout | Overdue | None):
            failures.append(Failure(error))
        seen = Evidence(
            failures=tuple(failures),
            called=bool(failures) and not logged,
            blocked=max(blocked, self._blocked()),
            blocked_at=place or self.heartbeat.place,
            talk=tuple(until_closed(self._talk)),
        )
        if isinstance(error, DialogueError):
            names = ("expected", "got", "end", "wanted")
            facts = {n: error.facts[n] for n in names if n in error.facts}
            facts["expected"] = WANTED.get(facts["wanted"], facts["expected"])
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
        self._raised = None  # its frames hold what the answer held
        for client in self._clients:
            client.give_up = None
            client.close()
        for server in self._others:
            server.stop()
        if self.server is not None and not keep_serving:
            self.server.stop()


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
