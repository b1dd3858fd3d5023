"""A bounded queue of events between the receiver and the screen; what it had to leave out is counted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from tui.webhooks.events import ForwardState, Verdict, WebhookEvent

CAPACITY: Final = 500

MOST_UNSERVED: Final = 20
"""Paths asked for in vain that are remembered: enough to find one's own among those that strangers try."""


@dataclass(slots=True)
class ReceiverCounts:
    """Requests since the receiver was made; nothing is ever missing from these.

    Attributes:
        received: requests that became events.
        rejected: of these, signed wrongly or not at all.
        unverifiable: of these, without an auth token to check them against.
        verified: of these, signed by Twilio.
        duplicates: of these, deliveries of an event that was there already.
        unserved: requests to paths (404) or with methods (405) that are not served.
        forwarded: events that the person's own program answered.
        unanswered: events that it was to answer and did not.
        refused: requests that were no proper HTTP, too large or too slow.
        left_out: events that the queue had no room for; they are in the store.
    """

    received: int = 0
    verified: int = 0
    rejected: int = 0
    unverifiable: int = 0
    duplicates: int = 0
    unserved: int = 0
    forwarded: int = 0
    unanswered: int = 0
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
    """Holds `CAPACITY` accepted events and as many rejected ones, apart, so that forgeries push out nothing else."""

    def __init__(self) -> None:
        self.counts = ReceiverCounts()
        self._accepted: deque[tuple[int, WebhookEvent]] = deque()
        self._rejected: deque[tuple[int, WebhookEvent]] = deque()
        self._left_out = 0
        self._changed: dict[int, WebhookEvent] = {}
        self._unserved: dict[tuple[str, str], tuple[WebhookEvent, int]] = {}
        self._ready = asyncio.Event()

    def put(self, event: WebhookEvent) -> None:
        """Add an event; the oldest of its sort makes room."""
        counts = self.counts
        counts.received += 1
        counts.verified += event.verdict is Verdict.VERIFIED
        counts.rejected += event.verdict is Verdict.REJECTED
        counts.unverifiable += event.verdict is Verdict.CANNOT_VERIFY
        counts.duplicates += event.duplicate_of is not None
        self._count_forwarded(event)
        queue = self._accepted if event.accepted else self._rejected
        queue.append((counts.received, event))
        if len(queue) > CAPACITY:
            queue.popleft()
            counts.left_out += 1
            self._left_out += 1
        self._ready.set()

    def change(self, event: WebhookEvent) -> None:
        """Tell that a kept event was brought up to date; of too many the oldest are read when they are looked at."""
        self._count_forwarded(event)
        self._changed.pop(event.id, None)
        self._changed[event.id] = event
        if len(self._changed) > CAPACITY:
            del self._changed[next(iter(self._changed))]
        self._ready.set()

    def _count_forwarded(self, event: WebhookEvent) -> None:
        answer = event.forwarded
        if answer is not None and not answer.by_hand and answer.state is not ForwardState.WAITING:
            answered = answer.state is ForwardState.ANSWERED
            self.counts.forwarded += answered
            self.counts.unanswered += not answered

    @property
    def unserved(self) -> tuple[WebhookEvent, ...]:
        """The last request to each of the paths that are not served, the newest first. They are kept nowhere else."""
        return tuple(event for event, _ in reversed(self._unserved.values()))

    def note_unserved(self, event: WebhookEvent) -> None:
        """Remember a request to a path or with a method that is not served; repeated ones count up."""
        self.counts.unserved += 1
        asked = event.method, event.target.partition("?")[0]
        _, times = self._unserved.pop(asked, (event, 0))
        if times:
            event = replace(event, diagnosis=f"{event.diagnosis} Asked for {times + 1:,} times.")
        self._unserved[asked] = event, times + 1
        if len(self._unserved) > MOST_UNSERVED:
            del self._unserved[next(iter(self._unserved))]
        self._ready.set()

    def forget_unserved(self, sids: Collection[str] | None = None) -> None:
        """Forget the requests to what is not served; with `sids` those that name one of these messages."""
        self._unserved = {
            asked: kept
            for asked, kept in self._unserved.items()
            if sids is not None and all(value not in sids for _, value in kept[0].parameters)
        }

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
        changed = self._changed
        arrived = sorted((*self._accepted, *self._rejected), key=lambda item: item[0])
        # What is known by now of an event that is told for the first time is told with it.
        events = tuple(changed.pop(event.id, event) if event.id else event for _, event in arrived)
        batch = EventBatch(events, tuple(changed.values()), self._left_out)
        self._accepted.clear()
        self._changed.clear()
        self._rejected.clear()
        self._left_out = 0
        return batch
