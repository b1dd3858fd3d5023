"""The jobs that run in this window: begins, ends and settles them, holds their locks, and says how each stands.

One for all accounts whose jobs are in one file, since a job goes on when another connection is chosen: its account's
client and archive stay open meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tui.jobs.model import ItemState, Job, JobState
from tui.jobs.pace import Pace
from tui.jobs.runner import Runner
from tui.jobs.settling import InThread
from tui.services.job_locks import JobLocks
from tui.services.job_settling import look_up_unknown, settle_journal, settle_left
from tui.services.job_statuses import JobStatuses
from tui.services.send_outcome import to_the_end
from tui.storage.errors import JobConflict, JobGone, StorageError

if TYPE_CHECKING:
    from tui.jobs.performing import Performer
    from tui.jobs.store import JobStore
    from tui.services.account import Account

T = TypeVar("T")

BETWEEN_EVENTS: Final = 0.5
"""Seconds between two events about a job that runs."""

BETWEEN_LOOKS: Final = 2.0
"""Seconds between two looks at a job that another window runs, from which nothing is heard."""

BETWEEN_STATUSES: Final = 10.0
"""Seconds between two looks at how the messages of a job that runs fare, for its halting."""

GRACE: Final = 2.0
"""Seconds in which what is under way may end when the program does; after these it is unknown."""

FIRST_LOOK: Final = 3.0
"""Seconds that a run waits at most for the archive to ask for what is new."""

AWAKE_AFTER: Final = 300.0
"""Seconds that the archive looks for statuses after a run."""

LOOKS: Final = (0.0, 5.0, 30.0)
"""Seconds before each look for sends whose answer was lost: Twilio may list a message a little later."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands.

    Attributes:
        job: as it is kept; HALTED with its reason also where the disk could not take that.
        here: whether it runs in this window, or what was under way when it was paused still is.
        elsewhere: whether another window or program runs it.
        interrupted: whether it was running when whoever ran it ended: it goes on with `AccountJobs.start`.
        under_way: how many of its items are being done, here.
        rate: items done in a second, of late.
        left: seconds that it takes still, about; None where that is not known: it does not run, waits for more than
            its pace, or did nothing of late.
        waiting_for: what it waits for beyond its pace, as a sentence: "Twilio says slow down: next try in 8 s."; empty
            for nothing (may hold foreign text).
        looking_up: how many unknown items are being looked up.
    """

    job: Job
    here: bool = False
    elsewhere: bool = False
    interrupted: bool = False
    under_way: int = 0
    rate: float = 0.0
    left: float | None = None
    waiting_for: str = ""
    looking_up: int = 0


@dataclass(slots=True, eq=False)
class _Run:
    """A job that this window runs; `held` has its lock and its threads."""

    account: Account
    job: int
    runner: Runner
    held: ExitStack
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[object] | None = None


class JobRuns:
    """The jobs of one file that run in this window.

    Args:
        store: the file.
        locks: the folder of their locks; None where no other program can see them.
        clock: says what time it is.
        performer: makes what does the items of a job of an account, and writes in these threads.
        run: runs work that outlives a screen.
        tell: called on the loop when a job stands otherwise.
        notice: says something that the person should know.
        removing: keeps what outlives a job that is to be removed; where it fails with a StorageError the job stays.
        failed: hears of exceptions that nobody foresaw.
    """

    def __init__(
        self,
        store: JobStore,
        locks: Path | None,
        *,
        clock: Callable[[], datetime],
        performer: Callable[[Account, Job, InThread], Performer],
        run: Callable[[Coroutine[object, object, object]], asyncio.Task[object]],
        tell: Callable[[int], None],
        notice: Callable[[str], None] = lambda _: None,
        removing: Callable[[int], Awaitable[object]] | None = None,
        failed: Callable[[BaseException], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._locks, self._clock, self._run, self._tell = JobLocks(locks), clock, run, tell
        self._performer, self._removing = performer, removing
        self._notice, self._failed, self._sleep, self._monotonic = notice, failed, sleep, monotonic
        self._runs: dict[int, _Run] = {}
        self._paces: dict[tuple[str, str], Pace] = {}
        self._halted: dict[int, str] = {}
        self._looking_up: dict[int, int] = {}
        self._statuses: dict[int, JobStatuses] = {}
        self._told: dict[int, float] = {}
        self._to_tell: set[int] = set()
        self._starting: dict[int, asyncio.Lock] = {}
        self._owners: dict[int, Account] = {}
        self._closed = False

    @property
    def running(self) -> tuple[int, ...]:
        """The jobs that run here, those among them whose last items end."""
        return tuple(self._runs)

    # -- what is asked for ---------------------------------------------------------------------------

    async def start(self, account: Account, id: int) -> None:
        """See `AccountJobs.start`."""
        async with self._starting.setdefault(id, asyncio.Lock()):
            run = self._runs.get(id)
            if run is not None and not run.runner.ending:
                return
            if run is not None:
                await run.ended.wait()
            if self._closed:
                return
            await self._start(account, id)

    async def _start(self, account: Account, id: int) -> None:
        job = await to_the_end(partial(self.store.job, id))
        _refuse_to_run(account, job)
        held = await self._locks.take(id)
        threads = ThreadPoolExecutor(2, "job")
        held.callback(threads.shutdown, wait=False)

        async def in_thread(work: Callable[[], T], /) -> T:
            return await to_the_end(work, threads)

        try:
            await to_the_end(partial(settle_left, self.store, account.outbox, id))
            journal = await to_the_end(lambda: account.outbox.identity)
            job = await to_the_end(partial(self.store.set_state, id, JobState.RUNNING, journal=journal))
            pace = self._paces.setdefault((job.new.account_sid, job.new.base), Pace(random.random))
            runner = Runner(
                job,
                self.store,
                self._performer(account, job, in_thread),
                pace=pace,
                clock=self._clock,
                monotonic=self._monotonic,
                sleep=self._sleep,
                in_thread=in_thread,
                changed=lambda: self._changed(id),
                failed=self._failed,
            )
        except BaseException:
            await to_the_end(held.close)
            raise
        if self._closed:
            await to_the_end(held.close)
            return
        self._halted.pop(id, None)
        self._owners[id] = account
        run = self._runs[id] = _Run(account, id, runner, held)
        run.task = self._run(self._go(run))
        self.tell(id)

    async def end(self, id: int, state: JobState) -> None:
        """Pause or stop a job, wherever it runs: nothing more of it is begun."""
        run = self._runs.get(id)
        if run is not None:
            # First, so that it ends also where that cannot be written down.
            run.runner.end()
        job = await to_the_end(partial(self.store.job, id))
        # One that came to its end just now has nothing left to pause or to give up.
        if job.state is not state and not job.state.ended:
            await to_the_end(partial(self.store.set_state, id, state))
        self._halted.pop(id, None)
        self.tell(id)

    async def remove(self, id: int) -> None:
        """See `AccountJobs.remove`."""
        if id in self._runs:
            raise JobConflict("This job is running.", "Stop it first, then remove it.", field="state")
        if self._removing is not None:
            await self._removing(id)
        await to_the_end(partial(self.store.remove, id))
        self.tell(id)

    def check_again(self, account: Account, id: int) -> None:
        """See `AccountJobs.check_again`."""
        if id not in self._runs and id not in self._looking_up:
            self._run(self._look_up(account, id, LOOKS[:1]))

    async def interrupt(self, those: Callable[[Account], bool] = lambda _: True) -> None:
        """Begin nothing more of the jobs of those accounts, and wait until what is under way has ended. They stay
        RUNNING, which is to be gone on with.
        """
        runs = [run for run in self._runs.values() if those(run.account)]
        for run in runs:
            run.runner.end()
        for run in runs:
            await run.ended.wait()

    async def close(self) -> None:
        """The program ends: as `interrupt`, but what has not ended within `GRACE` seconds is unknown then."""
        self._closed = True
        try:
            async with asyncio.timeout(GRACE):
                await self.interrupt()
        except TimeoutError:
            pass
        for run in tuple(self._runs.values()):
            if run.task is not None:
                run.task.cancel()
                await asyncio.wait([run.task])
            # A task that is cancelled before it began releases nothing.
            await to_the_end(run.held.close)
        self._runs.clear()

    def is_used(self, account: Account) -> bool:
        """Whether a job of this account runs here."""
        return any(run.account is account for run in self._runs.values())

    def owner(self, id: int) -> Account | None:
        """The account that a job runs with here, or ran with last."""
        return self._owners.get(id)

    def tell(self, id: int) -> None:
        """Tell that a job stands otherwise, at once."""
        self._told[id] = self._monotonic()
        self._tell(id)

    # -- a run ---------------------------------------------------------------------------------------

    async def _go(self, run: _Run) -> None:
        account, id = run.account, run.job
        try:
            with account.working(), account.archive.watched():
                await self._see_what_is_new(run)
                watching = asyncio.ensure_future(self._watch_statuses(run))
                try:
                    end = await run.runner.run()
                finally:
                    watching.cancel()
                    for problem in await asyncio.gather(watching, return_exceptions=True):
                        if isinstance(problem, Exception):
                            self._failed(problem)
                await self._write_end(id, end.state, end.reason)
        finally:
            await to_the_end(run.held.close)
            self._runs.pop(id, None)
            run.ended.set()
            self.tell(id)
        if not self._closed:
            self._run(self._afterwards(account))
            self._run(self._look_up(account, id))

    async def _see_what_is_new(self, run: _Run) -> None:
        """Have the archive ask Twilio first: whoever said STOP since it last did is left out. Not for long, since a job
        does not depend on it.
        """
        archive, waited = run.account.archive, 0.0
        archive.look_now()
        while archive.status.asking and waited < FIRST_LOOK and not run.runner.ending:
            await self._sleep(0.05)
            waited += 0.05

    async def _write_end(self, id: int, state: JobState | None, reason: str) -> None:
        """Write down how a run ended. Where that cannot be written it is remembered here."""
        try:
            job = await to_the_end(partial(self.store.job, id))
            if state is None and job.state is JobState.PAUSED and not job.counts.open:
                state = JobState.FINISHED
            if state is JobState.FINISHED and job.counts.open:
                state, reason = JobState.HALTED, f"{job.counts.open} of its items are not done yet. Go on with them."
            if state is not None and job.state is not state and not job.state.ended:
                with suppress(JobConflict):
                    await to_the_end(partial(self.store.set_state, id, state, reason=reason))
        except JobGone:
            return
        except StorageError as problem:
            if state is not JobState.FINISHED:
                self._halted[id] = reason or str(problem)

    async def _watch_statuses(self, run: _Run) -> None:
        """Have it halt when too many of its messages are filtered after Twilio took them."""
        while True:
            # Where the file cannot be read the runner will say so.
            with suppress(StorageError):
                sids = await to_the_end(partial(self.store.sids, run.job))
                statuses = self._statuses.setdefault(run.job, JobStatuses())
                run.runner.note_statuses(await statuses.count(sids, run.account.archive), statuses.settled)
            await self._sleep(BETWEEN_STATUSES)

    async def _afterwards(self, account: Account) -> None:
        """See to it that what becomes of the last messages is known, also when no list is shown."""
        with account.archive.watched():
            await self._sleep(AWAKE_AFTER)

    async def _look_up(self, account: Account, id: int, looks: tuple[float, ...] = LOOKS) -> None:
        """Look up those of a job whose answer was lost. None of them is done again, whatever is found."""

        def progress(left: int) -> None:
            self._looking_up[id] = left
            self._changed(id)

        with account.working():
            try:
                for seconds in looks:
                    await self._sleep(seconds)
                    if id in self._runs or not await look_up_unknown(self.store, account, id, progress):
                        break
            except StorageError:
                # They stay unknown, as they are in the journal, and are looked up at the next start.
                pass
            finally:
                self._looking_up.pop(id, None)
                self.tell(id)

    # -- after a start of the program ----------------------------------------------------------------

    async def recover(self, account: Account) -> None:
        """See `AccountJobs.recover`."""
        base = account.client.policy.base
        jobs = await to_the_end(partial(self.store.jobs, account.client.account_sid, base))
        interrupted, unknown = list[Job](), list[int]()
        for job in jobs:
            if job.damaged or job.id in self._runs:
                continue
            states = job.counts.states
            if job.state is JobState.RUNNING or states.get(ItemState.LEAVING):
                try:
                    held = await self._locks.take(job.id)
                except StorageError:
                    # Another window runs it.
                    continue
                try:
                    await to_the_end(partial(settle_left, self.store, account.outbox, job.id))
                finally:
                    await to_the_end(held.close)
                if job.state is JobState.RUNNING:
                    # As it stands now that what was under way is settled.
                    interrupted.append(await to_the_end(partial(self.store.job, job.id)))
            if states.get(ItemState.UNKNOWN) or states.get(ItemState.LEAVING):
                unknown.append(job.id)
        await to_the_end(partial(settle_journal, self.store, account.outbox, account.client.account_sid))
        for job in interrupted:
            self.tell(job.id)
        if interrupted:
            self._notice(_interrupted_words(interrupted))
        for id in unknown:
            await self._look_up(account, id, LOOKS[:1])

    # -- how a job stands ----------------------------------------------------------------------------

    async def view(self, job: Job) -> JobView:
        """How a job stands."""
        run = self._runs.get(job.id)
        reason = self._halted.get(job.id)
        if reason is not None and run is None and not job.state.ended:
            job = replace(job, state=JobState.HALTED, reason=reason)
        view = JobView(job, here=run is not None, looking_up=self._looking_up.get(job.id, 0))
        if run is not None:
            runner, waiting_for = run.runner, self._waiting_for(run.runner)
            view = replace(
                view,
                under_way=runner.under_way,
                rate=runner.rate(),
                left=None if runner.ending or waiting_for else runner.left(job.counts.open),
                waiting_for=waiting_for,
            )
        elif job.state is JobState.RUNNING:
            elsewhere = await self._locks.is_held(job.id)
            view = replace(view, elsewhere=elsewhere, interrupted=not elsewhere)
            if elsewhere and not self._closed and job.id not in self._to_tell:
                # Whoever was told of it reads it again, and so on until it does not run there any more.
                self._to_tell.add(job.id)
                self._run(self._tell_later(job.id, BETWEEN_LOOKS))
        return view

    def _waiting_for(self, runner: Runner) -> str:
        waiting = runner.waiting
        if waiting is None or runner.ending:
            return ""
        seconds = ceil(waiting.until - self._monotonic())
        if seconds <= 0:
            return ""
        return f"{waiting.reason.rstrip('.')}: next try in {seconds} s"

    def _changed(self, id: int) -> None:
        """Tell of a job that runs, at most so often."""
        if id in self._to_tell:
            return
        wait = self._told.get(id, 0.0) + BETWEEN_EVENTS - self._monotonic()
        if wait <= 0:
            self.tell(id)
            return
        self._to_tell.add(id)
        self._run(self._tell_later(id, wait))

    async def _tell_later(self, id: int, wait: float) -> None:
        try:
            await self._sleep(wait)
        finally:
            self._to_tell.discard(id)
        self.tell(id)


def _refuse_to_run(account: Account, job: Job) -> None:
    why = ""
    if (job.new.account_sid, job.new.base) != (account.client.account_sid, account.client.policy.base):
        why = f"This job belongs to {job.new.account_sid} at {job.new.base}."
    elif job.damaged:
        why = f"Its {job.damaged[0]} cannot be read in the file of jobs."
    elif job.state.ended:
        why = f"This job is {job.state.value}."
    if why:
        raise JobConflict(why, "Look at the job as it is now.", field="state")


def _interrupted_words(jobs: list[Job]) -> str:
    first = jobs[0]
    done = first.counts.total - first.counts.open
    words = f"“{first.new.name}” was interrupted at {done} of {first.counts.total}"
    if lost := first.counts.states.get(ItemState.UNKNOWN, 0):
        # Nobody knows of these whether they were done.
        words += f", {lost} of them unknown"
    if len(jobs) > 1:
        words += f", and {len(jobs) - 1} more"
    return f"{words}. Nothing more of it is done until you go on with it: {{everywhere.jobs}} lists it."
