"""Calls that kill or blind the background reactor are caught here and explained, not obeyed.

Twisted's own reactor runs once a process and logs to one place. In a notebook
`reactor.stop()`, `task.react()`, `startLogging(sys.stdout)` or trial's
asynchronous TestCase would end or take apart that reactor for every later cell.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

from twisted.internet import task
from twisted.logger import globalLogBeginner

from labkit.errors import NotHere

_TRIAL = "twisted.trial._asynctest"


def install(reactor: Any) -> None:
    """Put the guards up. Called once, right after the reactor was started."""
    reactor.run = _refuse(
        "reactor.run() would start a reactor that already turns in the background",
        "Leave the line out here; in a script of its own it is the last one",
    )
    reactor.stop = reactor.crash = _refuse(
        "reactor.stop() would end the background reactor, which cannot be started again",
        "Stop what you started instead: server.stop(), or stop_all()",
    )
    _guard_react(reactor)
    _guard_logging()
    _guard_trial()


def _refuse(what: str, cure: str) -> Callable[..., None]:
    def guard(*args: Any, **kwargs: Any) -> None:
        raise NotHere(what, cure)

    return guard


def _guard_react(shared: Any) -> None:
    real = task.react

    def react(main: Any, argv: Any = (), _reactor: Any = None) -> None:
        """Runs a whole script on a reactor of its own; here it would end the shared one."""
        if _reactor is None or _reactor is shared:
            raise NotHere(
                "task.react runs a script from start to end and then stops the reactor",
                "Here, use wait(main); put react in a script and run that as a program",
            )
        real(main, argv, _reactor)

    task.react = react  # type: ignore[assignment]


def _guard_logging() -> None:
    real = globalLogBeginner.beginLoggingTo

    def begin(observers: Any, discardBuffer: bool = False, redirectStandardIO: bool = True) -> None:
        if redirectStandardIO:
            raise NotHere(
                "Logging to the standard output replaces sys.stdout, "
                "and the output of every later cell would vanish",
                "Use startLogging(file, setStdout=False), "
                "or globalLogPublisher.addObserver(observer)",
            )
        real(observers, discardBuffer, redirectStandardIO)

    globalLogBeginner.beginLoggingTo = begin  # type: ignore[method-assign,unused-ignore]


def _guard_trial() -> None:
    if _TRIAL in sys.modules:
        _refuse_trial(sys.modules[_TRIAL])
    else:
        sys.meta_path.insert(0, _OnImport())


def _refuse_trial(module: ModuleType) -> None:
    # its janitor would remove every server and crochet's own timers as "unclean"
    module.TestCase.run = _refuse(
        "trial's TestCase cleans up the whole reactor after each test, your live servers included",
        "Use SynchronousTestCase here; run the others with: python -m twisted.trial test_file",
    )


class _OnImport(MetaPathFinder):
    """Waits for trial to be imported, once, because importing it early costs start-up time."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != _TRIAL:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def execute(module: ModuleType) -> None:
                load(module)
                _refuse_trial(module)

            spec.loader.exec_module = execute  # type: ignore[method-assign]
        return spec
