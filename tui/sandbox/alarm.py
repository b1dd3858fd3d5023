"""One timer for all that waits for a time of the sandbox's clock, which can be moved, or for an edit."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Final

LONGEST_SLEEP: Final = 0.1
"""Seconds between two looks at the clock, which nobody tells of being moved."""


class Alarm:
    """Wakes those who wait. A thousand of them cost one timer.

    Args:
        clock: tells the time.
        edits: tells how often something was edited that somebody may wait for; when it is another, all are woken.
    """

    def __init__(self, clock: Callable[[], datetime], edits: Callable[[], int]) -> None:
        self._clock, self._edits = clock, edits
        self._seen = edits()
        self._order = count()
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def until(self, moment: datetime) -> None:
        """Wait for a moment; or less, so that whoever waits looks whether it still is what to wait for."""
        if moment <= self._clock():
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._order), woken))
        # One that is due before all others is not to wait for the next look.
        if self._timer is None or self._waiting[0][2] is woken:
            self._look_later()
        await woken

    def clear(self) -> None:
        """Forget who waits; they are woken no more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait = (self._waiting[0][0] - self._clock()).total_seconds()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, min(wait, LONGEST_SLEEP)), self._look)

    def _look(self) -> None:
        now, edits, self._timer = self._clock(), self._edits(), None
        due = list(self._waiting) if edits != self._seen else []
        self._seen = edits
        if due:
            self._waiting.clear()
        while self._waiting and self._waiting[0][0] <= now:
            due.append(heapq.heappop(self._waiting))
        for _, _, woken in due:
            if not woken.done():
                woken.set_result(None)
        if self._waiting:
            self._look_later()
