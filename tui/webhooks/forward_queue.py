"""Forward events one after another: those of one message in their order, a few at a time, and no more than may wait.

Each event that waits holds the connection on which Twilio waits for its answer. So most of the receiver's connections
may wait here, and never all: what is beyond is received, stored and answered all the same, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tui.webhooks.events import Forwarded, ForwardState, WebhookEvent

AT_ONCE: Final = 8
"""Requests to the program at the same time."""

PLACES: Final = 48
"""Events that are forwarded or wait for it, of the receiver's 64 connections."""

PATIENCE: Final = 0.5
"""Seconds that an event waits for a place: a burst that the program keeps up with loses none."""

_FULL: Final = f"Not forwarded: {PLACES} events were waiting for your program already."
_ENDED: Final = "The receiver was stopped before your program answered."
_LATE: Final = "Not forwarded: events before it kept your program busy for too long."

Send = Callable[[float], Awaitable[Forwarded]]
"""Forwards an event within so many seconds."""


class ForwardQueue:
    """Sends events, from `begin` to `end`."""

    def __init__(self) -> None:
        self._running = asyncio.Semaphore(AT_ONCE)
        self._places = asyncio.Semaphore(PLACES)
        # Each with the SID of the message that it is about.
        self._under_way: dict[asyncio.Task[Forwarded], str] = {}
        self._open = True

    def begin(self) -> None:
        """Take events from now on."""
        self._open = True

    async def end(self) -> None:
        """Give up what is under way, and take no more."""
        self._open = False
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def send(self, event: WebhookEvent, url: str, send: Send, *, limit: float) -> Forwarded:
        """Send an event when it is its turn; within `limit` seconds there is an answer, or the reason for none."""
        if not self._open:
            return _not_sent(url, _ENDED)
        before = {task for task, sid in self._under_way.items() if sid and sid == event.sid}
        task = asyncio.create_task(self._find_place(url, send, before, asyncio.get_running_loop().time() + limit))
        self._under_way[task] = event.sid
        task.add_done_callback(self._under_way.pop)
        try:
            return await task
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if waiting is not None and waiting.cancelling():
                raise
            return Forwarded(url, ForwardState.NO_ANSWER, problem=_ENDED)

    async def _find_place(self, url: str, send: Send, before: set[asyncio.Task[Forwarded]], end: float) -> Forwarded:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            return _not_sent(url, _FULL)
        try:
            return await self._send_in_turn(url, send, before, end)
        finally:
            self._places.release()

    async def _send_in_turn(self, url: str, send: Send, before: set[asyncio.Task[Forwarded]], end: float) -> Forwarded:
        try:
            async with asyncio.timeout_at(end):
                if before:
                    await asyncio.wait(before)
                await self._running.acquire()
        except TimeoutError:
            return _not_sent(url, _LATE)
        try:
            # Rounded, since the reason for no answer names it.
            left = round(end - asyncio.get_running_loop().time(), 1)
            return await send(left) if left > 0 else _not_sent(url, _LATE)
        finally:
            self._running.release()


def _not_sent(url: str, problem: str) -> Forwarded:
    return Forwarded(url, ForwardState.NOT_SENT, problem=problem)
