"""The database under the send journal: made for its owner only, checked when opened, set aside when broken.

Must not know what an entry means.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from tui.storage.atomic import FILE_MODE, make_folder, resolve, set_aside
from tui.storage.errors import OutboxUnavailable
from tui.storage.locks import lock

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
BUSY_SECONDS: Final = 5.0

_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TABLES: Final = (
    """
    CREATE TABLE sends (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        connection TEXT NOT NULL,
        account_sid TEXT NOT NULL,
        recipient TEXT NOT NULL,
        sender TEXT NOT NULL,
        body TEXT NOT NULL,
        media TEXT NOT NULL,
        state TEXT NOT NULL,
        sid TEXT,
        code INTEGER,
        detail TEXT,
        started_at TEXT NOT NULL,
        settled_at TEXT,
        pid INTEGER NOT NULL,
        process TEXT NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX sends_by_sid ON sends (account_sid, sid)",
    "CREATE INDEX sends_by_account ON sends (account_sid, id)",
    "CREATE INDEX sends_by_state ON sends (state)",
)

_LATER_COLUMNS: Final = {"by_hand": "INTEGER NOT NULL DEFAULT 0"}


class _Foreign(Exception):
    """The file is a database, but no journal of ours."""


def open_journal(path: Path | None) -> tuple[sqlite3.Connection, str | None]:
    """The journal's database, made where it is missing, and a notice where a broken one had to give way.

    With no path it lives in memory. The connection may be used from any thread, one at a time.

    Raises:
        OutboxUnavailable: it cannot be opened, made or written, or a newer version wrote it.
    """
    if path is None:
        return _prepare(":memory:"), None
    target = resolve(path)
    why = ""
    try:
        make_folder(target.parent)
        with lock(target):
            _make_private(target)
            try:
                return _prepare(str(target)), None
            except (sqlite3.DatabaseError, _Foreign) as problem:
                if not is_broken(problem):
                    raise
            place = _set_aside(target)
            _make_private(target)
            return _prepare(str(target)), (
                f"The send journal was damaged and has been set aside as {place.name}. Sends that were under "
                "way are no longer followed: look for them among the messages before sending again."
            )
    except (OSError, sqlite3.Error) as problem:
        why = say_why(problem)
    raise unavailable(why, str(target.parent))


def unavailable(why: str, folder: str) -> OutboxUnavailable:
    """The error to raise when the journal cannot be used."""
    return OutboxUnavailable(
        f"The send journal cannot be used: {why}.",
        f"Nothing is sent without it. Check that {folder} can be written and has room, then try again.",
    )


def is_broken(problem: Exception) -> bool:
    """Whether an error means that the file itself is damaged or no journal."""
    code = getattr(problem, "sqlite_errorcode", None)
    return isinstance(problem, _Foreign) or (isinstance(code, int) and code & 0xFF in _BROKEN)


def say_why(problem: Exception) -> str:
    """What went wrong, without any value that was being stored."""
    if isinstance(problem, OSError):
        return problem.strerror or type(problem).__name__
    return str(problem) if isinstance(problem, sqlite3.Error) else type(problem).__name__


def _prepare(place: str) -> sqlite3.Connection:
    database = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # Looked at before anything is changed: what is not ours is set aside as it was found.
        if _ask(database, "PRAGMA quick_check(1)") != "ok":
            raise _Foreign
        version = _ask(database, "PRAGMA user_version")
        if version not in (0, SCHEMA):
            raise OutboxUnavailable(
                "The send journal was written by a newer tuilio.",
                "Update tuilio, or use another configuration folder with --config.",
            )
        if version == 0 and _ask(database, "SELECT count(*) FROM sqlite_master") != 0:
            raise _Foreign
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        if version == 0:
            _make_tables(database)
        _add_missing_columns(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_tables(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {SCHEMA}")
    database.execute("COMMIT")


def _add_missing_columns(database: sqlite3.Connection) -> None:
    # A column with a default is no new schema: an older tuilio goes on reading and writing the same file.
    known = {row[1] for row in cast("list[tuple[int, str]]", database.execute("PRAGMA table_info(sends)").fetchall())}
    for name, declaration in _LATER_COLUMNS.items():
        if name not in known:
            database.execute(f"ALTER TABLE sends ADD COLUMN {name} {declaration}")


def _ask(database: sqlite3.Connection, question: str) -> object:
    row = cast("tuple[object, ...] | None", database.execute(question).fetchone())
    return None if row is None else row[0]


def _make_private(target: Path) -> None:
    # SQLite gives its -wal and -shm files the mode of the file itself. An existing file is never opened here:
    # closing it would drop the locks that another connection of this process holds on it (POSIX).
    if not target.exists():
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
    elif stat.S_IMODE(target.stat().st_mode) & 0o077:
        target.chmod(FILE_MODE)


def _set_aside(target: Path) -> Path:
    place = set_aside(target)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).rename(place.with_name(place.name + suffix))
    return place
