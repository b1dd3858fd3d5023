"""The queue that writes webhook events into their store, some at once, off the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import WebhookEvent

MOST_AT_ONCE: Final = 250
"""Events in one transaction: a few milliseconds of writing, after which the first of them can be answered."""


class EventWriter:
    """Stores events in the order they came."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: deque[tuple[WebhookEvent, asyncio.Future[WebhookEvent]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, event: WebhookEvent) -> WebhookEvent:
        """Store an event; returns it with its id, as `EventStore.add`, once it is on disk.

        Cancelling the call does not undo it.

        Raises:
            EventsUnavailable: it could not be kept.
        """
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await kept

    async def settle(self, seconds: float) -> None:
        """Wait until every event is on disk, but no longer than `seconds`."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)

    async def _write(self) -> None:
        try:
            while self._waiting:
                count = min(MOST_AT_ONCE, len(self._waiting))
                await self._write_some([self._waiting.popleft() for _ in range(count)])
        finally:
            self._writing = None

    async def _write_some(self, some: list[tuple[WebhookEvent, asyncio.Future[WebhookEvent]]]) -> None:
        try:
            kept = await asyncio.to_thread(self._store.add_all, [event for event, _ in some])
        except Exception as problem:
            if len(some) > 1 and not isinstance(problem, EventsUnavailable):
                # On an unexpected error retry one by one, so that one bad event does not lose the batch.
                for one in some:
                    await self._write_some([one])
                return
            for _, waiter in some:
                if not waiter.done():
                    waiter.set_exception(problem)
            return
        for (_, waiter), event in zip(some, kept, strict=True):
            if not waiter.done():
                waiter.set_result(event)
