"""The store of jobs: what is to be done and what became of it, committed before and after each step.

Must not know how an item is done, who runs a job, or the send journal, which is the truth about sends.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self, cast

from tui.jobs import tables
from tui.jobs.model import ITEM_FOLLOWERS, JOB_FOLLOWERS, ItemState, JobItem, JobState
from tui.storage.errors import JobConflict
from tui.storage.row_reader import Cell, storable, write_time
from tui.storage.state_file import StateFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.jobs.model import ItemResult, Job, NewItem, NewJob
    from tui.jobs.report import ItemMark

KEEP_FOR: Final = timedelta(days=90)


def _now() -> datetime:
    return datetime.now(UTC)


class JobStore:
    """The jobs in the file at `path`, or in memory with none. Usable from any thread.

    It opens when first used, so that making one never fails. Every method may raise `JobsUnavailable`; then nothing
    was changed.

    Attributes:
        now: the clock that the times are taken from.
        removing: is told of each job that is about to be deleted: what else is kept of it goes with it. Where that
            fails with a `StorageError` the job stays.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], datetime] = _now,
        removing: Callable[[Collection[int]], object] = lambda _: None,
    ) -> None:
        self._file = StateFile(path, tables.LAYOUT, tables.WORDS_OF_FILE)
        self.now = clock
        self._removed = removing

    @property
    def notice(self) -> str | None:
        """What became of a damaged file, as a sentence; known after the first use."""
        return self._file.notice

    def create(self, new: NewJob, items: Iterable[NewItem]) -> Job:
        """Write a job down with its items, as READY; all of it is frozen from then on."""
        now = write_time(self.now())
        rows = [tables.item_row(number, item, now) for number, item in enumerate(items, 1)]
        with self._file.transaction() as database:
            id = tables.insert_job(database, new, JobState.READY.value, now)
            tables.insert_items(database, id, rows)
            return tables.find_job(database, id)

    def jobs(self, account_sid: str, base: str, limit: int = 100) -> tuple[Job, ...]:
        """The jobs of an account at a server, and those whose account cannot be read, newest first."""
        if not self._file.is_there:
            return ()
        with self._file.transaction("BEGIN") as database:
            return tables.jobs_of(database, account_sid, base, limit)

    def job(self, id: int) -> Job:
        """One job.

        Raises:
            JobGone: there is none of this number.
        """
        with self._file.transaction("BEGIN") as database:
            return tables.find_job(database, id)

    def set_state(self, id: int, state: JobState, *, reason: str = "", journal: str = "") -> Job:
        """Move a job on; see `JOB_FOLLOWERS`. Saying the same again changes its reason and journal, where one is given.

        Args:
            id, state: the job, and where it goes.
            reason: why; goes with the state.
            journal: the mark of the send journal that its sends are written into from now on.

        Raises:
            JobGone: there is none of this number.
            JobConflict: it may not go there.
        """
        with self._file.transaction() as database:
            job = tables.find_job(database, id)
            _refuse_move(job, state)
            now = write_time(self.now())
            database.execute(
                "UPDATE jobs SET state = ?, reason = ?, journal = coalesce(?, journal), "
                "started_at = CASE WHEN ? THEN coalesce(started_at, ?) ELSE started_at END, "
                "ended_at = CASE WHEN ? THEN coalesce(ended_at, ?) ELSE ended_at END WHERE id = ?",
                (
                    state.value,
                    storable(reason or (job.reason if state is job.state else "")),
                    storable(journal) if journal else None,
                    *(state is JobState.RUNNING, now),
                    *(state.ended, now),
                    id,
                ),
            )
            return tables.find_job(database, id)

    def items(
        self, id: int, states: Collection[ItemState] = (), *, after: int = 0, limit: int = 200
    ) -> tuple[JobItem, ...]:
        """Items of a job by their number, at most `limit`.

        Args:
            id: the job.
            states: in one of these states; in any where there are none.
            after: with a number higher than this.
            limit: how many.
        """
        asked = (id, states, after, limit)
        with self._file.transaction("BEGIN") as database:
            found = tables.items_of(database, *asked)
        if states and not {item.state for item in found} <= set(states):
            # A byte of a row or of its index was changed on the disk: nothing looks for that when the file is opened.
            with self._file.transaction() as database:
                tables.count_anew(database)
                found = tables.items_of(database, *asked)
        return found

    def items_by_number(self, id: int, numbers: Collection[int]) -> tuple[JobItem, ...]:
        """These items of a job, by their number; those that there are."""
        with self._file.transaction("BEGIN") as database:
            return tables.items_among(database, id, numbers)

    def marks(self, id: int, after: int | None = None) -> tuple[tuple[ItemMark, ...], int]:
        """The items of a job, as much of each as tells what became of it: all by their number, or those that were
        changed after the change of this number, once each.

        Returns:
            These, and the number of the last change, for the next time.

        Raises:
            JobGone: there is no such job.
        """
        with self._file.transaction("BEGIN") as database:
            job, last = tables.find_job(database, id, counted=False), tables.last_change(database, id)
            return tuple(tables.marks(database, job, after)), last

    def claim(self, id: int, numbers: Sequence[int]) -> tuple[JobItem, ...]:
        """Move those of these items that are WAITING to LEAVING; on return that has reached the disk.

        Nobody else gets them by then. A damaged one is FAILED instead: what cannot be read is not begun.

        Returns:
            Those that are the caller's now, by their number. None of a job that is not RUNNING, or is damaged.

        Raises:
            JobGone: there is no such job.
        """
        moment = self.now().astimezone(UTC)
        now = write_time(moment)
        with self._file.transaction() as database:
            job = tables.find_job(database, id, counted=False)
            if job.state is not JobState.RUNNING or job.damaged:
                return ()
            found = tables.waiting(database, id, numbers)
            whole = sorted((item for item in found if not item.damaged), key=lambda item: item.number)
            database.executemany(
                "UPDATE items SET state = ?, attempts = ?, not_before = NULL, detail = NULL, changed_at = ? "
                "WHERE job = ? AND number = ?",
                [(ItemState.LEAVING.value, item.attempts + 1, now, id, item.number) for item in whole],
            )
            database.executemany(
                "UPDATE items SET state = ?, left_out = NULL, code = NULL, detail = ?, changed_at = ? "
                "WHERE job = ? AND number = ?",
                [
                    (ItemState.FAILED.value, _UNREADABLE.format(item.damaged[0]), now, id, item.number)
                    for item in found
                    if item.damaged
                ],
            )
            if 0 in numbers:
                tables.fail_nameless(database, id, _UNREADABLE.format("number"), now)
        # Those that were found whole: what is read another time may be read from another page.
        return tuple(
            replace(
                item,
                state=ItemState.LEAVING,
                attempts=item.attempts + 1,
                not_before=None,
                detail=None,
                changed_at=moment,
            )
            for item in whole
        )

    def settle(self, id: int, results: Sequence[ItemResult]) -> None:
        """Move items on, all in one commit; see `ITEM_FOLLOWERS`.

        Saying the same again of one that is not WAITING fills in what was not known; a SID stays.

        Raises:
            JobGone: there is no such job.
            JobConflict: one of them may not go there, or is not there; then none did.
        """
        now = write_time(self.now())
        with self._file.transaction() as database:
            for result in results:
                _settle(database, id, result, now)

    def sids(self, id: int) -> tuple[tuple[int, str], ...]:
        """The messages of a job: the number of the item, and its SID."""
        with self._file.transaction("BEGIN") as database:
            rows = database.execute(
                "SELECT number, sid FROM items WHERE job = ? AND sid IS NOT NULL ORDER BY number", (id,)
            ).fetchall()
        return tuple((number, sid) for number, sid in cast("list[tuple[int, Cell]]", rows) if isinstance(sid, str))

    def withdraw(self, account_sid: str, sids: Mapping[str, bool]) -> int:
        """Remove the words of items whose messages were redacted or deleted, and overwrite them in the file.

        Args:
            account_sid: whose messages they are.
            sids: SID → whether the message itself is gone; then what it named as media goes as well.

        Returns:
            How many items had any.
        """
        if not self._file.is_there:
            return 0
        with self._file.transaction() as database:
            changed = tables.withdraw(database, account_sid, sids)
        if changed:
            self.overwrite()
        return changed

    def overwrite(self) -> None:
        """Leave nothing of withdrawn words in the file; where that cannot be done now it stays due."""
        if self._file.is_there:
            self._file.overwrite("items")

    def newest_entry(self, id: int) -> int:
        """The highest number that a send of this job has in the send journal, as far as is known here; 0 for none."""
        with self._file.transaction("BEGIN") as database:
            found = database.execute("SELECT max(entry) FROM items WHERE job = ?", (id,)).fetchone()
        return found[0] if isinstance(found[0], int) else 0

    def under_way(self) -> frozenset[int]:
        """The jobs that have an item LEAVING: what became of it may have to be read from the send journal."""
        if not self._file.is_there:
            return frozenset()
        with self._file.transaction("BEGIN") as database:
            return tables.having_state(database, ItemState.LEAVING)

    def remove(self, id: int) -> None:
        """Delete a job that is not RUNNING, with its items, and overwrite them.

        Raises:
            JobConflict: it is running.
        """

        def may_go(job: Job) -> bool:
            if job.state is JobState.RUNNING:
                raise JobConflict("This job is running.", "Stop it first, then remove it.", field="state")
            return True

        self._remove(may_go, "id = ?", id)

    def forget(self, account_sid: str, connection: str, *, ended: bool = False) -> int:
        """Delete the jobs of a connection, or only those that have ended, and overwrite them; returns how many.

        One that runs is at an end with its next item. Of those of which it is not known what became of them the send
        journal goes on telling.
        """
        return self._remove(
            lambda job: job.state.ended or not ended,
            "account_sid = ? AND connection = ?",
            storable(account_sid),
            storable(connection),
        )

    def prune(self) -> int:
        """Delete jobs that ended more than 90 days ago; returns how many.

        Never one with an item of which it is not known what became of it, nor a damaged one.
        """
        before = self.now() - KEEP_FOR
        unsettled = {ItemState.UNKNOWN, ItemState.LEAVING}
        return self._remove(
            lambda job: (
                job.ended_at is not None
                and job.ended_at < before
                and not job.damaged
                and not unsettled & job.counts.states.keys()
            ),
            "state IN ('finished', 'stopped') AND ended_at < ?",
            write_time(before),
        )

    def close(self) -> None:
        """Close the file. A later use opens it again, so that a late answer is still written down."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _remove(self, may_go: Callable[[Job], bool], condition: str, *values: Cell) -> int:
        if not self._file.is_there:
            return 0
        with self._file.transaction() as database:
            gone = [job.id for job in tables.read_jobs(database, condition, *values) if may_go(job)]
            if gone:
                self._removed(gone)
                tables.delete_jobs(database, gone)
        if gone:
            self._file.write_anew()
        return len(gone)


_UNREADABLE: Final = "Its {} cannot be read in the file of jobs, so it was not begun."


def _refuse_move(job: Job, state: JobState) -> None:
    why = ""
    if state is not job.state and state not in JOB_FOLLOWERS[job.state]:
        why = f"A job that is {job.state.value} cannot become {state.value}."
    elif job.damaged and state is JobState.RUNNING:
        why = f"Its {job.damaged[0]} cannot be read in the file of jobs."
    elif state is JobState.FINISHED and state is not job.state and job.counts.open:
        why = f"{job.counts.open} of its items are not done yet."
    if why:
        raise JobConflict(why, "Look at the job as it is now.", field="state")


def _settle(database: sqlite3.Connection, id: int, result: ItemResult, now: str) -> None:
    found = tables.read_items(database, "job = ? AND number = ?", id, result.number)
    if not found:
        tables.find_job(database, id)
        raise JobConflict(f"The job has no item {result.number}.", "Look at the job as it is now.", field="number")
    item = found[0]
    again = item.state is result.state and item.state is not ItemState.WAITING
    if not again and result.state not in ITEM_FOLLOWERS[item.state]:
        raise JobConflict(
            f"An item that is {item.state.value} cannot become {result.state.value}.",
            "Look at the item as it is now.",
            field="state",
        )
    if item.sid and result.sid and item.sid != result.sid:
        raise JobConflict("The item belongs to another message already.", "Look at both messages.", field="sid")
    keep = "coalesce(?, {})" if again else "?"
    waits = result.state is ItemState.WAITING
    database.execute(
        f"UPDATE items SET state = ?, sid = coalesce(?, sid), code = {keep.format('code')}, "  # noqa: S608
        f"detail = {keep.format('detail')}, entry = coalesce(?, entry), left_out = {keep.format('left_out')}, "
        f"not_before = ?, changed_at = {'coalesce(changed_at, ?)' if again else '?'} WHERE job = ? AND number = ?",
        (
            result.state.value,
            None if result.sid is None else storable(result.sid),
            None if waits else result.code,
            None if result.detail is None else storable(result.detail),
            result.entry,
            None if result.left_out is None else result.left_out.value,
            write_time(result.not_before) if waits and result.not_before is not None else None,
            now,
            id,
            result.number,
        ),
    )
