"""The send journal: what was about to be sent, written down before it is, and what became of it.

Twilio has no idempotency key for messages, so this is what stands between a crash and a silent duplicate.
Must not know HTTP or how an unknown send is looked up; it only holds states and lets them move forward.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self, cast

from tui.storage.errors import OutboxConflict, OutboxUnavailable
from tui.storage.outbox_entry import COLUMNS, FOLLOWERS, Cell, Entry, State, read_row, storable
from tui.storage.processes import is_running

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

__all__ = ["Entry", "Outbox", "OutboxConflict", "OutboxUnavailable", "State"]

RECOVER_AFTER: Final = timedelta(seconds=120)

KEEP_FOR: Final = timedelta(days=90)
KEEP_AT_LEAST: Final = 1000
"""Entries of an account that are kept however old they are."""

# A process number alone is not enough: in a container each start may get the same one.
_THIS_PROCESS: Final = os.urandom(8).hex()


def _now() -> datetime:
    return datetime.now(UTC)


class Outbox:
    """The journal at `path`, or in memory with none. Usable from any thread.

    It opens when first used, so that making one costs nothing, not even SQLite's import, and never fails. Every
    method may raise `OutboxUnavailable`; then nothing was written and nothing may be sent.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], datetime] = _now,
        pid: int | None = None,
        running: Callable[[int], bool] = is_running,
        process: str = _THIS_PROCESS,
    ) -> None:
        self._path = path
        self._clock = clock
        self._pid = os.getpid() if pid is None else pid
        self._running = running
        self._process = process
        self._guard = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._notice: str | None = None

    @property
    def notice(self) -> str | None:
        """What became of a damaged journal, as a sentence; known after the first use."""
        return self._notice

    def begin(
        self,
        *,
        connection: str,
        account_sid: str,
        to: str,
        sender: str,
        body: str,
        media: Sequence[str] = (),
        by_hand: bool = False,
        base: str = "",
    ) -> Entry:
        """Write down a send as SENDING; on return it has reached the disk. Send only after this.

        Raises:
            OutboxUnavailable: it could not be written, so it must not be sent.
        """
        values = (
            storable(connection),
            storable(account_sid),
            storable(to),
            storable(sender),
            storable(body),
            json.dumps(list(media)),
            State.SENDING.value,
            _written(self._clock()),
            self._pid,
            self._process,
            int(by_hand),
            storable(base),
        )
        with self._transaction() as database:
            number = database.execute(
                "INSERT INTO sends (connection, account_sid, recipient, sender, body, media, "
                "state, started_at, pid, process, by_hand, base) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid
            return _find(database, number or 0)

    def settle(
        self,
        id: int,
        state: State,
        *,
        sid: str | None = None,
        code: int | None = None,
        detail: str | None = None,
    ) -> Entry:
        """Move an entry on: from SENDING to any state, from UNKNOWN to any certain one.

        Saying the same again changes nothing, except that a SID not known before is filled in.

        Raises:
            OutboxConflict: there is no such entry, it may not go there, or the SID is another entry's.
        """
        import sqlite3

        conflict = ""
        try:
            with self._transaction() as database:
                entry = _find(database, id)
                if entry.state is state and (sid is None or sid == entry.sid):
                    return entry
                _refuse_illegal(entry, state)
                database.execute(
                    "UPDATE sends SET state = ?, sid = coalesce(?, sid), code = coalesce(?, code), "
                    "detail = coalesce(?, detail), settled_at = ? WHERE id = ?",
                    (
                        state.value,
                        None if sid is None else storable(sid),
                        code,
                        None if detail is None else storable(detail),
                        _written(self._clock()),
                        id,
                    ),
                )
                return _find(database, id)
        except sqlite3.IntegrityError:
            conflict = f"The message {sid} already belongs to another entry of the send journal."
        raise OutboxConflict(conflict, "Look at both messages before sending again.", field="sid")

    def recover(self) -> tuple[Entry, ...]:
        """Call UNKNOWN whatever is still SENDING though nobody sends it any more; returns those entries.

        Nobody does when the process that began it is gone, or when it began over 120 seconds ago.
        """
        with self._transaction() as database:
            rows = cast(
                "list[tuple[int, int, str, str]]",
                database.execute(
                    "SELECT id, pid, process, started_at FROM sends WHERE state = ? ORDER BY id",
                    (State.SENDING.value,),
                ).fetchall(),
            )
            lost = [number for number, pid, process, started in rows if self._gone(pid, process, started)]
            database.executemany(
                "UPDATE sends SET state = ?, settled_at = ?, detail = coalesce(detail, ?) WHERE id = ?",
                [(State.UNKNOWN.value, _written(self._clock()), _LOST, number) for number in lost],
            )
            return tuple(_find(database, number) for number in lost)

    def find(self, id: int) -> Entry:
        """One entry.

        Raises:
            OutboxConflict: there is none of this number.
        """
        with self._transaction("BEGIN") as database:
            return _find(database, id)

    def entries(self, account_sid: str, limit: int = 50) -> tuple[Entry, ...]:
        """The latest sends of an account, newest first, at most `limit`."""
        return self._select("account_sid = ? ORDER BY id DESC LIMIT ?", storable(account_sid), limit)

    def history(self, account_sid: str, limit: int = 1000) -> tuple[Entry, ...]:
        """The sends of an account: those nobody knows the end of first, then the others; each newest first."""
        return self._select(
            "account_sid = ? ORDER BY state = ? DESC, id DESC LIMIT ?",
            storable(account_sid),
            State.UNKNOWN.value,
            limit,
        )

    def unknown(self, account_sid: str) -> tuple[Entry, ...]:
        """The account's sends of which nobody knows whether they happened, newest first."""
        return self._select(
            "account_sid = ? AND state = ? ORDER BY id DESC", storable(account_sid), State.UNKNOWN.value
        )

    def claimed(self, account_sid: str) -> frozenset[str]:
        """The SIDs of messages that entries of this account already stand for."""
        entries = self._select("account_sid = ? AND sid IS NOT NULL", storable(account_sid))
        return frozenset(entry.sid for entry in entries if entry.sid is not None)

    def prune(self, *, keep: int = KEEP_AT_LEAST) -> int:
        """Forget settled entries over 90 days old, beyond the newest `keep` of their account; returns how many.

        Never an unknown one, and nothing at all of an account that has one: which messages belong to other sends
        is what tells whether a lost one was sent.
        """
        settled = (State.ACCEPTED.value, State.REJECTED.value, State.NOT_SENT.value)
        before, forgotten = _written(self._clock() - KEEP_FOR), 0
        with self._transaction() as database:
            accounts = cast(
                "list[tuple[Cell, int]]",
                database.execute(
                    "SELECT account_sid, sum(state NOT IN (?, ?, ?)) FROM sends GROUP BY account_sid", settled
                ).fetchall(),
            )
            for account, open_ends in accounts:
                if not open_ends:
                    forgotten += database.execute(
                        "DELETE FROM sends WHERE account_sid = ? AND settled_at < ? AND id < (SELECT id FROM sends "
                        "WHERE account_sid = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                        (account, before, account, keep - 1),
                    ).rowcount
        return forgotten

    def close(self) -> None:
        """Let go of the file. A later use opens it again, so that a late answer is still written down."""
        with self._guard:
            database, self._database = self._database, None
            if database is not None:
                import sqlite3

                with suppress(sqlite3.Error):
                    database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _select(self, condition: str, *values: str | bytes | int) -> tuple[Entry, ...]:
        with self._transaction("BEGIN") as database:
            rows = cast(
                "list[tuple[Cell, ...]]",
                database.execute(f"SELECT {COLUMNS} FROM sends WHERE {condition}", values).fetchall(),  # noqa: S608
            )
        return tuple(read_row(row) for row in rows)

    def _gone(self, pid: int, process: str, started: str) -> bool:
        if self._clock() - datetime.fromisoformat(started) > RECOVER_AFTER:
            return True
        if pid == self._pid:
            return process != self._process
        return not self._running(pid)

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Generator[sqlite3.Connection]:
        """All of the block reaches the disk, or none of it."""
        import sqlite3

        from tui.storage.database import say_why
        from tui.storage.outbox_file import open_journal, unavailable

        why = ""
        with self._guard:
            if self._database is None:
                self._database, notice = open_journal(self._path)
                self._notice = notice or self._notice
            database = self._database
            try:
                database.execute(begin)
                yield database
                database.execute("COMMIT")
            except (sqlite3.IntegrityError, OutboxConflict):
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
            raise unavailable(why, "its folder" if self._path is None else str(self._path.parent))

    def _undo(self, database: sqlite3.Connection) -> None:
        import sqlite3

        with suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        if self._path is not None:
            # After trouble the next use opens and checks the file anew.
            self.close()


_LOST: Final = "tuilio ended before Twilio's answer arrived."


def _find(database: sqlite3.Connection, id: int) -> Entry:
    row = cast(
        "tuple[Cell, ...] | None",
        database.execute(f"SELECT {COLUMNS} FROM sends WHERE id = ?", (id,)).fetchone(),  # noqa: S608
    )
    if row is None:
        raise OutboxConflict("The send journal has no such entry.", "Look among the messages.")
    return read_row(row)


def _refuse_illegal(entry: Entry, state: State) -> None:
    if entry.state is state and entry.sid is None:
        return
    if state not in FOLLOWERS[entry.state]:
        raise OutboxConflict(
            f"A send that is {entry.state.value} cannot become {state.value}.",
            "Look at the message itself before sending again.",
            field="state",
        )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
