"""Events written in groups: in order, counted in transactions, and nobody waits for what he did not ask for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.webhooks.test_event_store import EVENT, count, numbered
from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.event_store import Bounds, EventStore
from tui.webhooks.event_writer import MOST_AT_ONCE, EventWriter
from tui.webhooks.events import WebhookEvent


class Held(EventStore):
    """Writes nothing before it is let go, and remembers how much it wrote at a time."""

    def __init__(self) -> None:
        super().__init__(None)
        self.policy = threading.Event()
        self.groups: list[int] = []
        self.broken = False

    def add_all(self, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
        assert self.policy.wait(10)
        self.groups.append(len(events))
        if self.broken:
            raise EventsUnavailable("events", "The disk is full.", "Make room.")
        return super().add_all(events)


@pytest.fixture
def store():
    held = Held()
    yield held
    held.policy.set()
    held.close()


async def begun(keeping: EventWriter, events: Sequence[WebhookEvent]) -> list[asyncio.Task[WebhookEvent]]:
    tasks = [asyncio.create_task(keeping.keep(event)) for event in events]
    await asyncio.sleep(0)
    return tasks


async def test_a_flood_is_written_in_few_transactions_and_in_its_order(store: Held) -> None:
    keeping, count = EventWriter(store), 3 * MOST_AT_ONCE
    first = await begun(keeping, [numbered(0)])
    rest = await begun(keeping, [numbered(n) for n in range(1, count)])
    store.policy.set()
    kept = await asyncio.gather(*first, *rest)
    assert [event.sid for event in kept] == [f"SM{n}" for n in range(count)]
    assert [event.id for event in kept] == list(range(1, count + 1))
    assert sum(store.groups) == count
    assert len(store.groups) <= 4
    assert max(store.groups) <= MOST_AT_ONCE


async def test_a_group_that_cannot_be_written_is_told_to_all_of_it_and_the_next_is_tried(store: Held) -> None:
    keeping = EventWriter(store)
    store.broken = True
    tasks = await begun(keeping, [numbered(n) for n in range(3)])
    store.policy.set()
    assert all(isinstance(told, EventsUnavailable) for told in await asyncio.gather(*tasks, return_exceptions=True))
    store.broken = False
    assert (await keeping.keep(numbered(9))).id == 1


async def test_whoever_stops_waiting_does_not_undo_his_event_or_anothers(store: Held) -> None:
    keeping = EventWriter(store)
    impatient, patient = await begun(keeping, [numbered(1), numbered(2)])
    impatient.cancel()
    await asyncio.sleep(0)
    store.policy.set()
    assert (await patient).sid == "SM2"
    await keeping.settle(10)
    assert count(store) == 2


async def test_settling_waits_no_longer_than_it_was_told(store: Held) -> None:
    keeping = EventWriter(store)
    (task,) = await begun(keeping, [numbered(1)])
    await keeping.settle(0.01)
    assert not task.done()
    store.policy.set()
    await keeping.settle(10)
    assert (await task).id == 1


def test_a_copy_is_recognised_within_its_own_group_and_the_bounds_hold_over_all_of_it() -> None:
    store = EventStore(None, bounds=Bounds(events=10))
    kept = store.add_all([EVENT, EVENT, *(numbered(n) for n in range(30))])
    assert kept[1].duplicate_of == kept[0].id
    assert count(store) == 10
    assert [event.id for event in store.latest()] == [each.id for each in kept[:-11:-1]]
    store.close()


def test_of_a_group_that_fails_nothing_is_kept() -> None:
    store = EventStore(None)
    with pytest.raises((EventsUnavailable, OverflowError)):
        store.add_all([EVENT, replace(EVENT, duplicate_of=None, reply=replace(EVENT.reply, status=1 << 70))])
    assert count(store) == 0
    store.close()


async def test_one_event_that_nobody_thought_of_takes_no_other_with_it(store: Held) -> None:
    keeping = EventWriter(store)
    await begun(keeping, [numbered(0)])
    odd = replace(EVENT, diagnosis=object())
    tasks = await begun(keeping, [numbered(1), odd, numbered(2)])
    store.policy.set()
    first, wrong, last = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(wrong, Exception)
    assert [event.sid for event in (first, last)] == ["SM1", "SM2"]
    assert count(store) == 3
