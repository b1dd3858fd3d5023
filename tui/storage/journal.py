"""The send journal: each send is committed here before its request leaves, and so is its outcome.

Twilio has no idempotency key for messages, so this is what stands between a crash and a silent duplicate.
Must not know HTTP or how an unknown send is looked up; it holds states and lets them move forward only.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self, cast

from tui.storage import journal_database as rows
from tui.storage import journal_words as words
from tui.storage.errors import OutboxUnavailable
from tui.storage.files import is_running
from tui.storage.journal_database import Claim
from tui.storage.journal_entry import (
    JournalEntry,
    JournalState,
    NewSend,
    SendEnd,
)
from tui.storage.row_reader import storable, write_time
from tui.storage.state_file import StateFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from tui.storage.row_reader import Cell

RECOVER_AFTER: Final = timedelta(seconds=120)

KEEP_FOR: Final = timedelta(days=90)
KEEP_AT_LEAST: Final = 1000
"""Entries of an account that are kept however old they are."""

# A process number alone is not enough: in a container each start may get the same one.
_THIS_PROCESS: Final = os.urandom(8).hex()


def _now() -> datetime:
    return datetime.now(UTC)


class SendJournal:
    """The journal at `path`, or in memory with none. Usable from any thread.

    It opens when first used, so that making one never fails. Every method may raise `OutboxUnavailable`; then nothing
    was written and nothing may be sent.

    Attributes:
        now: the clock that the times of the entries are taken from.
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
        self._file = StateFile(path, rows.LAYOUT, rows.WORDS_OF_FILE)
        self.now = clock
        self._pid = os.getpid() if pid is None else pid
        self._running = running
        self._process = process

    @property
    def notice(self) -> str | None:
        """What became of a damaged journal, as a sentence; known after the first use."""
        return self._file.notice

    def begin(self, send: NewSend) -> JournalEntry:
        """As `begin_all`, one."""
        return self.begin_all([send])[0]

    def begin_all(self, sends: Sequence[NewSend]) -> tuple[JournalEntry, ...]:
        """Commit sends as SENDING, all of them at once; on return they have reached the disk. Send only after this.

        Raises:
            OutboxConflict: one is of an item of a job of which a send is under way, was accepted or is unknown.
            OutboxUnavailable: they could not be written, so none of them must be sent.
        """
        now = write_time(self.now())
        try:
            with self._file.transaction() as database:
                return tuple(rows.begin(database, send, now, self._pid, self._process) for send in sends)
        except OutboxUnavailable as problem:
            # Only here trouble with the journal means that nothing is sent.
            raise OutboxUnavailable(problem.reason, f"Nothing is sent without it. {problem.remedy}") from None

    def settle(
        self,
        id: int,
        state: JournalState,
        *,
        sid: str | None = None,
        code: int | None = None,
        detail: str | None = None,
    ) -> JournalEntry:
        """Move an entry on: from SENDING to any state, from UNKNOWN to any certain one.

        Saying the same again changes nothing, except that a SID not known before is filled in. A SID that another
        entry only got by `claim` is this one's: then that entry takes another message it could be, or is unknown.

        Raises:
            OutboxConflict: there is no such entry, it may not go there, or the SID is another entry's.
        """
        return self.settle_all([SendEnd(id, state, sid, code, detail)])[0]

    def settle_all(self, ends: Sequence[SendEnd]) -> tuple[JournalEntry, ...]:
        """Move entries on as `settle` does, in one commit.

        Raises:
            OutboxConflict: one of them cannot go there; then none did.
        """
        now = write_time(self.now())
        with self._file.transaction() as database:
            return tuple(rows.settle(database, end, now) for end in ends)

    @property
    def identity(self) -> str:
        """The mark of this very file, which a copy of it has as well; another journal has another."""
        with self._file.transaction() as database:
            return rows.identity(database)

    @property
    def newest(self) -> int:
        """The number of the entry that was begun last, also when it was deleted since; 0 before the first."""
        with self._file.transaction("BEGIN") as database:
            found = cast("tuple[int] | None", database.execute(rows.NEWEST).fetchone())
        return found[0] if found is not None else 0

    def of_job(self, job: int, items: Collection[int] | None = None) -> tuple[JournalEntry, ...]:
        """The sends of a job, or of these of its items, in the order they were begun in."""
        if items is None:
            return self._select("job != 0 AND job = ? ORDER BY id", job)
        return self._select(
            "job != 0 AND job = ? AND item IN (SELECT value FROM json_each(?)) ORDER BY id",
            job,
            json.dumps(list(items)),
        )

    def claim(
        self,
        id: int,
        judge: Callable[[JournalEntry, tuple[JournalEntry, ...], frozenset[str]], Claim | None],
        *,
        among: Collection[str] | None = None,
    ) -> tuple[JournalEntry, bool]:
        """Let `judge` settle an open entry by what a look-up found, while nobody else can write: two look-ups, in this
        tuilio or another, never take the same message.

        Args:
            id: the entry.
            judge: is given the entry, the other `open_ends` to its recipient, and the SIDs that are known to be
                somebody's. None leaves it as it is. It must be quick.
            among: the SIDs that were found; of others it is not told whether they are somebody's.

        Returns:
            The entry as it is now, and whether this call settled it.

        Raises:
            OutboxConflict: there is no such entry.
        """
        with self._file.transaction() as database:
            entry = rows.find(database, id)
            if entry.state not in (JournalState.UNKNOWN, JournalState.SENDING):
                return entry, False
            rivals = tuple(each for each in rows.open_ends(database, entry.account_sid, entry.to) if each.id != id)
            claimed = rows.claimed(database, entry.account_sid, among)
            claim = judge(entry, rivals, claimed)
            if claim is None or claim.sid in claimed:
                return entry, False
            database.execute(
                "UPDATE sends SET state = ?, sid = ?, code = coalesce(?, code), detail = coalesce(?, detail), "
                "settled_at = ?, could_be = ? WHERE id = ?",
                (
                    claim.state.value,
                    storable(claim.sid),
                    claim.code,
                    None if claim.detail is None else storable(claim.detail),
                    write_time(self.now()),
                    " ".join(claim.could_be or (claim.sid,)),
                    id,
                ),
            )
            return rows.find(database, id), True

    def having_words(self, account_sid: str, sids: Mapping[str, bool]) -> tuple[JournalEntry, ...]:
        """What `withdraw` would change."""
        with self._file.transaction("BEGIN") as database:
            return words.having_words(database, account_sid, sids)

    def withdraw(self, account_sid: str, sids: Mapping[str, bool]) -> tuple[JournalEntry, ...]:
        """Remove the words of sends whose messages were redacted or deleted, and overwrite them in the file.

        Only of settled ones: by its words an open one is recognised.

        Args:
            account_sid: whose messages they are.
            sids: SID → whether the message itself is gone; then what it named as media goes as well.

        Returns:
            The sends that had any, as they were.
        """
        with self._file.transaction() as database:
            changed = words.withdraw(database, account_sid, sids)
        if changed:
            self.overwrite()
        return changed

    def withdraw_jobs(self, jobs: Collection[int]) -> None:
        """Remove the words of the settled sends of jobs that are forgotten, and overwrite them: nobody sees them here.

        By its words an unknown one is looked up.
        """
        with self._file.transaction() as database:
            changed = words.withdraw_jobs(database, jobs)
        if changed:
            self.overwrite()

    def overwrite(self) -> None:
        """Leave nothing of withdrawn words in the file; where that cannot be done now it stays due."""
        self._file.overwrite("sends")

    def recover(self) -> tuple[JournalEntry, ...]:
        """Settle as UNKNOWN what is SENDING although its process is gone or it began over 120 seconds ago.

        Returns those entries.
        """
        with self._file.transaction() as database:
            under_way = cast(
                "list[tuple[int, Cell, Cell]]",
                database.execute(
                    "SELECT id, pid, process FROM sends WHERE state = ? ORDER BY id", (JournalState.SENDING.value,)
                ).fetchall(),
            )
            lost = [id for id, pid, process in under_way if self._gone(rows.find(database, id), pid, process)]
            database.executemany(
                "UPDATE sends SET state = ?, settled_at = ?, detail = coalesce(detail, ?) WHERE id = ?",
                [(JournalState.UNKNOWN.value, write_time(self.now()), _LOST, number) for number in lost],
            )
            return tuple(rows.find(database, number) for number in lost)

    def entries(self, account_sid: str, limit: int = 50) -> tuple[JournalEntry, ...]:
        """The latest sends of an account, newest first, at most `limit`; of those of jobs only the unknown ones."""
        with self._file.transaction("BEGIN") as database:
            return rows.latest(database, account_sid, limit)

    def all_before(self, account_sid: str, before: int | None = None, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """All sends of an account, also those of jobs, newest first: those before an entry, at most `limit`."""
        with self._file.transaction("BEGIN") as database:
            newest = _END if before is None else before
            return rows.read(
                database, "account_sid = ? AND id < ? ORDER BY id DESC LIMIT ?", storable(account_sid), newest, limit
            )

    def history(self, account_sid: str, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """As `entries`, and those whose account cannot be read: unknown ones first, each newest first."""
        with self._file.transaction("BEGIN") as database:
            return rows.history(database, account_sid, limit)

    def unknown(self, account_sid: str) -> tuple[JournalEntry, ...]:
        """The account's sends in the state UNKNOWN, newest first, and those whose account cannot be read."""
        with self._file.transaction("BEGIN") as database:
            return rows.unknown(database, account_sid)

    def of_messages(self, account_sid: str, sids: Collection[str]) -> tuple[JournalEntry, ...]:
        """The sends that made these messages."""
        return self._select(
            "account_sid = ? AND sid IN (SELECT value FROM json_each(?))", storable(account_sid), json.dumps(list(sids))
        )

    def open_ends(self, account_sid: str, to: str | None = None) -> tuple[JournalEntry, ...]:
        """The account's sends, or those to a recipient, that may own a message of unknown SID: unsettled ones, those
        marked as sent by hand, and those that Twilio refused, which it may list all the same.
        """
        with self._file.transaction("BEGIN") as database:
            return rows.open_ends(database, account_sid, to)

    def prune(self, *, keep: int = KEEP_AT_LEAST, jobs: Collection[int] = ()) -> int:
        """Delete settled entries over 90 days old, beyond the newest `keep` of their account; returns how many.

        Never an unknown one, and nothing at all of an account that has one: which messages belong to other sends
        is what tells whether a lost one was sent. Nor of these `jobs`: what became of their items is read from here.
        """
        with self._file.transaction() as database:
            forgotten = rows.prune(database, self.now() - KEEP_FOR, keep, jobs)
        if forgotten:
            self._file.write_anew()
        return forgotten

    def close(self) -> None:
        """Close the file. A later use opens it again, so that a late answer is still written down."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _select(self, condition: str, *values: str | bytes | int) -> tuple[JournalEntry, ...]:
        with self._file.transaction("BEGIN") as database:
            return rows.read(database, condition, *values)

    def _gone(self, entry: JournalEntry, pid: Cell, process: Cell) -> bool:
        if entry.damaged or not isinstance(pid, int) or self.now() - entry.started_at > RECOVER_AFTER:
            return True
        if pid == self._pid:
            return process != self._process
        return not self._running(pid)


_END: Final = 1 << 62
"""A number that no entry reaches."""

_LOST: Final = "tuilio ended before Twilio's answer arrived."
