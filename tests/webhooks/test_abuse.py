"""Abuse over real sockets: it costs a bounded amount, honest peers are answered, the count stays whole."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import statistics
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.webhooks.test_event_store import count
from tui.webhooks.event_store import Bounds, EventStore
from tui.webhooks.events import Verdict
from tui.webhooks.parameters import MOST_PARAMETERS, read_parameters
from tui.webhooks.receiver import Listening, Receiver
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.verification import Tokens, Verification, verify_request

Flood = Callable[[int], Awaitable[None]]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"\x16\x03\x01 tls hello\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000, 413),
        (b"GET /sms HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 5000 + b"\r\n\r\n", 431),
        (b"POST /sms HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", 408),
        (b"GET /sms HTTP/1.1\r\nHost:", 408),
    ],
)
async def test_what_is_no_proper_request_is_refused_and_counted(twilio, receiver, said: bytes, status: int) -> None:
    assert (await twilio.say(said)).status == status
    assert receiver.queue.counts.refused == 1
    assert receiver.queue.counts.received == 0
    assert (await twilio.post("/sms")).status == 200


@contextlib.asynccontextmanager
async def half_open(receiver: Receiver) -> AsyncIterator[Flood]:
    """Connections that begin a request and never end it."""
    writers: list[asyncio.StreamWriter] = []
    assert isinstance(receiver.state, Listening)
    port = receiver.state.port

    async def flood(count: int) -> None:
        for _ in range(count):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /sms HTTP/1.1\r\nHost: h\r\n")
            writers.append(writer)

    yield flood
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def test_beside_a_thousand_half_open_connections_an_honest_one_takes_under_100_ms(
    settings: ReceiverSettings, twilio
) -> None:
    store = EventStore(None)
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as receiver:
        twilio.receiver = receiver
        times: list[float] = []
        async with half_open(receiver) as flood:
            for n in range(10):
                await flood(100)
                begun = time.perf_counter()
                answer = await twilio.post("/status", (("MessageSid", f"SM{n}"), ("MessageStatus", "sent")))
                times.append(time.perf_counter() - begun)
                assert answer.status == 204
        # The median, so that one pause of a busy machine does not decide.
        assert statistics.median(times) < 0.1
        assert receiver.queue.counts.verified == 10
    store.close()


@pytest.mark.parametrize("each", [150, pytest.param(1_250, marks=pytest.mark.long)])
async def test_of_thousands_of_requests_none_is_missing_from_the_count(
    settings: ReceiverSettings, twilio, answer, each: int
) -> None:
    store = EventStore(None, bounds=Bounds(events=500, rejected_events=100))
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as receiver:
        twilio.receiver = receiver
        connections = 8

        async def flood(number: int) -> None:
            async with twilio.connect() as (reader, writer):
                for n in range(each):
                    forged = n % 5 == 0
                    params = (("MessageSid", f"SM{number}-{n}"), ("MessageStatus", "sent"))
                    writer.write(twilio.form("/status", params, signature="" if forged else None))
                    assert (await answer(reader)).status == (403 if forged else 204)

        await asyncio.gather(*(flood(number) for number in range(connections)))
        batch = receiver.queue.take()
        counts = receiver.queue.counts
        assert counts.received == counts.verified + counts.rejected == connections * each
        assert counts.rejected == connections * each // 5
        assert len(batch.events) + batch.left_out == counts.received
        assert batch.left_out == counts.left_out > 0
        assert count(store, accepted=True) == 500
        assert count(store, accepted=False) == 100
    store.close()


@pytest.mark.long
async def test_memory_stays_bounded_while_forgeries_pour_in(settings: ReceiverSettings, twilio, answer) -> None:
    store = EventStore(None, bounds=Bounds(rejected_events=50))
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as receiver:
        twilio.receiver = receiver

        async def forge(count: int) -> None:
            async with twilio.connect() as (reader, writer):
                for _ in range(count):
                    writer.write(twilio.form("/sms", [("Body", "x" * 1000)], signature=""))
                    assert (await answer(reader)).status == 403

        tracemalloc.start()
        try:
            # By then every queue and every bound is full: what is kept longer than that shows as growth.
            await forge(700)
            full = tracemalloc.get_traced_memory()[0]
            await forge(700)
            assert tracemalloc.get_traced_memory()[0] < 1.3 * full
        finally:
            tracemalloc.stop()
        assert len(receiver.queue.take().events) == 500
    store.close()


LISTS = (b"[" + b"0," * 400_000 + b"0]", "application/json")
ESCAPES = (b"a=" + b"%41b" * 40_000, "application/x-www-form-urlencoded")


def forged(body: bytes, kind: str) -> bytes:
    head = f"POST /sms?tag=a HTTP/1.1\r\nHost: h\r\nX-Twilio-Signature: {'/' * 26}8=\r\nContent-Type: {kind}\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(("body", "kind"), [LISTS, ESCAPES])
async def test_large_forgeries_are_looked_at_one_at_a_time_beside_the_loop_and_not_read(
    settings: ReceiverSettings, twilio, monkeypatch: pytest.MonkeyPatch, body: bytes, kind: str
) -> None:
    at_work = most_at_work = 0

    def watched(*given: Any) -> Verification:
        nonlocal at_work, most_at_work
        assert threading.current_thread() is not threading.main_thread()
        at_work += 1
        most_at_work = max(most_at_work, at_work)
        try:
            return verify_request(*given)
        finally:
            at_work -= 1

    monkeypatch.setattr("tui.webhooks.receiver.verify_request", watched)
    store = EventStore(None)
    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as receiver:
        twilio.receiver = receiver
        answers = await asyncio.gather(*(twilio.say(forged(body, kind)) for _ in range(3)))
        assert [answer.status for answer in answers] == [403] * 3
        assert most_at_work == 1
        events = receiver.queue.take().events
        assert [event.parameters for event in events] == [(("tag", "a"),)] * 3
        assert [event.body for event in events] == [body] * 3
        assert [event.parameters for event in store.latest()] == [(("tag", "a"),)] * 3
    store.close()


async def test_a_wrong_signature_is_looked_into_beside_the_loop(twilio, receiver, monkeypatch) -> None:
    threads: list[threading.Thread] = []

    def watched(*given: Any) -> Verification:
        threads.append(threading.current_thread())
        return verify_request(*given)

    monkeypatch.setattr("tui.webhooks.receiver.verify_request", watched)
    assert (await twilio.say(forged(b"Body=x", "application/x-www-form-urlencoded"))).status == 403
    assert (await twilio.post("/sms")).status == 200
    # What is signed rightly needs no search, and no thread.
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_of_a_large_list_that_was_accepted_so_much_is_read_and_no_more() -> None:
    body, kind = LISTS
    begun = time.process_time()
    assert len(read_parameters("/sms", kind, body, accepted=True)) == MOST_PARAMETERS
    assert time.process_time() - begun < 0.5
    assert read_parameters("/sms", kind, body, accepted=False) == ()


@pytest.mark.parametrize("deep", [900, 100_000])
def test_json_that_is_nested_too_deeply_says_nothing_and_raises_nothing(deep: int) -> None:
    body = b"[" * deep + b"1" + b"]" * deep
    assert len(read_parameters("/sms", "application/json", body, accepted=True)) <= 1


async def test_pipelined_webhooks_are_all_taken_in_order(twilio, receiver, answer) -> None:
    async with twilio.connect() as (reader, writer):
        for n in range(30):
            writer.write(twilio.form("/status", (("MessageSid", f"SM{n}"), ("MessageStatus", "sent"))))
        assert [(await answer(reader)).status for _ in range(30)] == [204] * 30
    assert [event.sid for event in receiver.queue.take().events] == [f"SM{n}" for n in range(30)]


async def test_forgeries_do_not_push_true_events_out_of_the_feed(twilio, receiver) -> None:
    await twilio.post("/sms")
    event = receiver.queue.take().events[0]
    receiver.queue.put(event)
    for _ in range(2000):
        receiver.queue.put(dataclasses.replace(event, accepted=False, verdict=Verdict.REJECTED))
    batch = receiver.queue.take()
    assert batch.events[0] == event
    assert len(batch.events) + batch.left_out == 2001


async def test_a_peer_who_hangs_up_takes_no_event_with_him(twilio, receiver) -> None:
    async with twilio.connect() as (_, writer):
        writer.write(twilio.form("/sms", (("MessageSid", "SM1"), ("Body", "x"))))
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(5):
            await receiver.queue.wait()
        writer.transport.abort()
    assert receiver.queue.counts.verified == 1
