"""The runner: every item begun once, in order, at its pace; nothing leaves that is not written down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.jobs.timing import Clockwork, in_thread
from tui.jobs.model import (
    HaltRules,
    ItemResult,
    ItemState,
    JobKind,
    JobState,
    LeftOut,
    NewItem,
    NewJob,
    Pacing,
)
from tui.jobs.pace import Pace
from tui.jobs.performing import Leaving, NotNow
from tui.jobs.runner import Runner
from tui.jobs.store import JobStore
from tui.storage.errors import JobsUnavailable, OutboxUnavailable
from tui.twilio.drafts import Draft

ACCOUNT, BASE = "AC" + "1" * 32, "https://api.twilio.com"
FAST, RULES = Pacing(None, 4), HaltRules()
A, B = "+15005550006", "+15005550007"


def taken(number):
    return ItemResult(number, ItemState.DONE, f"SM{number:032}")


def failed(number, code=21211):
    return ItemResult(number, ItemState.FAILED, code=code, detail="It failed.")


@dataclass
class Twilio:
    """A performer: what each try of an item comes to, each after `takes` seconds; and what it saw."""

    time: Clockwork
    store: JobStore
    takes: float = 0.2
    answers: dict[int, list] = field(default_factory=dict)
    begun: list[tuple[float, int]] = field(default_factory=list)
    groups: list[list[int]] = field(default_factory=list)
    at_once: int = 0
    most: int = 0
    full: bool = False

    async def leave(self, items):
        if self.full:
            raise OutboxUnavailable("The send journal cannot be used: the disk is full.", "Make room.")
        states = {
            item.number: item.state
            for item in self.store.items_by_number(items[0].job, [each.number for each in items])
        }
        assert all(states[item.number] is ItemState.LEAVING for item in items), "claimed before anything else"
        self.groups.append([item.number for item in items])
        return [
            self.answers[item.number].pop(0)
            if self.answers.get(item.number)
            and isinstance(self.answers[item.number][0], ItemResult)
            and self.answers[item.number][0].state is ItemState.LEFT_OUT
            else Leaving(item)
            for item in items
        ]

    async def drop(self, leaving):
        return ItemResult(leaving.item.number, ItemState.WAITING)

    async def perform(self, leaving):
        number = leaving.item.number
        self.begun.append((self.time.monotonic(), number))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.time.sleep(self.takes)
        finally:
            self.at_once -= 1
        answers = self.answers.get(number)
        answer = answers.pop(0) if answers else taken(number)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Bench:
    time: Clockwork
    store: JobStore
    twilio: Twilio
    pace: Pace = field(default_factory=Pace)
    problems: list[BaseException] = field(default_factory=list)

    def job(self, count, *, pacing=FAST, halts=RULES, senders=(A,), body="Hello"):
        new = NewJob(JobKind.CAMPAIGN, "Autumn", "harbor", ACCOUNT, BASE, senders=senders, pacing=pacing, halts=halts)
        items = [NewItem(n, Draft(f"+1415555{n:04}", senders[n % len(senders)], body)) for n in range(1, count + 1)]
        return self.store.set_state(self.store.create(new, items).id, JobState.RUNNING)

    def runner(self, job, **more):
        return Runner(
            job,
            self.store,
            self.twilio,
            pace=self.pace,
            clock=self.time.clock,
            monotonic=self.time.monotonic,
            sleep=self.time.sleep,
            in_thread=in_thread,
            failed=self.problems.append,
            **more,
        )

    async def run(self, job, **more):
        return await self.time.run(self.runner(job).run(), **more)

    def states(self, job):
        return [item.state.value for item in self.store.items(job.id, limit=20_000)]


@pytest.fixture
def bench():
    time = Clockwork()
    with JobStore(None, clock=time.clock) as store:
        yield Bench(time, store, Twilio(time, store))


async def test_every_item_is_done_once_and_the_job_is_finished(bench):
    job = bench.job(250)
    end = await bench.run(job)
    assert end.state is JobState.FINISHED
    assert sorted(number for _, number in bench.twilio.begun) == list(range(1, 251))
    assert [number for _, number in bench.twilio.begun] == list(range(1, 251))
    assert set(bench.states(job)) == {"done"}
    assert bench.twilio.most == 4 and max(map(len, bench.twilio.groups)) == 4
    # 250 in groups of four, each 0.2 s.
    assert bench.time.time - 1000 == pytest.approx(250 / 4 * 0.2, rel=0.1)


async def test_against_one_number_it_is_exactly_its_pace(bench):
    job = bench.job(120, pacing=Pacing(2.0, 4), body="x" * 161)
    await bench.run(job)
    times = [at - 1000 for at, _ in bench.twilio.begun]
    # Two segments at two a second: one item a second, and the first one after a second.
    assert times == pytest.approx([float(each) for each in range(1, 121)], abs=0.01)


async def test_several_senders_keep_a_pace_each(bench):
    job = bench.job(60, pacing=Pacing(1.0, 4), senders=(A, B))
    await bench.run(job)
    assert bench.time.time - 1000 == pytest.approx(30.2, abs=0.1)


async def test_told_to_end_it_begins_nothing_more_and_waits_for_what_is_under_way(bench):
    job = bench.job(40)
    runner = bench.runner(job)

    async def end_soon():
        await bench.time.sleep(1.05)
        runner.end()
        assert runner.under_way == 4
        return len(bench.twilio.begun)

    ending = asyncio.ensure_future(end_soon())
    end = await bench.time.run(runner.run())
    assert end.state is None and runner.under_way == 0
    assert len(bench.twilio.begun) == await ending == 24
    assert bench.states(job) == ["done"] * 24 + ["waiting"] * 16


async def test_a_pause_by_another_window_is_seen_within_a_second(bench):
    job = bench.job(400)

    async def pause_elsewhere():
        await bench.time.sleep(1.05)
        bench.store.set_state(job.id, JobState.PAUSED)

    pausing = asyncio.ensure_future(pause_elsewhere())
    end = await bench.time.run(bench.runner(job).run())
    await pausing
    assert end.state is None
    # The store gives nothing to who runs a job that is not running.
    assert len(bench.twilio.begun) == 24
    assert "leaving" not in bench.states(job)


@pytest.mark.parametrize("offline", [False, True])
async def test_not_now_puts_an_item_back_and_it_is_done_later_once(bench, offline):
    job = bench.job(12)
    reason = "No connection" if offline else "Twilio says slow down"
    bench.twilio.answers = {n: [NotNow(n, reason, offline=offline)] * 3 for n in (1, 2, 3, 4)}
    runner = bench.runner(job)
    seen = []

    async def look():
        for _ in range(3):
            await bench.time.sleep(0.3)
            seen.append(runner.waiting)

    looking = asyncio.ensure_future(look())
    end = await bench.time.run(runner.run())
    await looking
    assert end.state is JobState.FINISHED
    assert bench.store.job(job.id).counts.states == {ItemState.DONE: 12}
    assert seen[0] is not None and seen[0].reason == reason and seen[0].until > 1000.2
    assert runner.waiting is None


async def test_an_hour_without_a_network_is_few_tries_of_one_item(bench):
    job = bench.job(50)
    bench.twilio.answers = {n: [NotNow(n, "No connection", offline=True)] * 10_000 for n in range(1, 51)}
    await bench.run(job, until=3600)
    assert 60 < len(bench.twilio.begun) < 90
    assert set(bench.states(job)) <= {"waiting", "leaving"}


async def test_slow_down_halves_the_pace(bench):
    job = bench.job(200, pacing=Pacing(10.0, 8))
    bench.twilio.answers = {50: [NotNow(50, "Twilio says slow down", 20429, retry_after=2.0)]}
    await bench.run(job)
    times = [at for at, number in bench.twilio.begun]
    slowed = next(at for at, number in bench.twilio.begun if number == 50)
    assert not [at for at in times if slowed + 0.2 < at < slowed + 2.2]
    after = [at for at in times if slowed + 2.3 <= at < slowed + 12.3]
    assert 50 <= len(after) <= 62


async def test_a_lost_answer_that_asks_to_wait_is_waited_for(bench):
    job = bench.job(20, pacing=Pacing(10.0, 1))
    bench.twilio.answers = {3: [ItemResult(3, ItemState.UNKNOWN, detail="Twilio answered 503.", retry_after=40.0)]}
    end = await bench.run(job)
    assert end.state is JobState.FINISHED
    assert bench.states(job) == ["done"] * 2 + ["unknown"] + ["done"] * 17
    times = {number: at for at, number in bench.twilio.begun}
    assert times[4] - times[3] >= 40.0 and len(bench.twilio.begun) == 20


async def test_it_halts_after_so_many_alike_and_going_on_counts_anew(bench):
    job = bench.job(40, pacing=Pacing(None, 1), halts=HaltRules(alike=5))
    bench.twilio.answers = {n: [failed(n, 21606)] for n in range(1, 21)}
    end = await bench.run(job)
    assert end.state is JobState.HALTED and "(error 21606)" in end.reason
    assert bench.states(job) == ["failed"] * 5 + ["waiting"] * 35
    job = bench.store.set_state(bench.store.set_state(job.id, JobState.HALTED, reason=end.reason).id, JobState.RUNNING)
    await bench.run(job)
    assert bench.states(job) == ["failed"] * 10 + ["waiting"] * 30


async def test_refused_credentials_halt_at_once_and_their_items_wait(bench):
    job = bench.job(40)
    bench.twilio.answers = {n: [failed(n, 20003)] for n in range(1, 41)}
    end = await bench.run(job)
    assert end.state is JobState.HALTED and "(error 20003)" in end.reason
    assert bench.states(job) == ["waiting"] * 40
    assert len(bench.twilio.begun) == 4


async def test_nothing_leaves_where_it_cannot_be_written_down(bench):
    job = bench.job(10)
    bench.twilio.full = True
    end = await bench.run(job)
    assert end.state is JobState.HALTED and "the disk is full" in end.reason
    assert bench.twilio.begun == [] and bench.states(job) == ["waiting"] * 10


async def test_a_store_that_cannot_take_a_result_halts_it_and_the_item_stays_leaving(bench):
    job = bench.job(10, pacing=Pacing(None, 1))
    settle, settled = bench.store.settle, []

    def full(id, results):
        if len(settled) == 3:
            raise JobsUnavailable("The file of campaigns cannot be used: the disk is full.", "Make room.")
        settled.append(results)
        settle(id, results)

    bench.store.settle = full
    end = await bench.run(job)
    assert end.state is JobState.HALTED and "the disk is full" in end.reason
    assert bench.states(job) == ["done"] * 3 + ["leaving"] + ["waiting"] * 6
    assert len(bench.twilio.begun) == 4


async def test_what_nobody_foresaw_halts_it_and_is_reported(bench):
    job = bench.job(10, pacing=Pacing(None, 1))
    bench.twilio.answers = {3: [ZeroDivisionError("secret")]}
    end = await bench.run(job)
    assert end.state is JobState.HALTED and "ZeroDivisionError" in end.reason and "secret" not in end.reason
    assert [type(each) for each in bench.problems] == [ZeroDivisionError]
    assert bench.states(job) == ["done"] * 2 + ["leaving"] + ["waiting"] * 7


async def test_who_opted_out_meanwhile_is_left_out(bench):
    job = bench.job(6)
    bench.twilio.answers = {2: [ItemResult(2, ItemState.LEFT_OUT, left_out=LeftOut.OPTED_OUT)]}
    await bench.run(job)
    counts = bench.store.job(job.id).counts
    assert counts.states == {ItemState.DONE: 5, ItemState.LEFT_OUT: 1}
    assert counts.left_out == {LeftOut.OPTED_OUT: 1}
    assert 2 not in [number for _, number in bench.twilio.begun]


async def test_one_that_waits_for_a_reason_of_its_own_holds_up_no_other(bench):
    job = bench.job(8, pacing=Pacing(None, 1))
    later = bench.time.clock() + timedelta(seconds=30)
    bench.twilio.answers = {2: [ItemResult(2, ItemState.WAITING, detail="In flight.", not_before=later)]}
    await bench.run(job)
    assert [number for _, number in bench.twilio.begun] == [1, 2, 3, 4, 5, 6, 7, 8, 2]
    assert bench.time.time >= 1030


async def test_a_clock_that_was_set_changes_neither_pace_nor_order(bench):
    job = bench.job(30, pacing=Pacing(1.0, 4))
    bench.twilio.answers = {5: [NotNow(5, "Twilio says slow down")]}

    async def set_clocks():
        for skew in (timedelta(days=-400), timedelta(days=3), timedelta(hours=-5)):
            await bench.time.sleep(4.5)
            bench.time.skew = skew

    setting = asyncio.ensure_future(set_clocks())
    await bench.time.run(bench.runner(job).run())
    await setting
    assert bench.store.job(job.id).counts.states == {ItemState.DONE: 30}
    assert bench.time.time - 1000 < 50


async def test_cancelled_it_cancels_what_is_under_way_and_waits_for_it(bench):
    job = bench.job(10)
    assert await bench.run(job, until=0.1) is None
    assert bench.twilio.at_once == 0
    assert bench.states(job) == ["leaving"] * 4 + ["waiting"] * 6


async def test_rate_and_time_left_are_those_of_late(bench):
    job = bench.job(300, pacing=Pacing(2.0, 4))
    runner = bench.runner(job)
    seen = []

    async def look():
        await bench.time.sleep(40)
        seen.append((runner.rate(), runner.left(bench.store.job(job.id).counts.open)))

    looking = asyncio.ensure_future(look())
    await bench.time.run(runner.run(), until=60)
    await looking
    rate, left = seen[0]
    assert rate == pytest.approx(2.0, rel=0.1)
    assert left == pytest.approx(110, rel=0.1)


async def test_while_nothing_is_answered_no_time_is_said_and_how_it_stands_is_told_each_second(bench):
    job = bench.job(300, pacing=Pacing(2.0, 4))
    bench.twilio.takes = 1000.0
    told = []
    runner = bench.runner(job, changed=lambda: told.append((runner.rate(), runner.left(300))))
    await bench.time.run(runner.run(), until=60)
    assert 55 <= len(told) <= 62
    assert told[-1] == (0.0, None)


async def test_items_that_another_took_meanwhile_are_not_begun(bench):
    job = bench.job(8, pacing=Pacing(None, 2))
    bench.store.claim(job.id, [1, 2, 5])
    end = await bench.run(job)
    assert end.state is JobState.FINISHED
    assert [number for _, number in bench.twilio.begun] == [3, 4, 6, 7, 8]


async def test_a_job_that_is_gone_ends_its_run(bench):
    job = bench.job(100)
    runner = bench.runner(job)

    async def forget():
        await bench.time.sleep(1.0)
        bench.store.forget(ACCOUNT, "harbor")

    forgetting = asyncio.ensure_future(forget())
    end = await bench.time.run(runner.run())
    await forgetting
    assert end.state is JobState.HALTED and len(bench.twilio.begun) <= 24
    assert replace(end).reason
