"""SQLite files: made for their owner only, checked when opened, set aside when broken.

Must not know what is kept in them.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from tui.storage.files import FILE_MODE, lock, make_folder, resolve, set_aside

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS: Final = 5.0
LARGEST_JOURNAL: Final = 4 * 1024 * 1024
"""Bytes of SQLite's own write-ahead log that are kept on disk once it was written back."""

_BESIDE: Final = ("-wal", "-shm")
"""What follows the name in those of SQLite's own files beside it."""

_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables that a file has to have.

    Attributes:
        schema: its number, kept as SQLite's `user_version`; a file with another is not touched.
        statements: SQL that makes the tables and indexes.
        table: the one that `later_columns` belong to.
        later_columns: name → declaration with a default. That is no new schema: an older tuilio goes on reading and
            writing the same file.
        later_tables: table or index → SQL that makes it, all that belongs to it, and what is in it of what is there.
            No new schema either, so that whatever an older tuilio writes has to keep it true: by triggers.
        looked_through: whether the whole file is checked when it is opened. That takes seconds for hundreds of
            megabytes; without it damage is noticed where it is met, see `is_damage`.
    """

    schema: int
    statements: tuple[str, ...]
    table: str
    later_columns: Mapping[str, str] = field(default_factory=dict[str, str])
    later_tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    looked_through: bool = True


class NewerSchema(Exception):
    """A newer tuilio wrote the file; it was left as it is."""


class _Foreign(Exception):
    """The file is a database, but not ours."""


def open_database(path: Path | None, layout: Layout) -> tuple[sqlite3.Connection, Path | None]:
    """The database, made where it is missing, and where a broken one was set aside (else None).

    With no path it lives in memory. The connection may be used from any thread, one at a time.

    Raises:
        NewerSchema: see there.
        OSError, sqlite3.Error: it cannot be opened, made or written.
    """
    if path is None:
        return _prepare(":memory:", layout), None
    target = resolve(path)
    make_folder(target.parent)
    # Two instances must not set the same file aside, nor make its tables at once.
    with lock(target):
        _make_private(target)
        try:
            return _prepare(str(target), layout), None
        except (sqlite3.DatabaseError, UnicodeDecodeError, _Foreign) as problem:
            if not is_damage(problem):
                raise
        place = set_database_aside(target)
        _make_private(target)
        return _prepare(str(target), layout), place


def say_why(problem: Exception) -> str:
    """The error in words, without any value that was being stored."""
    if isinstance(problem, OSError):
        return problem.strerror or type(problem).__name__
    return str(problem) if isinstance(problem, sqlite3.Error) else type(problem).__name__


def ask(database: sqlite3.Connection, query: str) -> object:
    """The first value of a query's first row, None without one."""
    row = cast("tuple[object, ...] | None", database.execute(query).fetchone())
    return None if row is None else row[0]


def is_damage(problem: Exception) -> bool:
    """Whether an error says that the file is damaged or none of ours, and not that it cannot be reached or written."""
    code = getattr(problem, "sqlite_errorcode", None)
    # SQLite's own words repeat a damaged name, whose bytes Python cannot read.
    told = isinstance(problem, UnicodeDecodeError | _Foreign)
    return told or (isinstance(code, int) and code & 0xFF in _BROKEN)


def connect(place: str) -> sqlite3.Connection:
    """A connection without a transaction of Python's own, to be used from any thread, one at a time.

    Raises:
        sqlite3.Error: there is no reaching it.
    """
    database = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    # One damaged cell must not make its whole table unreadable: its bytes come as lone surrogates.
    database.text_factory = lambda cell: cell.decode("utf-8", "surrogateescape")  # pyright: ignore
    return database


def write_anew(database: sqlite3.Connection) -> bool:
    """Leave nothing of what was removed or replaced in a file, in its pages or in its write-ahead log.

    False where another program was reading: then the log has it still.

    Raises:
        sqlite3.Error: the file is as it was: another program is writing, or the disk is full.
    """
    # `secure_delete` would leave the copies of rows that SQLite moved to another page.
    database.execute("VACUUM")
    return ask(database, "PRAGMA wal_checkpoint(TRUNCATE)") == 0


def _prepare(place: str, layout: Layout) -> sqlite3.Connection:
    database = connect(place)
    try:
        # Looked at before anything is changed: what is not ours is set aside as it was found.
        if layout.looked_through and ask(database, "PRAGMA quick_check(1)") != "ok":
            raise _Foreign
        version = ask(database, "PRAGMA user_version")
        if version not in (0, layout.schema):
            raise NewerSchema
        known = ask(database, f"SELECT sum(name = '{layout.table}') FROM sqlite_master")  # noqa: S608
        if known != (1 if version else None):
            raise _Foreign
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        # What is sorted or copied on the way, for an index or by VACUUM, goes into no file elsewhere.
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute(f"PRAGMA journal_size_limit = {LARGEST_JOURNAL}")
        if version == 0:
            _make_tables(database, layout)
        _add_missing_columns(database, layout)
        _add_missing_tables(database, layout)
    except BaseException:
        database.close()
        raise
    return database


def _make_tables(database: sqlite3.Connection, layout: Layout) -> None:
    database.execute("BEGIN IMMEDIATE")
    for statement in layout.statements:
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {layout.schema}")
    database.execute("COMMIT")


def _add_missing_columns(database: sqlite3.Connection, layout: Layout) -> None:
    if not layout.later_columns:
        return
    rows = database.execute(f"PRAGMA table_info({layout.table})").fetchall()
    known = {row[1] for row in cast("list[tuple[int, str]]", rows)}
    for name, declaration in layout.later_columns.items():
        if name not in known:
            database.execute(f"ALTER TABLE {layout.table} ADD COLUMN {name} {declaration}")


def _add_missing_tables(database: sqlite3.Connection, layout: Layout) -> None:
    for name, statements in layout.later_tables.items():
        if not ask(database, f"SELECT count(*) FROM sqlite_master WHERE name = '{name}'"):  # noqa: S608
            database.execute("BEGIN IMMEDIATE")
            for statement in statements:
                database.execute(statement)
            database.execute("COMMIT")


def _make_private(target: Path) -> None:
    # SQLite gives its -wal and -shm files the mode of the file itself. An existing file is never opened here:
    # closing it would drop the locks that another connection of this process holds on it (POSIX).
    if not target.exists():
        # What stood beside a file that was removed alone is not the new one's.
        for suffix in _BESIDE:
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
    elif not target.is_file():
        # A pipe or a device is nobody's journal, and closing it to others would be felt elsewhere.
        raise OSError(errno.EINVAL, "Not a regular file", str(target))
    for each in (target, *(target.with_name(target.name + suffix) for suffix in _BESIDE)):
        with suppress(FileNotFoundError):
            if stat.S_IMODE(each.stat().st_mode) & 0o077:
                each.chmod(FILE_MODE)


def set_database_aside(target: Path) -> Path:
    """Rename a database with its write-ahead log, as `set_aside` does; returns the new path.

    Raises:
        OSError: it cannot be moved.
    """
    place = set_aside(target)
    for suffix in _BESIDE:
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).rename(place.with_name(place.name + suffix))
    return place
