"""Changes of many messages at a Twilio that answers, refuses, and loses its answers: each is done, and believed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.words_in_files import files_with
from tui.archive.query_parser import parse
from tui.archive.store import Archive
from tui.jobs.changes import IN_FLIGHT, Unsuitable, why_not
from tui.jobs.model import ItemResult, ItemState, JobItem, JobKind, JobState, NewJob, Pacing
from tui.jobs.performing import Leaving, NotNow
from tui.jobs.records import COLUMNS, write_record
from tui.jobs.store import JobStore
from tui.sandbox.faults import Fault, FaultKind
from tui.sandbox.server import Sandbox
from tui.services import archive_threads, message_changes
from tui.services.account import Account
from tui.services.bulk_changes import MOST_TRIES, BulkChanges
from tui.services.bulk_plan import plan_change
from tui.services.change_records import items_of
from tui.services.send_state import SendState
from tui.services.session import EventType, Session
from tui.storage.connection import NONE, Connection
from tui.storage.connections import Connections
from tui.storage.errors import JobGone, StorageError
from tui.storage.paths import find_paths
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, NoAnswer
from tui.twilio.message import STATUSES, Message
from tui.twilio.messages import fetch, send

OTHER = "+14155552671"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
WORD = "Zwetschgenkuchen"


class Desk:
    """An account with files of its own, and messages to change."""

    def __init__(self, session: Session, sandbox: Sandbox, folder: Path) -> None:
        self.session, self.sandbox, self.folder = session, sandbox, folder

    @property
    def account(self) -> Account:
        assert self.session.account is not None
        return self.session.account

    def changes(self, kind: JobKind) -> BulkChanges:
        keep = partial(self.session.changes.take, self.account)
        return BulkChanges(
            kind, self.account.client, find=self.account.archive.find, keep=keep, clock=self.session.clock
        )

    def receive(self, count: int, *, files: int = 0) -> list[str]:
        media = tuple(f"https://files.example/{n}.png" for n in range(files))
        return [
            self.sandbox.receive(OTHER, self.sandbox.numbers[0], f"{WORD} {n}", media=media).sid for n in range(count)
        ]

    async def known(self, sids: Sequence[str]) -> None:
        """Wait until the archive has them."""
        self.account.archive.look_now()
        for sid in sids:
            while await self.account.archive.find(sid) is None:
                await asyncio.sleep(0.01)

    async def run(self, kind: JobKind, sids: Sequence[str]) -> list[ItemResult]:
        """Do each until it is settled, as the runner would; what each came to."""
        performer = self.changes(kind)

        async def one(number: int, sid: str) -> ItemResult:
            for attempts in range(1, MOST_TRIES + 2):
                item = JobItem(1, number, number, ItemState.LEAVING, sid=sid, attempts=attempts)
                (leaving,) = await performer.leave([item])
                assert isinstance(leaving, Leaving)
                result = await performer.perform(leaving)
                if isinstance(result, ItemResult) and result.state is not ItemState.WAITING:
                    return result
            raise AssertionError(f"{sid} waits still")

        return list(await asyncio.gather(*(one(n, sid) for n, sid in enumerate(sids, 1))))


@pytest.fixture
async def desk(
    tmp_path: Path, sandbox: Sandbox, connect: Callable[..., Connection], monkeypatch: Any
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(message_changes, "WITHDRAW_REST", 0.3)
    monkeypatch.setattr(archive_threads, "REST_SECONDS", 0.3)
    session = Session(find_paths(tmp_path), environ={})
    await session.saved.store(Connections({"one": connect(sandbox, name="one")}))
    await session.use("one")
    yield Desk(session, sandbox, tmp_path)
    await session.close()


def states(results: Sequence[ItemResult]) -> list[ItemState]:
    return [each.state for each in results]


OFTEN = ((JobKind.REDACT, FaultKind.WRONG_JSON), (JobKind.REDACT, FaultKind.RESET_AFTER), (JobKind.DELETE, None))
"""In each run; all others before a change lands."""


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        pytest.param(kind, fault, marks=() if (kind, fault) in OFTEN else pytest.mark.landing)
        for kind in (JobKind.REDACT, JobKind.DELETE)
        for fault in (None, *FaultKind)
    ],
)
async def test_whatever_becomes_of_answers_every_text_and_file_goes(
    desk: Desk, until: Any, kind: JobKind, fault: FaultKind | None
) -> None:
    sids = [*desk.receive(3), *desk.receive(2, files=2)]
    await desk.known(sids)
    if fault is not None:
        desk.sandbox.faults.add(Fault(fault, path="Messages/", times=4, skip=1, seconds=0.001, retry_after=0))
    results = await desk.run(kind, sids)
    assert states(results) == [ItemState.DONE] * 5
    desk.sandbox.faults.clear()
    for sid in sids:
        if kind is JobKind.DELETE:
            with pytest.raises(ApiError, match="20404"):
                await fetch(desk.account.client, sid)
            assert await desk.account.archive.find(sid) is None
        else:
            told, kept = await fetch(desk.account.client, sid), await desk.account.archive.find(sid)
            assert kept is not None
            assert (told.body, told.num_media, kept.body) == ("", 0, "")
    await until(None, lambda: files_with(desk.folder, WORD) == [])


async def test_what_is_scheduled_is_canceled_once_though_the_answer_is_lost(desk: Desk) -> None:
    later = datetime.now(UTC) + timedelta(hours=3)
    draft = Draft(to=OTHER, from_=desk.sandbox.services[0], body=WORD, send_at=later)
    scheduled = await send(desk.account.client, draft)
    (received,) = desk.receive(1)
    desk.sandbox.faults.add(Fault(FaultKind.RESET_AFTER, method="POST"))
    done, refused = await desk.run(JobKind.CANCEL, [scheduled.sid, received])
    assert (done.state, done.detail) == (ItemState.DONE, "canceled")
    assert (refused.state, refused.code) == (ItemState.FAILED, 30409)
    assert (await fetch(desk.account.client, scheduled.sid)).status == "canceled"


async def test_what_was_done_is_noted_as_withdrawn_before_it_counts_as_done(desk: Desk, monkeypatch: Any) -> None:
    sids = desk.receive(20)
    await desk.known(sids)
    told: list[set[str]] = []

    async def nothing(*_: Any) -> None:
        told.append(set())

    # The program dies before any other file is done.
    monkeypatch.setattr(message_changes.MessageChanges, "_withdraw", nothing)
    assert states(await desk.run(JobKind.REDACT, sids)) == [ItemState.DONE] * 20
    assert await desk.account.archive.withdrawn() == dict.fromkeys(sids, False)


async def test_of_many_that_are_changed_the_other_files_are_written_anew_once(desk: Desk, until: Any) -> None:
    sids = desk.receive(30)
    await desk.known(sids)
    withdrawn: list[set[str]] = []
    desk.session.subscribe(
        lambda event: withdrawn.append(set(event.withdrawn)) if event.what is EventType.WITHDRAWN else None
    )
    await desk.run(JobKind.REDACT, sids)
    await until(None, lambda: {sid for each in withdrawn for sid in each} == set(sids))
    assert len(withdrawn) <= 2
    # At the same time as the archive's own file is.
    assert desk.account.archive._threads._rests_until > 0


async def test_what_is_removed_while_the_file_is_cleaned_is_cleaned_up_as_well(
    desk: Desk, until: Any, monkeypatch: Any
) -> None:
    sids = desk.receive(4)
    await desk.known(sids)
    threads, loop, scrub, left = desk.account.archive._threads, asyncio.get_running_loop(), Archive.scrub, sids[1:]

    def slow(archive: Archive) -> None:
        scrub(archive)
        if left:
            asyncio.run_coroutine_threadsafe(threads.drop([left.pop()]), loop).result()

    monkeypatch.setattr(Archive, "scrub", slow)
    await threads.drop(sids[:1])
    await until(None, lambda: threads._archive is not None and not left and not threads._archive.scrub_due)


async def test_where_no_archive_is_kept_words_are_gone_before_it_counts_as_done(desk: Desk, monkeypatch: Any) -> None:
    await desk.session.saved.store(Connections({"one": replace(desk.account.connection, history=NONE)}))
    await desk.session.use("one")
    assert desk.account.archive.path is None
    # This run ends before that.
    monkeypatch.setattr(message_changes, "WITHDRAW_REST", 600)
    for n in range(2):
        draft = Draft(to=OTHER, from_=desk.sandbox.numbers[0], body=f"{WORD} {n}")
        await desk.session.send(desk.account, SendState(draft, datetime.now(UTC)))
        sid = desk.account.outbox.entries(desk.account.client.account_sid)[0].sid or ""
        assert files_with(desk.folder, WORD)
        while not (await fetch(desk.account.client, sid)).final:
            await asyncio.sleep(0.05)
        assert states(await desk.run(JobKind.DELETE, [sid])) == [ItemState.DONE]
        assert files_with(desk.folder, WORD) == []


async def test_what_cannot_be_written_down_here_is_not_called_done(desk: Desk) -> None:
    (sid,) = desk.receive(1)
    await desk.known([sid])
    performer = desk.changes(JobKind.REDACT)

    async def full(*_: Any) -> bool:
        return False

    performer._keep = full
    item = JobItem(1, 1, 1, ItemState.LEAVING, sid=sid, attempts=1)
    result = await performer.perform(Leaving(item))
    assert isinstance(result, ItemResult)
    assert result.state is ItemState.WAITING
    assert result.not_before is not None
    assert (await fetch(desk.account.client, sid)).body == ""
    assert states(await desk.run(JobKind.REDACT, [sid])) == [ItemState.DONE]


async def job_of(desk: Desk, kind: JobKind, sids: Sequence[str]) -> int:
    """A job that changes these, as the screen makes it of a plan."""
    client = desk.account.client
    rows = await desk.account.archive.find_rows(parse(" or ".join(f"sid:{sid}" for sid in sids)))
    plan = await plan_change(desk.account.archive, kind, rows)
    new = NewJob(kind, f"with {OTHER}", "one", client.account_sid, client.policy.base, source=f"with:{OTHER}")
    job = await desk.session.jobs(desk.account).create(replace(new, pacing=Pacing(None, 4)), plan.items())
    return job.id


async def ended(desk: Desk, until: Any, id: int) -> None:
    store = desk.session.all_jobs.store(sandbox=False)
    await until(None, lambda: store.job(id).state.ended and list(desk.session.paths.records.glob("*.jsonl")))


def record_of(desk: Desk) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    (file,) = desk.session.paths.records.glob("*.jsonl")
    text = file.read_text()
    head, *items = map(json.loads, text.splitlines())
    return head, items, text


async def test_a_job_leaves_a_record_of_what_was_done_and_no_word_of_what_that_was(desk: Desk, until: Any) -> None:
    sids = desk.receive(6, files=1)
    await desk.known(sids)
    assert desk.sandbox.receive(OTHER, desk.sandbox.numbers[0], "").sid
    id = await job_of(desk, JobKind.REDACT, sids)
    assert not desk.session.paths.records.exists()
    files = desk.session.media(desk.account)
    fetched = await files.fetch(sids[0], (await files.list(sids[0]))[0])
    await desk.session.jobs(desk.account).start(id)
    await ended(desk, until, id)
    head, items, text = record_of(desk)
    account = desk.account
    assert not fetched.path.exists()
    assert (head["change"], head["connection"], head["account_sid"]) == ("redact", "one", account.client.account_sid)
    assert head["counts"] == {"done": 6}
    assert {each["sid"] for each in items} == set(sids)
    assert {(each["result"], each["what"]) for each in items} == {("done", "text and 1 file removed")}
    assert all(each["at"] >= head["asked_at"] for each in items)
    assert WORD not in text and OTHER not in text
    await until(None, lambda: files_with(desk.folder, WORD) == [])
    # Removed by hand it is there again after the next start, as long as its job is.
    (file,) = desk.session.paths.records.glob("*.jsonl")
    file.unlink()
    await desk.session.all_jobs.recover(account)
    assert record_of(desk)[2].splitlines()[1:] == text.splitlines()[1:]
    table = desk.folder / "record.csv"
    store = desk.session.all_jobs.store(sandbox=False)
    items_again = partial(items_of, store, id)
    assert write_record(store.job(id), items_again, table, written_at=NOW, replace=False, csv=True) == 6
    first, *lines = table.read_text().splitlines()
    assert first.split(",")[-6:] == list(COLUMNS)
    assert len(lines) == 6
    # Where it could not be written before its job is removed, the job stays until it can be.
    folder = desk.session.paths.records
    file.unlink()
    folder.rmdir()
    folder.touch()
    with pytest.raises(StorageError, match="could not be written"):
        await desk.session.jobs(account).remove(id)
    assert store.job(id).state.ended
    folder.unlink()
    await desk.session.jobs(account).remove(id)
    assert record_of(desk)[2].splitlines()[1:] == text.splitlines()[1:]
    with pytest.raises(JobGone):
        store.job(id)


async def test_no_record_is_written_of_what_is_under_way_in_another_window(desk: Desk, until: Any) -> None:
    sids = desk.receive(3)
    await desk.known(sids)
    id = await job_of(desk, JobKind.REDACT, sids)
    elsewhere = JobStore(desk.session.paths.jobs)
    elsewhere.set_state(id, JobState.RUNNING)
    elsewhere.claim(id, [1, 2])
    # Given up here, while that window waits for an answer.
    await desk.session.jobs(desk.account).stop(id)
    await asyncio.sleep(0.3)
    assert not desk.session.paths.records.exists()
    elsewhere.settle(id, [ItemResult(1, ItemState.DONE, detail="text removed"), ItemResult(2, ItemState.WAITING)])
    elsewhere.close()
    await desk.session.all_jobs.keep_record(id)
    head, items, _ = record_of(desk)
    assert head["counts"] == {"done": 1, "unknown": 1, "not done": 1}
    assert [each["result"] for each in items] == ["done", "unknown", "not done"]


RUNS = """
import asyncio, sys
from pathlib import Path
from tui.services.session import Session
from tui.storage.paths import find_paths

async def run():
    session = Session(find_paths(Path(sys.argv[1])), environ={})
    session.saved.read()
    await session.use("one")
    await session.jobs(session.account).start(int(sys.argv[2]))
    await asyncio.sleep(600)

asyncio.run(run())
"""


@pytest.mark.parametrize("kind", [JobKind.REDACT, pytest.param(JobKind.DELETE, marks=pytest.mark.landing)])
async def test_killed_in_the_middle_it_is_finished_after_the_next_start(
    tmp_path: Path, sandbox: Sandbox, connect: Callable[..., Connection], until: Any, kind: JobKind
) -> None:
    connections = Connections({"one": connect(sandbox, name="one")})
    before = Session(find_paths(tmp_path), environ={})
    await before.saved.store(connections)
    await before.use("one")
    desk = Desk(before, sandbox, tmp_path)
    sids = desk.receive(40)
    await desk.known(sids)
    id = await job_of(desk, kind, sids)
    await before.close()

    def changed() -> int:
        found = [sandbox._account.store.find(sid) for sid in sids]
        return sum(each is None or not each.body for each in found)

    # Answers that nobody waits for any more, too.
    sandbox.faults.add(Fault(FaultKind.RESET_AFTER, path="Messages/", times=3, skip=9))
    runs = await asyncio.create_subprocess_exec(sys.executable, "-c", RUNS, str(tmp_path), str(id))
    await until(None, lambda: changed() >= 12)
    runs.kill()
    await runs.wait()
    assert changed() < 40
    after = Session(find_paths(tmp_path), environ={})
    await after.saved.store(connections)
    await after.use("one")
    try:
        desk = Desk(after, sandbox, tmp_path)
        # Unless this window is just looking at what is left of it.
        while not (await after.jobs(desk.account).view(id)).interrupted:
            await asyncio.sleep(0.02)
        await after.jobs(desk.account).start(id)
        await ended(desk, until, id)
        head, items, _ = record_of(desk)
        assert head["counts"] == {"done": 40}
        assert {each["sid"] for each in items} == set(sids)
        assert changed() == 40
        await until(None, lambda: files_with(tmp_path, WORD) == [])
    finally:
        await after.close()


async def test_what_is_on_its_way_waits_and_is_called_failed_in_the_end(desk: Desk) -> None:
    performer = desk.changes(JobKind.DELETE)
    problem = ApiError(409, 20009, "Cannot delete this resource before it is complete")
    item = JobItem(1, 7, 7, ItemState.LEAVING, attempts=1)
    # A night without a network, and an hour in which Twilio wants less, say nothing about it.
    for _ in range(MOST_TRIES):
        item = replace(item, attempts=item.attempts + 2)
        assert isinstance(performer._not_done(item, NoAnswer("No network.", sent=False)), NotNow)
        assert isinstance(performer._not_done(item, ApiError(429, 20429, "Slow down")), NotNow)
    first, *_, last = [performer._not_done(item, problem) for _ in range(MOST_TRIES)]
    assert isinstance(first, ItemResult)
    assert isinstance(last, ItemResult)
    assert first.state is ItemState.WAITING
    assert first.not_before is not None
    assert first.not_before > datetime.now(UTC)
    assert (last.state, last.code) == (ItemState.FAILED, 20009)


async def test_where_nobody_foresaw_how_it_fails_to_be_written_down_nobody_waits_for_ever(desk: Desk) -> None:
    (first, second) = desk.receive(2)
    await desk.known([first, second])
    performer, begun, held = desk.changes(JobKind.REDACT), asyncio.Event(), asyncio.Event()

    async def broken(*_: Any) -> bool:
        begun.set()
        await held.wait()
        raise ValueError("nobody foresaw this")

    performer._keep = broken
    one = asyncio.ensure_future(performer.perform(Leaving(JobItem(1, 1, 1, ItemState.LEAVING, sid=first))))
    await begun.wait()
    two = asyncio.ensure_future(performer.perform(Leaving(JobItem(1, 2, 2, ItemState.LEAVING, sid=second))))
    while (await fetch(desk.account.client, second)).body:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    held.set()
    done, _ = await asyncio.wait([one, two], timeout=5)
    assert {type(each.exception()) for each in done} == {ValueError} and len(done) == 2


def test_only_what_a_change_fits_is_changed() -> None:
    text = Message("SM", "delivered", "outbound-api", body="Hi", num_media=0)
    for status in STATUSES:
        each = replace(text, status=status)
        fits = {kind: why_not(kind, each) is None for kind in JobKind}
        waits = status in IN_FLIGHT or status == "scheduled"
        assert fits[JobKind.CANCEL] == (status == "scheduled")
        assert fits[JobKind.REDACT] == fits[JobKind.DELETE] == fits[JobKind.CAMPAIGN] == (not waits)
    assert why_not(JobKind.REDACT, replace(text, body="")) is Unsuitable.EMPTY
    assert why_not(JobKind.REDACT, replace(text, body="", num_media=1)) is None
    assert why_not(JobKind.DELETE, replace(text, body="")) is None
    assert why_not(JobKind.CAMPAIGN, replace(text, direction="inbound")) is Unsuitable.INBOUND
    assert why_not(JobKind.DELETE, replace(text, status="teleported")) is Unsuitable.UNHEARD_STATUS
