"""A bounded queue of events between the receiver and the screen; what it had to leave out is counted."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from tui.webhooks.events import Verdict, WebhookEvent

CAPACITY: Final = 500

_MOST_PATHS: Final = 3
_LONGEST_PATH: Final = 60


@dataclass(slots=True)
class ReceiverCounts:
    """Requests since the receiver was made; nothing is ever missing from these.

    Attributes:
        received: requests that became events.
        rejected: of these, signed wrongly or not at all.
        unverifiable: of these, without an auth token to check them against.
        verified: of these, signed by Twilio.
        duplicates: of these, deliveries of an event that was there already.
        elsewhere: requests to paths (404) or with methods (405) that are not served.
        refused: requests that were no proper HTTP, too large or too slow.
        left_out: events that the queue had no room for; they are in the store.
    """

    received: int = 0
    verified: int = 0
    rejected: int = 0
    unverifiable: int = 0
    duplicates: int = 0
    elsewhere: int = 0
    refused: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class EventBatch:
    """What was in the queue.

    Attributes:
        events: new ones, oldest first.
        changed: events that came before, as they are now: what came of forwarding them is known.
        left_out: how many new ones were left out since the last batch.
    """

    events: tuple[WebhookEvent, ...] = ()
    changed: tuple[WebhookEvent, ...] = ()
    left_out: int = 0


class EventQueue:
    """Holds `capacity` accepted events and as many rejected ones, apart, so that forgeries push out nothing else."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.counts = ReceiverCounts()
        self._accepted: deque[tuple[int, WebhookEvent]] = deque()
        self._rejected: deque[tuple[int, WebhookEvent]] = deque()
        self._capacity = capacity
        self._left_out = 0
        self._changed: dict[int, WebhookEvent] = {}
        self._paths: dict[str, None] = {}
        self._ready = asyncio.Event()

    def put(self, event: WebhookEvent) -> None:
        """Add an event; the oldest of its sort makes room."""
        counts = self.counts
        counts.received += 1
        counts.verified += event.verdict is Verdict.VERIFIED
        counts.rejected += event.verdict is Verdict.REJECTED
        counts.unverifiable += event.verdict is Verdict.CANNOT_VERIFY
        counts.duplicates += event.duplicate_of is not None
        queue = self._accepted if event.accepted else self._rejected
        queue.append((counts.received, event))
        if len(queue) > self._capacity:
            queue.popleft()
            counts.left_out += 1
            self._left_out += 1
        self._ready.set()

    def change(self, event: WebhookEvent) -> None:
        """Tell that a kept event was brought up to date; of too many the oldest are read when they are looked at."""
        self._changed.pop(event.id, None)
        self._changed[event.id] = event
        if len(self._changed) > self._capacity:
            del self._changed[next(iter(self._changed))]
        self._ready.set()

    @property
    def paths(self) -> tuple[str, ...]:
        """The last few requests to what is not served, such as `POST /webhook`, the newest first. Remote text."""
        return tuple(reversed(self._paths))

    def count_elsewhere(self, method: str, path: str) -> None:
        """Count a request to a path or with a method that is not served."""
        self.counts.elsewhere += 1
        asked = f"{method} {path}"[:_LONGEST_PATH]
        self._paths.pop(asked, None)
        self._paths[asked] = None
        if len(self._paths) > _MOST_PATHS:
            del self._paths[next(iter(self._paths))]
        self._ready.set()

    def count_refused(self) -> None:
        """Count a request that was refused before it was whole."""
        self.counts.refused += 1
        self._ready.set()

    async def wait(self) -> None:
        """Return once something has happened since the last `take`."""
        await self._ready.wait()

    def take(self) -> EventBatch:
        """Take everything out of the queue, in the order it arrived."""
        self._ready.clear()
        events = tuple(event for _, event in sorted((*self._accepted, *self._rejected), key=lambda item: item[0]))
        batch = EventBatch(events, tuple(self._changed.values()), self._left_out)
        self._accepted.clear()
        self._changed.clear()
        self._rejected.clear()
        self._left_out = 0
        return batch
