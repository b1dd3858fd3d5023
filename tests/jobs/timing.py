"""A clock that stands still until everything waits, and then goes to where the first sleeper wakes."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

START = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)

_TURNS = 40
"""Turns of the loop after which everything that can go on without the time has."""


class Clockwork:
    """`monotonic`, `clock` and `sleep` of one time; `skew` is how far the wall clock was set."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.skew = timedelta()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def monotonic(self) -> float:
        return self.time

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.time - 1000.0) + self.skew

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._numbers), woken))
        await woken

    async def run(self, work: Coroutine[object, object, T], *, until: float = float("inf")) -> T | None:
        """Run work to its end, or until so many seconds have passed; then it is cancelled, and the result None."""
        task = asyncio.ensure_future(work)
        until += self.time
        while not task.done():
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if task.done():
                break
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            assert self._sleepers, "it waits for nothing"
            at, _, woken = self._sleepers[0]
            if at > until:
                self.time = until
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                return None
            heapq.heappop(self._sleepers)
            self.time = max(self.time, at)
            woken.set_result(None)
        return task.result()


async def in_thread(work: Callable[[], T], /) -> T:
    """In no thread at all: nothing else happens meanwhile."""
    return work()
