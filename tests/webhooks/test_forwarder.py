"""A receiver with a program behind it: what Twilio gets is what the event says, in order, bounded, ended in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.webhooks.conftest import HELLO, PUBLIC, TIGHT, TOKEN, Answer, Twilio
from tests.webhooks.programs import TWIML, Arrived, Program, answer, program
from tui.http_server.server import Limits
from tui.webhooks.errors import InvalidSetting
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import Forwarded, ForwardState, WebhookEvent
from tui.webhooks.forward_queue import AT_ONCE, PLACES
from tui.webhooks.forward_target import read_target
from tui.webhooks.receiver import Receiver
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.verification import Tokens

SAVED = b"Saved: Hello &amp; &lt;bye&gt;"


@pytest.fixture
def settings() -> ReceiverSettings:
    return ReceiverSettings(public_url=PUBLIC, reply="Saved: {Body}")


@pytest.fixture
async def patient() -> AsyncIterator[Twilio]:
    """Twilio before a receiver with its real bounds, whose program has 0.4 s."""
    store = EventStore(None)
    settings = ReceiverSettings(public_url=PUBLIC, reply="Saved: {Body}")
    receiver = Receiver(store, settings=settings, tokens=Tokens(TOKEN), program_seconds=0.4)
    async with receiver:
        yield Twilio(receiver)
    store.close()


def forward_to(receiver: Receiver, mine: Program, **more: object) -> None:
    receiver.adjust(replace(receiver.settings, forward_to=mine.url, **more))  # type: ignore[arg-type]


def newest(receiver: Receiver) -> tuple[WebhookEvent, Forwarded]:
    event = receiver.store.latest(1)[0]
    assert event.forwarded is not None
    return event, event.forwarded


def assert_told(receiver: Receiver, said: Answer) -> None:
    """What Twilio got is what the event says."""
    reply = newest(receiver)[0].reply
    assert (said.status, said.body) == (reply.status, reply.body)
    assert said.headers.get("content-type", "") == reply.content_type


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def test_the_programs_answer_goes_back_and_is_kept(receiver: Receiver, twilio: Twilio) -> None:
    async with program(answer(TWIML, "200 OK", "application/xml", "Set-Cookie: step=2")) as mine:
        forward_to(receiver, mine)
        said = await twilio.post("/sms")
    assert (said.status, said.body, said.headers["set-cookie"]) == (200, TWIML, "step=2")
    assert_told(receiver, said)
    event, answered = newest(receiver)
    assert (answered.state, answered.status, answered.relayed) == (ForwardState.ANSWERED, 200, True)
    assert (answered.url, answered.problem, answered.by_hand) == (f"{mine.url}/sms", "", False)
    assert (answered.body, dict(answered.headers)["Set-Cookie"]) == (TWIML, "step=2")
    assert 0 < answered.seconds < 5
    batch = receiver.queue.take()
    assert (batch.events, batch.changed) == ((event,), ())


async def test_an_event_is_told_before_its_program_answers_and_again_after(receiver: Receiver, twilio: Twilio) -> None:
    told = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        await told.wait()
        writer.write(answer())

    async with program(slow) as mine:
        forward_to(receiver, mine)
        posting = asyncio.create_task(twilio.post("/sms"))
        await receiver.queue.wait()
        first = receiver.queue.take()
        assert [event.being_forwarded for event in first.events] == [True]
        assert receiver.store.latest()[0].being_forwarded
        told.set()
        await posting
    assert [(event.id, event.being_forwarded) for event in receiver.queue.take().changed] == [(1, False)]
    counts = receiver.queue.counts
    assert (counts.forwarded, counts.unanswered) == (1, 0)


@pytest.mark.parametrize("status", ["500 Oh", "404 Gone", "204 Nothing", "302 Away", "999 Odd"])
async def test_whatever_status_the_program_has_is_what_twilio_gets(
    receiver: Receiver, twilio: Twilio, status: str
) -> None:
    body = b"" if status.startswith("204") else b"trace"
    async with program(answer(body, status, "text/plain")) as mine:
        forward_to(receiver, mine)
        said = await twilio.post("/status", (("MessageSid", "SM1"), ("MessageStatus", "sent")))
    assert said.status == int(status[:3])
    assert_told(receiver, said)
    assert newest(receiver)[1].failed is not status.startswith("204")


@pytest.mark.parametrize("path", ["/sms", "/status"])
async def test_without_an_answer_in_time_the_saved_reply_goes_back_and_the_event_says_so(
    patient: Twilio, path: str
) -> None:
    params = HELLO if path == "/sms" else (("MessageSid", "SM1"), ("MessageStatus", "sent"))
    async with program(silence) as mine:
        forward_to(patient.receiver, mine)
        said = await patient.post(path, params)
    assert (said.status, SAVED in said.body) == ((200, True) if path == "/sms" else (204, False))
    assert_told(patient.receiver, said)
    answered = newest(patient.receiver)[1]
    assert (answered.state, answered.relayed) == (ForwardState.NO_ANSWER, False)
    assert "did not answer within" in answered.problem


async def test_a_program_that_is_down_costs_no_reply(receiver: Receiver, twilio: Twilio) -> None:
    async with program() as mine:
        forward_to(receiver, mine)
    said = await twilio.post("/sms")
    assert SAVED in said.body
    assert "Nothing answers" in newest(receiver)[1].problem


async def test_only_what_twilio_signed_is_forwarded(receiver: Receiver, twilio: Twilio) -> None:
    async with program() as mine:
        forward_to(receiver, mine, allow_unsigned=True)
        assert (await twilio.post("/sms", signature="")).status == 403
        assert (await twilio.post("/sms", signature="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")).status == 403
        assert [event.forwarded for event in receiver.store.latest()] == [None, None]
        # Nobody can tell, and it is taken in because the person allows it: that is no reason to hand it on.
        receiver.use_tokens(Tokens())
        assert (await twilio.post("/sms", signature="")).status == 200
        assert "Nobody can tell" in newest(receiver)[1].problem
        receiver.use_tokens(Tokens(TOKEN))
        receiver.adjust(replace(receiver.settings, forwards=False))
        await twilio.post("/sms")
        assert receiver.store.latest(1)[0].forwarded is None
        assert mine.connections == 0


async def test_a_delivery_that_is_repeated_is_forwarded_as_twilio_would_and_marked(
    receiver: Receiver, twilio: Twilio
) -> None:
    async with program() as mine:
        forward_to(receiver, mine)
        for _ in range(2):
            assert (await twilio.post("/sms")).body == TWIML
    again, first = receiver.store.latest()
    assert again.duplicate_of == first.id
    assert len(mine.requests) == 2
    assert mine.requests[0].body == mine.requests[1].body


# -- order and bounds --------------------------------------------------------------------------------


async def test_events_of_one_message_go_one_after_another_in_their_order(receiver: Receiver, twilio: Twilio) -> None:
    inside, most, order = 0, 0, []

    async def slow(writer: asyncio.StreamWriter) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        order.append(mine.requests[-1].body)
        await asyncio.sleep(0.01)
        inside -= 1
        writer.write(answer())

    async with program(slow) as mine:
        forward_to(receiver, mine)
        posts = []
        for number in range(6):
            posts.append(asyncio.create_task(twilio.post("/status", (("MessageSid", "SM1"), ("N", str(number))))))
            while len(receiver.store.latest()) <= number:
                await asyncio.sleep(0)
        await asyncio.gather(*posts)
    assert most == 1
    assert order == [f"MessageSid=SM1&N={number}".encode() for number in range(6)]


async def test_only_a_few_are_at_the_program_at_once(patient: Twilio) -> None:
    inside, most, go = 0, 0, asyncio.Event()

    async def hold(writer: asyncio.StreamWriter) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await go.wait()
        inside -= 1
        writer.write(answer())

    patient.receiver._program_seconds = 30.0
    async with program(hold) as mine:
        forward_to(patient.receiver, mine)
        posts = [asyncio.create_task(patient.post("/status", (("MessageSid", f"SM{n}"),))) for n in range(40)]
        while inside < AT_ONCE or len(patient.receiver.store.latest()) < len(posts):
            await asyncio.sleep(0.001)
        go.set()
        said = await asyncio.gather(*posts)
    assert {each.status for each in said} == {200}
    assert most == AT_ONCE


async def test_what_waits_for_its_turn_goes_nowhere_once_forwarding_is_stopped(patient: Twilio) -> None:
    receiver, go = patient.receiver, asyncio.Event()

    async def hold(writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(answer())

    receiver._program_seconds = 30.0
    async with program(hold) as mine:
        forward_to(receiver, mine)
        posts = [asyncio.create_task(patient.post("/status", (("MessageSid", f"SM{n}"),))) for n in range(AT_ONCE + 2)]
        while mine.connections < AT_ONCE or len(receiver.store.latest()) < len(posts):
            await asyncio.sleep(0.001)
        receiver.adjust(replace(receiver.settings, forwards=False))
        go.set()
        await asyncio.gather(*posts)
        assert mine.connections == AT_ONCE
    left = [each for event in receiver.store.latest() if (each := event.forwarded) and not each.relayed]
    assert [(each.url, each.state) for each in left] == [(f"{mine.url}/status", ForwardState.NOT_SENT)] * 2
    assert {each.problem for each in left} == {"Not forwarded. Forwarding was stopped."}


async def test_a_program_that_hangs_leaves_the_receiver_room_for_others(patient: Twilio) -> None:
    """More events than there are places: all are stored and answered, and who sends meanwhile is answered at once."""
    receiver = patient.receiver
    receiver._program_seconds = 3.0
    async with program(silence) as mine:
        forward_to(receiver, mine)
        posts = [asyncio.create_task(patient.post("/status", (("MessageSid", f"SM{n}"),))) for n in range(PLACES + 8)]
        while len(receiver.store.latest()) < len(posts):
            await asyncio.sleep(0.01)
        started = time.monotonic()
        assert (await patient.post("/sms", signature="")).status == 403
        assert time.monotonic() - started < 1
        await receiver.stop()
        said = await asyncio.gather(*posts)
    assert {each.status for each in said} == {204}
    states = [event.forwarded.state for event in receiver.store.latest() if event.forwarded]
    assert states.count(ForwardState.WAITING) == 0
    assert mine.connections == AT_ONCE


@pytest.mark.landing
async def test_a_flood_that_the_program_keeps_up_with_loses_none() -> None:
    store = EventStore(None)
    settings = ReceiverSettings(public_url=PUBLIC)
    async with Receiver(store, settings=settings, tokens=Tokens(TOKEN), limits=Limits()) as receiver, program() as mine:
        forward_to(receiver, mine)
        twilio = Twilio(receiver)
        at_once = asyncio.Semaphore(100)

        async def post(number: int) -> Answer:
            async with at_once:
                return await twilio.post("/status", (("MessageSid", f"SM{number}"),))

        said = await asyncio.gather(*(post(number) for number in range(500)))
        assert [each.body for each in said] == [TWIML] * 500
        assert len(mine.requests) == 500
        assert {event.forwarded.state for event in store.latest(500) if event.forwarded} == {ForwardState.ANSWERED}
    store.close()


# -- the end -----------------------------------------------------------------------------------------


async def test_a_stop_while_the_program_thinks_answers_twilio_and_waits_for_nobody(patient: Twilio) -> None:
    receiver = patient.receiver
    receiver._program_seconds = 60.0
    async with program(silence) as mine:
        forward_to(receiver, mine)
        waiting = asyncio.create_task(patient.post("/sms"))
        while not mine.requests:
            await asyncio.sleep(0)
        started = time.monotonic()
        await receiver.stop()
        said = await waiting
        assert time.monotonic() - started < 1
    assert SAVED in said.body
    answered = newest(receiver)[1]
    assert (answered.state, answered.problem) == (
        ForwardState.NO_ANSWER,
        "The receiver was stopped before your program answered.",
    )
    async with receiver, program() as other:
        forward_to(receiver, other)
        assert (await patient.post("/sms")).body == TWIML


async def test_a_caller_who_hangs_up_does_not_undo_what_was_forwarded(receiver: Receiver, twilio: Twilio) -> None:
    gone = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.write(answer())

    async with program(slow) as mine:
        forward_to(receiver, mine)
        async with twilio.connect() as (_, writer):
            writer.write(twilio.form("/sms", HELLO))
            while not mine.requests:
                await asyncio.sleep(0.001)
        gone.set()
        while newest(receiver)[1].state is ForwardState.WAITING:
            await asyncio.sleep(0.001)
    assert newest(receiver)[1].status == 200


async def test_where_nothing_can_be_stored_it_is_forwarded_all_the_same() -> None:
    store = EventStore(None)
    store.close()
    async with (
        Receiver(store, settings=ReceiverSettings(public_url=PUBLIC), tokens=Tokens(TOKEN), limits=TIGHT) as receiver,
        program() as mine,
    ):
        forward_to(receiver, mine)
        assert (await Twilio(receiver).post("/sms")).body == TWIML
        [event] = receiver.queue.take().events
        assert event.forwarded is not None
        assert (event.id, event.forwarded.status) == (0, 200)


# -- by hand -----------------------------------------------------------------------------------------


async def test_a_repetition_by_hand_is_marked_and_changes_nothing_of_what_twilio_got(
    receiver: Receiver, twilio: Twilio
) -> None:
    def counted(arrived: Arrived) -> bytes:
        return answer(b"%d" % len(mine.requests), "500 Oh" if len(mine.requests) == 1 else "200 OK")

    async with program(counted) as mine:
        forward_to(receiver, mine)
        said = await twilio.post("/sms")
        assert (said.status, said.body) == (500, b"1")
        played = await receiver.play_again(receiver.store.latest()[0], read_target(mine.url))
    first, again = mine.requests
    assert first.raw == again.raw
    assert receiver.store.latest() == (played,)
    assert receiver.queue.take().events == (played,)
    event, answered = newest(receiver)
    assert (answered.by_hand, answered.relayed, answered.status, answered.body) == (True, True, 200, b"2")
    assert_told(receiver, said)
    assert event.reply.body == b"1"


@pytest.mark.parametrize("since", ["forgotten", "another store"])
async def test_what_is_kept_no_longer_is_not_played_again(receiver: Receiver, twilio: Twilio, since: str) -> None:
    async with program() as mine:
        await twilio.post("/sms")
        read = receiver.store.latest(1)[0]
        if since == "forgotten":
            receiver.store.clear()
        else:
            # What was read is of the receiver before this one, whose first event has the same number.
            read = replace(read, received_at=read.received_at - timedelta(days=1))
        before = receiver.store.latest()
        with pytest.raises(InvalidSetting, match="kept no longer"):
            await receiver.play_again(read, read_target(mine.url))
    assert mine.requests == []
    assert receiver.store.latest() == before


async def test_played_again_while_its_answer_is_not_there_yet_it_says_what_twilio_got(
    receiver: Receiver, twilio: Twilio
) -> None:
    go = asyncio.Event()

    async def hold(writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(answer())

    async with program(hold) as mine:
        forward_to(receiver, mine)
        post = asyncio.create_task(twilio.post("/sms"))
        while not mine.connections:
            await asyncio.sleep(0.001)
        [early] = receiver.store.latest()
        with pytest.raises(InvalidSetting, match="on its way"):
            await receiver.play_again(early, read_target(mine.url))
        go.set()
        said = await post
        await receiver.play_again(early, read_target(mine.url))
    assert said.body == TWIML
    assert_told(receiver, said)
    assert newest(receiver)[1].relayed
