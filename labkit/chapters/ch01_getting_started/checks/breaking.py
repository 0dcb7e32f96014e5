"""c1-example: a script that shows a fault, run as a stranger would run it."""

from __future__ import annotations

import ast
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
FAULT = "Data must be bytes"
SECONDS = 5.0
SHORT = "the text of a script, at most 12 lines that are not empty."
ALONE = "Run alone, in an empty folder, it needs Python and Twisted."
SAYS = "Twisted's version, the name of the reactor's class, and the traceback of the fault."
ASKS = "The script asks for the first two."
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
    with t.step("the same with texts blotted out", cites=ASKS, shows="found out at each run"):
        _found_out(t, text, [version("twisted"), type(reactor).__name__])


def _told(t: Trial, said: str) -> None:
    last = said.strip().splitlines()[-1] if said.strip() else "nothing"
    place = re.search(r'^ *File ".*\btwisted\b.*", line \d+', said, re.MULTILINE)
    if place is None or f"TypeError: {FAULT}" not in said:
        t.refuse(_without_fault(said), expected=f"{FAULT}, from Twisted", got=last)
    name = type(reactor).__name__
    t.require(version("twisted") in said, "no-version", expected=version("twisted"), got=last)
    t.require(name in said, "no-reactor", expected=name, got=last)


def _without_fault(said: str) -> str:
    """The finding for a script that ended without the fault's own traceback."""
    if FAULT in said:
        return "no-traceback"
    raised = re.search(r"^Traceback|^Unhandled Error", said, re.MULTILINE)
    return "another-fault" if raised else "no-symptom"


def _found_out(t: Trial, text: str, facts: list[str]) -> None:
    """Refuse what was typed in: it stays away when it is blotted out in the script's texts."""
    blotted = ast.parse(text)
    texts = [n for n in ast.walk(blotted) if isinstance(n, ast.Constant) and _has(n.value, facts)]
    for node in texts:
        for fact in facts:
            node.value = str(node.value).replace(fact, "?")
    said = _run(ast.unparse(blotted)) if texts else None
    for fact in facts:
        if said is None:
            return
        t.require(fact in said, "typed-in", expected=f"{fact}, asked for", got=f"{fact} as a text")


def _has(value: object, facts: list[str]) -> bool:
    return isinstance(value, str) and any(fact in value for fact in facts)


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
