"""The reader's progress, kept between kernels: one small SQLite file.

Two notebooks may write at once. A file that cannot be read is moved aside, never
deleted; where nothing can be written, progress lasts as long as the kernel.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import platformdirs
from attrs import frozen

T = TypeVar("T")
PATIENCE = 5.0  # seconds to wait while another notebook writes
# what SQLite says when the file is sound, and cannot be written here and now
_OUT_OF_REACH = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH,
}  # fmt: skip
_TABLES = """
create table if not exists exercise (
    id text primary key, tries integer not null default 0, passed integer not null default 0,
    hints integer not null default 0, seen integer not null default 0, guess text);
create table if not exists finding (
    id text, finding text, times integer not null, primary key (id, finding));
"""


@frozen
class State:
    """What is known of one exercise. `seen`: the solution was shown. `guess`: of a prediction."""

    tries: int = 0
    passed: bool = False
    hints: int = 0
    seen: bool = False
    guess: str | None = None

    @property
    def word(self) -> str:
        """The state in words."""
        if self.passed:
            return "passed, solution seen" if self.seen else "passed"
        if self.seen:
            return "solution seen"
        return "tried" if self.tries else "not started"


def home() -> Path:
    """Where progress is kept: $LABKIT_HOME, or the system's place for a user's data."""
    return Path(os.environ.get("LABKIT_HOME") or platformdirs.user_data_dir("labkit"))


class Store:
    """Progress in a folder. `notes` is what happened to the file; `news` tells each once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "progress.sqlite3"
        self.notes: list[str] = []
        self._told = 0
        self._memory: sqlite3.Connection | None = None

    @property
    def saved(self) -> bool:
        """Whether progress reaches the disk."""
        return self._memory is None

    def news(self) -> tuple[str, ...]:
        """The notes that were not told yet."""
        new = tuple(self.notes[self._told :])
        self._told = len(self.notes)
        return new

    def get(self, id: str) -> State:
        """What is known of an exercise."""
        ask = "select tries, passed, hints, seen, guess from exercise where id = ?"
        row = self._do(lambda db: db.execute(ask, (id,)).fetchone())
        return State(row[0], bool(row[1]), row[2], bool(row[3]), row[4]) if row else State()

    def tried(self, id: str, passed: bool) -> None:
        """Count a try. A pass is never taken back by a later try."""
        self._set(id, "tries = tries + 1, passed = max(passed, ?)", int(passed))

    def passed(self, id: str) -> None:
        """Note a pass that is no further try."""
        self._set(id, "passed = ?", 1)

    def met(self, id: str, finding: str) -> int:
        """Count a finding; how often it was seen in this exercise by now."""
        count = (
            "insert into finding values (?, ?, 1) on conflict do update set times = times + 1"
            " returning times"
        )
        return int(self._do(lambda db: db.execute(count, (id, finding)).fetchall())[0][0])

    def hinted(self, id: str, number: int) -> None:
        """Note that this many hints were given."""
        self._set(id, "hints = max(hints, ?)", number)

    def revealed(self, id: str) -> None:
        """Note that the solution was seen."""
        self._set(id, "seen = ?", 1)

    def guessed(self, id: str, guess: str, right: bool) -> None:
        """Note the newest guess, and count it as a try."""
        self._set(id, "guess = ?", guess)
        self.tried(id, right)

    def forget(self, ids: tuple[str, ...]) -> None:
        """Forget all that is known of these exercises."""

        def delete(db: sqlite3.Connection) -> None:
            for table in ("exercise", "finding"):
                db.executemany(f"delete from {table} where id = ?", [(id,) for id in ids])

        self._do(delete)

    def _set(self, id: str, change: str, value: object) -> None:
        def write(db: sqlite3.Connection) -> None:
            db.execute("insert or ignore into exercise (id) values (?)", (id,))
            db.execute(f"update exercise set {change} where id = ?", (value, id))

        self._do(write)

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do it in the file, mended if need be; in memory where there can be no file."""
        for mend in (True, False):
            try:
                if self._memory is None:
                    return self._in_file(work)
            except (OSError, sqlite3.DatabaseError) as e:
                if mend and not _out_of_reach(e) and self._moved_aside():
                    continue
                self._go_without(e)
            break
        assert self._memory is not None
        with self._memory as db:
            return work(db)

    def _in_file(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self.folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as file, file as db:
            db.executescript(_TABLES)
            return work(db)

    def _go_without(self, error: Exception) -> None:
        """From now on in memory, with what the file still tells."""
        self.notes.append(
            f"Progress cannot be saved in {self.folder} ({error}); it lasts until the kernel "
            "ends. Set LABKIT_HOME to a folder that can be written."
        )
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        with suppress(sqlite3.Error):
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=0)) as file:
                file.backup(memory)
        memory.executescript(_TABLES)
        self._memory = memory

    def _moved_aside(self) -> bool:
        """Give the broken file another name; whether a new one can take its place."""
        number = 1
        while (aside := self.folder / f"progress.corrupt-{number}.sqlite3").exists():
            number += 1
        try:
            for tail in ("", "-journal", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(f"{self.path}{tail}").rename(f"{aside}{tail}")
        except OSError:
            return False
        self.notes.append(
            f"The progress file could not be read. It was moved to {aside.name}, "
            "and progress starts afresh."
        )
        return True


def _out_of_reach(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _OUT_OF_REACH


_stores: dict[Path, Store] = {}


def store() -> Store:
    """The store of this reader."""
    return _stores.setdefault(home(), Store(home()))
