"""A message that was taken is watched to its end, or until a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.sends import FOLLOW_DELAYS, FOLLOW_FOR, SendService

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Iterator[Time]:
    yield Time()


async def test_following_ends_with_the_final_state(bring: Any, clock: Time) -> None:
    async with Sandbox(clock=clock) as twilio:
        bench = await bring(twilio, clock=clock, sleep=clock.sleep)
        end = await bench.desk.follow(await bench.submit())
        assert end.message is not None
        assert end.message.status == "delivered"
        assert not end.following
        seen = [told.message.status for told in bench.told if told.message]
        assert seen[0] == "queued"
        assert seen[-1] == "delivered"
        assert len(seen) == len(set(seen))
        assert sum(clock.slept) < 20


async def test_following_what_stays_sent_comes_to_an_end(bring: Any, clock: Time) -> None:
    async with Sandbox(clock=clock) as twilio:
        bench = await bring(twilio, clock=clock, sleep=clock.sleep)
        end = await bench.desk.follow(await bench.submit(bench.draft(to="+14155500000")))
        assert end.message is not None
        assert end.message.status == "sent"
        assert not end.following
        assert bench.told[-1] == end
        assert FOLLOW_FOR <= sum(clock.slept) < FOLLOW_FOR + max(FOLLOW_DELAYS)


async def test_failed_looks_do_not_end_the_following(bring: Any, clock: Time) -> None:
    async with Sandbox(clock=clock) as twilio:
        bench = await bring(twilio, clock=clock, sleep=clock.sleep)
        sending = await bench.submit()
        for kind in ("500-before", "reset-before", "wrong-json", "truncated", "429"):
            twilio.faults.add(Fault(kind, method="GET"))
        end = await bench.desk.follow(sending)
        assert end.message is not None
        assert end.message.status == "delivered"


async def test_following_ends_when_the_client_is_closed(bring: Any, clock: Time) -> None:
    async with Sandbox(clock=clock) as twilio:
        bench = await bring(twilio)

        async def close(seconds: float) -> None:
            clock.slept.append(seconds)
            await bench.client.aclose()

        bench.desk = SendService("here", bench.client, bench.outbox, bench.told.append, clock=clock, sleep=close)
        sending = await bench.submit()
        asked = len(twilio.requests)
        end = await bench.desk.follow(sending)
        assert not end.following
        assert len(twilio.requests) == asked
        assert len(clock.slept) == 1


async def test_following_ends_when_the_message_is_deleted(bring: Any, clock: Time) -> None:
    async with Sandbox(clock=clock) as twilio:
        bench = await bring(twilio, clock=clock, sleep=clock.sleep)
        sending = await bench.submit()
        assert sending.message is not None
        gone = replace(sending, message=replace(sending.message, sid="SM" + "0" * 32))
        end = await bench.desk.follow(gone)
        assert not end.following
        assert len(clock.slept) == 1


async def test_what_was_not_accepted_is_not_followed(bench: Any) -> None:
    sending = await bench.submit(bench.draft(to="+15005550001"))
    asked = len(bench.sandbox.requests)
    assert await bench.desk.follow(sending) == sending
    assert len(bench.sandbox.requests) == asked
