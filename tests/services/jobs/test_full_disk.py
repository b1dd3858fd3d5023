"""A disk that fills up while a campaign runs: nothing leaves that was not written down, and it goes on when there is
room.
"""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.services.jobs.campaigning import at_work, campaign, number_of, run_to_the_end
from tui.jobs.model import ItemState, JobState
from tui.sandbox.server import Sandbox
from tui.services.session import Session
from tui.storage.errors import StorageError

ITEMS = 60


class Disk:
    """Full for some files, as SQLite says it: when all of a transaction but its end is done."""

    def __init__(self) -> None:
        self.full = False

    def holds(self, file: Any) -> None:
        whole = file.transaction

        @contextmanager
        def transaction(begin: str = "BEGIN IMMEDIATE") -> Generator[sqlite3.Connection]:
            with whole(begin) as database:
                yield database
                if self.full and begin == "BEGIN IMMEDIATE":
                    raise sqlite3.OperationalError("database or disk is full")

        file.transaction = transaction


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """`limited(bytes)`: no file may grow beyond so many from then on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda room: resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def until(so: Any) -> None:
    async with asyncio.timeout(60):
        while not so():
            await asyncio.sleep(0.005)


LATER = [pytest.param(each, marks=pytest.mark.landing) for each in ("both", "no file may grow")]


@pytest.mark.parametrize("which", ["jobs", "journal", *LATER])
async def test_nothing_leaves_that_was_not_written_down(
    twilio: Sandbox, folder: Path, limited: Callable[[int], None], which: str
) -> None:
    disk = Disk()
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        store = session.all_jobs.store(sandbox=False)
        if which in ("jobs", "both"):
            disk.holds(store._file)
        if which in ("journal", "both"):
            disk.holds(account.outbox._file)
        job = await jobs.create(*campaign(account, "full", twilio.numbers[0], items=ITEMS, per_second=80.0))
        await jobs.start(job.id)
        await until(lambda: len(twilio.creates) >= 15)
        disk.full = True
        room = min(each.stat().st_size for each in (folder / "state").glob("*-wal"))
        if which == "no file may grow":
            limited(room)
        await until(lambda: job.id not in session.all_jobs.running)
        limited(resource.RLIM_INFINITY)
        view = await jobs.view(job.id)
        left = len(twilio.creates)
        assert left < ITEMS
        assert view.job.state is JobState.HALTED
        assert "room" in view.job.reason
        written = await asyncio.to_thread(account.outbox.of_job, job.id)
        assert {number_of(call.to) for call in twilio.creates} <= {entry.item for entry in written}
        if which != "no file may grow":
            # Still full: it says so again, and nothing leaves.
            await start_in_vain(session, job.id)
            assert len(twilio.creates) == left
        disk.full = False
        job, _ = await run_to_the_end(jobs, job.id)
        assert job.state is JobState.FINISHED
        # What Twilio had taken when it could not be written down is looked up.
        async with asyncio.timeout(60):
            while (await jobs.view(job.id)).job.counts.states.get(ItemState.UNKNOWN):
                await asyncio.sleep(0.05)
        items = await jobs.items(job.id, limit=ITEMS)
    held = {number_of(call.to): call.sid for call in twilio.creates}
    assert len(held) == len(twilio.creates) == ITEMS
    assert {each.number: each.sid for each in items if each.state is ItemState.DONE} == held


async def start_in_vain(session: Session, id: int) -> None:
    jobs = session.jobs(session.account)
    try:
        await jobs.start(id)
        await until(lambda: id not in session.all_jobs.running)
        assert (await jobs.view(id)).job.state is JobState.HALTED
    except StorageError as problem:
        assert "room" in str(problem)
