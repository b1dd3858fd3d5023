"""An unknown send is settled by exactly one message like it, or by the person, and never by a guess."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.outbox import kept, sids_in
from tests.services.sends.steps import look_up
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.send_outcome import record, to_the_end
from tui.services.send_state import SendState
from tui.services.sends import SendService
from tui.storage.journal import JournalState
from tui.twilio.client import Client
from tui.twilio.errors import RequestFailed
from tui.twilio.messages import send

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def test_twins_stay_unknown(bench: Any) -> None:
    entry = await bench.lose("reset-after")
    await send(bench.client, bench.draft())
    looked = await look_up(bench.desk, entry)
    assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 2)
    assert kept(bench.outbox, entry).state is JournalState.UNKNOWN


async def test_a_message_that_another_send_made_is_not_taken(bench: Any) -> None:
    accepted = await bench.submit()
    assert accepted.entry.state is JournalState.ACCEPTED
    entry = await bench.lose("reset-before")
    looked = await look_up(bench.desk, entry)
    assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 0)


async def test_of_two_that_are_alike_the_one_that_another_send_made_is_left_out(bench: Any) -> None:
    accepted = await bench.submit()
    entry = await bench.lose("reset-after")
    looked = await look_up(bench.desk, entry)
    assert looked.entry.state is JournalState.ACCEPTED
    assert looked.entry.sid not in (None, accepted.entry.sid)


async def test_an_answer_is_written_down_though_its_thread_never_began(bench: Any) -> None:
    entry = await bench.lose("reset-before")
    let_go = threading.Event()
    with ThreadPoolExecutor(1) as only:
        asyncio.get_running_loop().set_default_executor(only)
        busy = asyncio.get_running_loop().run_in_executor(None, let_go.wait, 10)
        write = partial(record, bench.outbox, entry, JournalState.ACCEPTED, sid="SM" + "9" * 32)
        writing = asyncio.create_task(to_the_end(write))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert kept(bench.outbox, entry).sid == "SM" + "9" * 32
        let_go.set()
        await busy


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Hello!"},
        {"from_": "+12125550110"},
        {"to": "+14155552672"},
        {"media_urls": ("https://x.example/a.png",)},
    ],
)
async def test_a_message_that_differs_is_not_taken(bench: Any, other: dict[str, Any]) -> None:
    entry = await bench.lose("reset-before")
    await send(bench.client, bench.draft(**other))
    assert (await look_up(bench.desk, entry)).entry.state is JournalState.UNKNOWN


async def test_a_message_of_another_time_is_not_taken(bench: Any) -> None:
    entry = await bench.lose("reset-after")
    looked = await look_up(bench.desk, replace(entry, started_at=NOW - timedelta(days=30)))
    assert looked.entry.state is JournalState.UNKNOWN


async def test_the_same_account_at_another_server_settles_nothing(bench: Any, connect: Any) -> None:
    entry = await bench.lose("reset-before")
    async with Sandbox() as elsewhere, Client(connect(elsewhere)) as client:
        desk = SendService("mock", client, bench.outbox, bench.told.append, clock=lambda: datetime.now(UTC))
        assert client.account_sid == entry.account_sid
        await send(client, bench.draft())
        with pytest.raises(RequestFailed, match="It was sent to"):
            await look_up(desk, entry)
    assert kept(bench.outbox, entry).state is JournalState.UNKNOWN


async def test_a_lost_picture_is_found_again(bench: Any) -> None:
    bench.sandbox.faults.add(Fault("reset-after", method="POST"))
    sending = await bench.submit(bench.draft(media_urls=("https://x.example/a.png",)))
    assert (await look_up(bench.desk, sending.entry)).entry.state is JournalState.ACCEPTED


async def test_of_two_lost_twins_one_message_settles_one(bench: Any) -> None:
    entries = [await bench.lose("reset-after"), await bench.lose("reset-before")]
    looked = await asyncio.gather(*(look_up(bench.desk, entry) for entry in entries))
    assert sorted(sending.entry.state for sending in looked) == [JournalState.ACCEPTED, JournalState.UNKNOWN]
    assert len(sids_in(bench.outbox, bench.sandbox.account_sid)) == 1


async def test_two_looks_at_the_same_send_agree(bench: Any) -> None:
    entry = await bench.lose("reset-after")
    one, two = await asyncio.gather(look_up(bench.desk, entry), look_up(bench.desk, entry))
    assert one.entry.state is two.entry.state is JournalState.ACCEPTED
    assert one.entry == two.entry
    assert (await look_up(bench.desk, entry)).entry.state is not JournalState.SENDING


async def test_a_look_that_fails_leaves_it_unknown(bench: Any) -> None:
    entry = await bench.lose("reset-after")
    for kind in ("500-before", "wrong-json", "truncated"):
        bench.sandbox.faults.add(Fault(kind, method="GET"))
        with pytest.raises(RequestFailed):
            await look_up(bench.desk, entry)
        assert kept(bench.outbox, entry).state is JournalState.UNKNOWN


async def test_a_person_may_know_better(bench: Any) -> None:
    entry = await bench.lose("reset-before")
    sending = await bench.desk.mark_as_sent(SendState.of_entry(entry))
    assert sending.entry.state is JournalState.ACCEPTED
    assert bench.outbox.unknown(bench.sandbox.account_sid) == ()
    assert bench.posts == 1
