"""The receiver over real sockets: what it takes, what it answers, what it keeps and what it tells."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.webhooks.test_event_store import count
from tui.http_server.http_messages import Request
from tui.twilio.signature import sign
from tui.webhooks.errors import ReceiverUnavailable, WebhookError
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import EventKind, Verdict, WebhookEvent
from tui.webhooks.export import to_curl, to_json_line
from tui.webhooks.forward_target import read_target
from tui.webhooks.forwarding import Forwarding, make_request
from tui.webhooks.receiver import Failed, Listening, NotListening, Receiver, ReceiverState, explain_listen
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.verification import Tokens, verify_request

PROGRAM = read_target("http://127.0.0.1:3000")
HELLO = (("MessageSid", "SM1"), ("From", "+14155550123"), ("To", "+14155550100"), ("Body", "Hello & <bye>"))
DELIVERED = (("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", "+1"), ("Blank", ""))


async def test_a_signed_message_is_verified_kept_and_answered_with_an_empty_response(twilio, receiver) -> None:
    answer = await twilio.post("/sms", headers=[("X-Odd", "1"), ("x-odd", "2")])
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.body.endswith(b"<Response/>")
    (event,) = receiver.queue.take().events
    assert (event.verdict, event.kind, event.accepted) == (Verdict.VERIFIED, EventKind.INBOUND, True)
    assert event.parameters == HELLO
    assert [value for name, value in event.headers if name.lower() == "x-odd"] == ["1", "2"]
    assert event.url == "https://hooks.example.com/sms"
    assert receiver.store.find(event.id) == event


async def test_the_user_and_password_of_the_public_url_stand_in_no_event(twilio, receiver) -> None:
    receiver.adjust(replace(receiver.settings, public_url="https://me:hush@hooks.example.com"))
    assert (await twilio.post("/sms")).status == 200
    (event,) = receiver.queue.take().events
    assert event.url == "https://hooks.example.com/sms"
    assert receiver.inbound_url == "https://me:hush@hooks.example.com/sms"
    assert "hush" not in to_curl(event) + to_json_line(event) + repr(make_request(event, Forwarding(PROGRAM)))
    # Earlier versions kept them.
    before = receiver.store.add(replace(event, id=0, url="https://me:hush@hooks.example.com/sms"))
    assert receiver.store.find(before.id).url == "https://hooks.example.com/sms"


async def test_a_status_is_answered_with_204(twilio, receiver) -> None:
    assert (await twilio.post("/status", DELIVERED)).status == 204
    (event,) = receiver.queue.take().events
    assert (event.kind, event.sid, event.status) == (EventKind.STATUS, "SM1", "delivered")
    assert event.parameter("Blank", "missing") == ""


async def test_a_get_carries_everything_in_its_query(twilio, receiver) -> None:
    target = "/sms?MessageSid=SM9&Body=caf%C3%A9+au%20lait&Empty="
    signature = sign(twilio.token, f"https://hooks.example.com{target}")
    answer = await twilio.say(f"GET {target} HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: {signature}\r\n\r\n".encode())
    assert answer.status == 200
    (event,) = receiver.queue.take().events
    assert event.parameters == (("MessageSid", "SM9"), ("Body", "café au lait"), ("Empty", ""))


async def test_json_is_verified_by_its_hash_and_read(twilio, receiver) -> None:
    body = json.dumps([{"type": "sent", "data": {"messageSid": "SM1", "n": 1, "tags": []}}]).encode()
    target = f"/status?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = sign(twilio.token, f"https://hooks.example.com{target}")
    head = (
        f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    assert (await twilio.say(head.encode() + body)).status == 204
    (event,) = receiver.queue.take().events
    assert event.verdict is Verdict.VERIFIED
    assert event.parameters[1:] == (
        ("0.type", "sent"), ("0.data.messageSid", "SM1"), ("0.data.n", "1"), ("0.data.tags", "[]"),
    )  # fmt: skip


async def test_the_reply_a_person_wrote_is_filled_in_and_escaped(twilio, receiver) -> None:
    receiver.adjust(replace(receiver.settings, reply="Thank you {From}: {Body}{Nothing}"))
    answer = await twilio.post("/sms")
    assert b"<Message>Thank you +14155550123: Hello &amp; &lt;bye&gt;</Message>" in answer.body


@pytest.mark.parametrize("signature", ["", "bm90IGEgc2lnbmF0dXJlIGF0IGFsbA==", "é"])
async def test_what_is_not_twilios_gets_403_and_is_kept_apart(twilio, receiver, signature: str) -> None:
    receiver.adjust(replace(receiver.settings, reply="Hello {From}", allow_unsigned=True))
    answer = await twilio.say(twilio.form("/sms", HELLO, signature=signature))
    assert answer.status == 403
    assert b"Response" not in answer.body
    (event,) = receiver.queue.take().events
    assert (event.verdict, event.accepted) == (Verdict.REJECTED, False)
    assert event.diagnosis
    assert count(receiver.store, accepted=True) == 0
    # A forgery must not make the true message look like a copy.
    assert (await twilio.post("/sms")).status == 200
    assert receiver.queue.take().events[0].duplicate_of is None


async def test_behind_a_tunnel_the_missing_public_url_is_named(twilio, receiver) -> None:
    receiver.adjust(replace(receiver.settings, public_url=""))
    assert (await twilio.post("/sms")).status == 403
    (event,) = receiver.queue.take().events
    assert "Signed for https://hooks.example.com/sms" in event.diagnosis
    assert "Set the public URL to https://hooks.example.com." in event.diagnosis
    receiver.adjust(replace(receiver.settings, public_url="https://hooks.example.com/"))
    assert (await twilio.post("/sms")).status == 200


async def test_a_caller_on_this_machine_may_use_any_of_its_names(twilio, receiver) -> None:
    for name in ("127.0.0.1", "localhost", "[::1]"):
        twilio.base = f"http://{name}:{twilio.port}"
        assert (await twilio.post("/sms", host=f"{name}:{twilio.port}")).status == 200


async def test_a_host_header_alone_does_not_decide_what_is_verified(twilio, receiver) -> None:
    for scheme in ("https", "http"):
        twilio.base = f"{scheme}://another.example"
        assert (await twilio.post("/sms", host="another.example")).status == 403


async def test_without_a_token_nothing_is_verified_and_only_a_person_may_allow_it(twilio, receiver) -> None:
    receiver.use_tokens(Tokens())
    assert (await twilio.post("/sms")).status == 403
    receiver.adjust(replace(receiver.settings, allow_unsigned=True))
    assert (await twilio.post("/sms")).status == 200
    first, second = receiver.queue.take().events
    assert first.verdict is second.verdict is Verdict.CANNOT_VERIFY
    assert (first.accepted, second.accepted) == (False, True)
    assert "no auth token" in first.diagnosis


async def test_the_same_event_again_is_marked_and_answered_alike(twilio, receiver) -> None:
    receiver.adjust(replace(receiver.settings, reply="Hi {From}"))
    retry = [("I-Twilio-Idempotency-Token", "t1")]
    answers = [await twilio.post("/sms", headers=retry) for _ in range(2)]
    answers.append(await twilio.post("/sms"))
    assert len({answer.body for answer in answers}) == 1
    first, second, third = receiver.queue.take().events
    assert (first.duplicate_of, second.duplicate_of, third.duplicate_of) == (None, first.id, first.id)
    assert receiver.queue.counts.duplicates == 2


async def test_each_status_of_a_message_is_an_event_of_its_own(twilio, receiver) -> None:
    for status in ("queued", "sent", "sent", "delivered"):
        await twilio.post("/status", (("MessageSid", "SM1"), ("MessageStatus", status)))
    marks = [event.duplicate_of is not None for event in receiver.queue.take().events]
    assert marks == [False, False, True, False]


@pytest.mark.parametrize(
    ("line", "status"), [("GET /favicon.ico", 404), ("POST /sms/", 404), ("PUT /sms", 405), ("HEAD /status", 405)]
)
async def test_other_paths_and_methods_are_counted_and_not_kept(twilio, receiver, line: str, status: int) -> None:
    async with twilio.connect() as (reader, writer):
        writer.write(f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert (await reader.read()).startswith(f"HTTP/1.1 {status} ".encode())
    assert receiver.queue.counts.unserved == 1
    assert count(receiver.store) == 0


async def test_too_many_parameters_are_refused_unread(twilio, receiver) -> None:
    body = b"&" * 4000
    head = f"POST /sms HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: x\r\nContent-Length: {len(body)}\r\n\r\n"
    assert (await twilio.say(head.encode() + body)).status == 403
    assert "parameters" in receiver.queue.take().events[0].diagnosis


async def test_a_slow_disk_does_not_delay_the_answer(settings: ReceiverSettings, twilio) -> None:
    class Slow(EventStore):
        def add_all(self, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
            release.wait(5)
            return super().add_all(events)

    import threading

    release = threading.Event()
    store = Slow(None)
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token), answer_seconds=0.05) as slow:
        twilio.receiver = slow
        assert (await twilio.post("/sms")).status == 200
        assert slow.problem is not None
        assert "slow" in slow.problem.reason
        assert slow.queue.counts.received == 1
        release.set()
    store.close()


async def test_stopping_waits_for_what_has_arrived(settings: ReceiverSettings, twilio) -> None:
    class Slow(EventStore):
        def add_all(self, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
            begun.set()
            release.wait(5)
            return super().add_all(events)

    import threading

    begun, release = threading.Event(), threading.Event()
    store = Slow(None)
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as slow:
        twilio.receiver = slow
        async with twilio.connect() as (_, writer):
            writer.write(twilio.form("/sms", HELLO))
            await asyncio.to_thread(begun.wait, 5)
            stopping = asyncio.create_task(slow.stop())
            await asyncio.sleep(0.05)
            release.set()
            await stopping
        # Kept, and told: neither the stop nor the peer who is cut off undoes it.
        assert (count(store), slow.queue.counts.received) == (1, 1)
    store.close()


async def test_a_store_that_fails_is_told_and_events_still_come(
    settings: ReceiverSettings, twilio, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    store = EventStore(tmp_path / "file" / "events.sqlite3")
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as receiver:
        twilio.receiver = receiver
        assert receiver.problem is not None
        assert (await twilio.post("/sms")).status == 200
        assert receiver.queue.take().events[0].verdict is Verdict.VERIFIED
    store.close()


async def test_it_goes_through_its_states_and_can_be_started_again() -> None:
    states: list[ReceiverState] = []
    store = EventStore(None)
    receiver = Receiver(store, on_change=states.append)
    assert (receiver.state, receiver.inbound_url) == (NotListening(), "")
    first = await receiver.start()
    assert await receiver.start() is first
    assert receiver.inbound_url == f"http://127.0.0.1:{first.port}/sms"
    assert receiver.status_url.endswith("/status")
    await receiver.stop()
    await receiver.stop()
    again = await receiver.start(ReceiverSettings(port=first.port, public_url="https://h.example/twilio/"))
    assert again.port == first.port
    assert receiver.inbound_url == "https://h.example/twilio/sms"
    await receiver.stop()
    names = [type(state).__name__ for state in states]
    assert names == ["Starting", "Listening", "Stopping", "NotListening"] * 2
    store.close()


async def test_starting_and_stopping_at_once_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    store = EventStore(None)
    receiver = Receiver(store)
    await asyncio.gather(*(receiver.start() if n % 2 else receiver.stop() for n in range(10)))
    await receiver.stop()
    assert receiver.state == NotListening()
    assert asyncio.all_tasks() == before
    store.close()


async def test_a_taken_port_is_told_and_another_can_be_tried() -> None:
    store = EventStore(None)
    async with Receiver(store) as first:
        assert isinstance(first.state, Listening)
        second = Receiver(store)
        with pytest.raises(ReceiverUnavailable, match="in use") as caught:
            await second.start(ReceiverSettings(port=first.state.port))
        assert caught.value.field == "port"
        assert second.state == Failed(caught.value)
        await second.start(ReceiverSettings())
        await second.stop()
    store.close()


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (ReceiverSettings(host="0.0.0.0"), "host"),
        (ReceiverSettings(host=""), "host"),
        (ReceiverSettings(host="192.0.2.1", expose=True), "host"),
        (ReceiverSettings(host="no such host!", expose=True), "host"),
        (ReceiverSettings(port=70000), "port"),
        (ReceiverSettings(port=-1), "port"),
        (ReceiverSettings(inbound_path="sms"), "inbound_path"),
        (ReceiverSettings(status_path="/a b"), "status_path"),
        (ReceiverSettings(status_path="/sms"), "status_path"),
        (ReceiverSettings(public_url="example.com"), "public_url"),
        (ReceiverSettings(public_url="https://a_b.example"), "public_url"),
        (ReceiverSettings(public_url="https://h.example/?x=1"), "public_url"),
        (ReceiverSettings(public_url="https://h.example:99999"), "public_url"),
        (ReceiverSettings(reply="<Response><Message></Response>"), "reply"),
    ],
)
async def test_what_cannot_be_served_is_a_sentence_and_not_a_crash(settings: ReceiverSettings, field: str) -> None:
    store = EventStore(None)
    receiver = Receiver(store)
    with pytest.raises(WebhookError) as caught:
        await receiver.start(settings)
    assert caught.value.field == field
    assert caught.value.reason.endswith(".")
    assert caught.value.remedy.endswith(".")
    assert isinstance(receiver.state, Failed)
    store.close()


def test_a_privileged_port_is_explained() -> None:
    # Nothing is privileged for the superuser, so the system's refusal is given rather than provoked.
    problem = explain_listen(PermissionError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert (problem.field, "special rights" in problem.reason) == ("port", True)
    assert "1024" in problem.remedy


def test_no_token_is_ever_printed() -> None:
    assert "secret" not in repr(Tokens("secret", "secret"))


async def test_listening_on_other_addresses_takes_an_explicit_wish() -> None:
    store = EventStore(None)
    receiver = Receiver(store)
    listening = await receiver.start(ReceiverSettings(host="0.0.0.0", expose=True))
    assert listening.exposed
    await receiver.stop()
    store.close()


def test_judging_never_raises_on_odd_requests() -> None:
    for header in ("", "é", "\x00", "=" * 5000):
        for host in ("", "[::", "é", "a" * 3000, "h:99999999"):
            request = Request(
                "POST", "/sms?%", "/sms", "%", (("X-Twilio-Signature", header), ("Host", host)), b"%", ("", 0)
            )
            assert verify_request(request, Tokens("t"), ("http://[::/sms?%",)).verdict is Verdict.REJECTED


@pytest.mark.parametrize("passes", range(6))
async def test_a_stop_that_is_cancelled_leaves_nothing_that_listens(passes: int) -> None:
    store = EventStore(None)
    receiver = Receiver(store)
    listening = await receiver.start()
    stopping = asyncio.create_task(receiver.stop())
    for _ in range(passes + 1):
        await asyncio.sleep(0)
    stopping.cancel()
    await asyncio.wait({stopping})
    assert receiver.state == NotListening()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(listening.host, listening.port)
    store.close()
