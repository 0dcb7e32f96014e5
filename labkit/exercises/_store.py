"""The reader's progress, kept between kernels: one small SQLite file.

Two notebooks may write at once. A file that cannot be read is moved aside, never
deleted; where nothing can be written, progress lasts as long as the kernel.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from attrs import frozen

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
    """Progress in a folder. `notes` says once what happened to the file, for the reader."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []
        self._memory: sqlite3.Connection | None = None

    def get(self, id: str) -> State:
        """What is known of an exercise."""
        with self._open() as db:
            row = db.execute(
                "select tries, passed, hints, seen, guess from exercise where id = ?", (id,)
            ).fetchone()
        return State(row[0], bool(row[1]), row[2], bool(row[3]), row[4]) if row else State()

    def tried(self, id: str, passed: bool) -> None:
        """Count a try. A pass is never taken back by a later try."""
        self._set(id, "tries = tries + 1, passed = max(passed, ?)", int(passed))

    def met(self, id: str, finding: str) -> int:
        """Count a finding; how often it was seen in this exercise by now."""
        with self._open() as db:
            db.execute(
                "insert into finding values (?, ?, 1)"
                " on conflict do update set times = times + 1", (id, finding)
            )  # fmt: skip
            where = "where id = ? and finding = ?"
            return int(
                db.execute(f"select times from finding {where}", (id, finding)).fetchone()[0]
            )

    def hinted(self, id: str, number: int) -> None:
        """Note that this many hints were given."""
        self._set(id, "hints = max(hints, ?)", number)

    def revealed(self, id: str) -> None:
        """Note that the solution was seen."""
        self._set(id, "seen = ?", 1)

    def guessed(self, id: str, guess: str, right: bool) -> None:
        """Note a guess; the first one counts, later ones are kept beside it."""
        self._set(id, "guess = ?", guess)
        self.tried(id, right)

    def forget(self, ids: tuple[str, ...]) -> None:
        """Forget all that is known of these exercises."""
        with self._open() as db:
            for table in ("exercise", "finding"):
                db.executemany(f"delete from {table} where id = ?", [(id,) for id in ids])

    def _set(self, id: str, change: str, value: object) -> None:
        with self._open() as db:
            db.execute("insert or ignore into exercise (id) values (?)", (id,))
            db.execute(f"update exercise set {change} where id = ?", (value, id))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = self._memory or self._connect()
        try:
            with db:
                yield db
        finally:
            if db is not self._memory:
                db.close()

    def _connect(self) -> sqlite3.Connection:
        path = self.folder / "progress.sqlite3"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return _prepared(path)
        except (OSError, sqlite3.OperationalError) as e:
            return self._in_memory(e)
        except sqlite3.DatabaseError:
            self._move_aside(path)
            return _prepared(path)

    def _in_memory(self, error: Exception) -> sqlite3.Connection:
        self.notes.append(
            f"Progress cannot be saved in {self.folder} ({error}); it lasts until the kernel "
            "ends. Set LABKIT_HOME to a folder that can be written."
        )
        self._memory = sqlite3.connect(":memory:", check_same_thread=False)
        self._memory.executescript(_TABLES)
        return self._memory

    def _move_aside(self, path: Path) -> None:
        number = 1
        while (aside := self.folder / f"progress.corrupt-{number}.sqlite3").exists():
            number += 1
        path.rename(aside)
        self.notes.append(
            f"The progress file could not be read. It was moved to {aside.name}, "
            "and progress starts afresh."
        )


def _prepared(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=5)
    try:
        db.executescript(_TABLES)
    except sqlite3.Error:
        db.close()
        raise
    return db


_stores: dict[Path, Store] = {}


def store() -> Store:
    """The store of this reader."""
    return _stores.setdefault(home(), Store(home()))
