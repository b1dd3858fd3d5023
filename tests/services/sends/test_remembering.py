"""Sends are written down before they leave, and go one at a time."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.outbox import kept
from tests.services.sends.conftest import TO
from tests.services.sends.steps import look_up, submit
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.send_state import SendStage, SendState
from tui.services.sends import SendService
from tui.storage.errors import OutboxConflict, OutboxUnavailable
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.twilio.errors import InvalidRequest

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def test_a_send_is_on_disk_before_it_leaves(bring: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    bench = await bring(sandbox, outbox=SendJournal(tmp_path / "outbox.sqlite3"))
    before: list[tuple[int, JournalState]] = []

    def look(sending: SendState) -> None:
        if sending.entry.state is JournalState.SENDING:
            with SendJournal(tmp_path / "outbox.sqlite3") as other:
                before.append((bench.posts, kept(other, sending.entry).state))

    bench.desk = SendService("here", bench.client, bench.outbox, look, clock=lambda: NOW)
    assert (await bench.submit()).entry.state is JournalState.ACCEPTED
    assert before == [(0, JournalState.SENDING)]


async def test_without_a_journal_nothing_is_sent(bring: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    bench = await bring(sandbox, outbox=SendJournal(tmp_path / "file" / "outbox.sqlite3"))
    with pytest.raises(OutboxUnavailable):
        await bench.submit()
    assert bench.posts == 0
    assert not bench.desk.busy
    assert bench.desk.under_way is None


async def test_a_draft_that_cannot_be_right_is_not_even_written_down(bench: Any) -> None:
    with pytest.raises(InvalidRequest):
        await bench.submit(bench.draft(body=""))
    assert bench.posts == 0
    assert bench.outbox.entries(bench.sandbox.account_sid) == ()
    assert bench.told == []


class FullDisk(SendJournal):
    """A journal that can begin an entry but not end it."""

    def settle(self, id: int, state: JournalState, **more: Any) -> JournalEntry:
        raise OutboxUnavailable("The disk is full.", "Make room.")


@pytest.mark.parametrize(("kind", "state"), [(None, JournalState.ACCEPTED), ("reset-after", JournalState.UNKNOWN)])
async def test_a_journal_that_fails_after_the_send_does_not_unsay_it(
    bring: Any, sandbox: Sandbox, kind: str | None, state: JournalState
) -> None:
    bench = await bring(sandbox, outbox=FullDisk(None))
    if kind:
        sandbox.faults.add(Fault(kind, method="POST"))
    sending = await bench.submit()
    assert sending.entry.state is state
    assert bench.told[-1] == sending
    assert [message.sid for message in await bench.made()] == [sending.entry.sid] or state is JournalState.UNKNOWN
    assert kept(bench.outbox, sending.entry).state is JournalState.SENDING


class Hasty(SendJournal):
    """A journal in which somebody else has just claimed every message."""

    def settle(self, id: int, state: JournalState, *, sid: str | None = None, **more: Any) -> JournalEntry:
        if sid is not None:
            raise OutboxConflict("The message belongs to another entry.", "Look at both.", field="sid")
        return super().settle(id, state, **more)


async def test_a_message_that_another_look_took_is_sent_all_the_same(bring: Any, sandbox: Sandbox) -> None:
    bench = await bring(sandbox, outbox=Hasty(None))
    sending = await bench.submit()
    assert sending.entry.state is JournalState.ACCEPTED
    assert sending.entry.sid
    assert kept(bench.outbox, sending.entry).state is JournalState.ACCEPTED


async def test_two_presses_send_once(bench: Any) -> None:
    first, second = await asyncio.gather(submit(bench.desk, bench.draft()), submit(bench.desk, bench.draft()))
    assert first is not None
    assert second is None
    assert bench.posts == 1
    assert len(await bench.made()) == 1


async def test_while_a_send_is_under_way_the_desk_says_so(bench: Any, until: Any) -> None:
    await bench.submit()
    assert bench.desk.under_way is None
    bench.sandbox.faults.add(Fault("delay", method="POST", seconds=60))
    task = asyncio.create_task(submit(bench.desk, bench.draft("Hello again")))
    await asyncio.sleep(0)
    assert bench.desk.busy
    assert bench.desk.under_way.stage is SendStage.PREPARING
    await until(None, lambda: bench.posts == 2)
    assert bench.desk.under_way.stage is SendStage.SENDING
    assert bench.desk.under_way.entry.body == "Hello again"
    assert await submit(bench.desk, bench.draft("Hello for a third time")) is None
    bench.sandbox.faults.clear()
    await bench.desk.idle()
    assert bench.desk.under_way is None
    assert (await task).stage is SendStage.FOLLOWING
    assert bench.posts == 2


async def test_what_is_stopped_while_the_list_is_read_leaves_nothing_behind(bench: Any, until: Any) -> None:
    bench.sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
    task = asyncio.create_task(submit(bench.desk, bench.draft()))
    await until(None, lambda: bench.sandbox.requests)
    assert bench.desk.under_way.draft.to == TO
    assert bench.outbox.entries(bench.sandbox.account_sid) == ()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (bench.desk.under_way, bench.desk.busy, bench.posts) == (None, False, 0)
    assert bench.outbox.entries(bench.sandbox.account_sid) == ()


class Slow(SendJournal):
    """A journal that takes its time to write a send down."""

    def __init__(self) -> None:
        super().__init__(None)
        self.asked, self.free = threading.Event(), threading.Event()

    def begin(self, send: NewSend) -> JournalEntry:
        self.asked.set()
        assert self.free.wait(30)
        return super().begin(send)


async def test_what_is_stopped_while_it_is_written_down_was_not_sent(bring: Any, sandbox: Sandbox, until: Any) -> None:
    journal = Slow()
    bench = await bring(sandbox, outbox=journal)
    task = asyncio.create_task(submit(bench.desk, bench.draft()))
    await until(None, journal.asked.is_set)
    task.cancel()
    journal.free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    (entry,) = journal.entries(sandbox.account_sid)
    assert (entry.state, bench.posts, bench.desk.busy) == (JournalState.NOT_SENT, 0, False)


async def test_a_send_that_is_cancelled_under_way_is_unknown(bench: Any, until: Any) -> None:
    bench.sandbox.faults.add(Fault("delay", method="POST", seconds=30))
    task = asyncio.create_task(submit(bench.desk, bench.draft()))
    await until(None, lambda: bench.posts == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (entry,) = bench.outbox.unknown(bench.sandbox.account_sid)
    assert entry.body == "Hello"
    assert not bench.desk.busy
    looked = await look_up(bench.desk, entry)
    assert looked.entry.state is JournalState.ACCEPTED
    assert bench.posts == 1
