"""The way from the receiver to a screen: a bounded queue that counts what it had to leave out."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from tui.webhooks.events import Verdict, WebhookEvent

CAPACITY: Final = 500

_MOST_PATHS: Final = 3
_LONGEST_PATH: Final = 60


@dataclass(frozen=True, slots=True)
class ReceiverCounts:
    """Everything since the start of the receiver; nothing is ever missing from these.

    Attributes:
        received: requests that became events.
        verified: of these, signed by Twilio.
        rejected: of these, signed wrongly or not at all.
        unverifiable: of these, without an auth token to check them against.
        duplicates: of these, deliveries of an event that was there already.
        elsewhere: requests to paths that nobody serves (404) or with methods nobody uses (405).
        refused: requests that were no proper HTTP, too large or too slow.
        left_out: events that a screen was too slow for; they are in the store.
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
    """What waited: events, oldest first, and how many before them were left out since the last batch."""

    events: tuple[WebhookEvent, ...] = ()
    left_out: int = 0


class EventQueue:
    """Holds `capacity` accepted events and as many rejected ones, apart, so that forgeries push out nothing else."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._accepted: deque[tuple[int, WebhookEvent]] = deque()
        self._aside: deque[tuple[int, WebhookEvent]] = deque()
        self._capacity = capacity
        self._arrivals = 0
        self._left_out = 0
        self._left_out_since = 0
        self._verdicts = dict.fromkeys(Verdict, 0)
        self._duplicates = 0
        self._elsewhere = 0
        self._paths: dict[str, None] = {}
        self._refused = 0
        self._ready = asyncio.Event()

    @property
    def counts(self) -> ReceiverCounts:
        """What has happened so far."""
        return ReceiverCounts(
            received=self._arrivals,
            verified=self._verdicts[Verdict.VERIFIED],
            rejected=self._verdicts[Verdict.REJECTED],
            unverifiable=self._verdicts[Verdict.CANNOT_VERIFY],
            duplicates=self._duplicates,
            elsewhere=self._elsewhere,
            refused=self._refused,
            left_out=self._left_out,
        )

    def put(self, event: WebhookEvent) -> None:
        """Add an event; the oldest of its sort makes room."""
        self._arrivals += 1
        self._verdicts[event.verdict] += 1
        self._duplicates += event.duplicate_of is not None
        queue = self._accepted if event.accepted else self._aside
        queue.append((self._arrivals, event))
        if len(queue) > self._capacity:
            queue.popleft()
            self._left_out += 1
            self._left_out_since += 1
        self._ready.set()

    @property
    def paths(self) -> tuple[str, ...]:
        """The last few things that were asked for in vain, such as `POST /webhook`, the newest first. Remote text."""
        return tuple(reversed(self._paths))

    def count_elsewhere(self, method: str, path: str) -> None:
        """Count a request to a path or with a method that nobody serves."""
        self._elsewhere += 1
        asked = f"{method} {path}"[:_LONGEST_PATH]
        self._paths.pop(asked, None)
        self._paths[asked] = None
        if len(self._paths) > _MOST_PATHS:
            del self._paths[next(iter(self._paths))]
        self._ready.set()

    def count_refused(self) -> None:
        """Count a request that was refused before it was whole."""
        self._refused += 1
        self._ready.set()

    async def wait(self) -> None:
        """Return once something has happened since the last `take`."""
        await self._ready.wait()

    def take(self) -> EventBatch:
        """Take everything that waits, in the order it arrived."""
        self._ready.clear()
        events = tuple(event for _, event in sorted((*self._accepted, *self._aside), key=lambda item: item[0]))
        batch = EventBatch(events, self._left_out_since)
        self._accepted.clear()
        self._aside.clear()
        self._left_out_since = 0
        return batch
