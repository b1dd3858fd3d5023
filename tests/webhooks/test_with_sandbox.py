"""The receiver and the sandbox's callbacks, over real sockets: what arrives, is judged, kept and answered."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.test_event_store import count
from tui.sandbox.signing import Signing
from tui.twilio.client import Client
from tui.twilio.messages import Draft, send
from tui.twilio.numbers import list_numbers, set_sms_webhook
from tui.twilio.signature import sign
from tui.webhooks.errors import WebhookError
from tui.webhooks.event_store import Bounds, EventStore
from tui.webhooks.events import EventKind, Verdict
from tui.webhooks.receiver import Failed, Listening, NotListening, Receiver
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.twiml import render
from tui.webhooks.verification import Tokens

TOKEN = "t" * 32
PARAMS = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "sent", "From": "+1", "To": "+2"}


@pytest.fixture
async def receiver(sandbox):
    async with Receiver(EventStore(None), tokens=Tokens(sandbox.auth_token)) as running:
        yield running
    running.store.close()


async def post(receiver, path, params, *, token=TOKEN, headers=None, signed_for=None):
    state = receiver.state
    url = f"http://127.0.0.1:{state.port}{path}"
    signature = {"X-Twilio-Signature": sign(token, signed_for or url, params)} if token else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(url, data=params, headers={**signature, **(headers or {})})


async def test_the_statuses_of_a_message_arrive_verified_and_in_order(sandbox, connection, receiver, until):
    async with Client(connection) as client:
        draft = Draft(to="+14155550123", from_=sandbox.numbers[0], body="Hi", status_callback=receiver.status_url)
        message = await send(client, draft)
    await until(None, lambda: any(event.status == "delivered" for event in receiver.store.latest()))
    events = [event for event in reversed(receiver.store.latest()) if event.sid == message.sid]
    assert [event.status for event in events][-2:] == ["sent", "delivered"]
    assert {event.verdict for event in events} == {Verdict.VERIFIED}
    assert {event.kind for event in events} == {EventKind.STATUS}
    assert {event.reply.status for event in events} == {204}


@pytest.mark.parametrize("mode", [mode for mode in Signing if mode is not Signing.RIGHT])
async def test_what_is_signed_wrongly_is_refused_with_a_reason(sandbox, connection, receiver, until, mode):
    sandbox.signing = mode
    async with Client(connection) as client:
        draft = Draft(to="+14155550123", from_=sandbox.numbers[0], body="Hi", status_callback=receiver.status_url)
        await send(client, draft)
    await until(None, lambda: count(receiver.store))
    event = receiver.store.latest()[0]
    assert (event.verdict, event.accepted, event.reply.status) == (Verdict.REJECTED, False, 403)
    assert event.diagnosis


async def test_an_inbound_message_is_answered_and_the_answer_becomes_a_message(sandbox, connection, receiver, until):
    receiver.adjust(replace(receiver.settings, reply="Thanks {From}, <we> got it"))
    async with Client(connection) as client:
        number = next(each for each in await list_numbers(client) if each.phone_number == sandbox.numbers[0])
        await set_sms_webhook(client, number.sid, receiver.inbound_url)
        sandbox.receive("+14155550123", sandbox.numbers[0], "Hello?")
        await until(None, lambda: count(receiver.store))
        event = receiver.store.latest()[0]
        assert (event.verdict, event.kind, event.parameter("Body")) == (Verdict.VERIFIED, EventKind.INBOUND, "Hello?")

        async def replied() -> bool:
            from tui.twilio.messages import Filters, page

            newest = (await page(client, Filters(to="+14155550123"), page_size=5)).messages
            return any(m.direction == "outbound-reply" and "Thanks +14155550123, <we>" in m.body for m in newest)

        for _ in range(200):
            if await replied():
                break
            await asyncio.sleep(0.02)
        assert await replied()


async def test_a_repeated_delivery_is_marked_and_not_doubled(receiver):
    receiver.use_tokens(Tokens(TOKEN))
    for _ in range(2):
        assert (await post(receiver, "/status", PARAMS)).status_code == 204
    again = await post(
        receiver, "/status", {**PARAMS, "RawDlrDoneDate": "1"}, headers={"I-Twilio-Idempotency-Token": "x"}
    )
    assert again.status_code == 204
    third, second, first = receiver.store.latest()
    assert (first.duplicate_of, second.duplicate_of, third.duplicate_of) == (None, first.id, first.id)


async def test_a_public_url_is_what_twilio_signs_and_http_for_https_is_named(receiver):
    receiver.use_tokens(Tokens(TOKEN))
    receiver.adjust(replace(receiver.settings, public_url="http://hooks.example.com"))
    good = await post(receiver, "/status", PARAMS, signed_for="http://hooks.example.com/status")
    assert good.status_code == 204
    bad = await post(receiver, "/status", PARAMS, signed_for="https://hooks.example.com/status")
    assert bad.status_code == 403
    assert "https://hooks.example.com/status" in receiver.store.latest()[0].diagnosis


async def test_without_a_token_nothing_is_accepted_unless_the_person_says_so(receiver):
    receiver.use_tokens(Tokens())
    assert (await post(receiver, "/status", PARAMS)).status_code == 403
    assert receiver.store.latest()[0].verdict is Verdict.CANNOT_VERIFY
    receiver.adjust(replace(receiver.settings, allow_unsigned=True))
    assert (await post(receiver, "/status", PARAMS, token=None)).status_code == 204
    receiver.use_tokens(Tokens(TOKEN))
    assert (await post(receiver, "/status", PARAMS, token=None)).status_code == 403


async def test_a_port_in_use_is_a_sentence_and_the_receiver_can_be_started_elsewhere(receiver):
    other = Receiver(EventStore(None))
    with pytest.raises(WebhookError) as refused:
        await other.start(ReceiverSettings(port=receiver.state.port))
    assert refused.value.field == "port"
    assert isinstance(other.state, Failed)
    assert isinstance(await other.start(ReceiverSettings()), Listening)
    await other.stop()
    assert isinstance(other.state, NotListening)
    other.store.close()


@pytest.mark.parametrize(
    "settings", [ReceiverSettings(host="0.0.0.0"), ReceiverSettings(host="192.0.2.1", expose=True)]
)
async def test_an_address_that_is_not_asked_for_or_not_local_is_refused(settings):
    receiver = Receiver(EventStore(None))
    with pytest.raises(WebhookError) as refused:
        await receiver.start(settings)
    assert refused.value.field == "host"
    assert refused.value.remedy
    receiver.store.close()


@pytest.mark.long
async def test_a_flood_loses_none_from_the_count(receiver):
    receiver.use_tokens(Tokens(TOKEN))
    url = f"http://127.0.0.1:{receiver.state.port}/status"
    headers = {"X-Twilio-Signature": sign(TOKEN, url, PARAMS)}
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=20)) as client:
        answers = await asyncio.gather(*(client.post(url, data=PARAMS, headers=headers) for _ in range(500)))
    assert {answer.status_code for answer in answers} == {204}
    assert count(receiver.store) == 500
    counts = receiver.queue.counts
    assert sum(value for value in vars_of(counts).values() if isinstance(value, int)) >= 500


def vars_of(counts):
    return {name: getattr(counts, name) for name in counts.__slots__}


def test_an_event_that_was_answered_survives_a_kill(tmp_path):
    path = tmp_path / "events.sqlite3"
    program = textwrap.dedent(
        """
        import os, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from tui.webhooks.events import WebhookEvent, EventKind, WebhookReply, Verdict
        from tui.webhooks.event_store import EventStore
        store = EventStore(Path(sys.argv[1]))
        store.add(WebhookEvent(datetime.now(UTC), EventKind.STATUS, "POST", "/status", "http://x/status", (), b"a=b",
        (("a", "b"),), Verdict.VERIFIED, True, WebhookReply(204)))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -9
    store = EventStore(path)
    assert store.latest()[0].parameters == (("a", "b"),)
    assert path.stat().st_mode & 0o777 == 0o600
    store.close()


async def test_rejected_events_never_push_out_accepted_ones(sandbox):
    store = EventStore(None, bounds=Bounds(events=5, rejected_events=3))
    async with Receiver(store, tokens=Tokens(TOKEN)) as receiver:
        for number in range(4):
            await post(receiver, "/status", {**PARAMS, "MessageSid": f"SM{number:032}"})
        for _ in range(10):
            await post(receiver, "/status", PARAMS, token="x" * 32)
    assert count(store, accepted=True) == 4
    assert count(store, accepted=False) == 3
    store.close()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_reply_is_well_formed_xml_whatever_the_sender_wrote(text):
    from xml.etree import ElementTree

    body = render("You wrote: {Body}", (("Body", text),))
    root = ElementTree.fromstring(body)
    assert root.tag == "Response"
