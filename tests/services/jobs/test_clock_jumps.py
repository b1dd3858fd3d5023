"""A clock that is set forward or back by hours while a campaign runs: this machine's, or the server's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cases import in_full
from tests.services.jobs.campaigning import at_work, campaign, connect_to, number_of, run_to_the_end
from tui.jobs.model import ItemState, JobState
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox

ITEMS = 60


class Clock:
    """The true time, and what is added to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


LATER = [in_full(*each) for each in ((5, 0), (0, 5), (0, -5), (-30, 2))]


@pytest.mark.parametrize(("mine", "theirs"), [(-5, 0), *LATER])
async def test_a_campaign_goes_on_whatever_a_clock_does(tmp_path: Path, mine: int, theirs: int) -> None:
    clock, served = Clock(), Clock()
    async with Sandbox(history=0, speed=10, clock=served) as twilio:
        folder = tmp_path / "config"
        connect_to(folder, twilio.base_url, twilio.account_sid, twilio.auth_token)
        lose = {"method": "POST", "path": "Messages"}
        for skip in (8, 40):
            twilio.faults.add(
                Fault("reset-after", skip=skip, **lose),
                Fault("reset-before", skip=skip + 2, **lose),
                Fault("429", skip=skip + 4, retry_after=1, **lose),
            )
        async with at_work(folder, clock=clock) as (session, account):
            jobs = session.jobs(account)
            job = await jobs.create(*campaign(account, "clock", twilio.numbers[0], items=ITEMS, per_second=40.0))
            running = asyncio.ensure_future(run_to_the_end(jobs, job.id))
            await until(lambda: len(twilio.creates) >= 20)
            clock.ahead += timedelta(hours=mine)
            served.ahead += timedelta(hours=theirs)
            async with asyncio.timeout(40):
                job, _ = await running
            items = await jobs.items(job.id, limit=ITEMS)
    assert job.state is JobState.FINISHED
    held = {number_of(call.to): call.sid for call in twilio.creates if call.sid}
    assert len(held) == len([call for call in twilio.creates if call.sid])
    wrong = [
        each
        for each in items
        if (each.state is ItemState.DONE and each.sid != held.get(each.number))
        or (each.state is ItemState.FAILED and each.number in held)
        or each.state in (ItemState.WAITING, ItemState.LEAVING)
    ]
    assert wrong == []
    assert sum(each.state is ItemState.UNKNOWN for each in items) <= 4
    assert len(held) >= ITEMS - 2


async def until(so: Any) -> None:
    async with asyncio.timeout(60):
        while not so():
            await asyncio.sleep(0.005)
