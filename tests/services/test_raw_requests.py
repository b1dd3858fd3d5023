"""A message sent from the console: journalled like any other, and never called sent or not sent on a guess."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.services.sends.steps import submit
from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.raw_request.model import AttemptOutcome, FilePart, RawRequest
from tui.raw_request.sending import Unanswered
from tui.sandbox.faults import Fault
from tui.services.raw_requests import creates_message, send_by_hand
from tui.services.sends import SendService
from tui.storage.connections import Connection
from tui.storage.errors import OutboxConflict, OutboxUnavailable
from tui.storage.journal import JournalState, SendJournal
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest

PATH = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
MAYA = "+14155550123"


def draft(sandbox, **options):
    data = f"To=%2B{MAYA[1:]}&From=%2B{sandbox.numbers[0][1:]}&Body=Hello+there"
    return RawRequest("POST", PATH, data=data, **options)


def posts(sandbox):
    return sum(1 for served in sandbox.requests if served.method == "POST")


async def test_an_accepted_message_is_in_the_journal_with_its_sid(sandbox, connection):
    outbox = SendJournal(None)
    async with Client(connection) as client:
        response = await send_by_hand(client, "c", outbox, draft(sandbox))
        entry = outbox.entries(client.account_sid)[0]
    assert response.status == 201
    assert (entry.state, entry.sid) == (JournalState.ACCEPTED, response.json()["sid"])
    assert (entry.to, entry.sender, entry.body) == (MAYA, sandbox.numbers[0], "Hello there")


async def test_a_message_whose_body_is_in_a_file_is_journalled_with_what_the_file_says(sandbox, connection, tmp_path):
    outbox = SendJournal(None)
    typed = draft(sandbox)
    file = tmp_path / "body.txt"
    file.write_text(typed.data)
    headers = [("Content-Type", "application/x-www-form-urlencoded")]
    async with Client(connection) as client:
        response = await send_by_hand(client, "c", outbox, replace(typed, data=None, data_file=file, headers=headers))
        entry = outbox.entries(client.account_sid)[0]
    assert response.status == 201
    assert (entry.to, entry.sender, entry.body) == (MAYA, sandbox.numbers[0], "Hello there")


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("500-after", JournalState.UNKNOWN),
        ("500-before", JournalState.UNKNOWN),
        ("reset-after", JournalState.UNKNOWN),
        ("truncated", JournalState.UNKNOWN),
        ("429", JournalState.NOT_SENT),
    ],
)
async def test_what_is_not_known_stays_unknown(sandbox, connection, kind, state):
    outbox = SendJournal(None)
    sandbox.faults.add(Fault(kind, method="POST"))
    async with Client(connection) as client:
        with contextlib.suppress(Unanswered):
            await send_by_hand(client, "c", outbox, draft(sandbox))
        entry = outbox.entries(client.account_sid)[0]
    assert entry.state is state
    assert posts(sandbox) == 1


async def test_a_refusal_after_an_attempt_that_may_have_worked_is_unknown(sandbox, connection):
    outbox = SendJournal(None)
    sandbox.faults.add(Fault("500-after", method="POST"))
    sandbox.faults.add(Fault("429", method="POST"))
    async with Client(connection) as client:
        response = await send_by_hand(client, "c", outbox, draft(sandbox, max_retries=1))
        entry = outbox.entries(client.account_sid)[0]
    assert response.status == 429
    assert entry.state is JournalState.UNKNOWN


async def test_a_refused_message_is_rejected_with_its_code(sandbox, connection):
    outbox = SendJournal(None)
    async with Client(connection) as client:
        await send_by_hand(client, "c", outbox, RawRequest("POST", PATH, data="To=%2B15005550001&From=x&Body=y"))
        entry = outbox.entries(client.account_sid)[0]
    assert entry.state is JournalState.REJECTED
    assert entry.code is not None


async def test_stopping_it_leaves_it_unknown(sandbox, connection):
    outbox = SendJournal(None)
    sandbox.faults.add(Fault("delay", method="POST", seconds=30))
    async with Client(connection) as client:
        task = asyncio.create_task(send_by_hand(client, "c", outbox, draft(sandbox)))
        while not posts(sandbox):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert outbox.entries(client.account_sid)[0].state is JournalState.UNKNOWN


async def test_stopping_it_while_it_is_journalled_leaves_it_not_sent(sandbox, connection, until):
    asked, free = threading.Event(), threading.Event()

    class Slow(SendJournal):
        def begin(self, send):
            asked.set()
            assert free.wait(30)
            return super().begin(send)

    outbox = Slow(None)
    async with Client(connection) as client:
        task = asyncio.create_task(send_by_hand(client, "c", outbox, draft(sandbox)))
        await until(None, asked.is_set)
        task.cancel()
        free.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        (entry,) = outbox.entries(client.account_sid)
    assert (entry.state, posts(sandbox)) == (JournalState.NOT_SENT, 0)


async def test_stopping_it_while_the_answer_is_written_down_does_not_lose_it(sandbox, connection):
    outbox, threads, free = SendJournal(None), ThreadPoolExecutor(1), threading.Event()
    asyncio.get_running_loop().set_default_executor(threads)

    def answered(attempt):
        if attempt.outcome is AttemptOutcome.ANSWERED:
            # The only thread has other work by the time the journal is to be written.
            threads.submit(free.wait, 30)
            asyncio.get_running_loop().call_soon(task.cancel)

    async with Client(connection) as client:
        task = asyncio.create_task(send_by_hand(client, "c", outbox, draft(sandbox), on_attempt=answered))
        with pytest.raises(asyncio.CancelledError):
            await task
        free.set()
        assert outbox.entries(client.account_sid)[0].state is JournalState.ACCEPTED


class FullDisk(SendJournal):
    """A journal that can begin an entry but not end it."""

    def settle(self, id, state, **more):
        raise OutboxUnavailable("The disk is full.", "Nothing is sent without it.")


class Hasty(SendJournal):
    """A journal in which somebody else has just claimed every message."""

    def settle(self, id, state, *, sid=None, **more):
        if sid is not None:
            raise OutboxConflict("The message belongs to another entry.", "Look at both.", field="sid")
        return super().settle(id, state, **more)


@pytest.mark.parametrize("kind", [None, "reset-after", "delay"])
async def test_a_journal_that_fails_after_the_send_does_not_unsay_it(sandbox, connection, kind):
    outbox = FullDisk(None)
    if kind:
        sandbox.faults.add(Fault(kind, method="POST", seconds=30 if kind == "delay" else 0))
    async with Client(connection) as client:
        task = asyncio.create_task(send_by_hand(client, "c", outbox, draft(sandbox)))
        if kind == "delay":
            while not posts(sandbox):
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        elif kind:
            with pytest.raises(Unanswered):
                await task
        else:
            assert (await task).status == 201
        assert outbox.entries(client.account_sid)[0].state is JournalState.SENDING
    assert posts(sandbox) == 1


async def test_a_message_that_another_look_took_is_sent_all_the_same(sandbox, connection):
    outbox = Hasty(None)
    async with Client(connection) as client:
        assert (await send_by_hand(client, "c", outbox, draft(sandbox))).status == 201
        assert outbox.entries(client.account_sid)[0].state is JournalState.ACCEPTED


async def test_reading_is_not_journalled(sandbox, connection):
    outbox = SendJournal(None)
    async with Client(connection) as client:
        await send_by_hand(client, "c", outbox, RawRequest("GET", PATH))
        assert outbox.entries(client.account_sid) == ()
        assert creates_message(client, RawRequest("post", f"/2010-04-01{PATH}", data="a=b"))
        assert not creates_message(client, RawRequest("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Messages/SM1.json"))


@pytest.mark.parametrize(
    "name",
    [
        "Messages.json/",
        "Messages.xml",
        "Messages",
        "%4Dessages.json",
        "Messages%2Ejson",
        "messages.json",
        "Messages;a=b",
    ],
)
async def test_however_the_collection_is_written_the_send_is_journalled(connection, name):
    async with Client(connection) as client:
        assert creates_message(client, RawRequest("POST", f"/Accounts/$TWILIO_ACCOUNT_SID/{name}"))


@pytest.mark.parametrize("status", [400, 500])
async def test_credentials_that_a_gateway_repeats_do_not_come_into_the_journal(tmp_path, status):
    token, account = "0f5ecre7" * 4, "AC" + "0" * 32

    async def answer(request: Request) -> Response:
        told = {"code": 99999, "message": f"Not for you: {request.header('Authorization')} {token}"}
        return Response(status, (("Content-Type", "application/json"),), json.dumps(told).encode())

    place = tmp_path / "outbox.sqlite3"
    async with Server(answer) as server:
        base_url = f"http://127.0.0.1:{server.port}/2010-04-01"
        async with Client(Connection("c", "auth_token", account, auth_token=token, base_url=base_url)) as client:
            with SendJournal(place) as outbox:
                await send_by_hand(client, "c", outbox, RawRequest("POST", PATH, data="To=1&From=2&Body=x"))
                desk = SendService("c", client, outbox, lambda _: None, clock=lambda: datetime.now(UTC))
                sending = await submit(desk, Draft(to=MAYA, from_="+15550100001", body="x"))
                assert "Not for you: Basic •••" in str(sending.problem) and token not in sending.problem.message
                assert all("Not for you: Basic •••" in (entry.detail or "") for entry in outbox.entries(account))
    written = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert token.encode() not in written
    assert base64.b64encode(f"{account}:{token}".encode()) not in written


@pytest.mark.parametrize("sid", ["AC" + "0" * 32, "x", "SM12", ""])
async def test_an_answer_with_another_sid_than_a_messages_does_not_make_it_sent(sid):
    async def answer(_: Request) -> Response:
        return Response(200, (("Content-Type", "application/json"),), json.dumps({"sid": sid}).encode())

    outbox = SendJournal(None)
    account = "AC" + "0" * 32
    async with Server(answer) as server:
        base_url = f"http://127.0.0.1:{server.port}/2010-04-01"
        async with Client(Connection("c", "auth_token", account, auth_token="t", base_url=base_url)) as client:
            await send_by_hand(client, "c", outbox, RawRequest("POST", PATH, data="To=1&From=2&Body=x"))
    entry = outbox.entries(account)[0]
    assert (entry.state, entry.sid) == (JournalState.UNKNOWN, None)


class Slow(SendJournal):
    """A journal that takes so long that a file of the request is gone by then."""

    vanishes = None

    def begin(self, send):
        entry = super().begin(send)
        self.vanishes.unlink()
        return entry


async def test_what_is_refused_after_it_was_journalled_is_not_sent(sandbox, connection, tmp_path):
    outbox = Slow(None)
    outbox.vanishes = tmp_path / "picture.png"
    outbox.vanishes.write_bytes(b"x")
    request = RawRequest("POST", PATH, form=(("To", MAYA),), files=(FilePart("Media", outbox.vanishes),))
    async with Client(connection) as client:
        with pytest.raises(InvalidRequest):
            await send_by_hand(client, "c", outbox, request)
        assert outbox.entries(client.account_sid)[0].state is JournalState.NOT_SENT
    assert posts(sandbox) == 0


async def test_a_second_attempt_that_never_left_does_not_make_the_first_not_sent():
    asked = 0

    async def take(reader, writer):
        nonlocal asked
        asked += 1
        await reader.read(10_000)
        # It was taken; from now on nobody answers at all.
        server.close()
        writer.transport.abort()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    account = "AC" + "0" * 32
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/2010-04-01"
    outbox = SendJournal(None)
    async with Client(Connection("c", "auth_token", account, auth_token="t", base_url=base_url)) as client:
        request = RawRequest("POST", PATH, data="To=1&From=2&Body=x", max_retries=1)
        with pytest.raises(Unanswered) as failed:
            await send_by_hand(client, "c", outbox, request)
    assert (asked, len(failed.value.attempts), failed.value.sent) == (1, 2, False)
    assert outbox.entries(account)[0].state is JournalState.UNKNOWN
