"""A number sends exactly at its pace: over a minute, after a pause or a restart; slower where Twilio asks for it.

By the clock on the wall, which other work on the machine disturbs; the rules by themselves are held in `tests/jobs`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.jobs.campaigning import at_work, campaign, number_of, run_to_the_end, until_it_rests
from tui.jobs.model import JobState
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox

pytestmark = pytest.mark.long


def arrivals(twilio: Sandbox) -> list[float]:
    """When each segment arrived."""
    return [call.at for call in twilio.creates if call.sid for _ in range(call.segments)]


def rate(times: Sequence[float], segments: int = 1) -> float:
    """Segments a second, from the first message to the last, which has so many."""
    return (len(times) - segments) / (times[-1] - times[0])


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most that arrived within so long, wherever it begins."""
    return max(sum(begin <= each < begin + seconds for each in times) for begin in times)


async def until(so: Any) -> None:
    async with asyncio.timeout(60):
        while not so():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("per_second", "items"),
    [
        (25.0, 100),
        pytest.param(1.0, 60, marks=pytest.mark.timeout(200)),
        pytest.param(10.0, 600, marks=pytest.mark.timeout(200)),
    ],
)
async def test_one_number_sends_exactly_at_its_pace(
    twilio: Sandbox, folder: Path, per_second: float, items: int
) -> None:
    sender = twilio.numbers[0]
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        job = await jobs.create(*campaign(account, "pace", sender, items=items, per_second=per_second))
        job, reasons = await run_to_the_end(jobs, job.id)
    assert (job.state, reasons) == (JobState.FINISHED, [])
    times = arrivals(twilio)
    assert len(times) == items
    # The first leaves late where much is read then, which is made up for; so it is over a minute too.
    assert rate(times[len(times) // 5 :]) == pytest.approx(per_second, rel=0.02)
    assert rate(times) == pytest.approx(per_second, rel=0.02 if items / per_second >= 60 else 0.1)
    assert most_within(times, 1.0) <= 1.6 * per_second + 1


async def test_segments_and_not_messages_are_what_is_paced_and_each_sender_has_its_own(
    twilio: Sandbox, folder: Path
) -> None:
    senders = twilio.numbers[:2]
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)

        def body(name: str, number: int) -> str:
            return "a" * (400 if number % 4 == 0 else 20)

        job = await jobs.create(*campaign(account, "long", *senders, items=80, per_second=30.0, body=body))
        await run_to_the_end(jobs, job.id)
    # Items alternate: the second sender has all that are long.
    for sender in senders:
        calls = [call for call in twilio.creates if call.sender == sender]
        times = [call.at for call in calls for _ in range(call.segments)]
        assert rate(times, calls[-1].segments) == pytest.approx(30.0, rel=0.06), sender
    assert {number_of(call.to) % 2 for call in twilio.creates if call.sender == senders[0]} == {0}


async def test_nothing_bursts_after_a_pause_or_a_restart(twilio: Sandbox, folder: Path) -> None:
    sender, per_second = twilio.numbers[0], 20.0
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        job = await jobs.create(*campaign(account, "pauses", sender, items=90, per_second=per_second))
        for count in (20, 40):
            await jobs.start(job.id)
            await until(lambda count=count: len(twilio.creates) >= count)
            await jobs.pause(job.id)
            assert (await until_it_rests(jobs, job.id)).state is JobState.PAUSED
            await asyncio.sleep(1.2)
        await jobs.start(job.id)
        await until(lambda: len(twilio.creates) >= 60)
        # The program ends in the middle of it.
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        assert (await jobs.view(job.id)).interrupted
        ended, _ = await run_to_the_end(jobs, job.id)
    assert ended.state is JobState.FINISHED
    times = arrivals(twilio)
    assert len(times) == 90
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    restarts = [place + 1 for place, pause in enumerate(pauses) if pause > 1.0]
    assert len(restarts) == 2
    # Half a second of lateness may be made up for at any time, and not more after a pause than at another time.
    for place in (*restarts, 60):
        began = times[place]
        assert sum(began <= each < began + 0.4 for each in times) <= 0.4 * per_second + 3


async def test_429_with_a_retry_after_slows_it_and_fails_nothing(twilio: Sandbox, folder: Path) -> None:
    twilio.faults.add(Fault("429", method="POST", path="Messages", retry_after=1, times=3, skip=20))
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        job = await jobs.create(*campaign(account, "limited", twilio.services[0], items=60))
        job, reasons = await run_to_the_end(jobs, job.id)
    assert (job.state, reasons) == (JobState.FINISHED, [])
    assert len({call.to for call in twilio.creates if call.sid}) == len(twilio.creates) == 60
    pauses = [later.at - earlier.at for earlier, later in itertools.pairwise(twilio.creates)]
    assert max(pauses) >= 0.9
    async with httpx.AsyncClient(base_url=twilio.base_url, trust_env=False) as client:
        # Those that were under way when it was said.
        assert (await client.get("/_sandbox/creates")).json()["early"] <= 7


async def test_an_account_that_takes_few_a_second_is_not_asked_much_more_often(twilio: Sandbox, folder: Path) -> None:
    async with httpx.AsyncClient(base_url=twilio.base_url, trust_env=False) as client:
        await client.post("/_sandbox/state", json={"creates_per_second": 15})
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        job = await jobs.create(*campaign(account, "few", twilio.services[0], items=60))
        job, reasons = await run_to_the_end(jobs, job.id)
    assert (job.state, reasons) == (JobState.FINISHED, [])
    taken = [call for call in twilio.creates if call.sid]
    refused = [call for call in twilio.creates if call.code == 20429]
    assert len({call.to for call in taken}) == len(taken) == 60
    assert len(refused) <= len(taken)


@pytest.mark.timeout(400)
async def test_a_full_queue_slows_its_own_sender_and_fails_nothing(twilio: Sandbox, folder: Path) -> None:
    full, free = twilio.numbers[:2]
    async with httpx.AsyncClient(base_url=twilio.base_url, trust_env=False) as client:
        await client.post("/_sandbox/state", json={"queues": {full: {"per_second": 1, "holds": 20}}})
    async with at_work(folder) as (session, account):
        jobs = session.jobs(account)
        job = await jobs.create(*campaign(account, "queue", full, free, items=120, per_second=10.0))
        job, reasons = await run_to_the_end(jobs, job.id)
    assert (job.state, reasons) == (JobState.FINISHED, [])
    assert len({call.to for call in twilio.creates if call.sid}) == 120
    refused = [call for call in twilio.creates if call.code]
    assert {(call.code, call.sender) for call in refused} == {(21611, full)}
    assert len(refused) < 30
    done = [call.at for call in twilio.creates if call.sender == free]
    assert rate(done) == pytest.approx(10.0, rel=0.05)
