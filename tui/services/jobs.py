"""The jobs of an account: kept, run in this window, watched from any; what screens ask for and how a job stands.

Whoever runs a job holds its lock, which the system releases when the process dies: so two windows never run one, and
a job that says RUNNING while nobody holds its lock was interrupted. It goes on when a person says so, never by itself.
Every call that touches a file does so in a thread. Knows nothing of screens; how items are done is `job_runs`' part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from tui.jobs.model import ItemState, Job, JobItem, JobState, NewItem, NewJob
from tui.services.job_runs import JobRuns, JobView

if TYPE_CHECKING:
    from tui.services.account import Account


__all__ = ["AccountJobs", "JobView"]


class AccountJobs:
    """The jobs of one account at one server. Every call raises StorageError where the files cannot be used.

    A job that was begun with another connection to the same account is its job as well.
    """

    def __init__(self, account: Account, runs: JobRuns) -> None:
        self._account, self._runs = account, runs
        self._store = runs.store

    @property
    def running(self) -> tuple[int, ...]:
        """The jobs that this window runs, for whichever account; those whose last items end are among them."""
        return self._runs.running

    async def all(self, limit: int = 100) -> tuple[JobView, ...]:
        """The jobs, newest first."""
        base = self._account.client.policy.base
        kept = await asyncio.to_thread(self._store.jobs, self._account.client.account_sid, base, limit)
        return tuple([await self._runs.view(job) for job in kept])

    async def view(self, id: int) -> JobView:
        """One job.

        Raises:
            JobGone: there is none.
        """
        job = await asyncio.to_thread(self._store.job, id)
        return await self._runs.view(job)

    async def create(self, new: NewJob, items: Iterable[NewItem]) -> Job:
        """Write a job down, READY, with all that will be done; nothing is done before `start`."""
        job = await asyncio.to_thread(self._store.create, new, items)
        self._runs.tell(job.id)
        return job

    async def start(self, id: int) -> None:
        """Begin a job, or go on with one that was paused, halted or interrupted.

        Returns when it runs. What halted it counts anew from here.

        Raises:
            StorageError: it cannot be run: another window runs it, it has ended, it is damaged, another account's, or
                cannot be written.
        """
        await self._runs.start(self._account, id)

    async def pause(self, id: int) -> None:
        """Begin nothing more of a job; what is under way ends. Also one that another window runs."""
        await self._runs.end(id, JobState.PAUSED)

    async def stop(self, id: int) -> None:
        """Give a job up: what is waiting stays undone for good; what is under way ends."""
        await self._runs.end(id, JobState.STOPPED)

    async def check_again(self, id: int) -> None:
        """Look for a job's unknown sends once more, or learn what a person settled by hand; `JOBS` events tell of it.

        None of them is sent again. Nothing happens while it runs here: it is done when it ends.
        """
        self._runs.check_again(self._account, id)

    async def remove(self, id: int) -> None:
        """Forget a job that does not run."""
        await self._runs.remove(id)

    async def items(
        self,
        id: int,
        states: Collection[ItemState] = (),
        *,
        after: int = 0,
        limit: int = 200,
    ) -> tuple[JobItem, ...]:
        """Items by number, from the one after `after`; see `JobStore.items`."""
        return await asyncio.to_thread(self._store.items, id, states, after=after, limit=limit)

    async def recover(self) -> None:
        """Settle what a run that died left behind, look up what is unknown, and tell of jobs that were interrupted."""
        await self._runs.recover(self._account)
