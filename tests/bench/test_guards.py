"""The guards: what they let through, and that they stay out of the way of scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet import reactor, task
from twisted.internet.defer import succeed
from twisted.logger import globalLogBeginner, globalLogPublisher
from twisted.python import log

from labkit.bench import wait
from labkit.errors import NotHere

pytestmark = pytest.mark.usefixtures("bench")


class Script:
    """A reactor of a script's own, as react sees it."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def addSystemEventTrigger(self, *args: Any) -> None:
        """Never shuts down by itself."""

    def callWhenRunning(self, call: Callable[..., None], *args: Any) -> None:
        call(*args)

    def run(self) -> None:
        self.ran.append("run")

    def stop(self) -> None:
        self.ran.append("stop")


def test_react_with_a_reactor_of_its_own_is_left_alone() -> None:
    """The guard is for the shared reactor only."""
    script = Script()
    with pytest.raises(SystemExit) as ended:
        task.react(lambda reactor: succeed(None), (), script)  # type: ignore[arg-type]
    assert (ended.value.code, script.ran) == (0, ["stop", "run"])


def test_react_with_the_shared_reactor_named_is_refused() -> None:
    """Naming it does not make it another."""
    with pytest.raises(NotHere, match="use wait"):
        task.react(lambda reactor: succeed(None), (), reactor)


def test_a_refusal_has_what_and_cure() -> None:
    """As every error of the lab."""
    with pytest.raises(NotHere) as caught:
        reactor.run()
    assert str(caught.value) == f"{caught.value.what}. {caught.value.cure}"
    assert wait(lambda: "alive") == "alive"


def test_logging_that_redirects_nothing_is_let_through() -> None:
    """An observer of the reader's sees what is logged."""
    seen: list[Any] = []
    before = sys.stdout
    globalLogBeginner.beginLoggingTo([seen.append], redirectStandardIO=False)  # type: ignore[list-item]
    try:
        log.msg("tea")
    finally:
        globalLogPublisher.removeObserver(seen.append)  # type: ignore[arg-type]
    assert "tea" in [event.get("log_text") for event in seen]
    assert sys.stdout is before


@pytest.mark.parametrize("first", ["before", "after"])
def test_trial_is_guarded_whether_it_came_before_the_lab_or_after(
    kernel: Callable[[str], str], first: str
) -> None:
    """Importing it early would cost each start; a hook waits for it, once."""
    said = kernel(
        f"""
        import sys
        if {first!r} == "before":
            import twisted.trial.unittest
        from labkit.bench import start
        start()
        print("twisted.trial._asynctest" in sys.modules)
        from twisted.trial.unittest import TestCase
        class Test(TestCase):
            def test_tea(self):
                print("ran")
        for attempt in (Test("test_tea").run, Test("test_tea")):
            try:
                attempt()
            except Exception as e:
                print(type(e).__name__)
        print([f for f in sys.meta_path if "OnImport" in type(f).__name__])
        """
    )
    assert said.split("\n")[1:-1] == ["NotHere", "NotHere", "[]"]
    assert said.startswith(str(first == "before"))


def test_the_guards_leave_importing_alone() -> None:
    """A name that is not trial's goes to the finders after it."""
    from labkit.bench._guards import _OnImport

    assert _OnImport().find_spec("twisted.trial.unittest", None) is None
    assert sys.meta_path
