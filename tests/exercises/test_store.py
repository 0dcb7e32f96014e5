"""Progress survives: two writers, a broken file, a place that cannot be written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.exercises import _store
from labkit.exercises._store import State, Store


def test_an_unknown_exercise_is_not_started(home: Path) -> None:
    """Nothing is known before the first try."""
    assert Store(home).get("c98-shout") == State()


def test_a_corrupt_file_is_moved_aside_never_deleted(home: Path) -> None:
    """Its bytes are still there, and the reader is told where."""
    home.mkdir()
    (home / "progress.sqlite3").write_bytes(b"not a database, by any means" * 50)
    store = Store(home)
    store.tried("c98-shout", True)
    assert (home / "progress.corrupt-1.sqlite3").read_bytes().startswith(b"not a database")
    assert store.get("c98-shout").passed
    assert "progress.corrupt-1.sqlite3" in store.notes[0]


def test_a_second_corrupt_file_does_not_cover_the_first(home: Path) -> None:
    """Each is kept under a name of its own."""
    for _ in range(2):
        home.mkdir(exist_ok=True)
        (home / "progress.sqlite3").write_bytes(b"broken" * 500)
        Store(home).tried("c98-shout", True)
    assert len(list(home.glob("progress.corrupt-*"))) == 2


def test_where_nothing_can_be_written_progress_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    """A file stands where the folder should be: said once, and the exercise goes on."""
    (tmp_path / "taken").write_text("")
    store = Store(tmp_path / "taken" / "home")
    store.tried("c98-shout", True)
    store.tried("c98-shout", False)
    assert store.get("c98-shout").tries == 2
    assert len(store.notes) == 1 and "LABKIT_HOME" in store.notes[0]


def test_two_notebooks_may_write_at_once(home: Path) -> None:
    """Two processes, fifty tries each, none is lost."""
    code = (
        "import sys; from pathlib import Path; from labkit.exercises._store import Store\n"
        "s = Store(Path(sys.argv[1]))\n"
        "for _ in range(50): s.tried('c98-shout', False)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(home)]) for _ in range(2)]
    assert [w.wait(60) for w in writers] == [0, 0]
    assert Store(home).get("c98-shout").tries == 100


def test_findings_are_counted_each_by_itself(home: Path) -> None:
    """The third time of one finding is not the third time of another."""
    store = Store(home)
    assert [store.met("c98-shout", f) for f in ("a", "b", "a")] == [1, 1, 2]


def test_a_file_that_breaks_further_in_is_moved_aside_too(home: Path) -> None:
    """Its first page is sound, and only the reading of a table shows the damage."""
    store = Store(home)
    for n in range(300):
        store.tried(f"c98-{n:03}", True)
    raw = bytearray(store.path.read_bytes())
    raw[4096 * 2 :] = b"\xff" * (len(raw) - 4096 * 2)
    store.path.write_bytes(raw)
    store.tried("c98-299", False)
    assert (home / "progress.corrupt-1.sqlite3").read_bytes() == raw
    assert store.get("c98-299").tries == 1 and store.saved


def test_a_database_of_something_else_is_moved_aside(home: Path) -> None:
    """Tables of the right name and the wrong shape."""
    home.mkdir()
    with sqlite3.connect(home / "progress.sqlite3") as other:
        other.execute("create table exercise (song text)")
    other.close()
    assert Store(home).get("c98-shout") == State()
    assert (home / "progress.corrupt-1.sqlite3").exists()


def test_a_file_that_may_only_be_read_still_tells_what_it_knows(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after lasts as long as the process; the file is left as it is."""
    monkeypatch.setattr(_store, "PATIENCE", 0)
    Store(home).tried("c98-shout", True)
    other = sqlite3.connect(home / "progress.sqlite3")
    other.execute("begin immediate")  # somebody writes, and does not end
    store = Store(home)
    store.tried("c98-guess", False)
    assert store.get("c98-shout").passed and store.get("c98-guess").tries == 1
    assert not store.saved and len(store.notes) == 1
    other.close()
    assert Store(home).get("c98-guess").tries == 0


def test_what_happened_to_the_file_is_told_once(tmp_path: Path) -> None:
    """Not in every list of progress."""
    (tmp_path / "taken").write_text("")
    store = Store(tmp_path / "taken" / "home")
    store.tried("c98-shout", True)
    assert len(store.news()) == 1
    assert store.news() == ()
