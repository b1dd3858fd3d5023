"""The campaigns and bulk changes of a session: the files they are kept in, who runs them, and the records of changes.

Those of all saved connections are on disk, those of the sandbox in memory. What a screen asks for is `AccountJobs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING

from tui.services.account import Account, EventType, SessionEvent
from tui.storage.errors import StorageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tui.jobs.model import Job
    from tui.jobs.performing import Performer
    from tui.jobs.settling import InThread
    from tui.jobs.store import JobStore
    from tui.services.job_runs import JobRuns
    from tui.services.jobs import AccountJobs
    from tui.services.saved_connections import SavedConnections
    from tui.storage.journal import SendJournal
    from tui.storage.paths import Paths


class SessionJobs:
    """The jobs of every account; see `Session.all_jobs`.

    Args:
        paths: where they are kept, those of the sandbox nowhere.
        saved: the saved connections, whose messages may be kept or not.
        outbox: the journal of the saved connections' sends, with True that of the sandbox's.
        keep_changes: as `MessageChanges.take`.
        clock: the time.
        run: runs work that outlives a screen.
        publish: passes an event to the subscribers.
        notice: tells the person something.
        failed: told of what nobody handled.
    """

    def __init__(
        self,
        paths: Paths,
        saved: SavedConnections,
        *,
        outbox: Callable[[bool], SendJournal],
        keep_changes: Callable[..., Coroutine[object, object, bool]],
        clock: Callable[[], datetime],
        run: Callable[[Coroutine[object, object, object]], asyncio.Task[object]],
        publish: Callable[[SessionEvent], None],
        notice: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._paths, self._saved, self._outbox, self._keep_changes = paths, saved, outbox, keep_changes
        self._clock, self._run, self._publish, self._notice, self._failed = clock, run, publish, notice, failed
        self._stores: dict[bool, JobStore] = {}
        self._runs: dict[bool, JobRuns] = {}

    def store(self, *, sandbox: bool) -> JobStore:
        """Campaigns and bulk changes, made once: on disk, or in memory for the sandbox.

        On disk also for a connection that keeps nothing: a job has to outlive a kill. Its ended ones go at the start.
        """
        from tui.jobs.store import JobStore

        if sandbox not in self._stores:
            path = None if sandbox else self._paths.jobs
            # What is kept of its sends goes with a job.
            removing = self._outbox(sandbox).withdraw_jobs
            self._stores[sandbox] = JobStore(path, clock=self._clock, removing=removing)
        return self._stores[sandbox]

    def of(self, account: Account) -> AccountJobs:
        """See `Session.jobs`."""
        from tui.services.job_runs import JobRuns
        from tui.services.jobs import AccountJobs

        if account.sandbox not in self._runs:
            self._runs[account.sandbox] = JobRuns(
                self.store(sandbox=account.sandbox),
                None if account.sandbox else self._paths.job_locks,
                clock=self._clock,
                performer=self._performer,
                run=self._run,
                tell=partial(self._tell, sandbox=account.sandbox),
                notice=self._notice,
                removing=None if account.sandbox else self._write_record,
                failed=self._failed,
            )
        return AccountJobs(account, self._runs[account.sandbox])

    @property
    def running(self) -> tuple[int, ...]:
        """The jobs that this window runs, for whichever connection."""
        return tuple(id for runs in self._runs.values() for id in runs.running)

    def works_for(self, account: Account) -> bool:
        """Whether a job of this account runs here."""
        return any(runs.is_used(account) for runs in self._runs.values())

    async def interrupt(self, those: Callable[[Account], bool]) -> None:
        """Begin nothing more of the jobs of those accounts; see `JobRuns.interrupt`."""
        for runs in self._runs.values():
            await runs.interrupt(those)

    async def stop(self) -> None:
        """The program ends: interrupt what runs; what is under way has a moment to end."""
        for runs in self._runs.values():
            await runs.close()

    async def close(self) -> None:
        """Close the files, once nothing runs any more."""
        for store in self._stores.values():
            await asyncio.to_thread(store.close)

    async def recover(self, account: Account) -> None:
        """Settle what a run of a job left behind, and tell of it; nothing of it is done by itself."""
        if account.sandbox or not await asyncio.to_thread(self._paths.jobs.exists):
            return
        from tui.services.change_records import keep_missing

        sid, base = account.client.account_sid, account.client.policy.base
        try:
            await self.of(account).recover()
            store = self.store(sandbox=False)
            await asyncio.to_thread(keep_missing, store, self._paths.records, sid, base, self._keeps)
        except StorageError as problem:
            self._notice(str(problem))

    def _performer(self, account: Account, job: Job, in_thread: InThread) -> Performer:
        from tui.jobs.model import JobKind
        from tui.services.bulk_changes import BulkChanges
        from tui.services.campaign_sends import CampaignSends

        if job.new.kind is JobKind.CAMPAIGN:
            return CampaignSends(account, job.id, in_thread=in_thread)
        return BulkChanges(
            job.new.kind,
            account.client,
            find=account.archive.find,
            keep=partial(self._keep_changes, account),
            clock=self._clock,
        )

    # -- records of changes --------------------------------------------------------------------------

    def _tell(self, id: int, *, sandbox: bool) -> None:
        self._publish(SessionEvent(EventType.JOBS, self._runs[sandbox].owner(id), job=id))
        if not sandbox and id not in self.running:
            self._run(self.keep_record(id))

    async def keep_record(self, id: int) -> None:
        """Keep the record of a job that has changed messages, once it has ended."""
        try:
            path = await self._write_record(id)
        except StorageError as problem:
            self._notice(str(problem))
        else:
            if path is not None:
                self._notice(f"The record of what was changed, without texts and numbers, is {path}.")

    async def _write_record(self, id: int) -> Path | None:
        from tui.services.change_records import keep_record

        folder = self._paths.records
        return await asyncio.to_thread(keep_record, self.store(sandbox=False), folder, id, self._keeps)

    def _keeps(self, connection: str) -> bool:
        """Whether what a connection's messages leave behind is kept."""
        saved = self._saved.connections.get(connection)
        return saved is not None and saved.days_kept != 0
