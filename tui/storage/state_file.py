"""A SQLite file that the program keeps its own state in: opened when first used, from any thread, one at a time.

Must not know what is kept in it.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.storage.database import Layout, NewerSchema, open_database, say_why, write_anew
from tui.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileWords:
    """What a file is called when there is trouble with it.

    Attributes:
        name: as the beginning of a sentence.
        lost: what it means that a damaged one begins anew, and what to do.
        error: what is raised where it cannot be used.
    """

    name: str
    lost: str
    error: type[StorageError]


class StateFile:
    """The file at `path`, or memory with none. Making one never fails.

    Attributes:
        notice: what became of a damaged file, as a sentence; known after the first use.
    """

    def __init__(self, path: Path | None, layout: Layout, words: FileWords) -> None:
        self._path = path
        self._layout = layout
        self._words = words
        self._guard = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self.notice: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is anything in it yet; asks the disk. Whoever only looks or removes need not make it."""
        return self._database is not None or (self._path is not None and self._path.exists())

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Generator[sqlite3.Connection]:
        """All of the block reaches the disk, or none of it; with an empty `begin` each statement by itself.

        A `StorageError` or an `IntegrityError` of the block takes it back and goes on to the caller.

        Raises:
            The words' `error`: it cannot be opened, read or written, or a newer version wrote it; nothing was changed.
        """
        why = ""
        with self._guard:
            if self._database is None:
                self._database = self._open()
            database = self._database
            try:
                if begin:
                    database.execute(begin)
                yield database
                if begin:
                    database.execute("COMMIT")
            except (sqlite3.IntegrityError, StorageError):
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
            except sqlite3.Error as problem:
                why = say_why(problem)
            except BaseException:
                self._undo(database)
                raise
            if why:
                self._undo(database)
        if why:
            raise self._unavailable(why)

    def overwrite(self, table: str) -> None:
        """Leave nothing of withdrawn words in the file; where that cannot be done now it stays due.

        The table's column `withdrawn` is 1 where words were removed, and 2 once they were overwritten as well.
        """
        with suppress(self._words.error), self.transaction("") as database:
            due = database.execute(f"SELECT rowid FROM {table} WHERE withdrawn = 1").fetchall()  # noqa: S608
            if due and write_anew(database):
                database.execute("BEGIN IMMEDIATE")
                database.executemany(f"UPDATE {table} SET withdrawn = 2 WHERE rowid = ?", due)  # noqa: S608
                database.execute("COMMIT")

    def write_anew(self) -> None:
        """Leave nothing in the file of rows that were deleted; where that cannot be done now, the next time does it."""
        with suppress(self._words.error), self.transaction("") as database:
            write_anew(database)

    def close(self) -> None:
        """Close the file. A later use opens it again, so that a late answer is still written down."""
        with self._guard:
            database, self._database = self._database, None
            if database is not None:
                with suppress(sqlite3.Error):
                    database.close()

    def _open(self) -> sqlite3.Connection:
        why = ""
        try:
            database, aside = open_database(self._path, self._layout)
        except NewerSchema:
            raise self._words.error(
                f"{self._words.name} was written by a newer tuilio.",
                "Update tuilio, or use another configuration folder with --config.",
            ) from None
        except (OSError, sqlite3.Error) as problem:
            why = say_why(problem)
        else:
            if aside is not None:
                self.notice = (
                    f"{self._words.name} was damaged and has been set aside as {aside.name}. {self._words.lost}"
                )
            return database
        raise self._unavailable(why)

    def _undo(self, database: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        if self._path is not None:
            # After trouble the next use opens and checks the file anew.
            self.close()

    def _unavailable(self, why: str) -> StorageError:
        folder = "its folder" if self._path is None else str(self._path.parent)
        return self._words.error(
            f"{self._words.name} cannot be used: {why}.", f"Check that {folder} can be written and has room."
        )
