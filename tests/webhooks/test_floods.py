"""Floods from another process: the loop goes on, and every honest request is answered in its time."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from dataclasses import replace

import pytest

from tests.webhooks.flooding import KINDS
from tests.webhooks.programs import program
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import ForwardState, WebhookEvent
from tui.webhooks.receiver import Receiver
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.verification import Tokens

SECONDS = 5.0
PEERS = {
    "requests ahead, unread": 64,
    "requests ahead": 64,
    "forgeries": 64,
    "half-open": 160,
    "signed by Twilio": 32,
}


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
async def test_beside_a_flood_the_loop_goes_on_and_every_honest_request_is_answered(
    kind: str, settings: ReceiverSettings, twilio
) -> None:
    median, _ = await flood_and_measure(kind, settings, twilio)
    # Two cores are shared with the flood, and with whatever else runs: without the bounds these are seconds.
    assert median < 0.25


@pytest.mark.long
async def test_beside_a_flood_that_is_forwarded_the_loop_goes_on_as_well(settings: ReceiverSettings, twilio) -> None:
    async with program() as mine:
        _, kept = await flood_and_measure("signed by Twilio", replace(settings, forward_to=mine.url), twilio)
    states = Counter(event.forwarded.state for event in kept if event.forwarded)
    print(f"{len(kept)} events: {states}; {len(mine.requests)} forwarded")
    # What was under way when the receiver was stopped has no answer.
    assert 100 < states[ForwardState.ANSWERED] <= len(mine.requests)


async def flood_and_measure(kind: str, settings: ReceiverSettings, twilio) -> tuple[float, tuple[WebhookEvent, ...]]:
    """The median of an honest request's seconds beside a flood, and what was kept of both."""
    store = EventStore(None)
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.005)
            worst = max(worst, time.perf_counter() - begun - 0.005)

    async with Receiver(store, settings=settings, tokens=Tokens(twilio.token)) as receiver:
        twilio.receiver = receiver
        where = (str(twilio.port), kind, str(PEERS.get(kind, 4)))
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.webhooks.flooding", *where, stdin=-1, stdout=-1
        )
        assert flood.stdout is not None
        watching: asyncio.Task[None] | None = None
        times: list[float] = []
        try:
            await flood.stdout.readline()
            watching = asyncio.create_task(watch())
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                begun = time.perf_counter()
                sid = f"SM{len(times)}"
                answer = await twilio.post("/status", (("MessageSid", sid), ("MessageStatus", "sent")))
                times.append(time.perf_counter() - begun)
                assert answer.status in (200, 204)
                await asyncio.sleep(0.02)
        finally:
            flood.kill()
            await flood.wait()
            if watching is not None:
                watching.cancel()
    median = statistics.median(times)
    print(f"{kind}: {len(times)} honest, median {median:.3f}, worst {max(times):.3f}, loop {worst:.3f} s")
    assert max(times) < 2.0
    assert worst < 0.5
    kept = store.latest(10_000)
    store.close()
    return median, kept
