"""Before the POST trouble is an exception and nothing was sent; after it nothing is raised and nothing unsaid."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.outbox import kept
from tests.services.sends.little_twilio import RESET, LittleTwilio, as_json, by_hand
from tests.services.sends.steps import submit
from tui.services.raw_requests import send_by_hand
from tui.services.send_state import SendState
from tui.services.sends import SendService
from tui.storage.errors import OutboxUnavailable
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.twilio.client import Client
from tui.twilio.drafts import Draft

DRAFT = Draft("+14155552671", "+15005550006", "Hello")
REQUEST = by_hand("To=%2B14155552671&From=%2B15005550006&Body=x")


@pytest.fixture
async def twilio() -> AsyncIterator[LittleTwilio]:
    async with LittleTwilio() as running:
        yield running


@pytest.fixture
async def client(twilio: LittleTwilio) -> AsyncIterator[Client]:
    async with Client(twilio.connection) as opened:
        yield opened


def at(
    client: Client, outbox: SendJournal, observe: Callable[[SendState], None] = lambda _: None, **more: Any
) -> SendService:
    return SendService("c", client, outbox, observe, clock=outbox.now, **more)


class Troubled(SendJournal):
    """A journal that fails in one of its steps, in a way nobody foresaw."""

    def __init__(self, step: str, problem: Exception) -> None:
        super().__init__(None)
        self._step, self._problem = step, problem

    def begin(self, send: NewSend) -> JournalEntry:
        if self._step == "begin":
            raise self._problem
        return super().begin(send)

    def settle(self, id: int, state: JournalState, **more: Any) -> JournalEntry:
        if self._step == "settle":
            raise self._problem
        return super().settle(id, state, **more)


TROUBLES = [
    OverflowError("too large"),
    ValueError("odd"),
    sqlite3.InterfaceError("?"),
    RuntimeError("no"),
    KeyError("x"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
@pytest.mark.parametrize("answered", [True, False])
async def test_a_journal_that_fails_unforeseen_unsays_nothing(
    twilio: LittleTwilio, client: Client, trouble: Exception, answered: bool
) -> None:
    if not answered:
        twilio.answer = lambda _: RESET
    told: list[SendState] = []
    desk = at(client, Troubled("settle", trouble), told.append)
    sending = await submit(desk, DRAFT)
    assert sending is not None
    assert sending.entry.state is (JournalState.ACCEPTED if answered else JournalState.UNKNOWN)
    assert told[-1] == sending
    assert not desk.busy
    assert len(twilio.posts) == 1


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
async def test_what_fails_before_it_is_raised_and_nothing_leaves(
    twilio: LittleTwilio, client: Client, trouble: Exception
) -> None:
    desk = at(client, Troubled("begin", trouble))
    with pytest.raises(type(trouble)):
        await desk.begin(SendState(DRAFT, datetime.now(UTC)))
    assert twilio.posts == []
    assert not desk.busy


@pytest.mark.parametrize("state", [JournalState.SENDING, JournalState.ACCEPTED])
async def test_an_observer_that_raises_changes_nothing(
    twilio: LittleTwilio, client: Client, state: JournalState
) -> None:
    failures: list[BaseException] = []

    def observe(sending: SendState) -> None:
        if sending.entry.state is state:
            raise ZeroDivisionError

    outbox = SendJournal(None)
    sending = await submit(at(client, outbox, observe, failed=failures.append), DRAFT)
    assert sending is not None
    assert sending.entry.state is JournalState.ACCEPTED
    assert kept(outbox, sending.entry) == sending.entry
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    assert len(twilio.posts) == 1


async def test_a_draft_that_cannot_be_cleared_changes_nothing(twilio: LittleTwilio, client: Client) -> None:
    def spend(_: JournalEntry) -> None:
        raise OSError("disk full")

    sending = await submit(at(client, SendJournal(None)), DRAFT, spend)
    assert sending is not None
    assert sending.entry.state is JournalState.ACCEPTED
    assert len(twilio.posts) == 1


async def test_the_draft_is_cleared_before_the_journal_says_accepted(twilio: LittleTwilio, client: Client) -> None:
    outbox = SendJournal(None)
    seen: list[JournalState] = []
    await submit(at(client, outbox), DRAFT, lambda entry: seen.append(kept(outbox, entry).state))
    assert seen == [JournalState.SENDING]
    twilio.answer = lambda _: RESET
    await submit(at(client, outbox), DRAFT, lambda entry: seen.append(kept(outbox, entry).state))
    assert len(seen) == 1


async def test_a_code_that_no_database_takes_is_unknown_and_written_down(twilio: LittleTwilio, client: Client) -> None:
    outbox = SendJournal(None)
    for status in ("500 Internal Server Error", "400 Bad Request", "429 Too Many Requests", "401 Unauthorized"):
        twilio.answer = lambda _, status=status: as_json({"code": 10**25, "message": "?"}, status)
        sending = await submit(at(client, outbox), DRAFT)
        assert sending is not None
        assert sending.entry.state is JournalState.UNKNOWN, status
        assert kept(outbox, sending.entry).state is JournalState.UNKNOWN


@pytest.mark.parametrize("step", ["begin", "settle"])
async def test_a_request_by_hand_keeps_its_answer_whatever_the_journal_does(
    twilio: LittleTwilio, client: Client, step: str
) -> None:
    trouble = OutboxUnavailable("Full.", "Make room.") if step == "begin" else OverflowError("too large")
    sent = send_by_hand(client, "c", Troubled(step, trouble), REQUEST)
    if step == "begin":
        with pytest.raises(OutboxUnavailable):
            await sent
        assert twilio.posts == []
    else:
        assert (await sent).status == 201
        assert len(twilio.posts) == 1


async def test_whoever_looks_on_at_a_request_by_hand_does_not_lose_its_answer(
    twilio: LittleTwilio, client: Client
) -> None:
    def look_on(_: object) -> None:
        raise ZeroDivisionError

    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
    outbox = SendJournal(None)
    response = await send_by_hand(client, "c", outbox, REQUEST, on_attempt=look_on, on_progress=look_on)
    assert response.status == 201
    assert outbox.entries(client.account_sid)[0].state is JournalState.ACCEPTED
    assert failures
