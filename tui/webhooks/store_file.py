"""The database under the event store: made for its owner only, checked when opened, set aside when broken.

Must not know what an event means.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from tui.storage.atomic import FILE_MODE, make_folder, resolve, set_aside
from tui.webhooks.errors import EventsUnavailable

SCHEMA: Final = 1
BUSY_SECONDS: Final = 5.0

_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TABLES: Final = (
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_at TEXT NOT NULL,
        kind TEXT NOT NULL,
        method TEXT NOT NULL,
        target TEXT NOT NULL,
        url TEXT NOT NULL,
        headers TEXT NOT NULL,
        body BLOB NOT NULL,
        verdict TEXT NOT NULL,
        accepted INTEGER NOT NULL,
        diagnosis TEXT NOT NULL,
        duplicate_of INTEGER,
        reply_status INTEGER NOT NULL,
        reply_type TEXT NOT NULL,
        reply_body BLOB NOT NULL,
        retry_token TEXT NOT NULL,
        happening TEXT NOT NULL,
        size INTEGER NOT NULL
    )
    """,
    "CREATE INDEX events_by_sort ON events (accepted, id, size)",
    "CREATE INDEX events_by_token ON events (retry_token) WHERE accepted AND retry_token <> ''",
    "CREATE INDEX events_by_happening ON events (happening) WHERE accepted AND happening <> ''",
)


class _Foreign(Exception):
    """The file is a database, but holds no events of ours."""


def open_events(path: Path | None) -> tuple[sqlite3.Connection, str]:
    """The database, made where it is missing, and a notice where a broken one had to give way (else empty).

    With no path it lives in memory. The connection may be used from any thread, one at a time.

    Raises:
        EventsUnavailable: it cannot be opened, made or written, or a newer version wrote it.
    """
    if path is None:
        return _prepare(":memory:"), ""
    target = resolve(path)
    try:
        make_folder(target.parent)
        _make_private(target)
        try:
            return _prepare(str(target)), ""
        except (sqlite3.DatabaseError, _Foreign) as problem:
            if not _is_broken(problem):
                raise
        place = set_aside(target)
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                target.with_name(target.name + suffix).rename(place.with_name(place.name + suffix))
        _make_private(target)
        return _prepare(str(target)), f"The kept webhook events were damaged and have been set aside as {place.name}."
    except (OSError, sqlite3.Error) as problem:
        raise unavailable(problem, str(target.parent)) from None


def unavailable(problem: Exception, folder: str) -> EventsUnavailable:
    """The error to raise when the store cannot be used."""
    why = (problem.strerror if isinstance(problem, OSError) else str(problem)) or type(problem).__name__
    return EventsUnavailable(
        "events",
        f"Webhook events cannot be kept on disk: {why}.",
        f"Check that {folder} can be written and has room." if folder else "Start the receiver again.",
    )


def _is_broken(problem: Exception) -> bool:
    code = getattr(problem, "sqlite_errorcode", None)
    return isinstance(problem, _Foreign) or (isinstance(code, int) and code & 0xFF in _BROKEN)


def _prepare(place: str) -> sqlite3.Connection:
    database = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = _ask(database, "PRAGMA user_version")
        if version not in (0, SCHEMA):
            raise EventsUnavailable(
                "events",
                "The kept webhook events were written by a newer tuilio.",
                "Update tuilio, or use another configuration folder with --config.",
            )
        if _ask(database, "PRAGMA quick_check(1)") != "ok":
            raise _Foreign
        if version == 0:
            _make_tables(database)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA journal_size_limit = 4194304")
    except BaseException:
        database.close()
        raise
    return database


def _make_tables(database: sqlite3.Connection) -> None:
    # Asked again under the write lock: another instance may have made the tables meanwhile.
    database.execute("BEGIN IMMEDIATE")
    try:
        if _ask(database, "PRAGMA user_version") == 0:
            if _ask(database, "SELECT count(*) FROM sqlite_master") != 0:
                raise _Foreign
            for statement in _TABLES:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _ask(database: sqlite3.Connection, question: str) -> object:
    row = cast("tuple[object, ...] | None", database.execute(question).fetchone())
    return None if row is None else row[0]


def _make_private(target: Path) -> None:
    # SQLite gives its -wal and -shm files the mode of the file itself. An existing file is never opened here:
    # closing it would drop the locks that another connection of this process holds on it (POSIX).
    if not target.exists():
        with suppress(FileExistsError):
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
    elif stat.S_IMODE(target.stat().st_mode) & 0o077:
        target.chmod(FILE_MODE)
