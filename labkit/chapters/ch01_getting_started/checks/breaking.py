"""c1-example: a script that shows a fault, run as a stranger would run it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from labkit.bench import reactor
from labkit.exercises import Trial, judge

LINES = 12
SECONDS = 5.0
SHORT = "the text of a script, at most 12 lines that are not empty."
ALONE = "Run alone, in an empty folder, it needs Python and Twisted, nothing of yours."
SAYS = "Twisted's version, the name of the reactor's class, and the traceback of the fault."
ENDS = "the script ends by itself, within five seconds."


@judge("c1-example")
def example(t: Trial) -> None:
    """Short, self-contained, ends, and says what whoever helps needs to know."""
    with t.step("the text", cites=SHORT, shows=f"at most {LINES} lines"):
        text = t.answer()
        kind = f"an object of the class {type(text).__name__}"
        t.require(isinstance(text, str), "not-a-text", expected="a str", got=kind)
        count = sum(bool(line.strip()) for line in text.splitlines())
        t.require(count <= LINES, "too-long", expected=f"{LINES} lines", got=f"{count} lines")
    with t.step("in an empty folder", cites=ALONE, shows="self-contained"):
        got = "it imports labkit"
        t.require(not re.search(r"\blabkit\b", text), "not-self-contained", got=got)
        said = _run(text)
        lost = re.search(r"^(NameError|ModuleNotFoundError|FileNotFoundError|SyntaxError).*",
                         said or "", re.MULTILINE)  # fmt: skip
        t.require(not lost, "not-self-contained", got=lost[0] if lost else "")
    with t.step("its end", cites=ENDS, shows="it ends"):
        t.require(said is not None, "never-ends", got="still running")
    with t.step("what it says", cites=SAYS, shows="version, reactor and fault"):
        _told(t, said or "")


def _told(t: Trial, said: str) -> None:
    last = said.strip().splitlines()[-1] if said.strip() else "nothing"
    raised = re.search(r'^ *File ".*\btwisted\b.*", line \d+', said, re.MULTILINE)
    shown = raised is not None and "TypeError: Data must be bytes" in said
    t.require(shown, "no-symptom", expected="Data must be bytes, from Twisted", got=last)
    t.require(version("twisted") in said, "no-version", expected=version("twisted"), got=last)
    name = type(reactor).__name__
    t.require(name in said, "no-reactor", expected=name, got=last)


def _run(text: str) -> str | None:
    """What the script says, on both of its channels; None when it does not end."""
    with tempfile.TemporaryDirectory(prefix="labkit-") as folder:
        file = Path(folder, "example.py")
        file.write_text(text, encoding="utf-8")
        options: dict[str, Any] = {"start_new_session": os.name == "posix"}
        child: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-W", "ignore", file.name],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", **options,
        )  # fmt: skip
        try:
            return child.communicate(timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """End the script, and whatever it has started."""
    if child.poll() is None:
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
        child.communicate()
