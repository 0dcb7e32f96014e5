"""The face: its names, where they come from, and what importing it asks of a machine."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import labkit

ROOT = Path(labkit.__file__).parent.parent
NAMES = [
    "bar",
    "begin",
    "check",
    "connect",
    "doctor",
    "finish",
    "hint",
    "in_memory",
    "link",
    "machine",
    "order",
    "predict",
    "progress",
    "rescue",
    "reset",
    "reveal",
    "run",
    "serve",
    "servers",
    "show",
    "stop_all",
    "time_travel",
    "timeline",
    "trace",
    "tracing",
    "wait",
]


def python(code: str, *options: str) -> str:
    """What a fresh Python prints, started in the project's folder."""
    done = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_names_are_these_and_no_others() -> None:
    """A change here is a change of what readers know."""
    assert labkit.__all__ == NAMES
    assert dir(labkit) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    """Fetched on first use, the same object ever after, with a docstring for serve? and its kin."""
    found = getattr(labkit, name)
    assert callable(found)
    assert getattr(labkit, name) is found
    assert len(found.__doc__.splitlines()[0]) > 20


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    """An AttributeError, as Python asks, and an ImportError for from-imports."""
    with pytest.raises(AttributeError, match=r"labkit has no 'sevre'; it offers: bar, begin"):
        _ = labkit.sevre
    with pytest.raises(ImportError):
        from labkit import sevre  # noqa: F401


def test_importing_needs_the_standard_library_alone() -> None:
    """No site-packages, and a finder that refuses all else: the face and the errors come."""
    said = python(
        f"""
        import sys
        allowed = set(sys.stdlib_module_names) | {{"labkit"}}
        class Block:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] not in allowed:
                    raise ImportError("asked for " + name)
        sys.meta_path.insert(0, Block())
        sys.path.insert(0, {str(ROOT)!r})
        import threading
        import labkit, labkit.errors
        others = {{m.partition(".")[0] for m in sys.modules}} - allowed - {{"__main__"}}
        print(labkit.__version__, len(dir(labkit)), sorted(others), threading.active_count())
        try:
            labkit.serve
        except ImportError as e:
            print(e)
        """,
        "-I",
        "-S",
    )
    first, second = said.splitlines()
    assert first == f"{labkit.__version__} {len(NAMES)} [] 1"
    assert second.startswith("asked for ")


def test_the_first_name_that_is_used_starts_the_reactor() -> None:
    """And not the import: a script may still choose."""
    said = python(
        """
        import threading
        def threads():
            return "CrochetReactor" in {t.name for t in threading.enumerate()}
        import labkit
        print(threads())
        from labkit import wait
        print(threads(), wait(lambda: 7))
        """
    )
    assert said.splitlines() == ["False", "True 7"]


def test_type_checkers_see_the_same_names() -> None:
    """What stands under TYPE_CHECKING is what __getattr__ fetches."""
    tree = ast.parse(Path(labkit.__file__).read_text())
    (block,) = [n for n in tree.body if isinstance(n, ast.If)]
    seen = {
        alias.asname or alias.name: f"{node.module}:{alias.name}" if alias.asname else node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == NAMES
    assert seen == labkit._HOME
