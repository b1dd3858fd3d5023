"""An archive's file and the connections to it: transactions, readers, a full disk, damage that is met.

One connection writes, under a lock; readers have connections of their own and wait for nobody. The file is not looked
through when it is opened: where damage is met it is set aside, a new one is made, and what was asked is asked of that.
A file that was removed or replaced from outside, by another window that forgets it or by hand, is let go of before
anything more is asked of it or written to it. Knows nothing of what is in the tables.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from tui.archive.layout import LAYOUT
from tui.archive.text_index import prepare
from tui.storage.database import NewerSchema, ask, connect, is_damage, open_database, say_why, set_database_aside
from tui.storage.errors import ArchiveUnavailable
from tui.storage.files import lock, resolve

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

PATIENCE_SECONDS: Final = 60.0
"""How long is waited for another program that writes: it may be writing the whole file anew."""

_PAUSE_SECONDS: Final = 0.02
_CACHE_KILOBYTES: Final = 16_000
_STEPS: Final = 10_000
"""Steps of SQLite's own machine between two looks at whether to go on; a millisecond at most."""

_LOG_PAGES: Final = 4_000
"""Pages of 4 kB after which the write-ahead log is written back: each time costs the disk a sync."""


class ArchiveFile:
    """The file; with no path its tables live in memory.

    Args:
        path: where it is, or is to be made.
        lost: called under the lock when what was read before may not hold any more: another program wrote, a
            transaction was given up, the file is a new one.
        keeps: asked when the file was removed or replaced: whether messages are to be kept on the disk still. Where
            they are not, the tables live in memory from then on.
        given_up: asked while another program is waited for before the file is open: whether nobody wants it any more.

    Attributes:
        path: where the file is; None while the tables live in memory.
        generation: another number once another file is in use, with nothing in it of what was kept before.
        notice: see `Archive.notice`.
        read_only: see `Archive.read_only`.
        stopped: set to True it ends, within some milliseconds, a `write_anew` and what is being read, and patience
            with other programs.

    Every method raises ArchiveUnavailable where the file cannot be used; then nothing has changed.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        lost: Callable[[], None],
        keeps: Callable[[], bool],
        given_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self.notice = ""
        self.read_only = False
        self.stopped = False
        self._lost, self._keeps, self._given_up = lost, keeps, given_up
        self._lock = threading.RLock()
        # Of its own: a reader waits for no writer.
        self._readers_lock = threading.Lock()
        self._thread = threading.local()
        self._readers: list[sqlite3.Connection] = []
        # A connection, and a problem, belongs to one of the files.
        self._generation = 0
        self.generation = -1
        self.path = path
        try:
            self.path = None if path is None else resolve(path)
            # An earlier version's file gets further tables: that is writing.
            self._patiently(self._open)
        except (OSError, sqlite3.Error) as problem:
            raise self._unavailable(problem) from None

    def close(self) -> None:
        """Close all connections; nothing may be asked afterwards."""
        with self._lock:
            self._close()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with a connection that only reads; all that it asks is of one moment."""
        return self._retry(lambda: self._with_reader(work))

    @contextmanager
    def until(self, is_given_up: Callable[[], bool]) -> Generator[None]:
        """Give up, with ArchiveUnavailable, what this thread reads herein as soon as nobody waits for it any more."""
        self._thread.is_given_up = is_given_up
        try:
            yield
        finally:
            self._thread.is_given_up = None

    def go_on(self) -> None:
        """Raise ArchiveUnavailable once what this thread reads is given up: for what takes long between statements."""
        is_given_up: Callable[[], bool] | None = getattr(self._thread, "is_given_up", None)
        if self.stopped or (is_given_up is not None and is_given_up()):
            raise ArchiveUnavailable("Nobody waits for this any more.", "Ask again.")

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in one transaction; it is committed when this returns."""

        def write() -> T:
            with self._lock, self._transaction() as database:
                return work(database)

        return self._retry(write)

    def follow(self) -> None:
        """Let go of a file that was removed or replaced, as every other call does before anything else.

        What is in its place by now is opened, or a new one made there; see `keeps`.
        """
        if not self._is_gone():
            return
        with self._lock:
            if not self._is_gone():
                # Another thread was here first.
                return
            with suppress(sqlite3.Error):
                # Into the file, wherever that is by now: who moved it by hand has it whole.
                self._writer.execute("PRAGMA busy_timeout = 0")
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # While it is open: afterwards another window's log may be what bears its number.
            self._remove_log()
            self._close()
            kept = self._keeps()
            self.notice = (
                "What was kept of these messages on this computer was forgotten or moved, not in this window. "
            )
            self.notice += "What is read from now on is kept again." if kept else "Nothing is kept from now on."
            self.path = self.path if kept else None
            try:
                self._open()
            except (sqlite3.Error, OSError) as problem:
                self.notice = f"{self._unavailable(problem)} Until then nothing is kept after this run."
                self.path = None
                self._open()

    def _remove_log(self) -> None:
        """Remove the log that was left in its place by who took the file away: the next file's it is not."""
        assert self.path is not None
        log, index = (self.path.with_name(f"{self.path.name}-{end}") for end in ("wal", "shm"))
        with suppress(OSError):
            if _identity(log) != self._log:
                return
            with lock(self.path):
                # Another window may have removed it first, and have made its own.
                if _identity(log) == self._log:
                    log.unlink()
                    index.unlink()

    def changed_elsewhere(self) -> bool:
        """Whether another program has written to the file since this was last asked."""

        def look() -> bool:
            with self._lock:
                version = ask(self._writer, "PRAGMA data_version")
                told, self._version_told = self._version_told, version
                return version != told

        return self._retry(look)

    def empty_log(self) -> bool:
        """Bring all that was written into the file itself, on the disk; False where a reader was in the way."""

        def empty() -> bool:
            with self._lock:
                return ask(self._writer, "PRAGMA wal_checkpoint(TRUNCATE)") == 0

        return self.path is None or self._retry(empty)

    def write_anew(self) -> None:
        """Write the whole file anew, without the traces of earlier contents that SQLite leaves in its pages.

        Raises:
            ArchiveUnavailable: also where it was stopped; the file is as it was.
        """

        def write() -> None:
            assert self.path is not None
            # By a connection that may use temporary files: in memory it would take as much as the file has.
            with self._lock:
                before = ask(self._writer, "PRAGMA data_version")
                database = self._connect()
                if database is None:
                    # Nobody can open it any more: it goes with this program.
                    return
                _keep_temporary_files_in(database, str(self.path.parent))
                database.set_progress_handler(lambda: self.stopped, _STEPS)
                try:
                    database.execute("VACUUM")
                except sqlite3.OperationalError as problem:
                    # A damaged row may ask for more room than any disk has.
                    full = getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
                    if full and ask(database, "PRAGMA integrity_check(1)") != "ok":
                        raise sqlite3.IntegrityError("a row is damaged") from problem
                    raise
                finally:
                    database.close()
                if self._version_told == before:
                    # That was no other program.
                    self._version_told = ask(self._writer, "PRAGMA data_version")

        if self.path is not None:
            self._retry(write)

    def remove_set_aside(self) -> None:
        """Remove the copies that were set aside because they were damaged."""

        def remove() -> None:
            assert self.path is not None
            for place in self.path.parent.glob(f"{self.path.name}.broken-*"):
                place.unlink(missing_ok=True)

        if self.path is not None:
            self._retry(remove)

    # -- opening, and opening once more ------------------------------------------------------------------

    def _open(self) -> None:
        try:
            self._writer, aside = open_database(self.path, LAYOUT)
        except NewerSchema:
            self.read_only = True
            self.notice = (
                "The messages kept on this computer were written by a newer tuilio and are left as they are. "
                "Update tuilio to see them; until then nothing is kept after this run."
            )
            self.path = None
            self._writer, aside = open_database(None, LAYOUT)
        if aside is not None:
            self._tell_damage(aside)
        self._identity = None if self.path is None else _identity(self.path)
        self._writer.execute("PRAGMA secure_delete = ON")
        self._writer.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
        self._writer.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        # What a power failure takes can be asked of Twilio again; what was removed is synced by `empty_log`.
        self._writer.execute("PRAGMA synchronous = NORMAL")
        _prepare(self._writer)
        self._version = self._version_told = ask(self._writer, "PRAGMA data_version")
        self._log: tuple[int, int] | None = None
        if self.path is not None:
            with suppress(OSError):
                log = _identity(self.path.with_name(f"{self.path.name}-wal"))
                # Taken away meanwhile, it may be another file's.
                self._log = log if self._is_in_place() else None
        self._lost()
        # Once for each file, and when all of it is told by `notice`.
        self.generation += 1
        # Whoever met the new file before all its tables were there, under the old one's number, asks again.
        self._generation += 1

    def _close(self) -> None:
        with self._readers_lock:
            self._generation += 1
            while self._readers:
                self._readers.pop().close()
        with suppress(sqlite3.Error):
            self._writer.close()

    def _retry(self, work: Callable[[], T]) -> T:
        self.follow()
        generation = self._generation
        try:
            return self._patiently(work)
        except (sqlite3.Error, OSError) as problem:
            self._recover(problem, generation)
        try:
            return self._patiently(work)
        except (sqlite3.Error, OSError) as problem:
            raise self._unavailable(problem) from None

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do something again and again while another program has the file; nobody here is kept out meanwhile."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return work()
            except (sqlite3.OperationalError, TimeoutError) as problem:
                code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_BUSY)
                busy = code & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or self.stopped or self._given_up() or time.monotonic() >= end:
                    raise
            time.sleep(_PAUSE_SECONDS)

    def _recover(self, problem: Exception, generation: int) -> None:
        """Begin anew where the file is damaged, or was taken away; raise where that is not what went wrong."""
        with self._lock:
            if self._generation != generation:
                # Another thread met damage meanwhile; this one may have seen the new file before its tables.
                return
        if self._is_gone():
            # While it was asked: SQLite misses what stood beside it.
            self.follow()
            return
        if getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            # Wrong SQL is our own fault, and nothing a person could cure.
            raise problem
        if self.path is None or not (is_damage(problem) or self._contradicts_itself(problem)):
            raise self._unavailable(problem) from None
        try:
            with self._lock:
                if self._generation != generation:
                    # Another thread met the damage first.
                    return
                self._close()
                with lock(self.path):
                    # Another program may have begun anew already.
                    if self._is_in_place():
                        self._tell_damage(set_database_aside(self.path))
                self._open()
                self._generation += 1
        except (sqlite3.Error, OSError) as failure:
            raise self._unavailable(failure) from None

    def _contradicts_itself(self, problem: Exception) -> bool:
        """Whether a row was refused because an index lists one that the table does not have."""
        if not isinstance(problem, sqlite3.IntegrityError):
            return False
        try:
            with self._lock:
                return ask(self._writer, "PRAGMA integrity_check(1)") != "ok"
        except sqlite3.DatabaseError as failure:
            return is_damage(failure)

    def _tell_damage(self, aside: Path) -> None:
        self.notice = (
            f"The messages kept on this computer were damaged; the file has been set aside as {aside.name}. "
            "They are read from Twilio again."
        )

    def _unavailable(self, problem: Exception) -> ArchiveUnavailable:
        where = "the memory" if self.path is None else str(self.path.parent)
        return ArchiveUnavailable(
            f"The messages kept on this computer cannot be used: {say_why(problem)}.",
            f"Check that {where} can be written and has room.",
        )

    # -- connections -------------------------------------------------------------------------------------

    def _with_reader(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self.path is None:
            with self._lock:
                self._give_up_in_time(self._writer)
                try:
                    return work(self._writer)
                finally:
                    self._writer.set_progress_handler(None, 0)
        generation = self._generation
        try:
            database = self._readers.pop()
        except IndexError:
            database = self._connect()
            if database is None:
                with self._lock:
                    return work(self._writer)
            _prepare(database)
            database.execute("PRAGMA query_only = ON")
        self._give_up_in_time(database)
        try:
            # Between two questions a message may get another row.
            database.execute("BEGIN")
            result = work(database)
            database.execute("COMMIT")
        except BaseException:
            database.close()
            raise
        with self._readers_lock:
            if generation == self._generation:
                self._readers.append(database)
            else:
                database.close()
        return result

    def _give_up_in_time(self, database: sqlite3.Connection) -> None:
        """Have what is read from here on end once nobody waits for it any more, or all is to be closed."""
        is_given_up: Callable[[], bool] = getattr(self._thread, "is_given_up", None) or (lambda: False)
        database.set_progress_handler(lambda: self.stopped or is_given_up(), _STEPS)

    def _connect(self) -> sqlite3.Connection | None:
        """One more connection; None where the file was removed since, be there another one now or none."""
        if not self._is_in_place():
            return None
        database = connect(str(self.path))
        if self._is_in_place():
            return database
        database.close()
        return None

    def _is_in_place(self) -> bool:
        try:
            return self.path is not None and _identity(self.path) == self._identity
        except OSError:
            return False

    def _is_gone(self) -> bool:
        """Whether the path provably leads to no file any more, or to another one."""
        try:
            return self.path is not None and _identity(self.path) != self._identity
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        database = self._writer
        database.execute("BEGIN IMMEDIATE")
        try:
            version = ask(database, "PRAGMA data_version")
            if version != self._version:
                self._lost()
                self._version = version
            yield database
            database.execute("COMMIT")
        except BaseException:
            self._lost()
            # SQLite has given the transaction up itself where the disk was full.
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def _identity(path: Path) -> tuple[int, int]:
    """What tells a file from all others that there are while it is open; a name may be another file's next time."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _prepare(database: sqlite3.Connection) -> None:
    # Nothing of a message goes into a file of SQLite's own making.
    database.execute("PRAGMA temp_store = MEMORY")
    prepare(database)


def _keep_temporary_files_in(database: sqlite3.Connection, folder: str) -> None:
    """Have SQLite's temporary files, which hold what the file has, in the file's own folder, or else in memory.

    https://www.sqlite.org/pragma.html#pragma_temp_store_directory: it holds for the whole program, and some builds of
    SQLite do not know it.
    """
    with suppress(sqlite3.Error, UnicodeError):
        database.execute("PRAGMA temp_store_directory = '{}'".format(folder.replace("'", "''")))
    if ask(database, "PRAGMA temp_store_directory") != folder:
        database.execute("PRAGMA temp_store = MEMORY")
