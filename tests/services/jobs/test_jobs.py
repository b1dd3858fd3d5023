"""Jobs over the real sandbox: each item once; begun, paused, stopped, halted and seen from another window."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from threading import current_thread, main_thread
from types import SimpleNamespace

import pytest

from tests.services.jobs.conftest import FAST, recipient
from tui.archive.conversations import People
from tui.jobs.model import HaltRules, ItemState, JobKind, JobState, LeftOut, Pacing
from tui.jobs.report import Became, Fate, ItemMark
from tui.jobs.store import JobStore
from tui.sandbox.faults import Fault
from tui.services import campaign_sends
from tui.services.job_report import JobReport
from tui.services.send_state import SendStage, SendState
from tui.services.session import EventType
from tui.storage.connections import Connections
from tui.storage.errors import ArchiveUnavailable, JobConflict, JobsUnavailable, StorageError
from tui.storage.journal import JournalState
from tui.twilio.drafts import Draft


def all_of(count):
    return [recipient(each) for each in range(1, count + 1)]


@pytest.fixture
def run_out(until):
    """`await run_out(desk)`: no job runs any more."""

    async def wait(desk):
        await until(None, lambda: not desk.session.all_jobs.running)

    return wait


async def test_a_campaign_sends_each_item_once_and_tells_how_its_messages_fare(desk, run_out):
    job = await desk.campaign(40)
    assert desk.got() == [] and job.state is JobState.READY
    await desk.jobs.start(job.id)
    assert (await desk.view(job.id)).here
    await run_out(desk)
    view = await desk.view(job.id)
    assert view.job.state is JobState.FINISHED and not view.here and not view.interrupted
    assert view.job.counts.states == {ItemState.DONE: 40}
    assert desk.got() == all_of(40)
    entries = desk.account.outbox.of_job(job.id)
    assert sorted(entry.item for entry in entries) == list(range(1, 41))
    assert {entry.state for entry in entries} == {JournalState.ACCEPTED}
    # What stood there, and what time it was at Twilio, is known of each, though nobody was looked up by themselves.
    assert all(entry.before.ahead is not None for entry in entries)
    assert sum(each.method == "GET" and "To=" in each.target for each in desk.sandbox.requests) == 0
    told = desk.told(EventType.JOBS)
    assert {event.job for event in told} == {job.id} and len(told) < 40
    # The first one tells of one that was only made.
    assert all(event.account is desk.account for event in told[1:])
    report = JobReport(partial(desk.view, job.id), desk.jobs._store, desk.account.archive, job.id)
    for _ in range(100):
        desk.account.archive.look_now()
        await report.read()
        if report.groups.keys() == {Became(Fate.DELIVERED)}:
            break
        await asyncio.sleep(0.2)
    assert {group: len(numbers) for group, numbers in report.groups.items()} == {Became(Fate.DELIVERED): 40}
    assert not desk.failures


async def test_a_report_of_many_that_lack_a_price_alone_reads_them_seldom_and_not_on_the_loop():
    marks = tuple(ItemMark(number, ItemState.DONE, f"SM{number}") for number in range(1, 1202))
    threads = set()

    class Store:
        def marks(self, id, after=None):
            threads.add(current_thread())
            return (marks if after is None else ()), 1

    asked = []

    class Archive:
        async def find_all(self, sids):
            wanted = list(sids)
            asked.append(wanted)
            return {
                sid: SimpleNamespace(status="delivered", error_code=None, price=None, price_unit="") for sid in wanted
            }

    async def look():
        return SimpleNamespace(job=SimpleNamespace(new=SimpleNamespace(kind=JobKind.CAMPAIGN)))

    report = JobReport(look, Store(), Archive(), 1)
    await report.read()
    assert sum(map(len, asked)) == 1201
    await report.read()
    assert sum(map(len, asked)) == 1201
    assert main_thread() not in threads
    # Few are looked up each time: nobody waits for their prices.
    marks = marks[:300]
    report = JobReport(look, Store(), Archive(), 1)
    await report.read()
    await report.read()
    assert sum(map(len, asked)) == 1801


async def test_a_report_reads_what_was_changed_and_all_of_an_older_copy_that_was_put_back():
    marks = [ItemMark(number, ItemState.WAITING) for number in range(1, 6)]
    answers = iter(
        [
            (marks, 0),
            ([ItemMark(3, ItemState.DONE, "SM3"), ItemMark(4, ItemState.FAILED, code=21211)], 2),
            ([], 1),
            ([*marks[:3], ItemMark(4, ItemState.FAILED, code=21610), marks[4]], 1),
        ]
    )
    afters = []

    class Store:
        def marks(self, id, after=None):
            afters.append(after)
            return next(answers)

    class Archive:
        async def find_all(self, sids):
            return {}

    async def look():
        return SimpleNamespace(job=SimpleNamespace(new=SimpleNamespace(kind=JobKind.CAMPAIGN)))

    report = JobReport(look, Store(), Archive(), 1)
    seen = []
    for _ in range(3):
        await report.read()
        seen.append({group: list(numbers) for group, numbers in report.groups.items()})
    waiting, failed, on_the_way = Became(Fate.WAITING), Became(Fate.FAILED, 21211), Became(Fate.ON_THE_WAY)
    assert seen == [
        {waiting: [1, 2, 3, 4, 5]},
        {failed: [4], waiting: [1, 2, 5], on_the_way: [3]},
        {Became(Fate.FAILED, 21610): [4], waiting: [1, 2, 3, 5]},
    ]
    assert afters == [None, 0, 2, None]


async def test_paused_it_ends_what_is_under_way_and_goes_on_where_it_was(desk, run_out, until):
    desk.sandbox.faults.add(Fault("delay", "POST", "/Messages", times=8, seconds=0.3))
    job = await desk.campaign(30, pacing=Pacing(None, 4))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.sandbox.creates) >= 4)
    await desk.jobs.pause(job.id)
    assert (await desk.view(job.id)).job.state is JobState.PAUSED
    await run_out(desk)
    counts = (await desk.view(job.id)).job.counts
    assert set(counts.states) == {ItemState.DONE, ItemState.WAITING}
    assert len(desk.got()) == counts.states[ItemState.DONE] < 30
    await desk.jobs.start(job.id)
    await desk.jobs.start(job.id)
    await run_out(desk)
    assert (await desk.view(job.id)).job.state is JobState.FINISHED
    assert desk.got() == all_of(30)


async def test_what_is_written_down_when_it_is_paused_does_not_leave(desk, run_out, until, monkeypatch):
    # What stands in the account's list is looked at before; a server may take seconds for that.
    looks, look = asyncio.Event(), campaign_sends.look_before

    async def slow(*args, **more):
        looks.set()
        await asyncio.sleep(0.5)
        return await look(*args, **more)

    monkeypatch.setattr(campaign_sends, "look_before", slow)
    job = await desk.campaign(30)
    await desk.jobs.start(job.id)
    await looks.wait()
    await desk.jobs.pause(job.id)
    await run_out(desk)
    assert desk.got() == []
    assert await desk.states(job.id) == [ItemState.WAITING] * 30
    assert {entry.state for entry in desk.account.outbox.of_job(job.id)} == {JournalState.NOT_SENT}
    await desk.jobs.start(job.id)
    await run_out(desk)
    assert desk.got() == all_of(30)


async def test_stopped_it_leaves_the_others_undone_for_good(desk, run_out, until):
    job = await desk.campaign(500, pacing=Pacing(20.0, 4))
    await desk.jobs.start(job.id)
    with pytest.raises(JobConflict):
        await desk.jobs.remove(job.id)
    await until(None, lambda: len(desk.got()) >= 3)
    await desk.jobs.stop(job.id)
    await run_out(desk)
    sent = len(desk.got())
    view = await desk.view(job.id)
    assert view.job.state is JobState.STOPPED and view.job.counts.states[ItemState.WAITING] == 500 - sent
    with pytest.raises(JobConflict):
        await desk.jobs.start(job.id)
    await desk.jobs.remove(job.id)
    assert await desk.jobs.all() == ()


async def test_a_single_send_does_not_wait_for_a_job(desk, until):
    job = await desk.campaign(500, pacing=Pacing(5.0, 2))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 1)
    state = SendState(Draft("+14155550001", desk.sandbox.numbers[0], "By the way"), desk.session.clock())
    assert desk.session.send_under_way is None
    desk.session.send(desk.account, state)
    await until(None, lambda: any(e.sending and e.sending.stage is SendStage.ACCEPTED for e in desk.events))
    assert job.id in desk.session.all_jobs.running
    assert "+14155550001" in desk.got()
    await desk.jobs.stop(job.id)


async def test_another_window_sees_it_and_cannot_run_it_but_can_pause_it(desk, desks, connection, run_out, until):
    other = await desks(desk.sandbox, connection)
    job = await desk.campaign(500, pacing=Pacing(20.0, 4))
    assert [view.job.id for view in await other.jobs.all()] == [job.id]
    await desk.jobs.start(job.id)
    view = (await other.jobs.all())[0]
    assert view.elsewhere and not view.here and not view.interrupted
    # It is told of there as well, though nothing is heard of it from here.
    await until(None, lambda: {event.job for event in other.told(EventType.JOBS)} == {job.id})
    with pytest.raises(JobConflict, match="Another window"):
        await other.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 2)
    await other.jobs.pause(job.id)
    await run_out(desk)
    assert (await desk.view(job.id)).job.state is JobState.PAUSED
    # And goes on there.
    before = len(desk.got())
    await other.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) > before)
    assert (await desk.view(job.id)).elsewhere
    await other.jobs.stop(job.id)
    assert len(set(desk.got())) == len(desk.got())


async def test_closing_interrupts_it_and_the_next_one_tells_and_goes_on(desk, desks, connection, until, run_out):
    job = await desk.campaign(30, pacing=Pacing(20.0, 4))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 3)
    await desk.session.close()
    sent = desk.got()
    next_one = await desks(desk.sandbox, connection)
    await until(None, lambda: any("interrupted" in event.words for event in next_one.told(EventType.NOTICE)))
    view = await next_one.view(job.id)
    assert view.interrupted and view.job.state is JobState.RUNNING
    # What was under way had ended, so nothing is unknown; and nothing goes on by itself.
    assert view.job.counts.states == {ItemState.DONE: len(sent), ItemState.WAITING: 30 - len(sent)}
    await next_one.jobs.start(job.id)
    await run_out(next_one)
    assert desk.got() == all_of(30)


@pytest.mark.landing
async def test_what_does_not_end_when_the_program_closes_is_unknown_and_found_by_the_next_one(
    desk, desks, connection, until, run_out
):
    desk.sandbox.faults.add(Fault("delay", "POST", "/Messages", times=4, skip=6, seconds=20.0))
    job = await desk.campaign(30, pacing=Pacing(None, 4))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 10)
    await desk.session.close()
    desk.sandbox.faults.clear()
    states = {entry.state for entry in desk.account.outbox.of_job(job.id)}
    assert states == {JournalState.ACCEPTED, JournalState.UNKNOWN}
    next_one = await desks(desk.sandbox, connection)
    for _ in range(200):
        view = await next_one.view(job.id)
        if view.job.counts.states.get(ItemState.DONE) == 10:
            break
        await asyncio.sleep(0.1)
    assert view.job.counts.states == {ItemState.DONE: 10, ItemState.WAITING: 20} and view.interrupted
    # Nobody knew of these whether they were done when it was told.
    assert "interrupted at 10 of 30, 4 of them unknown." in next_one.told(EventType.NOTICE)[0].words
    await next_one.jobs.start(job.id)
    await run_out(next_one)
    assert desk.got() == all_of(30)


class FullStore(JobStore):
    """A file of jobs on a disk that fills up: nothing can be written while `full`."""

    full = False

    def settle(self, id, results):
        self._room()
        super().settle(id, results)

    def set_state(self, id, state, **more):
        self._room()
        return super().set_state(id, state, **more)

    def claim(self, id, numbers):
        self._room()
        return super().claim(id, numbers)

    def _room(self):
        if self.full:
            raise JobsUnavailable("The file of campaigns cannot be used: the disk is full.", "Make room.")


@pytest.mark.landing
async def test_a_full_disk_halts_it_with_its_reason_though_nobody_can_write_that_down(desk, run_out, until):
    store = FullStore(desk.session.paths.jobs, clock=desk.session.clock)
    desk.session.all_jobs._stores[False] = store
    job = await desk.campaign(200, pacing=Pacing(50.0, 4))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 5)
    store.full = True
    await run_out(desk)
    view = await desk.view(job.id)
    assert view.job.state is JobState.HALTED and "the disk is full" in view.job.reason
    sent = len(desk.got())
    assert sent < 200
    store.full = False
    await desk.jobs.start(job.id)
    assert (await desk.view(job.id)).job.reason == ""
    await run_out(desk)
    assert desk.got() == all_of(200)
    assert not desk.failures


async def test_it_goes_on_with_its_own_account_when_another_connection_is_chosen(desk, until, run_out, connection):
    job = await desk.campaign(20, pacing=Pacing(20.0, 4))
    first = desk.account
    await desk.session.saved.store(Connections({"sandbox": connection, "two": replace(connection, name="two")}))
    await desk.jobs.start(job.id)
    await desk.session.use("two")
    assert desk.account is not first and not first.client.closed
    # The same account with another connection: its job, which runs here.
    assert (await desk.view(job.id)).here
    await run_out(desk)
    assert desk.got() == all_of(20)
    await until(None, lambda: first.client.closed)


async def test_credentials_that_were_changed_are_used_no_further(desk, until, run_out, connection):
    job = await desk.campaign(500, pacing=Pacing(20.0, 4))
    first = desk.account
    await desk.jobs.start(job.id)
    await desk.session.saved.store(Connections({"sandbox": replace(connection, colour="red", history=30)}))
    await desk.session.use("sandbox")
    await run_out(desk)
    await until(None, lambda: first.client.closed)
    view = await desk.view(job.id)
    assert view.interrupted and ItemState.UNKNOWN not in view.job.counts.states
    await desk.jobs.stop(job.id)


@pytest.mark.parametrize("removed", [True, False])
async def test_those_of_a_connection_that_is_not_in_use_either(desk, until, run_out, connection, removed):
    job = await desk.campaign(500, pacing=Pacing(20.0, 4))
    first, two = desk.account, replace(connection, name="two")
    await desk.session.saved.store(Connections({"sandbox": connection, "two": two}))
    await desk.jobs.start(job.id)
    await desk.session.use("two")
    await until(None, lambda: desk.got())
    saved = desk.session.saved.connections
    now = saved.without("sandbox") if removed else saved.with_connection(replace(connection, history=30))
    await desk.session.saved.store(now)
    await run_out(desk)
    await until(None, lambda: first.client.closed)
    view = await desk.view(job.id)
    assert view.interrupted and ItemState.UNKNOWN not in view.job.counts.states
    await desk.jobs.stop(job.id)


async def test_what_is_not_processed_is_done_later_and_what_is_lost_is_looked_up(desk, run_out):
    desk.sandbox.faults.add(Fault("429", "POST", "/Messages", times=3, retry_after=1))
    desk.sandbox.faults.add(Fault("reset-after", "POST", "/Messages", times=2, skip=10))
    desk.sandbox.faults.add(Fault("500-before", "POST", "/Messages", times=1, skip=12))
    job = await desk.campaign(30)
    await desk.jobs.start(job.id)
    await run_out(desk)
    # Two were sent and are found; the third never arrived, which nobody can know: it stays unknown, and is not resent.
    for _ in range(150):
        view = await desk.view(job.id)
        if view.job.counts.states == {ItemState.DONE: 29, ItemState.UNKNOWN: 1}:
            break
        await asyncio.sleep(0.1)
    assert view.job.counts.states == {ItemState.DONE: 29, ItemState.UNKNOWN: 1}
    assert len(desk.got()) == 29 == len(set(desk.got()))
    assert view.job.state is JobState.FINISHED


@pytest.mark.parametrize("looks", [True, pytest.param(False, marks=pytest.mark.landing)])
async def test_who_said_stop_meanwhile_is_left_out(desk, run_out, until, looks):
    # By itself the archive asks every few seconds while a job runs, though no list is shown.
    job = await desk.campaign(20, pacing=Pacing(20.0 if looks else 3.0, 2))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 1)
    desk.sandbox.receive(recipient(20), desk.sandbox.numbers[0], "STOP")
    if looks:
        desk.account.archive.look_now()
    await run_out(desk)
    view = await desk.view(job.id)
    assert view.job.counts.left_out == {LeftOut.OPTED_OUT: 1}
    assert desk.got() == all_of(19)
    item = (await desk.jobs.items(job.id, (ItemState.LEFT_OUT,)))[0]
    assert item.number == 20 and item.detail is not None and "Opted out" in item.detail


async def test_where_it_cannot_be_read_who_said_stop_nothing_is_sent(desk, run_out, until, monkeypatch):
    job = await desk.campaign(40, pacing=Pacing(20.0, 2))
    await desk.jobs.start(job.id)
    await until(None, lambda: len(desk.got()) >= 1)

    def unreadable(*_):
        raise ArchiveUnavailable("The archive cannot be used.", "Make room.")

    monkeypatch.setattr(People, "opted_out", unreadable)
    await run_out(desk)
    view = await desk.view(job.id)
    assert view.job.state is JobState.HALTED and "who wants no messages" in view.job.reason
    assert view.job.counts.states == {ItemState.DONE: len(desk.got()), ItemState.WAITING: 40 - len(desk.got())}
    monkeypatch.undo()
    await desk.jobs.start(job.id)
    await run_out(desk)
    assert desk.got() == all_of(40)


async def test_it_halts_for_what_all_fail_by_and_goes_on_with_what_is_left(desk, run_out):
    # A magic number of Twilio's: no sender of this account.
    items = desk.items(6, sender="+15005550007") + desk.items(6, first=7)
    job = await desk.jobs.create(desk.new(pacing=Pacing(None, 1), halts=HaltRules(alike=3)), items)
    await desk.jobs.start(job.id)
    await run_out(desk)
    view = await desk.view(job.id)
    assert view.job.state is JobState.HALTED and "3 in a row failed alike" in view.job.reason
    await desk.jobs.start(job.id)
    await run_out(desk)
    view = await desk.view(job.id)
    assert view.job.state is JobState.HALTED and view.job.counts.codes == {21606: 6}
    await desk.jobs.start(job.id)
    await run_out(desk)
    assert desk.got() == [recipient(each) for each in range(7, 13)]


async def test_a_journal_that_cannot_be_written_halts_it_with_its_reason_and_nothing_leaves(desk, run_out):
    job = await desk.campaign(10)
    outbox = desk.account.outbox
    path = desk.session.paths.outbox
    outbox.close()
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    path.mkdir()
    with pytest.raises(StorageError):
        await desk.jobs.start(job.id)
    assert desk.got() == []
    path.rmdir()
    await desk.jobs.start(job.id)
    await run_out(desk)
    assert desk.got() == all_of(10)


async def test_a_job_of_another_account_is_not_run(desk):
    job = await desk.jobs.create(replace(desk.new(pacing=FAST), base="https://api.twilio.com"), desk.items(3))
    with pytest.raises(JobConflict, match="belongs to"):
        await desk.jobs.start(job.id)
    assert await desk.jobs.all() == ()
